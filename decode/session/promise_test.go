package session

import (
	"testing"

	"imapscope/decode/syntax"
)

// TestMailboxKeepsWhatWasReported checks that the mailbox keeps what was reported of UIDNEXT, and the identifiers
// of removed messages, while numbers change.
func TestMailboxKeepsWhatWasReported(t *testing.T) {
	b := &Mailbox{}
	b.exists(4)
	next, _ := readCode([]byte("[UIDNEXT 20] x"))
	b.coded(next)
	b.identify(2, 11)
	b.identify(4, 19)
	b.expunge(2)
	b.vanish(syntax.ParseSequence([]byte("15:16")))
	b.exists(3)
	b.identify(3, 25)
	b.used(25)
	if number, uid := b.Promised(); number != 2 || uid != 20 {
		t.Errorf("the next message was %d with %d; want 2 with 20", number, uid)
	}
	if b.UIDNext != 26 {
		t.Errorf("UIDNEXT %d; want 26", b.UIDNext)
	}
	for uid, want := range map[uint32]bool{11: true, 15: true, 16: true, 19: false, 12: false, 25: false} {
		if b.WasRemoved(uid) != want {
			t.Errorf("%d was removed: %v", uid, !want)
		}
	}
	if before, after := b.Around(2); before == nil || before.UID != 19 || after == nil || after.UID != 25 {
		t.Errorf("around message 2: %+v, %+v", before, after)
	}
	b.exists(0)
	if number, uid := b.Promised(); number != 0 || uid != 0 {
		t.Errorf("nothing is known any more, and yet %d with %d", number, uid)
	}
}
