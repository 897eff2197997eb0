package binding

import (
	"maps"
	"slices"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Conflict is a unique identifier that contradicts others of its mailbox: identifiers name the
// same messages on both sides, and ascend with them (RFC 3501, 2.3.1.1).
type Conflict struct {
	Role      protocol.Role // RoleUID, RoleUIDNext, or RoleUIDValidity that has changed
	Then, Now uint32
}

// Learn compares what two servers answered to the same command: then the recorded one, and
// now the other. It returns what cannot be true.
func (m *Map) Learn(then, now *Exchange) (conflicts []Conflict) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, b := factsOf(then), factsOf(now)
	for _, first := range []bool{true, false} { // UIDVALIDITY, then what depends on it
		for _, f := range a.values {
			if g := b.counterpart(f, a); g != nil && (f.role == protocol.RoleUIDValidity) == first {
				conflicts = append(conflicts, m.value(then.User, f, g)...)
			}
		}
	}
	e := m.box(then.User, then.Mailbox).current
	for _, n := range slices.Sorted(maps.Keys(a.messages)) {
		x := a.messages[n]
		y, ok := b.messages[n]
		if !ok {
			continue
		}
		if x.uid > 0 && y.uid > 0 && !e.uids.add(x.uid, y.uid) {
			conflicts = append(conflicts, Conflict{protocol.RoleUID, x.uid, y.uid})
		}
		if x.mark > 0 && y.mark > 0 {
			e.marks.add(x.mark, y.mark)
		}
		for name, value := range x.ids {
			if other, ok := y.ids[name]; ok {
				m.identify(id{then.User, name, value}, other)
			}
		}
	}
	return conflicts
}

// identify learns what something that has an identifier is called now.
func (m *Map) identify(then id, now string) {
	if len(m.ids) < maxIDs {
		m.ids[then] = now
	}
}

// value learns a value that is not one of a message's properties.
func (m *Map) value(user string, f, g *fact) (conflicts []Conflict) {
	box := m.box(user, f.mailbox)
	switch f.role {
	case protocol.RoleUIDValidity:
		if !box.validity(uint32(f.number), uint32(g.number)) {
			conflicts = append(conflicts, Conflict{f.role, uint32(f.number), uint32(g.number)})
		}
	case protocol.RoleUIDNext:
		if !box.current.uids.expect(uint32(f.number), uint32(g.number)) {
			conflicts = append(conflicts, Conflict{f.role, uint32(f.number), uint32(g.number)})
		}
	case protocol.RoleModSeq:
		box.current.marks.add(f.number, g.number)
	case protocol.RoleUID:
		x, y := list(f.set), list(g.set)
		if len(x) != len(y) {
			return nil
		}
		if f.unordered {
			slices.Sort(x)
			slices.Sort(y)
		}
		for i := range x {
			if !box.current.uids.add(x[i], y[i]) {
				conflicts = append(conflicts, Conflict{f.role, x[i], y[i]})
			}
		}
	}
	return conflicts
}

// facts are the values in an exchange.
type facts struct {
	messages map[uint64]*message // by number
	values   []*fact
}

// message is what is reported about one message.
type message struct {
	uid  uint32
	mark uint64
	ids  map[string]string // by property
}

// kind is what a value is about.
type kind struct {
	word    string // the code, or the data, that it is part of
	mailbox string
	role    protocol.Role
}

// fact is a value outside of the properties of messages.
type fact struct {
	kind
	nth    int // of its kind
	number uint64
	set    syntax.Sequence
	// unordered reports whether the set is one in any order: what was found, or is gone.
	unordered bool
}

// counterpart returns the fact that says the same about the other server; nil if there is
// none. Its mailbox may have another name if there is only one.
func (f *facts) counterpart(of *fact, in *facts) *fact {
	var alone *fact
	n, m := 0, 0
	for _, g := range in.values {
		if g.word == of.word && g.role == of.role && g.nth == of.nth {
			m++
		}
	}
	for _, g := range f.values {
		if g.word != of.word || g.role != of.role || g.nth != of.nth {
			continue
		}
		if g.mailbox == of.mailbox {
			return g
		}
		n++
		alone = g
	}
	if n == 1 && m == 1 {
		return alone
	}
	return nil
}

// reader reads the facts of one exchange.
type reader struct {
	facts
	parser  syntax.Parser
	x       *Exchange
	request *syntax.Node
	counts  map[kind]int
	last    map[kind]*fact // those that are unordered: what is reported in several pieces is one set
}

func factsOf(x *Exchange) *facts {
	r := &reader{
		x: x, facts: facts{messages: make(map[uint64]*message)},
		counts: make(map[kind]int), last: make(map[kind]*fact),
	}
	if x.Request != nil {
		r.request = syntax.ParseRequest(x.Request)
	}
	for _, m := range x.Responses {
		r.response(m)
	}
	return &r.facts
}

// response reads one response.
func (r *reader) response(m *wire.Message) {
	n := r.parser.Response(m)
	if d, ok := syntax.ReadFetch(n, m.Raw); ok {
		r.describe(d, m.Raw)
		return
	}
	for _, p := range r.x.places(n, r.request, m.Raw) {
		set := syntax.ReadSequence(p.node, m.Raw)
		if old := r.last[p.kind]; old != nil && p.unordered {
			old.set = append(old.set, set...)
			continue
		}
		f := &fact{kind: p.kind, nth: r.counts[p.kind], set: set, unordered: p.unordered}
		if p.unordered {
			r.last[p.kind] = f
		}
		r.counts[p.kind]++
		f.number, _ = p.node.Number(m.Raw)
		r.values = append(r.values, f)
	}
}

// describe reads what is reported about one message.
func (r *reader) describe(d syntax.FetchData, raw []byte) {
	x := r.messages[d.Number]
	if x == nil {
		x = &message{ids: make(map[string]string)}
		r.messages[d.Number] = x
	}
	for _, it := range d.Items {
		row := protocol.Lookup(protocol.Property, it.Name)
		if it.Value == nil || row == nil || row.Varies != protocol.Assigned {
			continue
		}
		for n := range it.Value.Leaves() {
			switch {
			case n.Role == protocol.RoleUID:
				v, _ := n.Number(raw)
				x.uid = uint32(v)
			case n.Role == protocol.RoleModSeq:
				x.mark, _ = n.Number(raw)
			case isValue(n):
				x.ids[row.Name] = string(n.Value(raw))
			}
		}
	}
}

// isValue reports whether a leaf is a value.
func isValue(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.KindAtom, syntax.KindQuoted, syntax.KindNumber, syntax.KindLiteralBody:
		return true
	}
	return false
}

// place is where a response has a value.
type place struct {
	kind
	node      *syntax.Node
	unordered bool
}

// places returns where a response, other than what describes one message, has values.
func (x *Exchange) places(n, request *syntax.Node, raw []byte) []place {
	q := syntax.ReadResponse(n, raw)
	word := q.Data
	if q.Code != nil {
		word = syntax.ReadCode(q.Code, raw).Name
	}
	row := protocol.Lookup(protocol.Response, q.Data)
	mailbox := canonical(x.Mailbox)
	if box := n.FindRole(protocol.RoleMailbox); box != nil {
		mailbox = canonical(string(box.Value(raw)))
	} else if x.Row.Does(protocol.Selects) && request != nil {
		if box := request.FindRole(protocol.RoleMailbox); box != nil {
			mailbox = canonical(string(box.Value(x.Request.Raw)))
		}
	}
	var out []place
	for k := range n.Leaves() {
		switch k.Role {
		case protocol.RoleUID, protocol.RoleUIDValidity, protocol.RoleUIDNext, protocol.RoleModSeq:
			unordered := k.Role == protocol.RoleUID && q.Code == nil && row.Does(protocol.Vanishes)
			out = append(out, place{kind{word, mailbox, k.Role}, k, unordered})
		case protocol.RoleMessageNumber:
			if row.Does(protocol.Found) && x.Row != nil && x.Row.UID && k.Kind != syntax.KindTag {
				out = append(out, place{kind{word, mailbox, protocol.RoleUID}, k, true})
			}
		case protocol.RoleMessageSet:
			if x.Row != nil && x.Row.UID { // what was sorted, threaded, or MODIFIED
				out = append(out, place{kind{word, mailbox, protocol.RoleUID}, k, true})
			}
		}
	}
	if q.Code != nil {
		x.target(out, request)
	}
	return out
}

// target gives the values of a code to the mailbox that messages were put into: COPYUID
// has two sets, of which the first is the source's, and APPENDUID one (RFC 4315, section
// 3).
func (x *Exchange) target(list []place, request *syntax.Node) {
	if request == nil || !x.Row.Does(protocol.Copies) && !x.Row.Does(protocol.Appends) && !x.Row.Does(protocol.Moves) {
		return
	}
	box := request.FindRole(protocol.RoleMailbox)
	if box == nil {
		return
	}
	sets := 0
	for i := range list {
		if list[i].role == protocol.RoleUID {
			sets++
		}
	}
	for i := range list {
		if list[i].role == protocol.RoleUID && sets == 2 {
			sets = 0
			continue
		}
		list[i].mailbox = canonical(string(box.Value(x.Request.Raw)))
	}
}
