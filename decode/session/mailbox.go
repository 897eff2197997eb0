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
	ReadOnly bool // as the server said
	Known    bool // EXISTS was said
	Exists   uint32
	HasNew   bool // RECENT was said
	Recent   uint32
	Flags    []string // that are defined; nil until FLAGS was said

	messages []Message // of which something is known, by number
}

// Message is what is known of one message.
type Message struct {
	Number  uint32
	UID     uint32
	Flags   []string // as the server said last
	HasFlag bool     // FLAGS were said, even if there are none
	Fetched Items    // what FETCH has shown of it
	Size    int64    // RFC822.SIZE; -1: was not said
	Octets  Octets   // of what was shown
	Changes []Change // oldest first, the last MaxChanges of them
}

// Octets are the lengths of a message and its parts as they were shown last; -1: were
// not shown, or not whole.
type Octets struct{ Header, Text, Whole int64 }

// Items is a set of what FETCH shows of a message.
type Items = protocol.Shows

// What FETCH shows.
const (
	Envelope     = protocol.ShowsEnvelope
	Flags        = protocol.ShowsFlags
	InternalDate = protocol.ShowsInternalDate
	Size         = protocol.ShowsSize
	Header       = protocol.ShowsHeader
	Text         = protocol.ShowsText
	Whole        = protocol.ShowsWhole
	Structure    = protocol.ShowsStructure
)

// Change is something that happened to a message, as this session saw it.
type Change struct {
	Conn capture.ConnID
	Txn  int // on that connection; 0 if it is not known which command did it
	Time time.Time
	What string // "FLAGS \Seen", "fetched"
}

// Limits of what is remembered.
const (
	// MaxKnown is how many messages of a mailbox are remembered one by one.
	MaxKnown = 1 << 16
	// MaxChanges is how many changes of a message are.
	MaxChanges = 4
	// MaxShared is how many mailboxes that sessions may share are.
	MaxShared = 1 << 12
)

// At returns what is known of a message; nil if nothing is.
func (b *Mailbox) At(number uint32) *Message {
	i, ok := b.find(number)
	if !ok {
		return nil
	}
	return &b.messages[i]
}

// Messages are those of which something is known, by number. The slice is the
// mailbox's own.
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

// expunge removes a message: those after it have numbers one less at once (RFC
// 1176, "Commands": EXPUNGE, p. 13). A number that is not in the mailbox changes
// nothing.
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

// exists takes the size that the server says. Messages beyond it are gone.
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

// sameFlags compares flags as sets; \Recent comes and goes by itself, and letter
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
