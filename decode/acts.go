package decode

import (
	"slices"
	"strings"
	"unsafe"

	"imapscope/capture"
)

// MaxActs is how many faults of a message or a transaction are listed.
const MaxActs = 16

// maxNotes is the memory of Acts.Notes of a message or a transaction, in bytes. Those beyond it
// are not listed.
const maxNotes = 128 << 10

// Acts is what a proxy did, on purpose, to a message or to the messages of a transaction, by its
// notes. The proxy reports it on the client's leg, and what was changed or inserted by hand before
// it went to the server on the server's leg as well.
type Acts struct {
	Faults []string // the faults that acted, as they are written; at most MaxActs, each once
	Held   bool     // a message was held until it was released
	Edited bool     // a message was changed, dropped or inserted

	// Notes is what the notes say, in order. An archive does not keep it. Their Txn is nil.
	Notes []Note
	size  int // of Notes, in bytes
}

// Clone returns a copy in memory of its own; nil of nil.
func (a *Acts) Clone() *Acts {
	if a == nil {
		return nil
	}
	c := *a
	c.Faults, c.Notes = slices.Clone(a.Faults), slices.Clone(a.Notes)
	return &c
}

// add adds what a note reports.
func (a *Acts) add(w *waitingAct) {
	if size := int(unsafe.Sizeof(w.note)) + len(w.note.Text); a.size+size <= maxNotes {
		a.Notes, a.size = append(a.Notes, w.note), a.size+size
	}
	switch text := w.did.Text; w.did.Kind {
	case capture.ByHolding:
		a.Held = true
	case capture.ByEdit:
		a.Edited = true
	case capture.ByFault:
		if len(a.Faults) < MaxActs && !slices.Contains(a.Faults, text) {
			a.Faults = append(a.Faults, text)
		}
	}
}

func addAct(to **Acts, w *waitingAct) {
	if *to == nil {
		*to = new(Acts)
	}
	(*to).add(w)
}

// acting assigns what a proxy did to messages and transactions.
//
// The proxy's note comes right before a message of the server's that was changed or held. It
// comes after a message of the client's, and where a message was dropped, no message follows. So a
// note is about the command whose tag it has; one without a tag is about the next message of the
// server's if that answers a command from before the note, and otherwise about the command that
// was outstanding longest.
//
// On the server's leg a note comes right before the request that it is about, which is not there if
// it was dropped.
type acting struct {
	leg     capture.Leg
	waiting []waitingAct
}

// waitingAct is an act that has not been assigned.
type waitingAct struct {
	note   Note
	did    capture.Act // what it reports
	of     int         // the number of the transaction whose tag the note has; 0 if it has none
	at     int64       // the position in the server's stream
	txns   int         // the transactions so far
	oldest int         // the number of the oldest outstanding one; 0 if there was none
}

// maxWaitingActs is how many notes wait for a message; further ones are not assigned.
const maxWaitingActs = 64

// noted follows a note, and sets its Txn.
func (d *Decoder) noted(n *Note) {
	if strings.HasPrefix(n.Text, capture.FromLog) {
		d.plain = true
		return
	}
	d.session.Noted(n.Text)
	if leg, _ := capture.LegOf(n.Text); leg != capture.NoLeg && d.acting.leg == capture.NoLeg {
		d.acting.leg = leg
		return
	}
	did, ok := capture.ParseAct(n.Text)
	if !ok || len(d.acting.waiting) == maxWaitingActs {
		return
	}
	w := waitingAct{note: *n, did: did, at: d.side[capture.ServerToClient].pos, txns: d.txns}
	for _, t := range d.out {
		if did.Tag != "" && d.acting.leg != capture.ServerLeg && t.Tag == did.Tag {
			w.of, n.Txn = t.N, t
			addAct(&t.Acts, &w)
			break
		}
	}
	if len(d.out) > 0 {
		w.oldest = d.out[0].N
	}
	d.acting.waiting = append(d.acting.waiting, w)
}

// actedBefore assigns the acts that wait for the next request on the server's leg, which is that of t.
func (d *Decoder) actedBefore(t *Transaction) {
	if d.acting.leg != capture.ServerLeg {
		return
	}
	for i := range d.acting.waiting {
		if w := &d.acting.waiting[i]; w.did.Tag == "" || w.did.Tag == t.Tag {
			addAct(&t.Acts, w)
		}
	}
	clear(d.acting.waiting)
	d.acting.waiting = d.acting.waiting[:0]
}

// acted assigns the acts that wait for the next message of the server's, which is m. It is
// called before the message is reported.
func (d *Decoder) acted(m *Message) {
	if d.acting.leg == capture.ServerLeg {
		return
	}
	kept := d.acting.waiting[:0]
	for i := range d.acting.waiting {
		w := &d.acting.waiting[i]
		t := m.Txn
		switch orphan := t != nil && t.Outcome == Orphan; {
		case m.Off < w.at: // it was in progress
			kept = append(kept, *w)
			continue
		case w.of != 0 && !orphan && (t == nil || t.N != w.of): // what the note is about was dropped, or is the client's
			continue
		case t != nil && t.N > w.txns && !orphan: // what the note is about was dropped
			d.actedOn(w)
			continue
		case orphan: // it has another tag than the command that it answered
			d.actedOn(w)
			addAct(&t.Acts, w)
		case t != nil && w.of == 0:
			addAct(&t.Acts, w)
		}
		addAct(&m.Acts, w)
	}
	clear(d.acting.waiting[len(kept):])
	d.acting.waiting = kept
}

// actedOn assigns an act to the command that was outstanding longest when it came.
func (d *Decoder) actedOn(w *waitingAct) {
	if w.of != 0 {
		return // it has it
	}
	if t := d.numbered(w.oldest); t != nil {
		addAct(&t.Acts, w)
	}
}

// actedLast assigns the acts after which the server sent nothing.
func (d *Decoder) actedLast() {
	for i := range d.acting.waiting {
		if d.acting.leg != capture.ServerLeg {
			d.actedOn(&d.acting.waiting[i])
		}
	}
	d.acting.waiting = nil
}
