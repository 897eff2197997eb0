package logs

import (
	"bytes"
	"strconv"

	"imapscope/capture"
)

// mailIMAPClient is Perl's Mail::IMAPClient, lib/Mail/IMAPClient.pm: what it reads is one entry of
// several lines, in which a literal is left out; its length is in a line before it.
func mailIMAPClient() Format {
	return Format{
		Name: "Mail::IMAPClient", Program: "Perl's Mail::IMAPClient",
		How:     "Mail::IMAPClient->new(Debug => 1, …)",
		Missing: "times, literals, passwords, addresses",
		is: func(l []byte, p Protocol) bool {
			return perlHello.Match(l) || perlSent.Match(l) && speaksClient(l[len("Sending: "):], p)
		},
		new: func(b *book) parser {
			b.notes = []string{noteNoTimes}
			return &perlParser{b: b}
		},
	}
}

func speaksClient(text []byte, p Protocol) bool {
	by, ok := p.Speaker(text)
	return ok && by == capture.ClientToServer
}

var (
	perlHello   = mustMatch(`^Using Mail::IMAPClient version `)
	perlBegin   = mustMatch(`^(?:Connecting with |Using Mail::IMAPClient version )`)
	perlSent    = mustMatch(`^Sending: (.*)$`)
	perlRead    = mustMatch(`^(?:Read: |  )\t(.*)$`)
	perlLiteral = mustMatch(`^LITERAL: received literal in line (.*?) of length (\d+); `)
	perlMasked  = mustMatch(`\[Redact: .*\]$`)
)

type perlParser struct {
	b     *book
	begun bool   // a session begins
	said  []byte // the beginning of a line of the server that has a literal
	size  []byte // of the literal
	sent  bool   // lines that follow are of what the client sent
}

func (p *perlParser) line(l line) error {
	text := bytes.TrimRight(l.text, "\r")
	switch {
	case perlBegin.Match(text):
		p.begun, p.sent = true, false
		return nil
	case perlLiteral.Match(text):
		m := perlLiteral.FindSubmatch(text)
		p.said, p.size, p.sent = bytes.Clone(m[1]), bytes.Clone(m[2]), false
		return nil
	}
	if m := perlSent.FindSubmatch(text); m != nil {
		p.sent = true
		return p.client(m[1])
	}
	if m := perlRead.FindSubmatch(text); m != nil {
		p.sent = false
		return p.server(m[1])
	}
	if p.sent && bytes.HasPrefix(text, []byte("Sent ")) {
		p.sent = false
	}
	if s := p.b.last; p.sent && s != nil && s.frames.Left(capture.ClientToServer) > 0 {
		_, err := s.literal(capture.ClientToServer, bytes.TrimPrefix(l.text, []byte("  ")), l.lf)
		return err
	}
	return nil
}

// client reports what the client sent: a line, or a literal.
func (p *perlParser) client(text []byte) error {
	s, err := p.b.current()
	if err != nil {
		return err
	}
	if s.frames.Left(capture.ClientToServer) > 0 && s.ready {
		rest, err := s.literal(capture.ClientToServer, text, true)
		if err != nil || rest == nil {
			return err
		}
		text = rest
	}
	if m := perlMasked.Find(text); m != nil {
		if err := s.once(capture.LogMasks + "[Redact …]"); err != nil {
			return err
		}
		if !speaksClient(text, p.b.protocol) {
			return s.omitted(capture.ClientToServer)
		}
	}
	return s.line(capture.ClientToServer, text)
}

// server reports a line of the server. Where a literal was, there is a tab.
func (p *perlParser) server(text []byte) error {
	if p.begun {
		p.begun = false
		if s := p.b.last; s != nil {
			if err := s.close(capture.EndOfCapture); err != nil {
				return err
			}
		}
	}
	s, err := p.b.current()
	if err != nil {
		return err
	}
	if rest, ok := bytes.CutPrefix(text, p.said); ok && len(p.size) > 0 && (len(rest) == 0 || rest[0] == '\t') {
		n, _ := strconv.ParseInt(string(p.size), 10, 64)
		announced := append(append(append(bytes.Clone(p.said), '{'), p.size...), '}')
		p.said, p.size = nil, nil
		if err := s.line(capture.ServerToClient, announced); err != nil {
			return err
		}
		if err := s.gap(capture.ServerToClient, min(n, s.frames.Left(capture.ServerToClient))); err != nil {
			return err
		}
		text = bytes.TrimPrefix(rest, []byte("\t"))
	}
	return s.line(capture.ServerToClient, text)
}
