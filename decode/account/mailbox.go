package account

import (
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/session"
)

// Mailbox is what all connections of an account showed of one mailbox.
type Mailbox struct {
	Name   string
	Shared bool // one for all users of the server

	Events []*Event // by time; of a copy, both mailboxes have it

	Figures

	Validities []Validity // the values of UIDVALIDITY: the first one, and each change
	Backs      []Back     // what went back although it cannot; not UIDVALIDITY
}

// Validity is a value of UIDVALIDITY, and where it was reported first and last.
type Validity struct {
	Value uint32
	Event *Event
	Last  *Event
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
	if !b.Is(e.Fact.Mailbox) && e.Fact.Kind != session.Renamed {
		return // the figures are those of the other mailbox
	}
	before := b.UIDValidity
	for _, back := range b.Follow(e) {
		if back.What != UIDValidity {
			b.Backs = append(b.Backs, back)
		}
	}
	switch last := len(b.Validities) - 1; {
	case b.UIDValidity != before:
		b.Validities = append(b.Validities, Validity{b.UIDValidity, e, e})
	case last >= 0 && b.validity.event == e:
		b.Validities[last].Last = e
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
