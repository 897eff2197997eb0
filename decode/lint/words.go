package lint

import (
	"fmt"

	"imapscope/decode"
	"imapscope/decode/ascii"
	"imapscope/decode/wire"
)

// maxWord is the length of the longest word that a rule looks for.
const maxWord = 32

// upper returns b in upper case, valid until the next call, or nil if it is too long to
// be a word of the protocol.
func (l *Linter) upper(b []byte) []byte {
	if len(b) > maxWord {
		return nil
	}
	return ascii.AppendUpper(l.fold[:0], b)
}

// maxQuoted is how many bytes from the wire a finding's text quotes at most.
const maxQuoted = 32

// quote returns b in quotes, in printable ASCII.
func quote(b []byte) string {
	out := []byte{'"'}
	for _, x := range b[:min(len(b), maxQuoted)] {
		if x < ' ' || x > '~' {
			out = fmt.Appendf(out, `\x%02x`, x)
			continue
		}
		out = append(out, x)
	}
	out = append(out, '"')
	if len(b) > maxQuoted {
		out = append(out, "..."...)
	}
	return string(out)
}

// shown returns a part of a client's message in quotes, or "what is here" if some of it
// is a secret.
func shown(m *decode.Message, s wire.Span) string {
	if hidden(m, s) {
		return "what is here"
	}
	return quote(s.Of(m.Raw))
}

// hidden reports whether a part of a client's message holds some of a secret.
func hidden(m *decode.Message, s wire.Span) bool {
	for _, x := range m.Secrets {
		if x.Start < s.End && s.Start < x.End {
			return true
		}
	}
	return m.Txn != nil && m.Txn.SecretTag
}

// many returns a count with its noun, in the plural unless n is 1.
func many(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprint(n, " ", thing)
}
