package decode

import (
	"bytes"
	"strings"
)

// maxWord bounds an unknown word that is taken for a command or a kind of data.
const maxWord = 64

// common are the words that most messages have, by length.
var common = [...][]string{
	2: {"OK", "NO"},
	3: {"BAD", "BYE"},
	4: {"NOOP"},
	5: {"FETCH", "FLAGS", "STORE", "LOGIN"},
	6: {"EXISTS", "RECENT", "SEARCH", "SELECT"},
}

// canonical is word in upper case. Known words cost no allocation.
func canonical(word []byte) string {
	if len(word) < len(common) {
	next:
		for _, w := range common[len(word)] {
			for i, c := range word {
				if c&^0x20 != w[i] {
					continue next
				}
			}
			return w
		}
	}
	if len(word) > maxWord {
		word = word[:maxWord]
	}
	var up [maxWord]byte
	for i, c := range word {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		up[i] = c
	}
	w := up[:len(word)]
	if s, ok := known[string(w)]; ok {
		return s
	}
	return string(w)
}

// known maps a word to itself, so that looking it up yields a string that is
// already there.
var known = func() map[string]string {
	m := make(map[string]string)
	for w := range strings.FieldsSeq(`
		NOOP LOGIN LOGOUT SELECT BBOARD FIND CHECK EXPUNGE COPY FETCH STORE SEARCH
		OK NO BAD BYE PREAUTH FLAGS MAILBOX EXISTS RECENT
		CAPABILITY AUTHENTICATE STARTTLS EXAMINE CREATE DELETE RENAME SUBSCRIBE
		UNSUBSCRIBE LIST LSUB STATUS APPEND CLOSE UID PARTIAL IDLE NAMESPACE ID
		ENABLE ENABLED UNSELECT COMPRESS MOVE ESEARCH VANISHED VERSION`) {
		m[w] = w
	}
	for _, w := range []string{"UID FETCH", "UID STORE", "UID SEARCH", "UID COPY", "UID EXPUNGE", "UID MOVE"} {
		m[w] = w
	}
	return m
}()

// isStatus reports whether a canonical word begins human text.
func isStatus(w string) bool {
	switch w {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		return true
	}
	return false
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
