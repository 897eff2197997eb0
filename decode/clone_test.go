package decode_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
)

// TestCloneDoesNotChange checks that a clone does not change while the decoder continues.
func TestCloneDoesNotChange(t *testing.T) {
	d := decode.New(decode.Options{})
	var messages []*decode.Message
	var transactions []*decode.Transaction
	var saw []string
	text := func(m *decode.Message, tree *syntax.Node) string {
		return m.Word + "|" + string(m.Raw) + "|" + string(m.Tag) + "|" + string(m.Text) + "|" + tree.Kind.String()
	}
	var parser syntax.Parser
	say := func(dir capture.Direction, bytes string) {
		for _, e := range d.Write(dir, time.Unix(0, 0), []byte(bytes)) {
			switch e := e.(type) {
			case *decode.Message:
				messages = append(messages, e.Clone())
				saw = append(saw, text(e, e.Parse(&parser)))
			case *decode.Transaction:
				transactions = append(transactions, e.Clone())
			}
		}
	}
	say(capture.ServerToClient, "* OK hello\r\n")
	say(capture.ClientToServer, "a1 SEARCH SUBJECT {5}\r\n")
	say(capture.ServerToClient, "+ go on\r\n")
	say(capture.ClientToServer, "lunch\r\na2 NOOP\r\n")
	say(capture.ServerToClient, "* SEARCH 1 2\r\na1 OK done\r\na2 OK too\r\n")

	var kept []string
	for _, m := range messages {
		kept = append(kept, text(m, m.Parse(&parser)))
	}
	if diff := cmp.Diff(saw, kept); diff != "" || len(kept) != 7 {
		t.Error(len(kept), diff)
	}
	if len(transactions) != 2 {
		t.Fatalf("%d transactions", len(transactions))
	}
	x := transactions[0]
	if string(x.Request.Raw) != "a1 SEARCH SUBJECT {5}\r\nlunch\r\n" || len(x.Request.Literals) != 1 ||
		!cmp.Equal(x.Data, []decode.Count{{Kind: "SEARCH", N: 1}}) || len(x.Literals) != 1 {
		t.Errorf("got %+v", x)
	}
}
