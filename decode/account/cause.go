package account

import (
	"slices"
	"strings"
	"time"

	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// maxBack is how many of the commands before a change are considered as its cause, and
// maxForward how many of those that were answered after it was reported to another session.
const (
	maxBack    = 64
	maxForward = 16
)

// recently is how long after a change another session may be informed of it.
const recently = time.Hour

// explain finds the cause of each change that a session was informed of.
func (b *Mailbox) explain() {
	var own []int // indices of what sessions did themselves
	for i, e := range b.Events {
		if causes(&e.Fact) {
			own = append(own, i)
		}
	}
	for i, e := range b.Events {
		if e.Fact.Own || e.Fact.Kind != session.Flagged && e.Fact.Kind != session.Removed {
			continue
		}
		at, _ := slices.BinarySearch(own, i)
		if e.Cause = b.causeOf(e, own, at, false); e.Cause == nil && e.Fact.Kind == session.Removed {
			e.Cause = b.causeOf(e, own, at, true)
		}
	}
}

// causes reports whether a fact can be the cause of another session's.
func causes(f *session.Fact) bool {
	switch f.Kind {
	case session.Flagged, session.Stored, session.Removed, session.Moved:
		return f.Own
	case session.Deselected:
		return f.Removing
	}
	return false
}

// causeOf returns the cause of a change: the last command that did the same, before it if
// possible, otherwise one that was sent before and answered after it. A CLOSE does not say
// which messages it removes, so it is considered only if nothing else is the cause.
func (b *Mailbox) causeOf(e *Event, own []int, at int, closes bool) *Event {
	for k := at - 1; k >= 0 && k >= at-maxBack; k-- {
		o := b.Events[own[k]]
		if e.Fact.Time.Sub(o.Fact.Time) > recently {
			break
		}
		if (o.Fact.Kind == session.Deselected) == closes && b.did(o, e) {
			return o
		}
	}
	for k := at; k < len(own) && k < at+maxForward; k++ {
		if o := b.Events[own[k]]; (o.Fact.Kind == session.Deselected) == closes && !o.Fact.Since.After(e.Fact.Time) && b.did(o, e) {
			return o
		}
	}
	return nil
}

// did reports whether what a session did is the change that another one was informed of.
func (b *Mailbox) did(o, e *Event) bool {
	if o.Conn == e.Conn || o.Fact.UIDValidity != 0 && e.Fact.UIDValidity != 0 && o.Fact.UIDValidity != e.Fact.UIDValidity {
		return false
	}
	if e.Fact.Kind == session.Flagged {
		switch o.Fact.Kind {
		case session.Flagged:
			return sameMessages(&o.Fact, &e.Fact) && sameWords(o.Fact.Text, e.Fact.Text)
		case session.Stored:
			return sameMessages(&o.Fact, &e.Fact) && leads(o.Fact.Text, e.Fact.Text)
		}
		return false
	}
	switch o.Fact.Kind {
	case session.Removed, session.Moved:
		return sameMessages(&o.Fact, &e.Fact)
	case session.Deselected:
		return b.marked(o, e)
	}
	return false
}

// marked reports whether the session of a CLOSE had marked a message as deleted.
func (b *Mailbox) marked(o, e *Event) bool {
	at, _ := slices.BinarySearchFunc(b.Events, o, func(x, o *Event) int { return compare(*x, *o) })
	for i := at - 1; i >= 0 && i >= at-maxBack; i-- {
		x := b.Events[i]
		if x.Conn != o.Conn || !x.Fact.Own {
			continue
		}
		if (x.Fact.Kind == session.Stored || x.Fact.Kind == session.Flagged) && deletes(x.Fact.Text) && sameMessages(&x.Fact, &e.Fact) {
			return true
		}
	}
	return false
}

// deletes reports whether a text has the flag of messages that EXPUNGE removes, and does not
// clear it.
func deletes(text string) bool {
	words := flagWords(text)
	if len(words) > 0 && protocol.Lookup(protocol.StoreItem, words[0]).Does(protocol.RemovesFlags) {
		return false
	}
	return slices.ContainsFunc(words, func(w string) bool {
		return protocol.Lookup(protocol.Flag, w).Does(protocol.MarksDeleted)
	})
}

// sameMessages reports whether two facts are about the same message: by unique identifier if
// both have it, else by number.
func sameMessages(a, b *session.Fact) bool {
	if a.UID != 0 || b.UID != 0 || a.UIDs || b.UIDs {
		return a.UID != 0 && a.UID == b.UID ||
			a.UID != 0 && b.UIDs && Has(b.Set, a.UID) ||
			b.UID != 0 && a.UIDs && Has(a.Set, b.UID) ||
			a.UIDs && b.UIDs && a.Set != "" && overlap(a.Set, b.Set) ||
			(a.UID == 0 && !a.UIDs || b.UID == 0 && !b.UIDs) && sameNumbers(a, b)
	}
	return sameNumbers(a, b)
}

func sameNumbers(a, b *session.Fact) bool {
	return a.Number != 0 && a.Number == b.Number ||
		a.Number != 0 && !b.UIDs && Has(b.Set, a.Number) ||
		b.Number != 0 && !a.UIDs && Has(a.Set, b.Number)
}

// Has reports whether a set in wire form contains a number. A set of one kind is never that
// of another: the caller knows which numbers it holds.
func Has(set string, n uint32) bool {
	return set != "" && syntax.ParseSequence([]byte(set)).Contains(n)
}

// overlap reports whether two sets have a number in common. Both have a few ranges: they are
// those of VANISHED, and cut after session.MaxSet bytes.
func overlap(a, b string) bool {
	x, y := syntax.ParseSequence([]byte(a)), syntax.ParseSequence([]byte(b))
	for _, r := range x {
		low, high := r.Bounds()
		for _, q := range y {
			if l, h := q.Bounds(); l <= high && low <= h {
				return true
			}
		}
	}
	return false
}

// flagWords returns the words of a text without parentheses, in upper case.
func flagWords(text string) []string {
	return strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool { return r == ' ' || r == '(' || r == ')' })
}

// flagSet returns the flags of a text, in order; \Recent changes on its own.
func flagSet(words []string) []string {
	out := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return protocol.Lookup(protocol.Flag, w).Does(protocol.MarksRecent)
	})
	slices.Sort(out)
	return slices.Compact(out)
}

func sameWords(a, b string) bool { return slices.Equal(flagSet(flagWords(a)), flagSet(flagWords(b))) }

// leads reports whether a STORE can have led to these flags.
func leads(store, flags string) bool {
	words, now := flagWords(store), flagSet(flagWords(flags))
	if len(words) == 0 {
		return false
	}
	named := flagSet(words[1:])
	has := func(f string) bool { return slices.Contains(now, f) }
	row := protocol.Lookup(protocol.StoreItem, words[0])
	switch {
	case row.Does(protocol.AddsFlags):
		return !slices.ContainsFunc(named, func(f string) bool { return !has(f) })
	case row.Does(protocol.RemovesFlags):
		return !slices.ContainsFunc(named, has)
	case row.Does(protocol.SetsFlags):
		return slices.Equal(named, now)
	}
	return false
}
