package decode

import (
	"bytes"
	"encoding/base64"
	"slices"
)

// Dialect is the member of the IMAP family that a connection spoke.
type Dialect uint8

// The dialects, oldest first.
const (
	IMAP2     Dialect = iota // RFC 1176
	IMAP2bis                 // RFC 1732, RFC 2062
	IMAP4                    // RFC 1730
	IMAP4rev1                // RFC 2060, RFC 3501
)

func (d Dialect) String() string { return [...]string{"IMAP2", "IMAP2bis", "IMAP4", "IMAP4rev1"}[d] }

// follow keeps what the filter and the output need to know of a session: who
// logged in, what is selected, which dialect was spoken.
type follow struct {
	user, mailbox string
	sasl          string // user named in a SASL PLAIN response, not accepted yet
	dialect       Dialect
	refused       bool     // a command was refused whose secret may still be on its way
	secret        []string // words of the LOGIN that was refused, from its first literal on
}

// straySecret reports whether a request may be a secret that was sent although
// the command it belongs to was refused: no command, right after such a refusal.
func (f *follow) straySecret(known bool) bool {
	if known {
		f.refused = false
	}
	return f.refused
}

// maxName bounds a user's or mailbox's name.
const maxName = 1 << 10

// completed learns from a command that was answered.
func (f *follow) completed(t *Transaction) {
	if t.Status != "BAD" {
		f.speaks(commandDialect[t.Command])
	}
	f.refusal(t)
	switch t.Command {
	case "LOGIN":
		if t.Status == "OK" {
			f.user = t.firstString()
		}
	case "AUTHENTICATE":
		if t.Status == "OK" {
			f.user = f.sasl
			if t.Mechanism() == "PLAIN" {
				if initial := t.word(3); len(initial) > 0 {
					f.user = plainUser(initial)
				}
			}
		}
		f.sasl = ""
	case "SELECT", "EXAMINE", "BBOARD":
		// A SELECT that failed left nothing selected; one that was not
		// understood changed nothing.
		switch t.Status {
		case "OK":
			f.mailbox = t.firstString()
		case "NO":
			f.mailbox = ""
		}
	case "CLOSE", "UNSELECT":
		if t.Status == "OK" {
			f.mailbox = ""
			return
		}
	default:
		return
	}
	t.User, t.Mailbox = f.user, f.mailbox
}

// refusal notes that the secret of a refused command may still be on its way,
// or may be taken for a command by the server.
func (f *follow) refusal(t *Transaction) {
	if t.Command == "AUTHENTICATE" || t.Command == "LOGIN" && len(t.Request.Literals) > 0 {
		f.refused = t.Status != "OK"
	}
	if t.Command == "LOGIN" && f.refused {
		f.secret = t.literalWords()
	}
}

// echoes are the words of a LOGIN that was refused, if the server took one of its
// literals for a command and answers that: the tag is a word of the secret.
func (f *follow) echoes(tag []byte) []string {
	if slices.Contains(f.secret, string(tag)) {
		return f.secret
	}
	return nil
}

// literalWords are the first words of what stands in the request's literals, and
// behind them.
func (t *Transaction) literalWords() []string {
	var out []string
	raw, lits := t.Request.Raw, t.Request.Literals
	for i, l := range lits {
		end := len(raw)
		if i+1 < len(lits) {
			end = lits[i+1].Head.Start
		}
		out = appendWords(out, raw[l.Body.Start:end])
	}
	return out
}

// appendWords adds the words of b, up to a limit.
func appendWords(words []string, b []byte) []string {
	const most = 16
	for w := range bytes.FieldsSeq(b) {
		if len(words) >= most {
			break
		}
		words = append(words, cut(w))
	}
	return words
}

// continuation learns the user from a SASL PLAIN response.
func (f *follow) continuation(t *Transaction, m *Message) {
	if t.Command != "AUTHENTICATE" {
		return
	}
	t.Echo = appendWords(t.Echo, m.Raw)
	if t.Mechanism() == "PLAIN" {
		f.sasl = plainUser(trimEOL(m.Raw))
	}
}

// plainUser is the authentication identity of a PLAIN response (RFC 4616).
func plainUser(b64 []byte) string {
	if len(b64) > 2*maxName {
		return ""
	}
	b, err := base64.StdEncoding.DecodeString(string(b64))
	if err != nil {
		return ""
	}
	parts := bytes.Split(b, []byte{0})
	if len(parts) != 3 {
		return ""
	}
	return string(parts[1])
}

// Mechanism is the SASL mechanism of an AUTHENTICATE, in upper case.
func (t *Transaction) Mechanism() string { return upper(t.argument()) }

// firstString is the value of the first argument: atom, quoted or literal.
func (t *Transaction) firstString() string {
	raw := t.Request.Raw
	_, rest := word(raw)
	_, rest = word(rest)
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	at := len(raw) - len(rest)
	for _, l := range t.Request.Literals {
		if l.Head.Start == at {
			return cut(l.Body.Of(raw))
		}
	}
	if len(rest) > 0 && rest[0] == '"' {
		return cut(unquote(rest))
	}
	w, _ := word(rest)
	return cut(w)
}

func cut(b []byte) string { return string(b[:min(len(b), maxName)]) }

// unquote is what a quoted string at the beginning of b holds.
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

// text learns the dialect from what a server says of itself.
func (f *follow) text(b []byte) {
	if f.dialect == IMAP4rev1 {
		return
	}
	if len(b) > 512 {
		b = b[:512]
	}
	if i := bytes.Index(b, []byte("IMAP")); i < 0 {
		return
	}
	switch {
	case bytes.Contains(b, []byte("IMAP4rev1")), bytes.Contains(b, []byte("IMAP4REV1")):
		f.speaks(IMAP4rev1)
	case bytes.Contains(b, []byte("IMAP4")):
		f.speaks(IMAP4)
	case bytes.Contains(b, []byte("IMAP2bis")):
		f.speaks(IMAP2bis)
	}
}

func (f *follow) speaks(d Dialect) { f.dialect = max(f.dialect, d) }

// commandDialect is where commands came in that RFC 1176 does not have. A
// command counts only if the server took it for one.
var commandDialect = map[string]Dialect{
	"PARTIAL": IMAP4, "UID FETCH": IMAP4, "UID STORE": IMAP4, "UID SEARCH": IMAP4, "UID COPY": IMAP4,
	"AUTHENTICATE": IMAP4, "EXAMINE": IMAP4, "LIST": IMAP4, "LSUB": IMAP4, "CLOSE": IMAP4,
	"CREATE": IMAP2bis, "DELETE": IMAP2bis, "RENAME": IMAP2bis, "APPEND": IMAP2bis,
	"SUBSCRIBE": IMAP2bis, "UNSUBSCRIBE": IMAP2bis,
	"STATUS": IMAP4rev1, "STARTTLS": IMAP4rev1, "IDLE": IMAP4rev1, "NAMESPACE": IMAP4rev1, "ID": IMAP4rev1,
	"ENABLE": IMAP4rev1, "UNSELECT": IMAP4rev1, "COMPRESS": IMAP4rev1, "MOVE": IMAP4rev1,
	"UID EXPUNGE": IMAP4rev1, "UID MOVE": IMAP4rev1,
}
