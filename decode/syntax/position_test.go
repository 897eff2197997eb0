package syntax_test

import (
	"testing"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// TestMissingSpaceBeforeLiteral: the space is missing before the announcement, not behind
// it, and the literal is the property's value all the same.
func TestMissingSpaceBeforeLiteral(t *testing.T) {
	m, _ := wire.Split([]byte("* 5 FETCH (RFC822.TEXT{3}\r\nabc FLAGS ())\r\n"), false)
	tree := syntax.ParseResponse(m)
	n := 0
	for e := range tree.Errors() {
		n++
		if got, want := e.Off, len("* 5 FETCH (RFC822.TEXT"); got != want {
			t.Errorf("%v at %d, want %d", e, got, want)
		}
	}
	if n != 1 {
		t.Errorf("%d faults\n%s", n, dump(tree, m.Raw))
	}
}
