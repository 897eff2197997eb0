package account

import (
	"slices"

	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// MailboxOf returns the mailbox that a connection had selected when it had reported seq
// facts, or nil if it is not known.
func (a *Accounts) MailboxOf(c Conn, seq int) *Mailbox {
	var box *Mailbox
	last := 0
	for _, u := range a.Users {
		for _, b := range u.Mailboxes {
			for _, e := range b.Events {
				if k := e.Fact.Seq; *e.Conn == c && k > last && k <= seq && (e.Fact.Kind == session.Selected || e.Fact.Kind == session.Deselected) {
					last, box = k, b
					if e.Fact.Kind == session.Deselected {
						box = nil
					}
				}
			}
		}
	}
	return box
}

// Message identifies a message: by UID, or if that is not known by the number that it had on
// a connection when this had reported Seq facts.
type Message struct {
	UID    uint32
	Conn   Conn
	Number uint32
	Seq    int
}

// About returns everything that was reported about a message, by time.
func (b *Mailbox) About(m Message) []*Event {
	if m.UID != 0 {
		f := session.Fact{UID: m.UID}
		in := make(map[*Event]bool)
		for _, e := range b.Events {
			if copied := b.isCopy(e, m.UID); copied || b.Is(e.Fact.Mailbox) && names(&e.Fact, &f) {
				in[e] = true
				if e.Cause != nil {
					in[e.Cause] = true // it may know only the number
				}
			}
		}
		var out []*Event
		for _, e := range b.Events {
			if in[e] {
				out = append(out, e)
			}
		}
		return out
	}
	at := len(b.Events)
	for i, e := range b.Events {
		if *e.Conn == m.Conn && e.Fact.Seq > m.Seq {
			at = i
			break
		}
	}
	out := b.backward(m, at)
	slices.Reverse(out)
	return append(out, b.forward(m, at)...)
}

// names reports whether a fact names a message. That of a whole mailbox names none.
func names(f, m *session.Fact) bool {
	if m.UID != 0 {
		return f.UID == m.UID || f.UIDs && Has(f.Set, m.UID)
	}
	return f.Number != 0 && f.Number == m.Number || !f.UIDs && Has(f.Set, m.Number)
}

// isCopy reports whether a message came into the mailbox by a COPY or MOVE.
func (b *Mailbox) isCopy(e *Event, uid uint32) bool {
	return e.Fact.To != "" && b.Is(e.Fact.To) && Has(e.Fact.ToSet, uid)
}

// backward returns what was reported about a message before an event, the last first. Each
// EXPUNGE of its connection had given it a lower number.
func (b *Mailbox) backward(m Message, at int) (out []*Event) {
	f := session.Fact{Number: m.Number}
	for i := at - 1; i >= 0; i-- {
		e := b.Events[i]
		if *e.Conn == m.Conn {
			switch e.Fact.Kind {
			case session.Selected:
				return out // the numbers of another session
			case session.Removed:
				if e.Fact.Number == 0 {
					return out // VANISHED does not say which numbers changed
				}
				if e.Fact.Number <= f.Number {
					f.Number++
				}
				continue
			}
		}
		if names(&e.Fact, &f) {
			out = append(out, e)
		}
	}
	return out
}

// forward returns what was reported about a message from an event on, until it was removed.
func (b *Mailbox) forward(m Message, at int) (out []*Event) {
	f := session.Fact{Number: m.Number}
	for _, e := range b.Events[at:] {
		mine := *e.Conn == m.Conn
		if mine && (e.Fact.Kind == session.Selected || e.Fact.Kind == session.Removed && e.Fact.Number == 0) {
			return out
		}
		if names(&e.Fact, &f) {
			out = append(out, e)
			if mine && e.Fact.Kind == session.Removed {
				return out
			}
		}
		if mine && e.Fact.Kind == session.Removed && e.Fact.Number < f.Number {
			f.Number--
		}
	}
	return out
}

// LastChange returns the last command that changed a message, by those reported before a
// connection had reported seq facts; nil if none is known.
func (b *Mailbox) LastChange(m Message, c Conn, seq int) *Event {
	var last *Event
	for _, e := range b.About(m) {
		if *e.Conn == c && e.Fact.Seq > seq {
			break
		}
		switch e.Fact.Kind {
		case session.Flagged, session.Removed:
			if e.Fact.Own {
				last = e
			} else if e.Cause != nil {
				last = e.Cause
			}
		case session.Stored:
			if last == nil || last.Fact.Txn != e.Fact.Txn || last.Conn != e.Conn {
				last = e
			}
		}
	}
	return last
}

// Size returns the number of messages that a fact names; "*" counts as one.
func Size(f *session.Fact) int {
	if f.Set == "" {
		return min(int(f.UID|f.Number), 1)
	}
	n := 0
	for _, r := range syntax.ParseSequence([]byte(f.Set)) {
		low, high := r.Bounds()
		if high == syntax.Star {
			high = low
		}
		n += int(high-low) + 1
	}
	return n
}
