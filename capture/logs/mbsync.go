package logs

import (
	"bytes"

	"imapscope/capture"
)

// mbsync is isync's, src/drv_imap.c. Where both stores are IMAP each line has the letter of its
// side (label), even behind "(3 in progress) ".
func mbsync() Format {
	return Format{
		Name: "mbsync", Program: "mbsync",
		How:     "mbsync -DN CHANNEL",
		Missing: "times, the client's address, LOGIN's arguments; without -DN also literals",
		is:      func(l []byte, _ Protocol) bool { return mbsyncStarts.Match(l) },
		new:     func(b *book) parser { return &mbsyncParser{b: b, route: router{b: b}} },
	}
}

var (
	mbsyncStarts = mustMatch(`^(?:\(\d+ in progress\) )?(?:[FNMS]: )?(?:>>> \d+ [A-Z]|Opening (?:far|near|master|slave) side (?:store|box) .*\.\.\.$)`)
	mbsyncLine   = mustMatch(`^(?:\(\d+ in progress\) )?(?:([FNMS]): )?(>>> |>\+> )?(.*)$`)
	mbsyncSays   = mustMatch(`^(?:[*+] |\d+ (?:OK|NO|BAD)\b|\)|\+$)`)
	mbsyncStore  = mustMatch(`^Opening (f|n|m|s)(?:ar|ear|aster|lave) side store `)
	mbsyncConn   = mustMatch(`^Connecting to \S+ \((?:\[?([0-9a-fA-F.:]+)\]?):(\d+)\)`)
	mbsyncMasked = mustMatch(`<user> <pass>|<authdata>`)
	// What is before and after a literal: one that the server sent, and one that the client sent.
	mbsyncFences = [2]string{capture.ClientToServer: ">>>>>>>>>", capture.ServerToClient: "========="}
)

type mbsyncParser struct {
	b     *book
	route router
	side  string              // the letter of the store that is being opened
	sides map[string]*session // by letter
	in    *session            // the session of the literal that follows; nil: none
	dir   capture.Direction   // of the literal
	after string              // the fence behind it
}

func (p *mbsyncParser) line(l line) error {
	if p.in != nil {
		done, err := p.literal(&l)
		if done || err != nil {
			return err
		}
	}
	text := bytes.TrimRight(l.text, "\r")
	if m := mbsyncStore.FindSubmatch(text); m != nil {
		p.side = string(bytes.ToUpper(m[1]))
		return nil
	}
	if m := mbsyncConn.FindSubmatch(text); m != nil {
		return p.connect(m)
	}
	m := mbsyncLine.FindSubmatch(text)
	said := m[3]
	if mark := string(m[2]); mark == "" {
		if p.fence(string(m[1]), said) || !mbsyncSays.Match(said) {
			return nil
		}
		return p.say(string(m[1]), capture.ServerToClient, said, l)
	}
	return p.say(string(m[1]), capture.ClientToServer, said, l)
}

// connect begins the session of the store that is being opened.
func (p *mbsyncParser) connect(m [][]byte) error {
	p.b.notes = []string{noteNoTimes}
	if err := p.route.flush(); err != nil {
		return err
	}
	p.b.to(m[1], m[2])
	s, err := p.b.another()
	if err != nil {
		return err
	}
	if p.sides == nil {
		p.sides = make(map[string]*session)
	}
	p.sides[p.side] = s
	return nil
}

// end reports what waits.
func (p *mbsyncParser) end() error { return p.route.flush() }

// of returns the session of a side; nil if the log does not say which it is.
func (p *mbsyncParser) of(side string) *session {
	if s := p.sides[side]; s != nil && p.b.sessions[s.key] == s {
		return s
	}
	return nil
}

// say reports a line of the protocol.
func (p *mbsyncParser) say(side string, dir capture.Direction, said []byte, l line) error {
	p.b.notes = []string{noteNoTimes}
	s := p.of(side)
	if s == nil {
		var err error
		if s, err = p.route.say(dir, said); s == nil || err != nil {
			return err
		}
	} else {
		if err := p.route.flush(); err != nil {
			return err
		}
		if _, err := p.b.session(s.key); err != nil {
			return err
		}
		if err := s.line(dir, said); err != nil {
			return err
		}
	}
	if m := mbsyncMasked.Find(said); m != nil && dir == capture.ClientToServer {
		if err := s.once(capture.LogMasks + string(m)); err != nil {
			return err
		}
	}
	if l.cut == 0 {
		return nil
	}
	return s.gap(dir, l.cut)
}

// fence reports whether a line comes before a literal.
func (p *mbsyncParser) fence(side string, text []byte) bool {
	s := p.of(side)
	if s == nil {
		s = p.b.last
	}
	if s == nil {
		return false
	}
	for dir, fence := range mbsyncFences {
		if string(text) == fence && s.frames.Left(capture.Direction(dir)) > 0 {
			p.in, p.dir, p.after = s, capture.Direction(dir), fence
			return true
		}
	}
	return false
}

// literal takes a line of a literal, or the fence behind it. What it leaves in l is behind them.
func (p *mbsyncParser) literal(l *line) (done bool, err error) {
	s := p.in
	if left := s.frames.Left(p.dir); left > 0 && (left >= int64(len(l.text)) || !p.fenced(l.text)) {
		rest, err := s.literal(p.dir, l.text, l.lf)
		if err != nil || rest == nil {
			return true, err
		}
		l.text = rest
	}
	p.in = nil
	return p.fenced(l.text), nil
}

// fenced reports whether a line is the fence behind a literal.
func (p *mbsyncParser) fenced(text []byte) bool {
	text = bytes.TrimRight(text, "\r")
	if len(text) > 3 && text[1] == ':' && text[2] == ' ' {
		text = text[3:]
	}
	return string(text) == p.after
}
