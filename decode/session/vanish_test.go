package session

import (
	"testing"

	"imapscope/decode/syntax"
)

// TestVanishedMessagesMakeTheMailboxSmaller checks that each unique identifier makes the mailbox one smaller, and that
// nothing is said of numbers that may have changed.
func TestVanishedMessagesMakeTheMailboxSmaller(t *testing.T) {
	for _, c := range []struct {
		uids string
		left uint32
	}{
		{"", 9}, {"505", 8}, {"505,507:508", 6}, {"508:507,505", 6},
		{"505,505:507,506", 6}, // repeated
		{"500:508", 0}, {"1:4294967295,1:4294967295", 0},
	} {
		b := &Mailbox{}
		b.exists(9)
		b.note(3)
		b.vanish(syntax.ParseSequence([]byte(c.uids)))
		if b.Exists != c.left || !b.Known || (b.At(3) != nil) != (c.uids == "") {
			t.Errorf("VANISHED %s: %d messages, want %d; %v", c.uids, b.Exists, c.left, b.At(3))
		}
	}
}
