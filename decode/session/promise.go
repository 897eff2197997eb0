package session

import "imapscope/decode/syntax"

// goneKept is how many ranges of identifiers of removed messages are kept, the last ones.
const goneKept = 32

// gone is the identifiers of messages that were removed.
type gone struct {
	ranges [goneKept]syntax.Range
	n      int // how many were added
}

func (g *gone) add(r syntax.Range) {
	g.ranges[g.n%goneKept] = r
	g.n++
}

// WasRemoved reports whether an identifier is that of a message which was removed while the
// mailbox was selected. It knows the last ones only.
func (b *Mailbox) WasRemoved(uid uint32) bool {
	for _, r := range b.gone.ranges[:min(b.gone.n, goneKept)] {
		if r.First <= uid && uid <= r.Last {
			return true
		}
	}
	return false
}

// Promised returns UIDNEXT as it was reported last, and the number of the next message at
// that time, which EXPUNGE lowers as it does that of any message. Messages from that number
// on have identifiers of at least uid, and those before it lower ones (RFC 3501, 2.3.1.1). It
// returns 0, 0 if that is not known.
func (b *Mailbox) Promised() (number, uid uint32) {
	if b.promised.number == 0 {
		return 0, 0
	}
	return b.promised.number, b.promised.uid
}

// Around returns the last message before a number and the first one after it whose unique
// identifiers are known; nil if there is none.
func (b *Mailbox) Around(number uint32) (before, after *Message) {
	before, _ = b.messages.around(number)
	if number < 1<<32-1 {
		_, after = b.messages.around(number + 1)
	}
	return before, after
}
