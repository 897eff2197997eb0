package logs

import (
	"bytes"
	"strconv"
	"time"

	"imapscope/capture"
)

// Python's imaplib, Lib/imaplib.py: _mesg writes "  MM:SS.cc " and the message.
func imaplib() Format {
	return Format{
		Name: "imaplib", Program: "Python's imaplib",
		How:     "imaplib.Debug = 4",
		Missing: "literals, date and hour, addresses; often the last response",
		is:      func(l []byte, _ Protocol) bool { return imaplibLine.Match(l) && imaplibSays.Match(l[11:]) },
		new: func(b *book) parser {
			b.notes = []string{noteNoHour}
			return &imaplibParser{b: b}
		},
	}
}

var (
	imaplibLine = mustMatch(`^  ([0-5]\d):([0-6]\d)\.(\d\d) `)
	imaplibSays = mustMatch(`^(?:imaplib version |new IMAP4 connection, tag=|[<>] b?['"])`)
	imaplibTag  = mustMatch(`^[A-P]{4}`)
)

type imaplibParser struct {
	b     *book
	clock hourless
}

func (p *imaplibParser) line(l line) error {
	m := imaplibLine.FindSubmatch(l.text)
	if m == nil {
		return nil
	}
	p.b.at(p.clock.at(number(m[1]), number(m[2]), time.Duration(number(m[3]))*10*time.Millisecond))
	text := l.text[len(m[0]):]
	if tag, ok := bytes.CutPrefix(text, []byte("new IMAP4 connection, tag=")); ok {
		text, _ := unquote(tag)
		if err := p.b.restart(string(text)); err != nil {
			return err
		}
		_, err := p.b.session(string(text))
		return err
	}
	for dir, size := range [...]string{"write literal size ", "read literal size "} {
		if n, ok := bytes.CutPrefix(text, []byte(size)); ok {
			return p.literal(capture.Direction(dir), n)
		}
	}
	if len(text) < 2 || text[1] != ' ' || text[0] != '<' && text[0] != '>' {
		return nil
	}
	said, ok := unquote(text[2:])
	if !ok {
		return nil
	}
	s, err := p.session(said)
	if err != nil {
		return err
	}
	if text[0] == '>' {
		return s.line(capture.ClientToServer, said)
	}
	return s.line(capture.ServerToClient, said)
}

// session returns the session of a line: the tags of each have four letters of their own.
func (p *imaplibParser) session(said []byte) (*session, error) {
	if tag := imaplibTag.Find(said); tag != nil && len(said) > len(tag) && '0' <= said[len(tag)] && said[len(tag)] <= '9' {
		return p.b.session(string(tag))
	}
	return p.b.current()
}

func (p *imaplibParser) literal(dir capture.Direction, size []byte) error {
	s, err := p.b.current()
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(string(size), 10, 64)
	return s.gap(dir, min(n, s.frames.Left(dir)))
}

// unquote returns the bytes that Python's repr of a bytes or str shows.
func unquote(repr []byte) ([]byte, bool) {
	repr = bytes.TrimPrefix(bytes.TrimRight(repr, "\r"), []byte("b"))
	if len(repr) < 2 || repr[0] != '\'' && repr[0] != '"' || repr[len(repr)-1] != repr[0] {
		return nil, false
	}
	repr = repr[1 : len(repr)-1]
	out := make([]byte, 0, len(repr))
	for len(repr) > 0 {
		i := bytes.IndexByte(repr, '\\')
		if i < 0 || i+1 == len(repr) {
			return append(out, repr...), true
		}
		out = append(out, repr[:i]...)
		c := repr[i+1]
		repr = repr[i+2:]
		switch c {
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'x':
			v, err := strconv.ParseUint(string(repr[:min(2, len(repr))]), 16, 8)
			if err != nil {
				return nil, false
			}
			out = append(out, byte(v))
			repr = repr[2:]
		default:
			out = append(out, c)
		}
	}
	return out, true
}
