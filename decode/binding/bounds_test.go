package binding

import (
	"fmt"
	"testing"
)

// What is kept does not grow without end: neither by mailboxes nor by identifiers.
func TestBounded(t *testing.T) {
	m := New()
	for i := range maxBoxes + 100 {
		m.Known("fred", fmt.Sprint(i), 7, 8)
	}
	if len(m.boxes) != maxBoxes {
		t.Errorf("%d mailboxes", len(m.boxes))
	}
	for i := range maxIDs + 100 {
		m.identify(id{"fred", "EMAILID", fmt.Sprint(i)}, "x")
	}
	if len(m.ids) != maxIDs {
		t.Errorf("%d identifiers", len(m.ids))
	}
}
