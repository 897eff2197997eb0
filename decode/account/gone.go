package account

import "imapscope/decode/syntax"

// goneKept is how many ranges of identifiers of expunged messages a mailbox keeps, the last ones.
const goneKept = 64

// gone is the identifiers of expunged messages, under one UIDVALIDITY.
type gone struct {
	ranges [goneKept]removal
	n      int // how many were added
}

// removal is a range of identifiers, and the fact that reported the EXPUNGE.
type removal struct {
	first, last uint32
	event       *Event
}

// remove follows an EXPUNGE, if the identifiers are known.
func (g *Figures) remove(e *Event) {
	f := &e.Fact
	if f.UIDValidity == 0 || f.UIDValidity != g.UIDValidity {
		return
	}
	if f.UID != 0 {
		g.gone.add(removal{f.UID, f.UID, e})
	}
	if !f.UIDs {
		return
	}
	for _, r := range syntax.ParseSequence([]byte(f.Set)) {
		if first, last := r.Bounds(); last != syntax.Star {
			g.gone.add(removal{first, last, e})
		}
	}
}

func (g *gone) add(r removal) {
	g.ranges[g.n%goneKept] = r
	g.n++
}

// Gone is the identifiers of messages that were expunged before a mailbox was selected.
type Gone []removal

// Gone returns the identifiers of the messages whose EXPUNGE was reported before the mailbox was
// selected by the command that opened answers. A session that was there before may go on seeing
// them (RFC 2180, 4.1). The identifier of an expunged message is not used again (RFC 3501,
// 2.3.1.1). Only the last removals are known.
func (g *Figures) Gone(opened *Event) (all Gone) {
	if opened.Fact.UIDValidity != g.UIDValidity {
		return nil
	}
	for _, r := range g.gone.ranges[:min(g.gone.n, goneKept)] {
		if before(r.event, opened) {
			all = append(all, r)
		}
	}
	return all
}

// Find returns the fact that reported the EXPUNGE of the message that had an identifier, or nil.
func (g Gone) Find(uid uint32) *Event {
	for _, r := range g {
		if r.first <= uid && uid <= r.last {
			return r.event
		}
	}
	return nil
}
