package session

import (
	"iter"
	"slices"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// Mailbox is what a client could know of the mailbox that is selected.
type Mailbox struct {
	Name     string
	BBoard   bool
	ReadOnly bool // as reported by the server
	Known    bool // EXISTS was received
	Exists   uint32
	HasNew   bool // RECENT was received
	Recent   uint32
	Flags    []string // the defined flags; nil until FLAGS is received

	// What the server reported when the mailbox was selected, or since. It is zero, or nil,
	// until then.

	UIDValidity   uint32
	UIDNext       uint32   // the highest that was reported, or that follows from a message's UID
	HighestModSeq uint64   // of CONDSTORE
	Permanent     []string // PERMANENTFLAGS: the flags that the client can change for good

	next     uint32   // the number of the next message when UIDNEXT was reported; 0: not known
	promised place    // as UIDNEXT and next, and no message that came later changes it
	gone     gone     // the identifiers of removed messages
	messages messages // those of which something is known
}

// Message is what is known of one message.
type Message struct {
	Number  uint32
	UID     uint32         // 0: not reported; see Mailbox.UID
	ModSeq  uint64         // 0: not reported
	Flags   []string       // as last reported by the server
	HasFlag bool           // FLAGS were received, even if empty
	Fetched protocol.Shows // what FETCH has shown of it
	Size    int64          // RFC822.SIZE; -1: not known
	Octets  Octets         // of what was shown
}

// Octets holds the lengths in bytes of a message and its parts as they were last shown;
// -1 if they were not shown, or not completely.
type Octets struct{ Header, Text, Whole int64 }

// MaxKnown is the number of messages of a mailbox that are kept individually.
const MaxKnown = 1 << 16

// At returns what is known of a message, or nil if nothing is.
// It is valid until the next message is fed.
func (b *Mailbox) At(number uint32) *Message { return b.messages.find(number) }

// From iterates over the messages of which something is known, from a number on, in the
// order of their numbers.
func (b *Mailbox) From(number uint32) iter.Seq[*Message] { return b.messages.from(number) }

// Len returns the number of messages of which something is known.
func (b *Mailbox) Len() int { return b.messages.count }

// note returns the message of a number, made if there is room; nil if there is none.
func (b *Mailbox) note(number uint32) *Message {
	if m := b.messages.find(number); m != nil {
		return m
	}
	if b.messages.count >= MaxKnown || number == 0 {
		return nil
	}
	return b.messages.add(Message{Number: number, Size: -1, Octets: Octets{-1, -1, -1}})
}

// expunge removes a message: the numbers of those after it are one less at once (RFC
// 1176, "Commands": EXPUNGE, p. 13). A number that is not in the mailbox has no
// effect.
func (b *Mailbox) expunge(number uint32) (gone Message, known bool) {
	if number == 0 || b.Known && number > b.Exists {
		return Message{}, false
	}
	b.keepAround(number, number)
	gone, known = b.messages.remove(number)
	if b.Exists > 0 {
		b.Exists--
	}
	if b.next > number {
		b.next--
	}
	if b.promised.number > number {
		b.promised.number--
	}
	if gone.UID != 0 {
		b.gone.add(syntax.Range{First: gone.UID, Last: gone.UID})
	}
	return gone, known
}

// exists sets the size reported by the server. Messages beyond it are removed.
func (b *Mailbox) exists(n uint32) {
	b.Known, b.Exists = true, n
	if n < 1<<32-1 {
		b.messages.cut(n + 1)
	}
	if uint64(b.next) > uint64(n)+1 {
		b.next = 0
	}
	if uint64(b.promised.number) > uint64(n)+1 {
		b.promised = place{}
	}
}

// sameFlags compares flags as sets; \Recent is ignored because it changes on its own, and letter
// case does not matter.
func sameFlags(a, b []string) bool {
	norm := func(list []string) []string {
		out := make([]string, 0, len(list))
		for _, f := range list {
			if f = strings.ToUpper(f); !protocol.Lookup(protocol.Flag, f).Does(protocol.MarksRecent) {
				out = append(out, f)
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return slices.Equal(norm(a), norm(b))
}

// gained reports whether now has all flags that old has, \Recent aside, and more.
func gained(old, now []string) bool {
	for _, f := range old {
		recent := protocol.Lookup(protocol.Flag, f).Does(protocol.MarksRecent)
		if !recent && !slices.ContainsFunc(now, func(g string) bool { return strings.EqualFold(f, g) }) {
			return false
		}
	}
	return !sameFlags(old, now)
}
