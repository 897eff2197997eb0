package view

import (
	"strconv"
	"strings"

	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// Details are what the messages of a transaction say, for a filter that is Deep: the zero
// value has none. Of each kind the first MaxDetails are kept.
type Details struct {
	uids, validities, modSeqs []filter.Range
	codes, parts              []string
}

// MaxDetails is the number of ranges of UIDs of a transaction that a filter sees, and of
// every other kind of value that it reads from messages.
const MaxDetails = 4096

// Add adds what a message says. command is that of the transaction, nil if it is not known or
// there is none.
func (d *Details) Add(m *decode.Message, command *protocol.Row, p *syntax.Parser) {
	w := detailWalk{Details: d, raw: m.Raw}
	switch m.Kind {
	case decode.Request:
		w.walk(p.Request(&m.Message))
	case decode.Greeting, decode.Untagged, decode.Tagged:
		w.walk(p.ResponseTo(command, &m.Message))
	}
}

// Fill sets the fields of a row.
func (d *Details) Fill(r *filter.Row) {
	r.UID, r.UIDValidity, r.ModSeq = d.uids, d.validities, d.modSeqs
	r.Code, r.Part = d.codes, d.parts
}

// detailWalk walks the tree of one message.
type detailWalk struct {
	*Details
	raw []byte
}

func (w *detailWalk) walk(n *syntax.Node) {
	switch n.Role {
	case protocol.RoleUID:
		w.set(n)
	case protocol.RoleUIDValidity:
		w.validities = w.number(w.validities, n)
	case protocol.RoleModSeq:
		w.modSeqs = w.number(w.modSeqs, n)
	}
	switch n.Kind {
	case syntax.KindCodeName:
		w.codes = addText(w.codes, strings.ToUpper(string(n.Bytes(w.raw))))
	case syntax.KindPart:
		w.parts = addText(w.parts, string(n.Bytes(w.raw)))
	}
	for i := range n.Kids {
		w.walk(&n.Kids[i])
	}
}

// set adds UIDs.
func (w *detailWalk) set(n *syntax.Node) {
	for _, r := range syntax.ReadSequence(n, w.raw) {
		low, high := r.Bounds()
		if low == syntax.Star {
			continue // any UID: the last one
		}
		w.uids = addRange(w.uids, filter.Range{Low: uint64(low), High: uint64(high)})
	}
}

// number adds the number that a node is.
func (w *detailWalk) number(to []filter.Range, n *syntax.Node) []filter.Range {
	v, err := strconv.ParseUint(string(n.Bytes(w.raw)), 10, 64)
	if err != nil {
		return to
	}
	return addRange(to, filter.Range{Low: v, High: v})
}

// addRange adds a range. One that continues the last one makes it longer.
func addRange(to []filter.Range, r filter.Range) []filter.Range {
	if n := len(to); n > 0 && r.Low >= to[n-1].Low && r.Low <= to[n-1].High+1 {
		to[n-1].High = max(to[n-1].High, r.High)
		return to
	}
	if len(to) >= MaxDetails {
		return to
	}
	return append(to, r)
}

// addText adds a text, if it is not that of the last ones.
func addText(to []string, s string) []string {
	const near = 16
	for _, x := range to[max(len(to)-near, 0):] {
		if x == s {
			return to
		}
	}
	if len(to) >= MaxDetails {
		return to
	}
	return append(to, s)
}
