package gen

import (
	"strings"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// awkward are strings that confuse a reader that does not count.
var awkward = [...]string{
	"", "\r\n", "one\r\n", "\r\none", "\r\n\r\n", "\r", "\n", "{5}", "{5}\r\n", "{5}\r\nhello", "x {3}\r\n", "{3+}\r\nabc", "~{2}\r\n",
	")", "(", "))", " )\r\n", "\"", "\"open", "a\" {2}\r\nb", "\\", "\\\"", "100%", "*", "+", "NIL", "nil",
	"* 7 EXISTS\r\n", "\r\n* BYE\r\n", "a1 OK done\r\n", "\r\n1 OK done\r\n", "+ go\r\n", "* 1 FETCH (RFC822 {99}\r\n",
	"a1 NOOP\r\n", "DONE\r\n", ") FLAGS (\\Seen", "RFC822.TEXT {9}",
}

// safe are words that neither are nor begin anything of the protocol.
var safe = [...]string{"tundra", "walrus", "yonder", "quince", "barley", "juniper", "zither", "lupine"}

// phrase returns human-readable text that does not begin with a code.
func (g *generator) phrase() string {
	text := g.pick(safe[:]...)
	if g.o.Plain {
		return text + " " + g.pick(safe[:]...)
	}
	return text + g.pick("", " done", " {5}", " (", " \"", ", a1 OK done", " * 3 EXISTS", " + more", " 100%", " NIL")
}

// content returns bytes for a literal, a few lines at most.
func (g *generator) content() string {
	if g.o.Plain {
		return g.pick("", "\r\n", "walrus", "walrus\r\n", "\r\nwalrus", "barley quince\r\n\r\nlupine\r\n", "{5}", "))", "\"juniper", "zither (")
	}
	switch g.number(0, 3) {
	case 0:
		return g.pick(safe[:]...)
	case 1:
		return g.pick(awkward[:]...) + g.pick(awkward[:]...)
	case 2:
		return rapid.StringOfN(rapid.RuneFrom([]rune("ab {}()\"\\\r\n*+%5\t~")), 0, 30, -1).Draw(g.t, "content")
	}
	return g.pick(awkward[:]...)
}

// word returns a short name that may be an atom.
func (g *generator) word() string { return g.pick(safe[:]...) }

// name returns a name for a mailbox that is not the selected one, or a user.
func (g *generator) name() string {
	if g.o.Plain || g.number(0, 3) < 3 {
		return g.word() + g.pick("", "/x", ".old", "-2")
	}
	if g.imap4() { // modified UTF-7 has no control characters
		return g.word() + " " + g.pick("(1)", "\"x\"", "100%", "{4}", "back\\slash", "two words")
	}
	return g.word() + " " + g.pick("(1)", "\"x\"", "100%", "{4}", "back\\slash", "a\r\nb", "two words")
}

// str writes a string in a form that can hold it.
func (g *generator) str(l *line, from capture.Direction, role protocol.Role, s string) {
	forms := []func(){func() { l.literal(from, role, s, from == capture.ClientToServer && g.imap4() && g.chance(2)) }}
	if g.quotable(s) {
		forms = append([]func(){func() { l.quoted(role, s) }}, forms...)
	}
	if isAtom(s) {
		forms = append([]func(){func() { l.word(role, s) }}, forms...)
	}
	forms[g.number(0, len(forms)-1)]()
}

// isAtom reports whether s may be written as an atom in every dialect.
func isAtom(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("./-_", c) < 0 {
			return false
		}
	}
	return s != "" && !strings.EqualFold(s, protocol.NIL)
}

// quotable reports whether s may be written as a quoted string: in IMAP2 one of
// characters, at least one (RFC 1176, "Conventions": CHARACTER, p. 9).
func (g *generator) quotable(s string) bool {
	no := "\"{%\\"
	if g.imap4() {
		no = ""
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || strings.IndexByte(no, s[i]) >= 0 {
			return false
		}
	}
	return s != "" || g.imap4()
}

// sequence returns a sequence of messages of a mailbox that has some, in ascending
// order, and the numbers in it.
func (g *generator) sequence(exists int) (string, []int) {
	var parts []string
	var numbers []int
	for n := g.number(1, exists); n <= exists && len(parts) < 3; n++ {
		last := min(n+g.number(0, 2), exists)
		parts = append(parts, span(n, last))
		for ; n <= last; n++ {
			numbers = append(numbers, n)
		}
		if !g.chance(2) {
			break
		}
		n += g.number(0, 2)
	}
	return strings.Join(parts, ","), numbers
}
