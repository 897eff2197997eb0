package conform

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Limits of a script.
const (
	// MaxScript is the maximum number of bytes of a script.
	MaxScript = 1 << 20
	maxConns  = 16
	maxSteps  = 10_000
)

// A SyntaxError is a line of a script that cannot be used.
type SyntaxError struct {
	Name string
	Line int
	Err  error
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s, line %d: %v", e.Name, e.Line, e.Err) }

// Unwrap returns the reason.
func (e *SyntaxError) Unwrap() error { return e.Err }

// line is a line of a script, with the lines of its literals.
type line struct {
	n    int
	text string
}

// readLines returns the lines of a script without comments: of the header, up to the first
// empty line, and after it. A text between {{{ and }}} becomes a literal.
func readLines(name string, b []byte) (header, body []line, err error) {
	if len(b) > MaxScript {
		return nil, nil, fmt.Errorf("%s: a script has at most %d bytes", name, MaxScript)
	}
	inHeader := true
	var open *block
	n := 0
	for text := range strings.Lines(string(b)) {
		n++
		text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
		if open != nil {
			if done, err := open.add(text); err != nil {
				return nil, nil, &SyntaxError{name, n, err}
			} else if !done {
				continue
			}
			body = append(body, line{open.n, open.text})
			open = nil
			continue
		}
		switch {
		case text == "":
			inHeader = false
		case text[0] == '#':
		case inHeader:
			header = append(header, line{n, text})
		case strings.HasSuffix(text, "{{{"):
			open = &block{n: n}
			open.begin(text)
		default:
			body = append(body, line{n, text})
		}
	}
	if open != nil {
		return nil, nil, &SyntaxError{name, open.n, errors.New("}}} is missing")}
	}
	return header, body, nil
}

// block is a line with a text over several lines, which is being read.
type block struct {
	n      int
	text   string // before the text
	lines  []string
	binary bool
}

// begin begins a text after a line that ends in {{{.
func (x *block) begin(s string) {
	s = strings.TrimSuffix(s, "{{{")
	x.text += strings.TrimSuffix(s, "~")
	x.binary, x.lines = strings.HasSuffix(s, "~"), nil
}

// add adds a line, and returns true if the whole is complete.
func (x *block) add(s string) (bool, error) {
	after, ends := strings.CutPrefix(s, "}}}")
	if !ends {
		x.lines = append(x.lines, s)
		return false, nil
	}
	content := strings.Join(x.lines, "\r\n")
	mark := ""
	if x.binary {
		mark = "~"
	}
	x.text += fmt.Sprintf("%s{%d}\r\n%s", mark, len(content), content)
	if strings.HasSuffix(after, "{{{") {
		x.begin(after)
		return false, nil
	}
	x.text += after
	return true, nil
}

// announced returns the number of bytes of the literal that a line ends in.
func announced(s string) (int, bool) {
	l, ok := wire.Announcement([]byte(s + "\r\n"))
	return int(l.Size), ok && l.Size <= MaxScript
}

// parseHeader reads the header of a script.
func (s *Script) parseHeader(lines []line, own bool) error {
	for _, l := range lines {
		name, v, ok := strings.Cut(l.text, ":")
		if !ok {
			return &SyntaxError{s.Name, l.n, errors.New("a line of the header is of the form name: value")}
		}
		if err := s.header(strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(v), own); err != nil {
			return &SyntaxError{s.Name, l.n, err}
		}
	}
	return nil
}

func (s *Script) header(name, v string, own bool) (err error) {
	switch {
	case name == "capabilities":
		s.Capabilities = strings.Fields(v)
	case name == "connections":
		if s.Conns, err = strconv.Atoi(v); err != nil || s.Conns < 1 || s.Conns > maxConns {
			return fmt.Errorf("connections: want a number from 1 to %d", maxConns)
		}
	case name == "state":
		i := slices.Index(stateNames[:], strings.ToLower(v))
		if i < 0 {
			return fmt.Errorf("state: want one of %s", strings.Join(stateNames[:], ", "))
		}
		s.State = State(i)
	case name == "messages" && v == "all":
		s.Messages = allMessages
	case name == "messages":
		if s.Messages, err = strconv.Atoi(v); err != nil || s.Messages < 0 || s.Messages > 1000 {
			return errors.New("messages: want a number up to 1000, or all")
		}
	case name == "ignore_extra_untagged":
		s.OnlyExpected = v == "no"
	case strings.HasPrefix(name, "user "):
		n, err := strconv.Atoi(name[len("user "):])
		if err != nil || n < 1 || n > maxConns {
			return errors.New("user: want the number of a connection before the colon")
		}
		if v == "" || strings.Contains(v, "$") {
			return errors.New("user: want a name; variables are not supported there")
		}
		if s.Users == nil {
			s.Users = make(map[int]string)
		}
		s.Users[n] = v
	case own && name == "title":
		s.Title = v
	case own && name == "expunges":
		s.Expunges = v == "yes"
	case own && name == "dialect":
		for _, d := range strings.Fields(v) {
			named := protocol.DialectNamed(d)
			if named == protocol.UnknownDialect {
				return fmt.Errorf("dialect: %q is not one", d)
			}
			s.Dialects = append(s.Dialects, named)
		}
	default:
		return fmt.Errorf("unknown name %q in the header", name)
	}
	return nil
}

// cutConn splits a leading connection number off a line.
func cutConn(s string) (n int, rest string, ok bool) {
	word, rest, _ := strings.Cut(s, " ")
	n, err := strconv.Atoi(word)
	return n, rest, err == nil
}

// reply parses a status and the beginning of the text that must follow it.
func (a *Act) reply(s string, split bool) error {
	word, text, _ := strings.Cut(s, " ")
	a.Do = AwaitTag
	if word != `""` {
		for w := range strings.SplitSeq(strings.ToUpper(word), "|") {
			if !split && strings.Contains(word, "|") || !isReply(w) {
				return fmt.Errorf("%q is not the status of a response", word)
			}
			a.Any = append(a.Any, w)
		}
	}
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	var err error
	a.Match, err = parsePattern(text)
	return err
}

// isReply reports whether a word is what a tagged response can begin with.
func isReply(w string) bool {
	switch protocol.StatusEffect(w) {
	case protocol.Succeeds, protocol.Refuses, protocol.Rejects:
		return true
	}
	return false
}

// sendable checks the variables of a line to send.
func sendable(s string) error {
	if s == "" {
		return errors.New("there is nothing to send")
	}
	for _, p := range split(s) {
		if p.isVar && (p.text == "" || isNumber(p.text)) {
			return fmt.Errorf("${%s}: only an expectation can have it; a dollar sign is $$", p.text)
		}
	}
	return nil
}

// ReadMail returns the messages of a file in mbox format, their lines ended by CRLF.
func ReadMail(b []byte) (list [][]byte) {
	var now *bytes.Buffer
	blank := true
	for text := range bytes.Lines(b) {
		text = bytes.TrimRight(text, "\r\n")
		if blank && bytes.HasPrefix(text, []byte("From ")) {
			now = new(bytes.Buffer)
			list = append(list, nil)
		} else if now != nil {
			now.Write(text)
			now.WriteString("\r\n")
			list[len(list)-1] = now.Bytes()
		}
		blank = len(text) == 0
	}
	for i, m := range list { // the empty line before the next "From " is not part of a message
		if bytes.HasSuffix(m, []byte("\r\n\r\n")) {
			list[i] = m[:len(m)-2]
		}
	}
	return list
}
