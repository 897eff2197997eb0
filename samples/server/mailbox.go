package server

import (
	"slices"
	"strings"
	"sync"
)

// flags is a set of a message's flags. It excludes \Recent, which belongs to a session.
type flags uint8

const (
	answered flags = 1 << iota
	flagged
	deleted
	seen
)

// systemFlags are the system flags of RFC 1176, in the order of the bits above (p. 28).
var systemFlags = [...]string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`}

const recentFlag = `\Recent`

// A message is one message of one mailbox. Its mutable fields are guarded by the mailbox.
type message struct {
	*content
	arrival uint64 // counted from 1 within the mailbox
	flags   flags
	change  uint64 // counted up with every change of flags
	old     bool   // existed when the mailbox was last read
}

// A mailbox is a mailbox or a bulletin board, shared by the sessions that have it
// selected.
type mailbox struct {
	name     string
	readOnly bool

	mu       sync.Mutex
	messages []*message
	octets   int64
	arrivals uint64
	read     uint64 // the last arrival that was reported to a session
}

func newMailbox(name string, readOnly bool, list []*message) *mailbox {
	b := &mailbox{name: name, readOnly: readOnly}
	b.add(list...)
	for _, m := range list {
		if m.old || m.flags&seen != 0 {
			b.read = m.arrival
		}
	}
	return b
}

// add appends all messages, or none if there is no room. It reports whether it did.
func (b *mailbox) add(list ...*message) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	octets := b.octets
	for _, m := range list {
		octets += int64(m.size())
	}
	if octets > maxOctets || len(b.messages)+len(list) > maxMessages {
		return false
	}
	b.octets = octets
	for _, m := range list {
		b.arrivals++
		m.arrival = b.arrivals
		b.messages = append(b.messages, m)
	}
	return true
}

// expunge removes the deleted messages.
func (b *mailbox) expunge() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = slices.DeleteFunc(b.messages, func(m *message) bool {
		if m.flags&deleted == 0 {
			return false
		}
		b.octets -= int64(m.size())
		return true
	})
}

// change sets and clears flags of a message. It reports whether any flag changed.
func (b *mailbox) change(m *message, set, clear flags) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := m.flags&^clear | set
	if f == m.flags {
		return false
	}
	m.flags = f
	m.change++
	return true
}

// flagNamed returns a flag by its name, ignoring case.
func flagNamed(name string) (flags, bool) {
	for i, f := range systemFlags {
		if strings.EqualFold(f, name) {
			return answered << i, true
		}
	}
	return 0, false
}

// An entry is a message as it was last reported to a session.
type entry struct {
	*message
	change uint64
}

// A view is a mailbox as it was last reported to a session: message n is entries[n-1].
type view struct {
	*mailbox
	entries    []entry
	reported   uint64 // the last reported arrival
	recentFrom uint64 // arrivals after it are \Recent
}

// open returns a view of the current contents. Messages that arrived since the mailbox was last
// read are recent in it (RFC 1176, "Commands": FETCH, p. 14), and not in later views, unless
// the mailbox is read-only.
func (b *mailbox) open() *view {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := &view{mailbox: b, recentFrom: b.read, reported: b.arrivals}
	for _, m := range b.messages {
		v.entries = append(v.entries, entry{m, m.change})
	}
	if !b.readOnly {
		b.read = b.arrivals
	}
	return v
}

// flagsOf returns the names of the flags of message n: \Recent first, as in RFC 1176's formal
// syntax (p. 27). They count as reported.
func (v *view) flagsOf(n int) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	e := &v.entries[n-1]
	e.change = e.message.change
	list := []string{}
	if e.arrival > v.recentFrom {
		list = append(list, recentFlag)
	}
	for i, name := range systemFlags {
		if e.flags&(answered<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

func (v *view) has(n int, f flags) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.entries[n-1].flags&f != 0
}

func (v *view) isRecent(n int) bool { return v.entries[n-1].arrival > v.recentFrom }

// recent returns the number of messages that arrived since the mailbox was last read.
func (v *view) recent() int {
	n := 0
	for i := range v.entries {
		if v.isRecent(i + 1) {
			n++
		}
	}
	return n
}

// changes updates the view from the mailbox, and returns what has to be reported to the client:
// the numbers of removed messages, each counted after the removal of those before it (RFC 1176,
// "Commands": EXPUNGE, p. 13), unless renumber is false; whether there are more messages; and
// the messages whose flags have changed.
func (v *view) changes(renumber bool) (gone []int, more bool, flagged []int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	there := make(map[*message]bool, len(v.messages))
	for _, m := range v.messages {
		there[m] = true
	}
	kept := v.entries[:0]
	for _, e := range v.entries {
		if renumber && !there[e.message] {
			gone = append(gone, len(kept)+1)
			continue
		}
		kept = append(kept, e)
		if e.message.change != e.change {
			flagged = append(flagged, len(kept))
		}
	}
	clear(v.entries[len(kept):])
	for _, m := range v.messages {
		if m.arrival > v.reported {
			kept = append(kept, entry{m, m.change})
			more = true
		}
	}
	v.entries, v.reported = kept, v.arrivals
	if !v.readOnly {
		v.read = v.arrivals
	}
	return gone, more, flagged
}
