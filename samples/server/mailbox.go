package server

import (
	"slices"
	"strings"
	"sync"
)

// flags is a set of a message's flags. \Recent is none of them: it is a session's.
type flags uint8

const (
	answered flags = 1 << iota
	flagged
	deleted
	seen
)

// systemFlags are RFC 1176's, in the order of the bits above (p. 28).
var systemFlags = [...]string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`}

const recentFlag = `\Recent`

// message is one message of one mailbox. What changes is guarded by the mailbox.
type message struct {
	*content
	arrival uint64 // counted from 1 within the mailbox
	flags   flags
	change  uint64 // counted up with every change of flags
	old     bool   // was there when the mailbox was read before
}

// mailbox is a mailbox or a bulletin board, shared by the sessions that have it
// selected.
type mailbox struct {
	name     string
	readOnly bool

	mu       sync.Mutex
	messages []*message
	octets   int64
	arrivals uint64
	read     uint64 // the last arrival that a session was told of
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

// add appends messages, all or none; false if there is no room.
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

// change sets and clears flags of a message; true if that changed any.
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

// flagNamed is a flag by its name, without regard to case.
func flagNamed(name string) (flags, bool) {
	for i, f := range systemFlags {
		if strings.EqualFold(f, name) {
			return answered << i, true
		}
	}
	return 0, false
}

// entry is a message as a session was told of it.
type entry struct {
	*message
	change uint64
}

// view is a mailbox as a session was told of it: message n is entries[n-1].
type view struct {
	*mailbox
	entries    []entry
	told       uint64 // the last arrival told
	recentFrom uint64 // arrivals after it are \Recent
}

// open is a view of all that is there. What arrived since the mailbox was read before
// is recent in it (RFC 1176, "Commands": FETCH, p. 14), and in no later one, if this
// one may change it.
func (b *mailbox) open() *view {
	b.mu.Lock()
	defer b.mu.Unlock()
	v := &view{mailbox: b, recentFrom: b.read, told: b.arrivals}
	for _, m := range b.messages {
		v.entries = append(v.entries, entry{m, m.change})
	}
	if !b.readOnly {
		b.read = b.arrivals
	}
	return v
}

// flagsOf are the names of the flags of message n: \Recent first, as RFC 1176's formal
// syntax has it (p. 27). They count as told.
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

// recent is how many messages have arrived since the mailbox was read before.
func (v *view) recent() int {
	n := 0
	for i := range v.entries {
		if v.isRecent(i + 1) {
			n++
		}
	}
	return n
}

// changes brings the view up to what the mailbox has become, and says what the client
// has to be told: numbers that are gone, each counted after those before it (RFC 1176,
// "Commands": EXPUNGE, p. 13), unless renumber is false; whether there are more
// messages; and whose flags have changed.
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
		if m.arrival > v.told {
			kept = append(kept, entry{m, m.change})
			more = true
		}
	}
	v.entries, v.told = kept, v.arrivals
	if !v.readOnly {
		v.read = v.arrivals
	}
	return gone, more, flagged
}
