package session

import (
	"slices"
	"sort"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
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

	messages []Message // those of which something is known, by number
}

// Message is what is known of one message.
type Message struct {
	Number  uint32
	UID     uint32
	Flags   []string       // as last reported by the server
	HasFlag bool           // FLAGS were received, even if empty
	Fetched protocol.Shows // what FETCH has shown of it
	Size    int64          // RFC822.SIZE; -1: not known
	Octets  Octets         // of what was shown
	Changes []Change       // oldest first, the last MaxChanges of them
}

// Octets holds the lengths in bytes of a message and its parts as they were last shown;
// -1 if they were not shown, or not completely.
type Octets struct{ Header, Text, Whole int64 }

// Change is something that happened to a message, as this session saw it.
type Change struct {
	Conn capture.ConnID
	Txn  int // on that connection; 0 if it is not known which command did it
	Time time.Time
	What string // "FLAGS \Seen", "fetched"
}

// Limits of what is kept.
const (
	// MaxKnown is the number of messages of a mailbox that are kept individually.
	MaxKnown = 1 << 16
	// MaxChanges is the number of changes kept of a message.
	MaxChanges = 4
	// MaxShared is the number of mailboxes kept that sessions may share.
	MaxShared = 1 << 12
)

// At returns what is known of a message, or nil if nothing is.
func (b *Mailbox) At(number uint32) *Message {
	i, ok := b.find(number)
	if !ok {
		return nil
	}
	return &b.messages[i]
}

// Messages returns those of which something is known, by number. The slice belongs to
// the mailbox.
func (b *Mailbox) Messages() []Message { return b.messages }

func (b *Mailbox) find(number uint32) (int, bool) {
	i := sort.Search(len(b.messages), func(i int) bool { return b.messages[i].Number >= number })
	return i, i < len(b.messages) && b.messages[i].Number == number
}

// note returns the message of a number, made if there is room; nil if there is none.
func (b *Mailbox) note(number uint32) *Message {
	i, ok := b.find(number)
	if !ok {
		if len(b.messages) >= MaxKnown || number == 0 {
			return nil
		}
		b.messages = slices.Insert(b.messages, i, Message{Number: number, Size: -1, Octets: Octets{-1, -1, -1}})
	}
	return &b.messages[i]
}

// expunge removes a message: the numbers of those after it are one less at once (RFC
// 1176, "Commands": EXPUNGE, p. 13). A number that is not in the mailbox has no
// effect.
func (b *Mailbox) expunge(number uint32) (gone Message, known bool) {
	if number == 0 || b.Known && number > b.Exists {
		return Message{}, false
	}
	i, known := b.find(number)
	if known {
		gone = b.messages[i]
		b.messages = slices.Delete(b.messages, i, i+1)
	}
	for k := i; k < len(b.messages); k++ {
		b.messages[k].Number--
	}
	if b.Exists > 0 {
		b.Exists--
	}
	return gone, known
}

// exists sets the size reported by the server. Messages beyond it are removed.
func (b *Mailbox) exists(n uint32) {
	b.Known, b.Exists = true, n
	i, _ := b.find(n + 1)
	if n < 1<<32-1 {
		b.messages = b.messages[:i]
	}
}

func (m *Message) changed(c Change) {
	if len(m.Changes) == MaxChanges {
		m.Changes = append(m.Changes[:0], m.Changes[1:]...)
	}
	m.Changes = append(m.Changes, c)
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
