package logs

import (
	"bytes"

	"imapscope/capture"
)

// sClient is openssl s_client's: apps/s_client.c writes what the server sends as it is. What is
// typed is there only if the terminal showed it. With -msg and -debug there are records between.
func sClient() Format {
	return Format{
		Name: "openssl s_client", Program: "openssl s_client",
		How:     "openssl s_client -connect HOST:993 | tee FILE",
		Missing: "what was typed, times, addresses; with -starttls, what comes before TLS",
		is: func(l []byte, _ Protocol) bool {
			return sClientBegin.Match(l)
		},
		new: func(b *book) parser {
			b.alone, b.notes = true, []string{capture.LogOneSide}
			return &sClientParser{inner: newMarked(marking{said: neverSaid, bare: true, whole: true})(b), b: b}
		},
	}
}

var (
	sClientHead  = mustMatch(`(?:[<>]{3} (?:TLS|SSL|DTLS|\?\?\?)[^\[\]]*\[length [0-9a-f]{4}\].*|(?:read from|write to) 0x[0-9a-f]+ \[0x[0-9a-f]+\] \(\d+ bytes => -?\d+ \(.*\)\))$`)
	sClientDump  = mustMatch(`^(?:    [0-9a-f]{2}(?: [0-9a-f]{2}){0,15} ?|[0-9a-f]{4} - (?:[0-9a-f]{2}[ -]|   ){1,16}.*|[0-9a-f]{4} - <SPACES/NULS>)$`)
	sClientEnds  = mustMatch(`^(?:closed|DONE|read:errno=\d+)$`)
	sClientBegin = mustMatch(`^(?:CONNECTED\(0|Connecting to [0-9a-fA-F.:\[\]]+$)`)
)

// sClientParser leaves out the records, and joins the line that they were written into.
type sClientParser struct {
	inner   parser
	b       *book
	records bool   // some have been seen
	begun   []byte // the beginning of a line that goes on behind the records
}

func (p *sClientParser) line(l line) error {
	text := bytes.TrimRight(l.text, "\r")
	if sClientBegin.Match(text) && len(p.b.sessions) > 0 && !p.within() || sClientEnds.Match(text) && !p.within() {
		return p.b.end()
	}
	if at := sClientHead.FindIndex(text); at != nil {
		p.records = true
		p.begun = append(p.begun, text[:min(at[0], MaxLine-len(p.begun))]...)
		return nil
	}
	if p.records && sClientDump.Match(text) {
		return nil
	}
	if len(p.begun) > 0 {
		l.text = append(bytes.Clone(p.begun), l.text...)
		p.begun = p.begun[:0]
	}
	return p.inner.line(l)
}

// within reports whether a literal goes on.
func (p *sClientParser) within() bool {
	s := p.b.last
	return s != nil && s.frames.Left(capture.ServerToClient) > 0
}
