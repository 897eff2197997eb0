package fault

import (
	"bytes"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/proxy/intercept"
)

// target is a message on which faults act one after the other, in the order of the Set. What
// they decided is given to the engine at the end, all at once: only then is it known which
// of them made a difference.
type target struct {
	*intercept.Message

	before []byte // added before the message
	body   []byte // what is sent of the message itself
	after  []byte // added behind it
	lost   bool   // the message itself is not sent: later faults have nothing to act on

	wait   time.Duration
	shapes []intercept.Shape // that divide what is sent
	end    intercept.End
	acts   []act
}

// act is what one fault did to a target.
type act struct {
	part  *part
	scope scope
}

// scope is what an act is about, which decides whether it made a difference in the end.
type scope uint8

const (
	always  scope = iota // it makes a difference whatever else is done
	inBody               // only if the message itself is sent
	behind               // only if what is behind the message is sent
	divides              // only if anything is sent
	delays               // only if anything is sent, or the connection ends
)

func newTarget(m *intercept.Message) *target { return &target{Message: m, body: m.Out()} }

// did records an act of the fault whose turn it is.
func (t *target) did(p *part, s scope) { t.acts = append(t.acts, act{p, s}) }

// undo removes acts that have lost their effect: they do not count.
func (t *target) undo(of scope) {
	t.acts = slices.DeleteFunc(t.acts, func(a act) bool {
		if a.scope == of {
			a.part.acted.Add(-1)
		}
		return a.scope == of
	})
}

// size returns the number of bytes that are sent, as far as is decided.
func (t *target) size() int { return len(t.before) + len(t.body) + len(t.after) }

// edit replaces the message itself.
func (t *target) edit(p *part, body []byte) bool {
	t.body = body
	t.did(p, inBody)
	return true
}

// lose discards the message itself.
func (t *target) lose() {
	t.lost, t.body = true, nil
	t.undo(inBody)
}

// drop keeps the message itself from the client.
func (t *target) drop(p *part) bool {
	t.lose()
	t.did(p, always)
	return true
}

// finish ends sending behind what is sent. It returns false if an earlier fault does that.
func (t *target) finish(p *part, e intercept.End) bool {
	if t.end != 0 {
		return false
	}
	t.end = e
	t.did(p, always)
	return true
}

// truncate limits what is sent to its first n bytes.
func (t *target) truncate(n int) {
	all := slices.Concat(t.before, t.body, t.after)
	t.before, t.body, t.after = nil, all[:min(max(n, 0), len(all))], nil
	t.undo(behind)
	if len(t.body) == 0 {
		t.lose()
	}
}

// first returns the first word of the message itself: the tag, if it has one.
func (t *target) first() []byte {
	word, _ := wire.Word(t.body)
	return word
}

// tree returns the tree of the message itself as it is sent, an empty one if it is no longer
// one message.
func (t *target) tree() *syntax.Node {
	if bytes.Equal(t.body, t.Raw) {
		return t.Tree()
	}
	framed, n := wire.Split(t.body, false)
	if n != len(t.body) {
		return new(syntax.Node)
	}
	if t.Txn != nil {
		return new(syntax.Parser).ResponseTo(t.Txn.Row, framed)
	}
	return new(syntax.Parser).Response(framed)
}

// commit gives the engine what the faults decided.
func (t *target) commit() {
	raw := slices.Concat(t.before, t.body, t.after)
	if len(raw) == 0 {
		t.undo(divides)
		t.shapes = nil
		if t.end == 0 {
			t.undo(delays)
			raw = nil
		} else {
			raw = []byte{} // something is sent: the end
		}
	}
	if len(t.acts) == 0 {
		return
	}
	for _, a := range t.acts {
		t.Change(raw, capture.ByFault, a.part.Fault.String())
	}
	if raw == nil {
		return
	}
	if t.end != 0 {
		t.End(t.end)
	}
	if t.wait > 0 {
		t.Form(func(raw []byte) []intercept.Piece { return []intercept.Piece{{Wait: t.wait, Data: raw}} })
	}
	for _, s := range t.shapes {
		t.Form(s)
	}
}
