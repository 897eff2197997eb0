package explain

import (
	"slices"
	"testing"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// TestRowsAreThoseOfTokens holds the two against each other, for what a message spells.
func TestRowsAreThoseOfTokens(t *testing.T) {
	for _, c := range []struct {
		parse func(*wire.Message) *syntax.Node
		text  string
		want  int // rows
	}{
		{syntax.ParseRequest, "a UID FETCH 1:2 (FLAGS BODY.PEEK[HEADER.FIELDS (FROM)]<0.5> RFC822.SIZE)\r\n", 6},
		{syntax.ParseRequest, "a FETCH 1 ALL\r\n", 2},
		{syntax.ParseRequest, "a STORE 1 +FLAGS (\\Seen $x)\r\n", 3},
		{syntax.ParseRequest, "a SEARCH NOT FROM fred ~SEEN UNKNOWN\r\n", 4},
		{syntax.ParseRequest, "a FIND MAILBOXES *\r\n", 2},
		{syntax.ParseRequest, "a FIND NOTHING *\r\n", 1},
		{syntax.ParseRequest, "a STATUS x (MESSAGES UIDNEXT)\r\n", 3},
		{syntax.ParseRequest, "a XYZZY\r\n", 0},
		{syntax.ParseRequest, "a SELECT x (CONDSTORE)\r\n", 2},
		{syntax.ParseResponse, "* 3 FETCH (FLAGS (\\Seen) BODY[TEXT] NIL UID 7)\r\n", 6},
		{syntax.ParseResponse, "* OK [UIDNEXT 7] hello\r\n", 2},
		{syntax.ParseResponse, "a NO [TRYCREATE] FETCH\r\n", 2},
		{syntax.ParseResponse, "* LIST (\\Noselect) \"/\" x\r\n", 2},
		{syntax.ParseResponse, "+ go on\r\n", 1},
		{syntax.ParseResponse, "* STATUS x (MESSAGES 3)\r\n", 2},
	} {
		raw := []byte(c.text)
		root := c.parse(&wire.Message{Raw: raw})
		rows := slices.Collect(Rows(root, raw))
		var want []*protocol.Row
		for _, token := range Tokens(root, raw) {
			switch token.Kind {
			case protocol.Term, protocol.EnvelopeField, protocol.AddressField:
				continue
			}
			if token.Name != "" && !token.Fault {
				want = append(want, protocol.Lookup(token.Kind, token.Name))
			}
		}
		if !slices.Equal(rows, want) || len(rows) != c.want {
			t.Errorf("%q: %d rows, want %d", c.text, len(rows), c.want)
			for _, r := range rows {
				t.Logf("%s %s", r.Kind, r.Name)
			}
			for _, r := range want {
				t.Logf("want %s %s", r.Kind, r.Name)
			}
		}
		if string(raw) != c.text {
			t.Errorf("%q was changed", c.text)
		}
	}
}
