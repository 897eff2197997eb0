package edit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"imapscope/decode/wire"
)

// secretOpen begins a place where a secret is left out: \{secret 1}.
const secretOpen = `\{secret `

// The beginnings of lines that have a meaning of their own.
var (
	lineOpens  = []string{"#", fence} // between blocks
	blockOpens = []string{fence}      // in a block
)

// escape appends bytes as text, which must not begin with any of opens.
func escape(out, b []byte, opens []string) []byte {
	special := slices.ContainsFunc(opens, func(s string) bool { return bytes.HasPrefix(b, []byte(s)) })
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if plain(b[i:], r, n) && !(special && i == 0) {
			out = append(out, b[i:i+n]...)
		} else {
			for _, c := range b[i : i+n] {
				out = fmt.Appendf(out, `\x%02x`, c)
			}
		}
		i += n
	}
	return out
}

// plain reports whether the first character of b is written as it is.
func plain(b []byte, r rune, n int) bool {
	switch {
	case r == utf8.RuneError && n == 1:
		return false
	case r == '\\':
		return len(b) > 1 && b[1] != '{' && !isEscape(b)
	case r == '{':
		return !mayAnnounce(b)
	case r == '\t':
		return true
	}
	return unicode.IsPrint(r)
}

// isEscape reports whether b begins with \xNN.
func isEscape(b []byte) bool {
	return len(b) >= 4 && b[0] == '\\' && b[1] == 'x' && isHex(b[2]) && isHex(b[3])
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// mayAnnounce reports whether b, which begins with "{", could be read as the announcement of
// a literal with a number.
func mayAnnounce(b []byte) bool {
	to := bytes.IndexByte(b, '}')
	return to > 0 && bytes.IndexByte(b[:to], '#') > 0
}

// closeLine protects a space at the end of a line, which editors remove.
func closeLine(out []byte, from int) []byte {
	if n := len(out); n > from && (out[n-1] == ' ' || out[n-1] == '\t') {
		return fmt.Appendf(out[:n-1], `\x%02x`, out[n-1])
	}
	return out
}

// unescape returns the bytes that text is written for.
func unescape(text []byte, secrets [][]byte) (out []byte, err error) {
	for len(text) > 0 {
		switch {
		case isEscape(text):
			c, err := strconv.ParseUint(string(text[2:4]), 16, 8)
			if err != nil {
				return nil, err
			}
			out, text = append(out, byte(c)), text[4:]
		case bytes.HasPrefix(text, []byte(`\{`)):
			var secret []byte
			if secret, text, err = openSecret(text, secrets); err != nil {
				return nil, err
			}
			out = append(out, secret...)
		case text[0] < ' ' && text[0] != '\t' || text[0] == 0x7f:
			return nil, fmt.Errorf(`a control character is written \x%02x`, text[0])
		default:
			out, text = append(out, text[0]), text[1:]
		}
	}
	return out, nil
}

// openSecret returns the secret that the beginning of text refers to, and the rest of text.
func openSecret(text []byte, secrets [][]byte) (secret, rest []byte, err error) {
	name, _, closed := strings.Cut(string(text[:min(len(text), 40)]), "}")
	number, ok := strings.CutPrefix(name, secretOpen)
	n, bad := strconv.Atoi(number)
	switch {
	case !closed || !ok || bad != nil:
		return nil, nil, errors.New(`a backslash before { is written \x5c`)
	case n < 1 || n > len(secrets):
		return nil, nil, fmt.Errorf("the message has no secret %d", n)
	}
	return secrets[n-1], text[len(name)+1:], nil
}

// secretsOf returns the places of raw that are left out: the secrets as far as they are in a line
// without its end, or in a literal. Each place is in one of these. Counts are shown.
func secretsOf(raw []byte, client bool, secrets []wire.Span) (places []wire.Span) {
	if len(secrets) == 0 {
		return nil
	}
	for at := 0; at < len(raw); {
		m, n := wire.Split(raw[at:], client)
		from := 0
		for _, l := range m.Literals {
			places = clip(places, secrets, at+from, at+l.Head.Start)
			places = clip(places, secrets, at+l.Body.Start, at+l.Body.End)
			from = l.Body.End
		}
		places = clip(places, secrets, at+from, at+from+len(bytes.TrimRight(raw[at+from:at+n], "\r\n")))
		at += n
	}
	return places
}

// clip appends the places of secrets between two places, in order.
func clip(places, secrets []wire.Span, from, to int) []wire.Span {
	for from < to {
		next := wire.Span{Start: to, End: to}
		for _, s := range secrets {
			if s.End > from && s.Start < s.End && s.Start < next.Start {
				next = wire.Span{Start: max(from, s.Start), End: min(to, s.End)}
			}
		}
		if next.Start == to {
			break
		}
		places = append(places, next)
		from = next.End
	}
	return places
}
