package minimize

import (
	"context"
	"slices"
	"strconv"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// maxMessage is the length of the longest message whose parts are dropped.
const maxMessage = 64 << 20

// part is a part of a message that may be dropped.
type part struct {
	of *whole
	wire.Span
}

// whole is a message in memory.
type whole struct {
	id       int
	client   bool
	raw      []byte
	literals []wire.Literal
	faults   int // against the grammar
}

// dropParts drops parts of messages: first those near the roots of their trees.
func (s *search) dropParts(ctx context.Context) (changed bool, err error) {
	for depth := 1; !s.spent; depth++ {
		from := s.best
		parts, deeper := from.parts(s.Dialect, depth)
		did, err := s.drop(ctx, len(parts), func(gone []int) *Recording {
			cuts := make(map[int]*cutting)
			for _, i := range gone {
				p := &parts[i]
				c := cuts[p.of.id]
				if c == nil {
					c = &cutting{whole: p.of}
					cuts[p.of.id] = c
				}
				c.spans = append(c.spans, p.Span)
			}
			return from.cut(cuts)
		})
		changed = changed || did
		if err != nil || !deeper {
			return changed, err
		}
	}
	return changed, nil
}

// parts returns the parts of all messages at a depth of their trees, and whether there is
// anything deeper.
func (r *Recording) parts(d protocol.Dialect, depth int) (list []part, deeper bool) {
	x := &parting{depth: depth, places: r.places()}
	o := decode.Options{Dialect: d, Keyless: true, Keep: maxMessage}
	if err := r.Run(context.Background(), decode.NewDemux(o, x)); err != nil {
		return nil, false
	}
	return x.list, x.deeper
}

// parting collects parts. It is a decode.Handler.
type parting struct {
	depth  int
	places places
	parser syntax.Parser
	list   []part
	deeper bool
}

// Open implements decode.Handler.
func (x *parting) Open(capture.Conn) error { return nil }

// Events implements decode.Handler. Messages that are damaged or not held whole stay as they are.
func (x *parting) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		m, ok := e.(*decode.Message)
		if !ok || m.Layers != 0 || m.Lost > 0 || m.Broken || m.Elided > 0 || m.Kind == decode.Junk || m.Kind == decode.Continuation {
			continue
		}
		w := &whole{id: x.places.id(id, m.Dir, m.Off), client: m.Dir == capture.ClientToServer, raw: slices.Clone(m.Raw), literals: slices.Clone(m.Literals)}
		if w.id != 0 {
			w.faults, _ = faults(w.raw, w.client)
			x.node(m.Parse(&x.parser), w, 0)
		}
	}
	return nil
}

// node adds what may be dropped at x.depth below a node, which is at a depth.
func (x *parting) node(n *syntax.Node, w *whole, depth int) {
	for i := range n.Kids {
		kid := &n.Kids[i]
		if depth+1 == x.depth && droppable(kid, n, w) && (depth > 0 || !needed(kid)) {
			x.list = append(x.list, part{w, kid.Span})
		}
		if len(kid.Kids) == 0 {
			x.leaf(kid, w, depth+1)
		} else if depth+1 < x.depth {
			x.node(kid, w, depth+1)
		} else {
			x.deeper = true
		}
	}
}

// needed reports whether a word of a message itself stays: a message number, or an argument that has
// a role, such as a mailbox.
func needed(n *syntax.Node) bool { return n.Kind == syntax.KindNumber || n.Role != 0 }

// droppable reports whether a node may be dropped as a whole. What a property, a code, a search
// key or an item begins with, and a property's value, go with it only.
func droppable(n, parent *syntax.Node, w *whole) bool {
	switch parent.Kind {
	case syntax.KindProperty:
		return false
	case syntax.KindSearchKey, syntax.KindItem, syntax.KindStoreAtt:
		if n.Span.Start == parent.Span.Start {
			return false
		}
	}
	switch n.Kind {
	case syntax.KindTag, syntax.KindCommand, syntax.KindFindOption, syntax.KindStatus, syntax.KindData, syntax.KindSP, syntax.KindCRLF,
		syntax.KindMissing, syntax.KindOpen, syntax.KindClose, syntax.KindPoint, syntax.KindLiteralHead, syntax.KindLiteralBody, syntax.KindText, syntax.KindCodeName:
		return false
	}
	for _, l := range w.literals { // the "+" before it would be left
		if l.Waited && n.Span.Start < l.Body.End && l.Head.Start < n.Span.End {
			return false
		}
	}
	return n.Span.Len() > 0
}

// leaf adds what may be dropped of a text, a literal or a server's string: it is one level
// below.
func (x *parting) leaf(n *syntax.Node, w *whole, depth int) {
	var cut func(b []byte) int // returns the length of the first piece
	span := n.Span
	switch {
	case n.Kind == syntax.KindText:
		cut = firstWord
	case n.Kind == syntax.KindLiteralBody:
		cut = firstLine
	case n.Kind == syntax.KindQuoted && !w.client && n.Span.Len() > 2 && n.Role == 0:
		span = wire.Span{Start: span.Start + 1, End: span.End - 1}
		cut = func(b []byte) int { return len(b) }
	default:
		return
	}
	if depth+1 != x.depth {
		x.deeper = x.deeper || depth+1 > x.depth
		return
	}
	for at := span.Start; at < span.End; {
		end := at + cut(w.raw[at:span.End])
		if n.Kind != syntax.KindText && !w.client || at > span.Start { // something is left of a text, and of what a client sends
			x.list = append(x.list, part{w, wire.Span{Start: at, End: end}})
		}
		at = end
	}
}

// faults returns how many faults against the grammar a message has, and whether it is one message.
func faults(raw []byte, client bool) (n int, whole bool) {
	m, size := wire.Split(raw, client)
	if size != len(raw) {
		return 0, false
	}
	tree := syntax.ParseResponse
	if client {
		tree = syntax.ParseRequest
	}
	for node := range tree(m).All() {
		if node.Err != nil {
			n++
		}
	}
	return n, true
}

// firstWord returns the length of the first word of a text, and the spaces after it.
func firstWord(b []byte) int {
	i := 0
	for i < len(b) && b[i] != ' ' {
		i++
	}
	for i < len(b) && b[i] == ' ' {
		i++
	}
	return i
}

// firstLine returns the length of the first line of a text; of a long line, that of a piece.
func firstLine(b []byte) int {
	const piece = 64
	n := slices.Index(b[:min(len(b), 4*piece)], '\n') + 1
	if n == 0 {
		n = min(len(b), piece)
	}
	return n
}

// cutting is a message from which parts are dropped.
type cutting struct {
	*whole
	spans []wire.Span
	at    int // the position of the next fact in the message
	gone  []bool
	sizes map[int][]byte // by the position of a literal's number: the new one
	skip  map[int]bool   // the digits of the old one
}

// cut returns the recording without parts of messages; nil if what is left of one has more
// faults against the grammar than the message.
func (r *Recording) cut(cuts map[int]*cutting) *Recording {
	for _, c := range cuts {
		c.prepare()
		n, whole := faults(c.next(len(c.raw)), c.client)
		if c.at = 0; n > c.faults || !whole {
			return nil
		}
	}
	out := &Recording{facts: make([]fact, 0, len(r.facts))}
	for i := range r.facts {
		f := r.facts[i]
		c := cuts[f.id]
		if c == nil || f.kind != capture.Data {
			out.facts = append(out.facts, f)
			continue
		}
		if f.data = c.next(len(f.data)); len(f.data) > 0 {
			out.facts = append(out.facts, f)
		}
	}
	return out
}

// prepare determines which bytes go.
func (c *cutting) prepare() {
	c.gone = make([]bool, len(c.raw))
	for _, s := range c.spans {
		for i := s.Start; i < s.End; i++ {
			c.gone[i] = true
		}
	}
	c.tidy()
	c.sizes, c.skip = make(map[int][]byte), make(map[int]bool)
	for _, l := range c.literals {
		if l.State != wire.Complete || int64(l.Body.Len()) != l.Size {
			continue
		}
		left := 0
		for i := l.Body.Start; i < l.Body.End; i++ {
			if !c.gone[i] {
				left++
			}
		}
		if left == l.Body.Len() {
			continue
		}
		from := l.Head.Start + slices.Index(c.raw[l.Head.Start:l.Head.End], '{') + 1
		c.sizes[from] = strconv.AppendInt(nil, int64(left), 10)
		for i := from; i < l.Head.End && '0' <= c.raw[i] && c.raw[i] <= '9'; i++ {
			c.skip[i] = true
		}
	}
}

// tidy drops the spaces around dropped parts, so that what is left is separated by one space,
// and by none at parentheses and at the end of a line. In literals nothing is tidied.
func (c *cutting) tidy() {
	literal := make([]bool, len(c.raw))
	for _, l := range c.literals {
		for i := l.Body.Start; i < l.Body.End; i++ {
			literal[i] = true
		}
	}
	inside := func(i int) bool { return literal[i] && !c.gone[i] }
	for i := 0; i < len(c.raw); {
		from, dropped := i, false
		for i < len(c.raw) && !inside(i) && (c.gone[i] || c.raw[i] == ' ') {
			dropped = dropped || c.gone[i]
			i++
		}
		if dropped {
			c.space(from, i)
		}
		if i == from {
			i++
		}
	}
}

// space leaves one space, or none, between two bytes that stay; what is between them goes.
func (c *cutting) space(from, to int) {
	space := -1
	for i := from; i < to; i++ {
		if c.raw[i] == ' ' && !c.gone[i] && space < 0 {
			space = i
		}
		c.gone[i] = true
	}
	opens := from == 0 || c.raw[from-1] == '(' || c.raw[from-1] == '['
	closes := to == len(c.raw) || c.raw[to] == ')' || c.raw[to] == ']' || c.raw[to] == '\r' || c.raw[to] == '\n'
	if space >= 0 && !opens && !closes {
		c.gone[space] = false
	}
}

// next returns what is left of the next n bytes.
func (c *cutting) next(n int) []byte {
	out := make([]byte, 0, n)
	for end := min(c.at+n, len(c.raw)); c.at < end; c.at++ {
		if c.gone[c.at] {
			continue
		}
		if size, ok := c.sizes[c.at]; ok {
			out = append(out, size...)
		}
		if !c.skip[c.at] {
			out = append(out, c.raw[c.at])
		}
	}
	return out
}
