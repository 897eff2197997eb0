package conform

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
)

// Parse parses a script in the format of the package comment.
func Parse(name string, b []byte) (*Script, error) {
	head, body, err := readLines(name, b)
	if err != nil {
		return nil, err
	}
	s := &Script{Name: name, Conns: 1}
	if err := s.parseHeader(head, true); err != nil {
		return nil, err
	}
	p := ownParser{s: s}
	for _, l := range body {
		if strings.HasPrefix(l.text, "= ") {
			if err := p.endStep(); err != nil {
				return nil, &SyntaxError{name, p.now.Line, err}
			}
		}
		if err := p.line(l); err != nil {
			return nil, &SyntaxError{name, l.n, err}
		}
	}
	if err := p.endStep(); err != nil {
		return nil, &SyntaxError{name, p.now.Line, err}
	}
	if len(s.Steps) == 0 {
		return nil, fmt.Errorf("%s: there are no steps", name)
	}
	return s, nil
}

type ownParser struct {
	s     *Script
	now   *Step
	cited bool
}

func (p *ownParser) line(l line) error {
	if title, ok := strings.CutPrefix(l.text, "= "); ok {
		if len(p.s.Steps) == maxSteps {
			return fmt.Errorf("a script has at most %d steps", maxSteps)
		}
		p.s.Steps = append(p.s.Steps, Step{Line: l.n, Title: title, InParts: true})
		p.now, p.cited = &p.s.Steps[len(p.s.Steps)-1], false
		return nil
	}
	if p.now == nil {
		return errors.New(`a step begins with "= " and its title`)
	}
	if !p.cited {
		p.cited = true
		return p.now.cite(l.text)
	}
	if needs, ok := strings.CutPrefix(l.text, "needs: "); ok {
		p.now.Needs = needs
		return nil
	}
	conn := 1
	text := l.text
	if d := strings.TrimLeft(text, "0123456789"); d != text {
		n, err := strconv.Atoi(text[:len(text)-len(d)])
		if err != nil || n < 1 || n > maxConns {
			return fmt.Errorf("a connection is a number from 1 to %d", maxConns)
		}
		conn, text = n, d
		p.s.Conns = max(p.s.Conns, n)
	}
	return p.act(l.n, conn, text)
}

// endStep checks the step that ends.
func (p *ownParser) endStep() error {
	switch {
	case p.now == nil:
		return nil
	case len(p.now.Acts) == 0:
		return errors.New("the step does nothing")
	}
	for conn := 1; conn <= p.s.Conns; conn++ {
		if i := p.now.oldest(conn); i >= 0 {
			return fmt.Errorf("no line waits for the response to the command of line %d", p.now.Acts[i].Line)
		}
	}
	return nil
}

// act parses a line of a step after its connection.
func (p *ownParser) act(n, conn int, text string) error {
	kind, arg, _ := strings.Cut(text, " ")
	a := Act{Line: n, Conn: conn, Text: arg}
	var err error
	switch {
	case kind == "C:":
		a.Do, err = Send, sendable(arg)
	case kind == "L:":
		a.Do, err = SendLine, sendable(arg)
	case kind == "S:" && strings.HasPrefix(arg, "* "):
		a.Do = AwaitData
		a.Match, err = parsePattern(arg[2:])
	case kind == "S:" && arg == "+":
		a.Do = AwaitReady
	case kind == "S:":
		if a.Of = p.now.oldest(conn); a.Of < 0 {
			return errors.New("no command waits for this response")
		}
		err = a.reply(arg, true)
	case kind == "*" || kind == "!":
		e := Expectation{Line: n, Conn: conn, After: len(p.now.Acts)}
		if kind == "!" {
			e.Is = Absent
		}
		if e.Match, err = parsePattern(arg); err == nil {
			p.now.Expect = append(p.now.Expect, e)
		}
		return err
	default:
		return fmt.Errorf("%q is not the beginning of a line of a step", kind)
	}
	p.now.Acts = append(p.now.Acts, a)
	return err
}

// oldest returns the oldest command of a connection that no line waits for yet; -1 if there
// is none.
func (s *Step) oldest(conn int) int {
	waited := make(map[int]bool)
	for _, a := range s.Acts {
		if a.Do == AwaitTag {
			waited[a.Of] = true
		}
	}
	for i, a := range s.Acts {
		if a.Do == Send && a.Conn == conn && !waited[i] {
			return i
		}
	}
	return -1
}

// citation is a level and a citation as protocol.Ref writes it.
var citation = regexp.MustCompile(`^(MUST|SHOULD|MAY) RFC (\d+), "([^"]+)"(?:: ([^,]+))?(?:, p\. (\d+))?$`)

// cite reads the level and the citation of a step.
func (s *Step) cite(text string) error {
	m := citation.FindStringSubmatch(text)
	if m == nil {
		return errors.New(`after the title comes the rule: MUST RFC 3501, "6.3.3. CREATE Command", p. 34`)
	}
	for l := Must; l <= May; l++ {
		if l.String() == m[1] {
			s.Level = l
		}
	}
	rfc, _ := strconv.Atoi(m[2])
	page, _ := strconv.Atoi(m[5])
	s.Ref = protocol.Ref{RFC: rfc, Heading: m[3], Item: m[4], Page: page}
	return nil
}
