package syntax

import (
	"strings"
	"testing"

	"imapscope/decode/wire"
)

// TestNodesAreBounded: a message that is kept whole, as for a comparison, may be megabytes
// of words. Its tree has no more nodes than it may, and still covers every byte.
func TestNodesAreBounded(t *testing.T) {
	for name, line := range map[string]string{
		"a command of RFC 1176": "a SEARCH" + strings.Repeat(" ALL", MaxNodes) + "\r\n",
		"an unknown command":    "a XYZZY" + strings.Repeat(" b", MaxNodes) + "\r\n",
		"a list":                "a XYZZY (" + strings.Repeat(" b", MaxNodes) + ")\r\n",
		"lists in a list":       "a XYZZY (" + strings.Repeat(" (b)", MaxNodes) + ")\r\n",
	} {
		n := ParseRequest(&wire.Message{Raw: []byte(line)})
		nodes := 0
		for range n.All() {
			nodes++
		}
		if nodes > MaxNodes+100 {
			t.Errorf("%s: %d nodes", name, nodes)
		}
		if n.Span.Start != 0 || n.Span.End != len(line) {
			t.Errorf("%s: the tree covers %v of %d bytes", name, n.Span, len(line))
		}
	}
	response := "* 1 FETCH (" + strings.Repeat("FLAGS () ", MaxNodes) + ")\r\n"
	if n := ParseResponse(&wire.Message{Raw: []byte(response)}); n.Span.End != len(response) {
		t.Errorf("the tree covers %v of %d bytes", n.Span, len(response))
	}
}
