package tls

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// The words to match as they arrive, byte by byte. They are read only.
var (
	startTLS   = protocol.CommandThat(protocol.StartsTLS).Name
	offers     = protocol.That(protocol.Response, protocol.Offers).Name
	offersCode = "[" + protocol.That(protocol.Code, protocol.Offers).Name
)

// match is whether the beginning of a line matches a pattern.
type match uint8

const (
	no    match = iota
	maybe       // so far it does
	yes
)

// matchCapability looks for CAPABILITY's data, or in the greeting for its response
// code, at the beginning of a line. The list of names begins at start.
func matchCapability(p []byte, greeting bool) (start int, m match) {
	words := [...]string{protocol.TagUntagged, offers, ""}
	if greeting {
		words = [...]string{protocol.TagUntagged, protocol.OK, offersCode}
	}
	for k, w := range words {
		if w == "" {
			break
		}
		if k > 0 {
			gap := start
			start = skipSpaces(p, start)
			if start == gap && start < len(p) {
				return 0, no
			}
		}
		n := min(len(w), len(p)-start)
		if !protocol.SameName(p[start:start+n], w[:n]) {
			return 0, no
		}
		start += n
	}
	return start, atEnd(p, start, greeting)
}

// matchCode looks for CAPABILITY's response code at the beginning of a line with any tag.
// The list of names begins at start.
func matchCode(p []byte) (start int, m match) {
	tag := word(p, 0)
	if len(tag) > maxTag || !isWord(tag) {
		return 0, no
	}
	i := len(tag)
	if start = skipSpaces(p, i); start == len(p) {
		return start, maybe
	}
	status := word(p, start)
	if start == i || len(status) > maxStatus || !isWord(status) {
		return 0, no
	}
	i = start + len(status)
	if i == len(p) {
		return start, maybe
	}
	if protocol.StatusEffect(status) == protocol.NoEffect {
		return 0, no
	}
	start = skipSpaces(p, i)
	n := min(len(offersCode), len(p)-start)
	if !protocol.SameName(p[start:start+n], offersCode[:n]) {
		return 0, no
	}
	start += n
	return start, atEnd(p, start, true)
}

// maxStatus bounds the length of a status word.
const maxStatus = 16

// isWord reports whether all bytes are printable: what follows a framing error may not be.
func isWord(w []byte) bool {
	for _, c := range w {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// matchStartTLS looks for a STARTTLS command. More may follow it.
func matchStartTLS(p []byte) (tag []byte, end int, m match) {
	verb := startTLS
	from := skipSpaces(p, 0)
	i := from
	for i < len(p) && !wire.EndsWord(p[i]) {
		i++
	}
	tag = p[from:i]
	gap := i
	if i = skipSpaces(p, i); i == len(p) {
		return tag, i, maybe
	}
	if i == gap {
		return nil, 0, no
	}
	n := min(len(verb), len(p)-i)
	if !protocol.SameName(p[i:i+n], verb[:n]) {
		return nil, 0, no
	}
	i += n
	return tag, i, atEnd(p, i, false)
}

// atEnd reports whether a word ends at i.
func atEnd(p []byte, i int, code bool) match {
	switch {
	case i >= len(p):
		return maybe
	case wire.EndsWord(p[i]), code && p[i] == ']':
		return yes
	}
	return no
}

func skipSpaces(p []byte, i int) int {
	for i < len(p) && p[i] == ' ' {
		i++
	}
	return i
}

// word returns the run of bytes at i that are neither a space nor a line end.
func word(p []byte, i int) []byte {
	from := i
	for i < len(p) && !wire.EndsWord(p[i]) {
		i++
	}
	return p[from:i]
}
