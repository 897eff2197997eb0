package lint

import (
	"slices"
	"testing"

	"imapscope/decode/protocol"
)

// TestIMAP3sFormsAreFaultsElsewhere checks that ~ before a search key and the comments of an
// address are IMAP3's alone.
func TestIMAP3sFormsAreFaultsElsewhere(t *testing.T) {
	forms := []struct {
		rule, text string
		in         []protocol.Dialect
	}{
		{"C004", "# INBOX selected, 9 messages\nC: a1 SEARCH ~SEEN\nS: * SEARCH 1\nS: a1 OK done\n", []protocol.Dialect{protocol.IMAP2}},
		{"S016", "# INBOX selected, 9 messages\nC: a1 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL NIL \"f\" \"x\" \"c\")) ((NIL NIL \"f\" \"x\" \"c\")) ((NIL NIL \"f\" \"x\" \"c\")) NIL NIL NIL NIL NIL))\nS: a1 OK done\n", []protocol.Dialect{protocol.IMAP2, protocol.IMAP4rev1}},
	}
	for _, f := range forms {
		for _, dialect := range []protocol.Dialect{protocol.IMAP2, protocol.IMAP3, protocol.IMAP4rev1} {
			found, err := play(f.text, Options{Dialect: dialect, Only: []string{f.rule}}, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := len(found) > 0, slices.Contains(f.in, dialect); got != want {
				t.Errorf("%s in %v: %v", f.rule, dialect, lines(found))
			}
		}
	}
}
