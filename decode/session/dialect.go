package session

import (
	"bytes"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// maxOffers bounds what is kept of the capabilities, in bytes.
const maxOffers = 4 << 10

// Understood raises the dialect by a command that the server understood.
func (s *Session) Understood(row *protocol.Row) {
	if row == nil {
		return
	}
	d := row.Speaks()
	if d == protocol.IMAP2 && !s.whole && !row.GoneIn(protocol.IMAP4rev1) {
		return // it lives on in every later dialect
	}
	s.Spoken = max(s.Spoken, d)
	if !row.Does(protocol.ListsCapabilities) { // what it lists shows the dialect
		s.raise(d)
	}
}

// exact returns the row of a command with its second word, if that has one: the row is
// that of FIND, and FIND ALL.MAILBOXES came later.
func exact(row *protocol.Row, request *wire.Message) *protocol.Row {
	if !row.Group || row.Prefix || request == nil {
		return row
	}
	words := bytes.Fields(request.Raw[:min(len(request.Raw), maxName)])
	if len(words) > 2 {
		if pair := protocol.LookupPair(words[1], words[2]); pair != nil {
			return pair
		}
	}
	return row
}

// Force sets the dialect, whatever the connection shows.
func (s *Session) Force(d protocol.Dialect) {
	s.forced = d != protocol.UnknownDialect
	s.Dialect = d
}

// raise sets the dialect to d if it is a later one than what was shown before.
func (s *Session) raise(d protocol.Dialect) {
	if !s.forced {
		s.Dialect = max(s.Dialect, d)
	}
}

// saw raises the dialect by a word that the server sent. If the connection was seen from
// its greeting, its commands have shown more: data without them is the server's fault.
func (s *Session) saw(row *protocol.Row) {
	if !s.whole && row != nil && row.Dialect > protocol.IMAP2 {
		s.raise(row.Speaks())
	}
}

// enabled raises the dialect by ENABLED data, which names what the client enabled: a
// server that offers IMAP4rev1 too speaks IMAP4rev2 only from then on (RFC 9051, 6.3.1).
func (s *Session) enabled(b []byte) {
	for _, word := range bytes.Fields(b[:min(len(b), maxOffers)]) {
		if d := protocol.DialectNamed(string(word)); d != protocol.UnknownDialect {
			s.raise(d)
		}
	}
}

// Offers reports whether the server has said that it has a capability, and known
// whether it has said which ones it has.
func (s *Session) Offers(capability string) (offered, known bool) {
	return strings.Contains(s.offers, " "+strings.ToUpper(capability)+" "), s.offers != ""
}

// Offered returns the capabilities that the server has said last, in upper case and separated
// by spaces; "" if it said none.
func (s *Session) Offered() string { return strings.TrimSpace(s.offers) }

// OffersAny reports whether the server has said that it has a capability that begins with
// one of some words.
func (s *Session) OffersAny(words ...string) bool {
	for _, w := range words {
		if strings.Contains(s.offers, " "+strings.ToUpper(w)) {
			return true
		}
	}
	return false
}

// offered follows the capabilities listed in b: CAPABILITY data or a code.
func (s *Session) offered(b []byte) {
	b = b[:min(len(b), maxOffers)]
	b = bytes.Trim(b, "* []\r\n")
	s.offers = " " + strings.ToUpper(strings.Join(strings.Fields(string(b)), " ")) + " "
	s.announced(b)
}

// coded follows the code that a text begins with, if it lists capabilities.
func (s *Session) coded(text []byte) {
	if len(text) == 0 || text[0] != '[' {
		return
	}
	end := bytes.IndexByte(text, ']')
	if end < 0 {
		return
	}
	name, _, _ := bytes.Cut(text[1:end], []byte(" "))
	s.saw(protocol.Lookup(protocol.Code, name))
	if protocol.Lookup(protocol.Response, name).Does(protocol.Offers) { // the code is called as the data
		s.offered(text[:end])
	}
}

// maxAnnounced is how much of a text is searched for the name of a dialect.
const maxAnnounced = 512

// announced raises the dialect to the latest one whose name is in b. IMAP4rev2 counts if
// IMAP4rev1 is not there too: then it has to be enabled (RFC 9051, 6.3.1).
func (s *Session) announced(b []byte) {
	if s.Dialect == protocol.IMAP4rev2 || s.forced {
		return
	}
	b = bytes.ToUpper(b[:min(len(b), maxAnnounced)])
	for _, d := range [...]protocol.Dialect{
		protocol.IMAP4rev1, protocol.IMAP4rev2, protocol.IMAP4, protocol.IMAP2bis, protocol.IMAP3, protocol.IMAP2,
	} {
		if hasName(b, strings.ToUpper(d.String())) {
			s.raise(d)
			return
		}
	}
}

// hasName reports whether name is in b, and no part of a longer word that begins
// with other letters.
func hasName(b []byte, name string) bool {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(name))
		if i < 0 {
			return false
		}
		at := from + i
		if at == 0 || !letter(b[at-1]) {
			return true
		}
		from = at + 1
	}
}

func letter(c byte) bool { return 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' }

// maxName bounds a user's or mailbox's name.
const maxName = 1 << 10

// Argument returns the value of a command's argument by its role: an atom, a
// quoted string or a literal.
func Argument(m *wire.Message, row *protocol.Row, roles ...protocol.Role) string {
	if m == nil {
		return ""
	}
	for i, a := range row.Args {
		for _, r := range roles {
			if a.Role == r {
				return value(m, pastWords(m, 1+nameWords(row)+i))
			}
		}
	}
	return ""
}

// nameWords returns how many words a command's name has.
func nameWords(row *protocol.Row) int { return 1 + strings.Count(row.Name, " ") }

// value returns the string that is at a place of m.
func value(m *wire.Message, at int) string {
	if at >= len(m.Raw) {
		return ""
	}
	for at < len(m.Raw) && m.Raw[at] == ' ' {
		at++
	}
	for _, l := range m.Literals {
		if l.Head.Start == at {
			return cut(l.Body.Of(m.Raw))
		}
	}
	rest := m.Raw[at:]
	if len(rest) > 0 && rest[0] == '"' {
		return cut(unquote(rest))
	}
	if i := bytes.IndexAny(rest, " \r\n"); i >= 0 {
		rest = rest[:i]
	}
	return cut(rest)
}

func cut(b []byte) string { return string(b[:min(len(b), maxName)]) }

// unquote returns what a quoted string at the beginning of b holds.
func unquote(b []byte) []byte {
	var out []byte
	for i := 1; i < len(b) && b[i] != '"' && b[i] != '\r' && b[i] != '\n'; i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		out = append(out, b[i])
	}
	return out
}
