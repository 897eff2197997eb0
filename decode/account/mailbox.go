package account

import (
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// Mailbox is what all connections of an account showed of one mailbox.
type Mailbox struct {
	Name   string
	Shared bool // one for all users of the server

	Events []*Event // by time; of a copy, both mailboxes have it

	// UIDValidity, UIDNext and ModSeq are what was reported last, zero if nothing was.
	UIDValidity uint32
	UIDNext     uint32
	ModSeq      uint64 // HIGHESTMODSEQ

	Validities []Validity // the values of UIDVALIDITY: the first one, and each change
	Backs      []Back     // what went back although it cannot

	validity, next, modSeq report // the last reports, and the highest one
}

// Validity is a value of UIDVALIDITY, and where it was reported first and last.
type Validity struct {
	Value uint32
	Event *Event
	Last  *Event
}

// Back is a value that is lower than an earlier one, although it never decreases as long as
// UIDVALIDITY is the same (RFC 3501, 2.3.1.1; RFC 7162, 3.1.1).
type Back struct {
	What       Counter
	Was, Is    uint64
	Then, Here *Event
}

// Counter is a figure of a mailbox that only grows.
type Counter uint8

// The counters.
const (
	UIDNext Counter = iota
	HighestModSeq
)

// String returns the counter's name as the protocol has it.
func (c Counter) String() string {
	effect := protocol.GivesUIDNext
	if c == HighestModSeq {
		effect = protocol.GivesHighestModSeq
	}
	for r := range protocol.Of(protocol.Code) {
		if r.Does(effect) {
			return r.Name
		}
	}
	return "?"
}

// report is a value, and the fact that reported it.
type report struct {
	value uint64
	event *Event
}

// foldName returns the name of a mailbox as it is compared: INBOX is written in any case
// (RFC 3501, 5.1).
func foldName(name string) string {
	if inbox := protocol.Lookup(protocol.Term, name); inbox != nil && strings.EqualFold(name, inbox.Name) {
		return inbox.Name
	}
	return name
}

// Is reports whether it is the mailbox with a name.
func (b *Mailbox) Is(name string) bool { return foldName(name) == b.Name }

// add adds a fact.
func (b *Mailbox) add(e *Event) {
	b.Events = append(b.Events, e)
	f := &e.Fact
	if !b.Is(f.Mailbox) {
		return // the figures are those of the other mailbox
	}
	switch f.Kind {
	case session.Deleted, session.Renamed, session.Created:
		// Another mailbox from now on. Its UIDVALIDITY must differ (RFC 3501, 6.3.3).
		b.UIDNext, b.ModSeq = 0, 0
		b.next, b.modSeq = report{}, report{}
		return
	}
	b.valid(e)
	if n := f.UIDNext; n != 0 {
		b.UIDNext = n
	}
	if n := f.ModSeq; n != 0 && ofMailbox(f.Kind) {
		b.ModSeq = n
		b.grow(&b.modSeq, HighestModSeq, n, e)
	}
	if n := f.UIDNext; n != 0 {
		b.grow(&b.next, UIDNext, uint64(n), e)
	}
	if f.Kind == session.Appended {
		for _, r := range syntax.ParseSequence([]byte(f.Set)) {
			_, last := r.Bounds()
			b.raise(uint64(last)+1, e)
		}
	}
	if f.UID != 0 && f.Kind != session.Removed {
		b.raise(uint64(f.UID)+1, e)
	}
}

// ofMailbox reports whether the ModSeq of a fact is HIGHESTMODSEQ, not that of a message.
func ofMailbox(k session.FactKind) bool { return k == session.Selected || k == session.Reported }

// valid follows UIDVALIDITY.
func (b *Mailbox) valid(e *Event) {
	n := e.Fact.UIDValidity
	if n == 0 || e.Fact.Kind != session.Selected && e.Fact.Kind != session.Reported && e.Fact.Kind != session.Appended {
		return // other facts repeat what was reported when the mailbox was selected
	}
	switch {
	case n == b.UIDValidity:
		b.validity = report{uint64(n), e}
		b.Validities[len(b.Validities)-1].Last = e
		return
	case b.UIDValidity != 0 && !before(b.validity.event, e):
		return // at the same time: which is the later one is not known
	}
	b.UIDValidity = n
	b.validity = report{uint64(n), e}
	b.next, b.modSeq = report{}, report{}
	b.Validities = append(b.Validities, Validity{n, e, e})
}

// before reports whether a fact was reported before the command was sent that another one
// answers.
func before(a, b *Event) bool { return a == nil || a.Fact.Time.Before(b.Fact.Since) }

// grow follows a counter.
func (b *Mailbox) grow(r *report, what Counter, n uint64, e *Event) {
	if v := e.Fact.UIDValidity; v != 0 && v != b.UIDValidity {
		return
	}
	if r.event != nil && n < r.value && before(r.event, e) {
		b.Backs = append(b.Backs, Back{what, r.value, n, r.event, e})
		*r = report{n, e} // once, not for all that follows
		return
	}
	if n > r.value {
		*r = report{n, e}
	}
}

// raise follows an identifier that was assigned: UIDNEXT is higher from then on.
func (b *Mailbox) raise(next uint64, e *Event) {
	if v := e.Fact.UIDValidity; v != 0 && v != b.UIDValidity || next >= 1<<32 {
		return
	}
	if next > b.next.value {
		b.next = report{next, e}
	}
}

// Sessions returns how many times the mailbox was selected.
func (b *Mailbox) Sessions() int {
	n := 0
	for _, e := range b.Events {
		if e.Fact.Kind == session.Selected {
			n++
		}
	}
	return n
}
