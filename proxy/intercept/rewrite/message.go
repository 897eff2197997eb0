package rewrite

import (
	"bytes"
	"fmt"
	"slices"

	"go.starlark.net/starlark"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// A message is a message as programs see it.
type message struct {
	client bool // a request
	from   origins
	before *fields // as it was received; nil if a program made it
	fields
	command string // of a response: the command that it answers
	answers string // and its tag
	frozen  bool
}

// fields are what a message says.
type fields struct {
	tag    string         // "*" for an untagged response
	word   string         // upper case: the command, the status or the kind of data
	number starlark.Value // of a response: an Int or None
	args   *starlark.List
	code   starlark.Value // of a status: a List or None
	text   string         // of a status
	status bool
}

// untagged is the tag of responses that have none of a command.
const untagged = "*"

// newMessage returns what the tree of a message says.
func newMessage(tree *syntax.Node, raw []byte, client bool) (*message, error) {
	m := &message{client: client, from: make(origins)}
	m.number, m.code = starlark.None, starlark.None
	if client {
		r := syntax.ReadRequest(tree, raw)
		m.tag, m.word = r.Tag, r.Name
	} else {
		r := syntax.ReadResponse(tree, raw)
		m.tag, m.word, m.text, m.status = r.Tag, r.Data, r.Text, r.Data == ""
		if m.status {
			m.word = r.Status
		}
	}
	err := m.read(&reader{raw: raw, from: m.from}, tree)
	before := m.fields
	m.before = &before
	return m, err
}

// read reads the nodes of a message: words of its own, a code, and its arguments.
func (m *message) read(r *reader, tree *syntax.Node) (err error) {
	var args []syntax.Node
	for i := range tree.Kids {
		n := &tree.Kids[i]
		switch n.Kind {
		case syntax.KindTag, syntax.KindCommand, syntax.KindStatus, syntax.KindData, syntax.KindCRLF, syntax.KindText:
		case syntax.KindCode:
			if m.code, err = r.list(inner(n)); err != nil {
				return err
			}
		case syntax.KindNumber:
			if v, ok := n.Number(r.raw); ok && !m.client && precedesData(tree.Kids[i+1:]) {
				m.number = starlark.MakeUint64(v)
				continue
			}
			args = append(args, *n)
		default:
			args = append(args, *n)
		}
	}
	if args = trim(args); m.status && len(args) > 0 {
		return errNoTree
	}
	m.args, err = r.list(args)
	return err
}

// precedesData reports whether the name of data is next.
func precedesData(nodes []syntax.Node) bool {
	return len(nodes) > 1 && nodes[0].Kind == syntax.KindSP && nodes[1].Kind == syntax.KindData
}

// trim removes spaces from both ends.
func trim(nodes []syntax.Node) []syntax.Node {
	for len(nodes) > 0 && nodes[0].Kind == syntax.KindSP {
		nodes = nodes[1:]
	}
	for len(nodes) > 0 && nodes[len(nodes)-1].Kind == syntax.KindSP {
		nodes = nodes[:len(nodes)-1]
	}
	return nodes
}

// inner returns the nodes between the brackets of a code.
func inner(n *syntax.Node) []syntax.Node {
	k := n.Kids
	if len(k) > 0 && k[0].Kind == syntax.KindOpen {
		k = k[1:]
	}
	if len(k) > 0 && k[len(k)-1].Kind == syntax.KindClose {
		k = k[:len(k)-1]
	}
	return k
}

// parse reads a message of a side from its bytes, which must be exactly one.
func parse(b []byte, client bool) (*message, error) {
	framed, ok := isOne(b, client)
	if !ok {
		return nil, fmt.Errorf("it would not be one whole message")
	}
	return newMessage(treeOf(framed, client), framed.Raw, client)
}

func treeOf(m *wire.Message, client bool) *syntax.Node {
	if client {
		return syntax.ParseRequest(m)
	}
	return syntax.ParseResponse(m)
}

// equal reports whether two messages say the same.
func (m *message) equal(o *message) bool {
	return m.client == o.client && m.tag == o.tag && m.word == o.word && m.status == o.status && m.text == o.text &&
		same(m.number, o.number, 0) && same(m.code, o.code, 0) && same(m.args, o.args, 0)
}

// changed reports whether a message differs from what was received.
func (m *message) changed() bool {
	b := m.before
	return b == nil || m.tag != b.tag || m.word != b.word || m.text != b.text || m.args != b.args || m.code != b.code ||
		!same(m.number, b.number, 0) || !m.from.unchanged(m.args) || !m.from.unchanged(m.code)
}

// unchanged reports whether a value that was received is as it was.
func (o origins) unchanged(v starlark.Value) bool {
	l, ok := v.(*starlark.List)
	if !ok {
		return true
	}
	was := o[l]
	return was != nil && l.Len() == len(was.items) && !slices.ContainsFunc(indexes(l.Len()), func(i int) bool {
		return !o.is(l.Index(i), &was.items[i])
	})
}

// is reports whether a value is an item that was received, as it was.
func (o origins) is(v starlark.Value, i *item) bool {
	if l, ok := v.(*starlark.List); ok {
		was, ok := i.value.(*starlark.List)
		return ok && l == was && o.unchanged(l)
	}
	return v.Type() == i.value.Type() && same(v, i.value, 0)
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// Append appends the message as it is sent. The error says what cannot be sent: the encoded
// message is read again, and must be one message that says the same.
func (m *message) append(dst []byte, most int) ([]byte, error) {
	e := encoder{from: m.from, most: most}
	if err := e.message(m); err != nil {
		return dst, err
	}
	again, err := parse(e.out, m.client)
	if err != nil {
		return dst, err
	}
	if !m.equal(again) {
		return dst, fmt.Errorf("it would be read differently: %q", head(e.out))
	}
	return append(dst, e.out...), nil
}

// maxShown is how much of a message an error repeats, in bytes.
const maxShown = 80

func head(b []byte) []byte {
	if i := bytes.IndexByte(b, '\r'); i >= 0 {
		b = b[:i]
	}
	return b[:min(len(b), maxShown)]
}
