package lint

import (
	"bytes"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
)

// does is what a command does, as far as any rule asks.
type does uint16

const (
	logsIn    does = 1 << iota // identifies the user
	logsOut                    // ends the session
	startsTLS                  // changes to TLS
	opens                      // selects a mailbox
	shrinks                    // may remove messages from the view of a mailbox
	changes                    // wants write access to the mailbox
	fetches                    // asks for data about messages
	stores                     // changes flags
	searches                   // asks for numbers
	copies                     // copies messages
	polls                      // asks for nothing but news
	continues                  // is answered with "+" and goes on with lines of its own
	waits                      // lasts until the client ends it
	byUID                      // its numbers are unique identifiers
)

// commands is what each command does.
var commands = map[string]does{
	"LOGIN": logsIn, "AUTHENTICATE": logsIn | continues, "LOGOUT": logsOut, "STARTTLS": startsTLS,
	"NOOP": polls, "CHECK": polls, "IDLE": continues | waits,
	"SELECT": opens, "BBOARD": opens, "EXAMINE": opens, "CLOSE": shrinks, "UNSELECT": shrinks,
	"EXPUNGE": shrinks | changes, "UID EXPUNGE": shrinks | changes | byUID, "MOVE": shrinks, "UID MOVE": shrinks | byUID,
	"FETCH": fetches, "UID FETCH": fetches | byUID, "STORE": stores | changes, "UID STORE": stores | changes | byUID,
	"SEARCH": searches, "UID SEARCH": searches | byUID, "COPY": copies, "UID COPY": copies | byUID,
}

// bySequence reports whether a command does one of these things to messages that it
// names by number.
func (d does) bySequence(any does) bool { return d&any != 0 && d&byUID == 0 }

// doing returns what the command of a transaction does.
func doing(t *decode.Transaction) does {
	if t == nil {
		return 0
	}
	return commands[t.Command]
}

// dataFact is the fact that untagged data of a name is.
func dataFact(word string) (Fact, bool) {
	switch word {
	case "FETCH":
		return OnFetched, true
	case "EXISTS":
		return OnExists, true
	case "EXPUNGE":
		return OnExpunge, true
	case "SEARCH":
		return OnFound, true
	case "FLAGS":
		return OnFlags, true
	case "STORE":
		return OnStored, true
	case "COPY":
		return OnCopied, true
	case "MAILBOX":
		return OnMailbox, true
	case "BBOARD":
		return OnBBoard, true
	}
	return 0, false
}

// Statuses.
func isOK(m *decode.Message) bool      { return m.Word == "OK" }
func isNO(m *decode.Message) bool      { return m.Word == "NO" }
func isBAD(m *decode.Message) bool     { return m.Word == "BAD" }
func isBYE(m *decode.Message) bool     { return m.Word == "BYE" }
func isPREAUTH(m *decode.Message) bool { return m.Word == "PREAUTH" }

// completes reports whether a word is the status of a response to a command.
func completes(word []byte) bool {
	return bytes.EqualFold(word, []byte("OK")) || bytes.EqualFold(word, []byte("NO")) || bytes.EqualFold(word, []byte("BAD"))
}

// count returns how many responses of one kind a transaction had.
func count(t *decode.Transaction, f Fact) int {
	n := 0
	for _, d := range t.Data {
		if k, ok := dataFact(d.Kind); ok && k == f {
			n += d.N
		}
	}
	return n
}

// shows returns how many responses with data about messages a transaction had.
func shows(t *decode.Transaction) int { return count(t, OnFetched) + count(t, OnStored) }

// saidBAD reports whether an untagged BAD belongs to a transaction.
func saidBAD(t *decode.Transaction) bool { return hasData(t, "BAD") }

// SelectData are the names of what SELECT is answered with (RFC 1176, p. 11).
var selectData = [...]string{"FLAGS", "EXISTS", "RECENT"}

func hasData(t *decode.Transaction, kind string) bool {
	for _, d := range t.Data {
		if d.Kind == kind {
			return d.N > 0
		}
	}
	return false
}

// lookupCommand finds what is known of a command, or returns false.
func lookupCommand(name string) (protocol.Entry, bool) {
	if name == "FIND" {
		name = "FIND MAILBOXES"
	}
	return protocol.Lookup(protocol.Command, name)
}

// isProseKey reports whether a search key is one that RFC 1176's prose defines, p. 16,
// and its formal syntax, p. 28, leaves out.
func isProseKey(e *protocol.Entry) bool {
	return e.Kind == protocol.SearchKey && (e.Name == "FROM" || e.Name == "SUBJECT")
}

// showsPassword reports whether a command has a password in it that is not encrypted.
func showsPassword(t *decode.Transaction) bool {
	if doing(t)&logsIn == 0 {
		return false
	}
	if doing(t)&continues == 0 {
		return true
	}
	m := t.Mechanism()
	return m == "PLAIN" || m == "LOGIN"
}

// items are the names of what FETCH shows; lookups in it do not allocate.
var items = map[string]session.Items{
	"ENVELOPE": session.Envelope, "FLAGS": session.Flags, "INTERNALDATE": session.InternalDate,
	"RFC822.SIZE": session.Size, "RFC822.HEADER": session.Header, "RFC822.TEXT": session.Text, "RFC822": session.Whole,
	"ALL":  session.Flags | session.InternalDate | session.Size | session.Envelope,
	"FAST": session.Flags | session.InternalDate | session.Size,
}

// announcedDialect is the dialect that a server's text or its capabilities name, or
// IMAP2 if they name none. What a server says of itself is near the beginning.
func announcedDialect(m *decode.Message) decode.Dialect {
	b := m.Text
	if b == nil {
		if m.Word != "CAPABILITY" {
			return decode.IMAP2
		}
		b = m.Raw
	}
	b = b[:min(len(b), 512)]
	switch {
	case !bytes.Contains(b, []byte("IMAP")):
		return decode.IMAP2
	case bytes.Contains(b, []byte("IMAP4rev1")), bytes.Contains(b, []byte("IMAP4REV1")):
		return decode.IMAP4rev1
	case bytes.Contains(b, []byte("IMAP4")):
		return decode.IMAP4
	case bytes.Contains(b, []byte("IMAP2bis")):
		return decode.IMAP2bis
	}
	return decode.IMAP2
}
