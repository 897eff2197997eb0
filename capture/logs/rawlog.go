package logs

import (
	"bytes"
	"strconv"
	"time"

	"imapscope/capture"
)

// Dovecot, src/lib/iostream-rawlog.c: the time before every line, within literals too.
// Open puts the letter of the side before it.
func rawlog() Format {
	return Format{
		Name: "Dovecot rawlog", Program: "Dovecot (rawlog)",
		How:     "protocol imap { rawlog_dir = DIR }; the users must be able to write there; before login: service imap-login { executable = imap-login -R DIR }",
		Missing: "what comes before login, or behind it; addresses",
		is:      func(l []byte, _ Protocol) bool { return rawlogSide.Match(l) },
		new:     func(b *book) parser { return &rawlogParser{b: b} },
	}
}

// rawlogAlone is one file of a rawlog: which side it is of is seen by its first words.
func rawlogAlone() Format {
	f := rawlog()
	f.Name, f.How, f.Missing = "Dovecot rawlog, one file", "NAME.in or NAME.out of a rawlog", "the other side; what comes before login, addresses"
	f.is = func(l []byte, p Protocol) bool {
		m := rawlogTime.FindIndex(l)
		if m == nil {
			return false
		}
		_, ok := p.Speaker(bytes.TrimRight(l[m[1]:], "\r"))
		return ok
	}
	f.new = func(b *book) parser {
		b.alone, b.notes = true, []string{capture.LogOneSide}
		return &rawlogParser{b: b, alone: true}
	}
	return f
}

var (
	rawlogTime = mustMatch(`^(\d{9,11})\.(\d{6}) `)
	rawlogSide = mustMatch(`^[CScs] \d{9,11}\.\d{6} `)
)

type rawlogParser struct {
	b     *book
	alone bool
	known bool
	dir   capture.Direction
}

func (p *rawlogParser) line(l line) error {
	text := l.text
	if !p.alone && len(text) >= 2 {
		p.dir = capture.ClientToServer
		if text[0] == 'S' || text[0] == 's' {
			p.dir = capture.ServerToClient
		}
		l.lf = text[0] < 'a'
		if text[1] == '+' && p.b.last != nil { // a piece of a line
			return p.said(p.b.last, text[2:], l)
		}
		text = text[2:]
	}
	m := rawlogTime.FindSubmatch(text)
	if m == nil {
		return nil
	}
	text = text[len(m[0]):]
	seconds, _ := strconv.ParseInt(string(m[1]), 10, 64)
	p.b.at(time.Unix(seconds, int64(number(m[2]))*int64(time.Microsecond)).UTC())
	if p.alone && !p.known {
		if dir, ok := p.b.protocol.Speaker(text); ok {
			p.dir, p.known = dir, true
		}
	}
	s, err := p.b.session("")
	if err != nil {
		return err
	}
	if p.alone {
		if err := s.lone(p.dir, text); err != nil {
			return err
		}
	}
	return p.said(s, text, l)
}

// said reports what l has of the protocol.
func (p *rawlogParser) said(s *session, text []byte, l line) error {
	if err := s.data(p.dir, text); err != nil || !l.lf {
		return err
	}
	if l.cut > 0 {
		if err := s.gap(p.dir, l.cut); err != nil {
			return err
		}
	}
	return s.data(p.dir, []byte("\n"))
}
