package logs

import (
	"bytes"
	"time"

	"imapscope/capture"
)

// Mutt, debug.h and mutt_socket.c; NeoMutt, mutt/logging.c, which adds its level and the name of
// the function.
func mutt() Format {
	return Format{
		Name: "mutt", Program: "Mutt or NeoMutt",
		How:     "mutt -d 5; neomutt -d 5 -l FILE",
		Missing: "CRs of literals (put back), LOGIN, fractions of seconds, the client's address",
		is: func(l []byte, _ Protocol) bool {
			m := muttLine.FindSubmatchIndex(l)
			return m != nil && m[0] == 0 && (muttSays.Match(l[m[1]:]) || muttHello.Match(l[m[1]:]))
		},
		new: func(b *book) parser { return &muttParser{b: b} },
	}
}

var (
	muttLine    = mustMatch(`\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\](?:<.> \w+\(\))? `)
	muttSays    = mustMatch(`^(\d+)([<>]) `)
	muttHello   = mustMatch(`^(?:Mutt/|NeoMutt[-/])`)
	muttConn    = mustMatch(`^Connected to (.*):(\d+) on fd=(\d+)$`)
	muttHidden  = mustMatch(`^Sending [A-Z]+ command for `)
	muttClosing = []byte("Closing connection to ")
)

type muttParser struct {
	b    *book
	more *session // the client's message goes on in lines without a prefix
}

func (p *muttParser) line(l line) error {
	at := muttLine.FindSubmatchIndex(l.text)
	if at == nil {
		return p.bare(l.text, l.lf)
	}
	if at[0] > 0 { // behind the last bytes of a literal, or in the middle of it
		if err := p.bare(l.text[:at[0]], false); err != nil {
			return err
		}
	}
	if t, err := time.Parse(time.DateTime, string(l.text[at[2]:at[3]])); err == nil {
		p.b.at(t)
	}
	return p.stamped(l.text[at[1]:])
}

// bare takes what has no time before it: a line of a literal, or another line that the client
// sent at once.
func (p *muttParser) bare(text []byte, lf bool) error {
	if p.more != nil && p.more == p.b.last {
		if p.more.frames.Left(capture.ClientToServer) > 0 {
			rest, err := p.more.literal(capture.ClientToServer, text, lf)
			if err != nil || rest == nil {
				return err
			}
			text = rest
		}
		if bytes.HasSuffix(text, []byte("\r")) {
			return p.more.line(capture.ClientToServer, text)
		}
	}
	if s := p.b.last; s != nil && s.frames.Left(capture.ServerToClient) > 0 {
		_, err := s.literal(capture.ServerToClient, text, lf)
		return err
	}
	return nil
}

func (p *muttParser) stamped(text []byte) error {
	if m := muttConn.FindSubmatch(bytes.TrimRight(text, "\r")); m != nil {
		if err := p.b.restart(string(m[3])); err != nil {
			return err
		}
		p.b.to(m[1], m[2])
		_, err := p.b.session(string(m[3]))
		return err
	}
	if bytes.HasPrefix(text, muttClosing) && len(p.b.sessions) == 1 {
		p.b.all()[0].closing = true // LOGOUT follows
		return nil
	}
	if s := p.b.last; s != nil && muttHidden.Match(text) {
		return s.omitted(capture.ClientToServer)
	}
	m := muttSays.FindSubmatch(text)
	if m == nil {
		return nil
	}
	s, err := p.b.session(string(m[1]))
	if err != nil {
		return err
	}
	text = text[len(m[0]):]
	if m[2][0] == '<' {
		p.more = nil
		return s.line(capture.ServerToClient, text)
	}
	p.more = s
	if s.frames.Left(capture.ClientToServer) > 0 && s.ready {
		rest, err := s.literal(capture.ClientToServer, text, true)
		if err != nil || rest == nil {
			return err
		}
		text = rest
	}
	return s.line(capture.ClientToServer, text)
}
