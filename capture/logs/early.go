package logs

import (
	"bytes"
	"time"

	"imapscope/capture"
)

// early puts commands before their responses. Programs that read and write in two threads may log
// what the server answered before the command, which they log when it has been sent. So what the
// server says while nothing waits for an answer is held until the client's next line: that goes
// before it if it is the command that was answered.
//
// A program that always logs what it has sent afterwards is late: there, data without a tag and a
// continuation request may also come before the command that they answer, and a tagged response
// before the client's answer to a continuation request.
type early struct {
	late  bool
	held  []earlyLine
	size  int
	asked bool // a continuation request was read, and neither the client's answer nor a tagged response
}

type earlyLine struct {
	line
	at   time.Time // what was known before it
	tag  []byte    // of a response
	asks bool      // for more of a command
}

// maxEarly bounds the bytes that are held.
const maxEarly = 1 << 20

// take takes a line of p, which process reads.
func (e *early) take(p *markedParser, l line, process func(line) error) error {
	dir, said, ok := p.who(l)
	if len(e.held) == 0 {
		server := ok && dir == capture.ServerToClient
		tagged := server && len(responseTag(said)) > 0
		if !server || !p.idle() && !(e.late && e.asked && tagged) {
			if ok {
				e.asked = asks(e.asked, dir, said)
			}
			return process(l)
		}
		e.hold(p.b, l, said)
		return nil
	}
	if !ok || dir == capture.ServerToClient {
		e.hold(p.b, l, said)
		if e.size > maxEarly {
			return e.flush(p.b, process)
		}
		return nil
	}
	answers := e.answers(said, p.b)
	e.asked = false
	if !answers {
		if err := e.flush(p.b, process); err != nil {
			return err
		}
		return process(l)
	}
	p.b.now = e.held[0].at
	if err := process(l); err != nil {
		return err
	}
	return e.flush(p.b, process)
}

func (e *early) hold(b *book, l line, said []byte) {
	h := earlyLine{line: l, at: b.now}
	h.text = bytes.Clone(l.text)
	h.tag = bytes.Clone(responseTag(said))
	h.asks = asks(false, capture.ServerToClient, said)
	e.held = append(e.held, h)
	e.size += len(l.text) + 64
}

// responseTag returns the tag of a response, nil for one without.
func responseTag(said []byte) []byte {
	if len(said) == 0 || said[0] == '*' || said[0] == '+' {
		return nil
	}
	return firstWord(said)
}

// answers reports whether what is held answers the client's line said.
func (e *early) answers(said []byte, b *book) bool {
	tag := firstWord(said)
	for _, h := range e.held {
		if len(h.tag) > 0 && bytes.Equal(h.tag, tag) {
			return true
		}
	}
	if !e.late {
		return false
	}
	if e.asked {
		_, command := b.protocol.Speaker(said)
		return !command
	}
	// The next command of the same session: another one begins with letters of its own.
	letters, n, ok := tagParts(tag)
	before, m, was := tagParts(b.last.tag)
	if len(b.last.tag) == 0 {
		return ok && n <= 2
	}
	return ok && was && bytes.Equal(letters, before) && n > m
}

func (e *early) flush(b *book, process func(line) error) error {
	held := e.held
	e.held, e.size = nil, 0
	for _, h := range held {
		e.asked = h.asks || e.asked && len(h.tag) == 0
		if err := process(h.line); err != nil {
			return err
		}
	}
	return nil
}

// who returns the side of a line, and what is said in it; false if it may be anything.
func (p *markedParser) who(l line) (capture.Direction, []byte, bool) {
	text := bytes.TrimRight(l.text, "\r")
	if m := p.said.FindSubmatch(text); m != nil {
		said := p.saidIn(m)
		if len(p.group(m, "server")) > 0 {
			return capture.ServerToClient, said, true
		}
		return capture.ClientToServer, said, true
	}
	if !p.bare {
		return 0, nil, false
	}
	dir, ok := p.b.protocol.Speaker(text)
	return dir, text, ok
}

// idle reports whether the client has sent something, or may have if it is late, and nothing waits
// for an answer.
func (p *markedParser) idle() bool {
	s := p.b.last
	if s == nil || len(s.tag) == 0 && (!p.late || s.off == [2]int64{}) {
		return false
	}
	for _, s := range p.b.sessions {
		if s.waits || s.frames.Open(capture.ServerToClient) || s.frames.Open(capture.ClientToServer) {
			return false
		}
	}
	return true
}
