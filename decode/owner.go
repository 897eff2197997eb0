package decode

import (
	"bytes"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// owner returns the outstanding command that an untagged response belongs to, by
// what the rows of commands claim: among those that claim it the one of the lowest
// rank, otherwise the oldest. If several qualify it is the oldest of them, and
// ambiguous.
//
// A command that may have been answered already (its answer was lost, or was a
// "* BAD") is considered only after the others.
func (d *Decoder) owner(m *Message) (t *Transaction, ambiguous bool) {
	switch len(d.out) {
	case 0:
		return nil, false
	case 1:
		return d.out[0], false
	}
	best, n := 0, 0
	for _, o := range d.out {
		rank := 2 * o.claims(m)
		if o.late {
			rank++
		}
		switch {
		case n == 0 || rank < best:
			t, best, n = o, rank, 1
		case rank == best:
			n++
		}
	}
	return t, n > 1
}

// unclaimed is the rank of a command that does not claim a response.
const unclaimed = 1 << 8

// claims returns the rank at which the command claims a response.
func (t *Transaction) claims(m *Message) int {
	if t.asks == nil {
		return unclaimed
	}
	for i := range t.asks.Claims {
		if c := &t.asks.Claims[i]; c.Data == m.Word && t.meets(c.If, m) {
			return int(c.Rank)
		}
	}
	return unclaimed
}

// meets reports whether a response meets the condition of a claim.
func (t *Transaction) meets(c protocol.Condition, m *Message) bool {
	switch c {
	case protocol.HoldsNumber:
		return m.isIn(t, 2, m.Number)
	case protocol.HoldsUID:
		return uidHas(t, m)
	case protocol.AfterFlags:
		return t.flags && !(m.Row.Does(protocol.CountsMessages) && t.exists) && !(m.Row.Does(protocol.CountsRecent) && t.recent)
	}
	return true
}

// maxSequences is how many bytes of sequences are read to find where one
// message belongs; later ones are assumed not to contain it.
const maxSequences = 32 << 10

// isIn reports whether the sequence that is word w of t's request contains n.
func (m *Message) isIn(t *Transaction, w int, n uint32) bool {
	if m.read > maxSequences {
		return false
	}
	seq := t.word(w)
	m.read += len(seq)
	return sequenceHas(seq, n)
}

// uidHas reports whether a UID command names m: the UID forms name other numbers than
// the response begins with, but the response has the UID among its items (RFC 3501,
// section 6.4.8).
func uidHas(t *Transaction, m *Message) bool {
	if !m.uidRead {
		m.uid, m.hasUID = uidOf(m)
		m.uidRead = true
	}
	return m.hasUID && m.isIn(t, 3, m.uid)
}

// uidOf returns the UID before the first literal of a response.
func uidOf(m *Message) (uint32, bool) {
	line := m.Raw
	if len(m.Literals) > 0 {
		line = line[:m.Literals[0].Head.Start]
	}
	for _, before := range []string{"(UID ", " UID "} {
		if i := bytes.Index(line, []byte(before)); i >= 0 {
			w, _, _ := bytes.Cut(line[i+len(before):], []byte(" "))
			if n, ok := parseNumber(bytes.TrimRight(w, ")\r\n")); ok {
				return n, true
			}
		}
	}
	return 0, false
}

// argument returns the first word after the command.
func (t *Transaction) argument() []byte { return t.word(2) }

// word returns the nth word of the request, from 0: the tag is 0, the command 1.
func (t *Transaction) word(n int) []byte {
	if t.nth != n { // of many responses, each asks for the same word
		at := 0
		for range n {
			_, rest := wire.Word(t.Request.Raw[at:])
			at = len(t.Request.Raw) - len(rest)
		}
		t.nth, t.nthAt = n, at
	}
	w, _ := wire.Word(t.Request.Raw[t.nthAt:])
	return w
}
