package rewrite

import (
	"bytes"
	"errors"

	"go.starlark.net/starlark"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// errNoTree reports a message whose bytes no tree of values can express: such a message is not rewritten.
var errNoTree = errors.New("the message has no tree: part of it is not words, strings and lists")

// origins are the lists that were made of a message, and what their items were.
type origins map[*starlark.List]*origin

// An origin is what a list was when it was received.
type origin struct {
	items  []item
	joined bool // its lists follow each other without a space, as addresses do
}

// An item is a value that was received, and how it was written.
type item struct {
	value starlark.Value
	raw   []byte
}

// A reader makes values of the nodes of a message.
type reader struct {
	raw   []byte
	from  origins
	stack []*level
}

// A level is a list that is being read.
type level struct {
	start int
	items []item
	gap   bool // a space came after the last item
	joins bool
}

// list makes a list of nodes that follow each other.
func (r *reader) list(nodes []syntax.Node) (*starlark.List, error) {
	r.stack = append(r.stack[:0], &level{})
	for i := range nodes {
		if err := r.node(&nodes[i]); err != nil {
			return nil, err
		}
	}
	if len(r.stack) != 1 {
		return nil, errNoTree
	}
	return r.finish(), nil
}

// finish makes a list of the innermost level.
func (r *reader) finish() *starlark.List {
	l := r.stack[len(r.stack)-1]
	values := make([]starlark.Value, len(l.items))
	for i := range l.items {
		values[i] = l.items[i].value
	}
	made := starlark.NewList(values)
	r.from[made] = &origin{items: l.items, joined: l.joins}
	return made
}

func (r *reader) node(n *syntax.Node) error {
	switch n.Kind {
	case syntax.KindSP:
		r.stack[len(r.stack)-1].gap = true
		return nil
	case syntax.KindMissing, syntax.KindCRLF:
		return nil
	case syntax.KindSection:
		return r.word(n)
	case syntax.KindLiteral, syntax.KindQuoted:
		return r.add(starlark.String(n.Value(r.raw)), n.Bytes(r.raw))
	case syntax.KindOpen:
		r.stack = append(r.stack, &level{start: n.Span.Start})
		return nil
	case syntax.KindClose:
		return r.close(n.Span.End)
	case syntax.KindNIL:
		return r.add(starlark.None, n.Bytes(r.raw))
	case syntax.KindNumber:
		if v, ok := n.Number(r.raw); ok && n.Bytes(r.raw)[0] != '0' || v == 0 && n.Span.Len() == 1 {
			return r.add(starlark.MakeUint64(v), n.Bytes(r.raw))
		}
	}
	if len(n.Kids) == 0 {
		return r.word(n)
	}
	for i := range n.Kids {
		if err := r.node(&n.Kids[i]); err != nil {
			return err
		}
	}
	return nil
}

// word adds a word as it is written.
func (r *reader) word(n *syntax.Node) error {
	b := n.Bytes(r.raw)
	if b = bytes.TrimRight(b, " "); len(b) == 0 {
		return nil
	}
	if bytes.ContainsAny(b, "\r\n\x00") {
		return errNoTree
	}
	if b[0] == '"' {
		return r.add(starlark.String(n.Value(r.raw)), b)
	}
	return r.add(atom(b), b)
}

func (r *reader) add(v starlark.Value, raw []byte) error {
	l := r.stack[len(r.stack)-1]
	_, isList := v.(*starlark.List)
	if len(l.items) > 0 && !l.gap {
		if _, after := l.items[len(l.items)-1].value.(*starlark.List); !isList || !after {
			return errNoTree
		}
		l.joins = true
	}
	l.items, l.gap = append(l.items, item{v, raw}), false
	return nil
}

// close ends a list.
func (r *reader) close(end int) error {
	if len(r.stack) == 1 {
		return errNoTree
	}
	start := r.stack[len(r.stack)-1].start
	made := r.finish()
	r.stack = r.stack[:len(r.stack)-1]
	return r.add(made, r.raw[start:end])
}

// isOne reports whether b is one whole message of a side.
func isOne(b []byte, client bool) (*wire.Message, bool) {
	m, n := wire.Split(append(bytes.Clone(b), "Z\r\n"...), client)
	if n != len(b) {
		return nil, false
	}
	return m, true
}
