// Package redact is what a secret or a person's data is, and the same message without it, same lengths.
//
// # Rules
//
//   - A secret is LOGIN's password, an AUTHENTICATE's initial response, a SASL
//     response, and what is sent in their place after the server refused the
//     command. What follows a password on its line counts as part of it.
//   - When it is not clear where a secret begins, more is taken for one rather
//     than less.
//   - A Mask goes by the Decoder's word, so that what is masked on a screen is
//     masked in a recording, and more rather than less.
package redact

import (
	"bytes"
	"strings"

	"imapscope/decode"
	"imapscope/decode/wire"
)

// Secrets are the places of m's Raw that hold secrets, in order. Line ends and
// the announcements of literals are never among them.
func Secrets(m *decode.Message) []wire.Span {
	switch m.Kind {
	case decode.Request:
		return Request(m.Txn, &m.Message)
	case decode.Continuation:
		if m.Txn.Command == "AUTHENTICATE" {
			return inPlace(&m.Message)
		}
	}
	return nil
}

// inPlace is the whole of a line that stands in place of a command.
func inPlace(m *wire.Message) []wire.Span {
	if cancels(m.Raw) {
		return nil
	}
	return line(m, 0)
}

// cancels: a "*" alone ends an AUTHENTICATE (RFC 3501, section 6.2.2), and is no
// secret.
func cancels(line []byte) bool { return string(bytes.TrimRight(line, "\r\n")) == "*" }

// Request are the places of the request of t that hold secrets; m is its bytes.
func Request(t *decode.Transaction, m *wire.Message) []wire.Span {
	if t.Secret {
		return inPlace(m)
	}
	if at, ok := begin(t.Tag, t.Command, m); ok {
		return line(m, at)
	}
	return nil
}

// InTag reports whether what stands in the place of a transaction's tag holds a
// secret: a whole LOGIN, divided by tabs.
func InTag(t *decode.Transaction) bool {
	if t.Secret {
		return true
	}
	words := strings.SplitN(t.Tag, "\t", 3)
	return len(words) > 1 && (holdsSecret(words[0]) || holdsSecret(words[1]))
}

// begin is where the secrets of a request begin, if it holds any; m is its
// bytes, at least its first line.
func begin(tag, command string, m *wire.Message) (at int, ok bool) {
	switch {
	case holdsSecret(command):
		verb := m.Raw[min(pastWords(m, 1), len(m.Raw)):min(pastWords(m, 2), len(m.Raw))]
		if strings.EqualFold(string(bytes.Trim(verb, " ")), command) {
			return pastWords(m, 3), true
		}
	case holdsSecret(tag):
		return pastWords(m, 2), true // most likely the tag was forgotten
	}
	return runTogether(m)
}

// secretive are the commands that have a secret behind their first argument.
var secretive = [...]string{"LOGIN", "AUTHENTICATE"}

func holdsSecret(command string) bool {
	for _, c := range secretive {
		if strings.EqualFold(command, c) {
			return true
		}
	}
	return false
}

// runTogether finds a command with a secret whose words are not divided by
// spaces: LOGIN"fred" "secret", or by tabs.
func runTogether(m *wire.Message) (at int, ok bool) {
	words := m.Raw[:min(pastWords(m, 2), len(m.Raw), maxRunTogether)]
	if len(m.Literals) > 0 {
		words = words[:min(len(words), m.Literals[0].Head.Start)]
	}
	for _, c := range secretive {
		for i := 0; i+len(c) < len(words); i++ {
			if strings.EqualFold(string(words[i:i+len(c)]), c) &&
				(i == 0 || words[i-1] <= ' ') && bytes.IndexByte([]byte(" \t\"({"), words[i+len(c)]) >= 0 {
				return i + len(c), true
			}
		}
	}
	return 0, false
}

// maxRunTogether is how far runTogether looks.
const maxRunTogether = 256

// line is everything from at on, without line ends and announcements.
func line(m *wire.Message, at int) []wire.Span {
	var out []wire.Span
	add := func(from, to int) {
		from = max(from, at)
		if from < to {
			out = append(out, wire.Span{Start: from, End: to})
		}
	}
	from := 0
	for _, l := range m.Literals {
		add(from, l.Head.Start)
		add(l.Body.Start, l.Body.End)
		from = l.Body.End
	}
	end := len(m.Raw)
	for end > from && (m.Raw[end-1] == '\n' || m.Raw[end-1] == '\r') {
		end--
	}
	add(from, end)
	return out
}

// pastWords is where the n words at the beginning of m end: words are atoms,
// quoted strings or literals. A quoted string that does not end may hold
// anything, so it counts as not begun.
func pastWords(m *wire.Message, n int) int {
	raw, at := m.Raw, 0
	lits := m.Literals
	for range n {
		if at >= len(raw) {
			return at // within a literal that is still to come
		}
		for at < len(raw) && raw[at] == ' ' {
			at++
		}
		if len(lits) > 0 && lits[0].Head.Start == at {
			at = lits[0].Body.End
			lits = lits[1:]
			continue
		}
		if at < len(raw) && raw[at] == '"' {
			end := closing(raw[at:])
			if end < 0 {
				return at
			}
			at += end
			continue
		}
		i := bytes.IndexAny(raw[at:], " \r\n")
		if i < 0 {
			return len(raw)
		}
		at += i
	}
	if at < len(raw) && raw[at] == ' ' {
		at++
	}
	return at
}

// closing is the length of the quoted string that b begins with, or -1.
func closing(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		case '\r', '\n':
			return -1
		}
	}
	return -1
}
