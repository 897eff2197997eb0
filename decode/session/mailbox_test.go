package session

import "testing"

// TestBoundsHoldForAServerThatLies checks that a server that lies about its mailbox costs no memory.
func TestBoundsHoldForAServerThatLies(t *testing.T) {
	b := &Mailbox{}
	b.exists(4_000_000_000)
	for n := uint32(1); n <= MaxKnown+10; n++ {
		if m := b.note(n * 7); (m != nil) != (n <= MaxKnown) {
			t.Fatalf("message %d: %v", n, m)
		}
	}
}

// TestExpungeBeyondExists checks that a number that is not in the mailbox changes nothing.
func TestExpungeBeyondExists(t *testing.T) {
	b := &Mailbox{}
	b.exists(3)
	b.note(2)
	for _, n := range []uint32{0, 4, 1 << 31} {
		if _, known := b.expunge(n); known || b.Exists != 3 {
			t.Errorf("EXPUNGE %d: %d messages", n, b.Exists)
		}
	}
	if b.expunge(1); b.Exists != 2 || b.At(1) == nil {
		t.Errorf("%d messages, %v", b.Exists, b.Len())
	}
}
