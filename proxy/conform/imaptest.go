package conform

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
)

// parseImapTest parses a scripted test of imaptest. What it cannot do is an error that names
// the line: !sleep and !output, a $n anywhere but as a message number. env looks up an
// environment variable, for !ifenv.
func parseImapTest(name string, b []byte, env func(string) (string, bool)) (*Script, error) {
	head, body, err := readLines(name, b)
	if err != nil {
		return nil, err
	}
	s := &Script{Name: name, Title: "a scripted test of imaptest", Conns: 1, State: Selected, Messages: allMessages}
	if err := s.parseHeader(head, false); err != nil {
		return nil, err
	}
	p := imaptestParser{s: s, env: env, many: s.Conns > 1}
	for _, l := range body {
		if err := p.line(l); err != nil {
			return nil, &SyntaxError{name, l.n, err}
		}
	}
	if err := p.end(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

type imaptestParser struct {
	s    *Script
	env  func(string) (string, bool)
	many bool // lines begin with a connection
	now  *Step
	conn int         // of the group
	tags map[int]int // its commands by their tagN; 0 for one without
	open int         // commands of the group without a response yet

	ifs []condition
}

// condition is an !ifenv.
type condition struct{ skip, otherwise bool }

func (p *imaptestParser) end() error {
	switch {
	case len(p.ifs) > 0:
		return errors.New("!endif is missing")
	case p.open > 0:
		return fmt.Errorf("the command of line %d has no response", p.now.Line)
	case len(p.s.Steps) == 0:
		return errors.New("there are no commands")
	}
	return nil
}

func (p *imaptestParser) line(l line) error {
	if strings.HasPrefix(l.text, "!") && !strings.HasPrefix(l.text, "! ") {
		return p.directive(l.text)
	}
	if n := len(p.ifs); n > 0 && p.ifs[n-1].skip {
		return nil
	}
	if is, text, ok := untagged(l.text); ok {
		return p.expect(l.n, is, text)
	}
	conn, text := 1, l.text
	if n, rest, ok := cutConn(text); ok && p.many {
		conn, text = n, rest
	} else if p.many {
		return errors.New("the number of the connection is missing")
	}
	if conn < 1 || conn > maxConns {
		return fmt.Errorf("a connection is a number from 1 to %d", maxConns)
	}
	p.s.Conns = max(p.s.Conns, conn)
	tag, text := cutTag(text)
	first, rest, _ := strings.Cut(text, " ")
	replies := first == `""` || isReply(strings.ToUpper(first))
	if p.open > 0 && replies {
		return p.finish(l.n, conn, tag, text)
	}
	if p.open == 0 {
		if err := p.begin(l.n, conn); err != nil {
			return err
		}
	}
	if _, used := p.tags[tag]; used || conn != p.conn {
		return errors.New("the command before has no response yet; pipelined ones have tags, and are on one connection")
	}
	if replies {
		if is, data, ok := untagged(rest); ok { // data without a command: the greeting
			return p.expect(l.n, is, data)
		}
		return p.both(l.n, tag, first, rest)
	}
	return p.send(l.n, tag, text)
}

// untagged splits the mark of an expectation off a line.
func untagged(s string) (Existence, string, bool) {
	if len(s) < 2 || s[1] != ' ' {
		return 0, "", false
	}
	i := strings.IndexByte("*!?", s[0])
	return Existence(max(i, 0)), s[2:], i >= 0
}

// cutTag splits a leading tagN off a line. Without one it returns 0.
func cutTag(s string) (int, string) {
	word, rest, ok := strings.Cut(s, " ")
	if digits, is := strings.CutPrefix(strings.ToLower(word), "tag"); is && ok {
		if n, err := strconv.Atoi(digits); err == nil && n > 0 {
			return n, rest
		}
	}
	return 0, s
}

// begin begins a group of commands.
func (p *imaptestParser) begin(n, conn int) error {
	if len(p.s.Steps) == maxSteps {
		return fmt.Errorf("a script has at most %d commands", maxSteps)
	}
	p.s.Steps = append(p.s.Steps, Step{Line: n})
	p.now, p.conn, p.tags = &p.s.Steps[len(p.s.Steps)-1], conn, make(map[int]int)
	return nil
}

// both is a command and its response on one line.
func (p *imaptestParser) both(n, tag int, status, text string) error {
	if err := p.send(n, tag, text); err != nil {
		return err
	}
	return p.finish(n, p.conn, tag, status)
}

func (p *imaptestParser) send(n, tag int, text string) error {
	if err := sendable(text); err != nil {
		return err
	}
	if p.now.Title == "" {
		p.now.Title = firstLine(text)
	}
	p.tags[tag] = len(p.now.Acts)
	p.now.Acts = append(p.now.Acts, Act{Line: n, Conn: p.conn, Do: Send, Text: p.appending(text)})
	p.open++
	return nil
}

// appending completes an APPEND that is left short: the mailbox and the next message.
func (p *imaptestParser) appending(text string) string {
	name, args, _ := strings.Cut(text, " ")
	row := protocol.Lookup(protocol.Command, strings.ToUpper(name))
	hasMessage := strings.HasSuffix(text, "}") || strings.Contains(text, "\r\n") || strings.Contains(text, "${literal")
	if hasMessage || !row.Does(protocol.Appends) {
		return text
	}
	if args == "" {
		text += " $mailbox"
	}
	return text + " ${message:next}"
}

// finish is the response to a command of the group.
func (p *imaptestParser) finish(n, conn, tag int, text string) error {
	of, ok := p.tags[tag]
	switch {
	case conn != p.conn:
		return errors.New("the response is for another connection")
	case !ok:
		return errors.New("the response is for a command that was not sent")
	}
	for _, a := range p.now.Acts {
		if a.Do == AwaitTag && a.Of == of {
			return errors.New("the command has a response already")
		}
	}
	a := Act{Line: n, Conn: conn, Of: of}
	if err := a.reply(text, false); err != nil {
		return err
	}
	p.now.Acts = append(p.now.Acts, a)
	p.open--
	return nil
}

func (p *imaptestParser) expect(n int, is Existence, text string) error {
	if p.now == nil {
		if err := p.begin(n, 1); err != nil {
			return err
		}
		p.now.Title = "the greeting"
	}
	m, err := parsePattern(text)
	if err != nil {
		return err
	}
	p.now.Expect = append(p.now.Expect, Expectation{Line: n, Conn: p.conn, Is: is, Match: m})
	return nil
}

func (p *imaptestParser) directive(s string) error {
	word, arg, _ := strings.Cut(s, " ")
	n := len(p.ifs)
	skip := n > 0 && p.ifs[n-1].skip
	switch word {
	case "!ifenv", "!ifnenv":
		if n >= maxDepth {
			return errors.New("the conditions are too deep")
		}
		_, set := p.env(arg)
		p.ifs = append(p.ifs, condition{skip: skip || set == (word == "!ifnenv")})
	case "!else":
		if n == 0 || p.ifs[n-1].otherwise {
			return errors.New("!else without !ifenv")
		}
		outer := n > 1 && p.ifs[n-2].skip
		p.ifs[n-1] = condition{skip: outer || !p.ifs[n-1].skip, otherwise: true}
	case "!endif":
		if n == 0 {
			return errors.New("!endif without !ifenv")
		}
		p.ifs = p.ifs[:n-1]
	case "!ordered":
		if p.now == nil {
			return errors.New("!ordered follows a command")
		}
		if !skip {
			p.now.Ordered = true
		}
	default:
		return fmt.Errorf("%s is not supported", word)
	}
	return nil
}
