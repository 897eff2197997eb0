package decode

import (
	"bytes"

	"imapscope/decode/protocol"
)

// maxWord bounds an unknown word that is taken for a command or a kind of data.
const maxWord = 64

// canonical returns word in upper case: the name of its row if it has one, which
// costs no allocation.
func canonical(row *protocol.Row, word []byte) string {
	if row != nil {
		return row.Verb()
	}
	return upper(word)
}

// upper returns the beginning of an unknown word in upper case.
func upper(word []byte) string {
	word = word[:min(len(word), maxWord)]
	var up [maxWord]byte
	for i, c := range word {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		up[i] = c
	}
	return string(up[:len(word)])
}

// commandOf returns the row of the command that b begins with, and its name in
// upper case. After a prefix such as UID it is that of the command behind it.
func commandOf(b []byte) (row *protocol.Row, name string) {
	verb, rest := word(b)
	row = protocol.Lookup(protocol.Command, verb)
	if row == nil {
		if i := bytes.IndexByte(verb, '\t'); i >= 0 { // LOGIN<tab>fred<tab>secret
			if r := protocol.Lookup(protocol.Command, verb[:i]); r != nil {
				return r, r.Verb()
			}
		}
		return nil, upper(verb)
	}
	if !row.Group {
		return row, row.Name
	}
	second, _ := word(rest)
	if len(second) == 0 {
		return row, row.Name
	}
	if sub := protocol.LookupPair(verb, second); sub != nil {
		return sub, sub.Verb()
	}
	if row.Prefix {
		return protocol.Lookup(protocol.Command, second), row.Name + " " + upper(second[:min(len(second), maxWord-4)])
	}
	return row, row.Name
}

// trimEOL cuts CRLF or LF off.
func trimEOL(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// word cuts the first word off b: up to a space or the end of the line. Spaces
// before it are passed over: clients send them, and servers take them.
func word(b []byte) (w, rest []byte) {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for i, c := range b {
		if c == ' ' || c == '\r' || c == '\n' {
			return b[:i], b[i:]
		}
	}
	return b, nil
}

// parseNumber reads decimal digits; false if there is anything else, or too much.
func parseNumber(b []byte) (uint32, bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return uint32(n), n <= 1<<32-1
}

// sequenceHas reports whether the sequence seq holds n. A range may run
// backwards; "*" (of IMAP4) may be any number.
func sequenceHas(seq []byte, n uint32) bool {
	for len(seq) > 0 {
		var part []byte
		part, seq, _ = bytes.Cut(seq, []byte(","))
		first, last, isRange := bytes.Cut(part, []byte(":"))
		if !isRange {
			last = first
		}
		a, aok := parseNumber(first)
		b, bok := parseNumber(last)
		switch {
		case aok && bok:
			if min(a, b) <= n && n <= max(a, b) {
				return true
			}
		case aok && string(last) == "*":
			if n >= a || !isRange {
				return true
			}
		case bok && string(first) == "*":
			if n >= b {
				return true
			}
		case string(part) == "*":
			return true
		}
	}
	return false
}
