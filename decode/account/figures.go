package account

import (
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// Figures are the numbers by which clients know a mailbox again. The zero value is ready to
// use.
type Figures struct {
	// UIDValidity, UIDNext and ModSeq are what was reported last, zero if nothing was.
	UIDValidity uint32
	UIDNext     uint32
	ModSeq      uint64 // HIGHESTMODSEQ

	validity, next, modSeq report // the last reports, and the highest one
	gone                   gone
	other                  bool // another mailbox may have the name since the last report
}

// Back is a value that is lower than an earlier one, although it never decreases as long as
// UIDVALIDITY is the same (RFC 3501, 2.3.1.1; RFC 7162, 3.1.1); or another UIDVALIDITY than
// before, lower or higher, of a mailbox that was neither deleted nor renamed.
type Back struct {
	What       Counter
	Was, Is    uint64
	Then, Here *Event
	Validity   uint32 // the UIDVALIDITY that both had; 0 if it was not reported, or is what changed
}

// Counter is a figure of a mailbox that only grows.
type Counter uint8

// The counters.
const (
	UIDNext Counter = iota
	HighestModSeq
	UIDValidity
)

var counterEffects = [...]protocol.Effect{
	UIDNext: protocol.GivesUIDNext, HighestModSeq: protocol.GivesHighestModSeq, UIDValidity: protocol.GivesUIDValidity,
}

// String returns the counter's name as the protocol has it.
func (c Counter) String() string {
	if int(c) < len(counterEffects) {
		for r := range protocol.Of(protocol.Code) {
			if r.Does(counterEffects[c]) {
				return r.Name
			}
		}
	}
	return "?"
}

// report is a value, and the fact that reported it.
type report struct {
	value uint64
	event *Event
}

// Concerns reports whether Follow may change or return something: a fact without any of the
// figures does neither, and in IMAP2 no fact has one.
func Concerns(f *session.Fact) bool {
	switch f.Kind {
	case session.Removed:
		return f.UIDValidity != 0 && (f.UID != 0 || f.UIDs)
	case session.Selected, session.Reported, session.Appended:
		return f.UIDValidity != 0 || f.UIDNext != 0 || f.ModSeq != 0 || f.UID != 0 || f.Set != ""
	}
	return true
}

// Follow follows a fact about the mailbox, or about one that was renamed to it, and returns
// what went back. It keeps e.
func (g *Figures) Follow(e *Event) (backs []Back) {
	f := &e.Fact
	switch f.Kind {
	case session.Deleted, session.Renamed, session.Created:
		// Another mailbox from now on. Its UIDVALIDITY must differ (RFC 3501, 6.3.3).
		g.UIDNext, g.ModSeq = 0, 0
		g.next, g.modSeq = report{}, report{}
		g.gone = gone{}
		g.other = true
		return nil
	case session.Removed:
		g.remove(e)
		return nil
	}
	backs = g.valid(e)
	if n := f.UIDNext; n != 0 {
		g.UIDNext = n
	}
	if n := f.ModSeq; n != 0 && ofMailbox(f.Kind) {
		g.ModSeq = n
		backs = append(backs, g.grow(&g.modSeq, HighestModSeq, n, e)...)
	}
	if n := f.UIDNext; n != 0 {
		backs = append(backs, g.grow(&g.next, UIDNext, uint64(n), e)...)
	}
	if f.Kind == session.Appended {
		for _, r := range syntax.ParseSequence([]byte(f.Set)) {
			_, last := r.Bounds()
			g.raise(uint64(last)+1, e)
		}
	}
	if f.UID != 0 {
		g.raise(uint64(f.UID)+1, e)
	}
	return backs
}

// ofMailbox reports whether the ModSeq of a fact is HIGHESTMODSEQ, not that of a message.
func ofMailbox(k session.FactKind) bool { return k == session.Selected || k == session.Reported }

// valid follows UIDVALIDITY.
func (g *Figures) valid(e *Event) (backs []Back) {
	n := e.Fact.UIDValidity
	if n == 0 || e.Fact.Kind != session.Selected && e.Fact.Kind != session.Reported && e.Fact.Kind != session.Appended {
		return nil // other facts repeat what was reported when the mailbox was selected
	}
	switch {
	case n == g.UIDValidity:
		g.validity, g.other = report{uint64(n), e}, false
		return nil
	case g.UIDValidity != 0 && !before(g.validity.event, e):
		return nil // at the same time: which is the later one is not known
	case g.UIDValidity != 0 && e.Fact.View && e.Conn != g.validity.event.Conn:
		return nil // what it was when that session began
	}
	if g.UIDValidity != 0 && !g.other {
		backs = []Back{{What: UIDValidity, Was: uint64(g.UIDValidity), Is: uint64(n), Then: g.validity.event, Here: e}}
	}
	g.UIDValidity, g.other = n, false
	g.validity = report{uint64(n), e}
	g.next, g.modSeq = report{}, report{}
	g.gone = gone{}
	return backs
}

// before reports whether a fact was reported before the command was sent that another one
// answers.
func before(a, b *Event) bool { return a == nil || a.Fact.Time.Before(b.Fact.Since) }

// grow follows a counter.
func (g *Figures) grow(r *report, what Counter, n uint64, e *Event) []Back {
	v := e.Fact.UIDValidity
	if v != 0 && v != g.UIDValidity {
		return nil
	}
	if r.event != nil && n < r.value && before(r.event, e) && informed(r.event, e) {
		was := *r
		*r = report{n, e} // once, not for all that follows
		if v == 0 || was.event.Fact.UIDValidity == 0 {
			v = 0
		}
		return []Back{{what, was.value, n, was.event, e, v}}
	}
	if n > r.value {
		*r = report{n, e}
	}
	return nil
}

// informed reports whether the later of two facts has to be informed of what the earlier one
// reported. What a session with a mailbox selected says about it may leave out what others, or a
// STATUS, know already.
func informed(earlier, later *Event) bool {
	return !later.Fact.View || earlier.Conn == later.Conn && (earlier.Fact.View || earlier.Fact.Kind == session.Selected)
}

// raise follows an identifier that was assigned: UIDNEXT is higher from then on.
func (g *Figures) raise(next uint64, e *Event) {
	if v := e.Fact.UIDValidity; v != 0 && v != g.UIDValidity || next >= 1<<32 {
		return
	}
	if next > g.next.value {
		g.next = report{next, e}
	}
}
