package decode_test

import (
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// TestRowsOfTransactions checks that a transaction has the row of its command, a message that of
// its word, and RowOf finds both again; the dialect of a connection is the row's.
func TestRowsOfTransactions(t *testing.T) {
	for _, c := range []struct {
		line, command, row string // row is empty if there is none
		dialect            protocol.Dialect
	}{
		{"EXAMINE INBOX", "EXAMINE", "EXAMINE", protocol.IMAP2bis}, // RFC 1732, p. 3
		{"find mailboxes *", "FIND", "FIND", protocol.IMAP2},
		{"uid fetch 1 FLAGS", "UID FETCH", "UID FETCH", protocol.IMAP4},
		{"UID LOGIN a b", "UID LOGIN", "LOGIN", protocol.IMAP2},
		{"GETQUOTA x", "GETQUOTA", "GETQUOTA", protocol.Extension},
		{"frobnicate", "FROBNICATE", "", protocol.UnknownDialect},
	} {
		d := decode.New(decode.Options{})
		now := time.Unix(0, 0)
		d.Write(capture.ServerToClient, now, []byte("* OK hi\r\n"))
		for _, e := range d.Write(capture.ClientToServer, now, []byte("a "+c.line+"\r\n")) {
			m, ok := e.(*decode.Message)
			if !ok {
				continue
			}
			name, dialect := "", protocol.UnknownDialect
			if m.Row != nil {
				name, dialect = m.Row.Name, m.Row.Dialect
			}
			if m.Word != c.command || name != c.row || dialect != c.dialect || m.Txn.Row != m.Row {
				t.Errorf("%s: %s, row %q of %s; want %s, %q, %s", c.line, m.Word, name, dialect, c.command, c.row, c.dialect)
			}
			if decode.RowOf(m.Kind, m.Word) != m.Row {
				t.Errorf("%s: RowOf does not find the row again", c.line)
			}
		}
	}
}
