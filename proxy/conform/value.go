package conform

import (
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// kind is the kind of a value.
type kind uint8

const (
	word     kind = iota // an atom, a string, a number: how it is written does not matter
	nilValue             // NIL
	list                 // values in parentheses
	code                 // values in square brackets, before the text of a status
)

// value is a piece of a response, or of an expectation.
type value struct {
	kind  kind
	text  string
	kids  []value
	rules *listRules // of a list of an expectation; nil: in order, nothing else
	exact bool       // of a word of an expectation: it was in quotes or a literal, and is no directive
}

// maxText bounds the words into which the human-readable text of a response is split.
const maxText = 256

// valuesOf returns what a response says after its tag.
func valuesOf(n *syntax.Node, raw []byte) []value {
	b := &builder{raw: raw}
	b.open(list)
	for i := range n.Kids {
		if k := &n.Kids[i]; k.Kind != syntax.KindTag {
			b.node(k)
		}
	}
	for len(b.stack) > 1 { // a list that was not closed
		b.close()
	}
	return b.stack[0].kids
}

// builder makes values from the leaves of a tree.
type builder struct {
	raw   []byte
	stack []value
	after bool // the last leaf was the end of a word, so that one that follows at once belongs to it
}

func (b *builder) open(k kind) {
	b.stack = append(b.stack, value{kind: k})
	b.after = false
}

func (b *builder) close() {
	if len(b.stack) < 2 {
		return
	}
	last := len(b.stack) - 1
	v := b.stack[last]
	b.stack = b.stack[:last]
	b.add(v)
}

func (b *builder) add(v value) {
	top := &b.stack[len(b.stack)-1]
	top.kids = append(top.kids, v)
	b.after = v.kind == word
}

// word adds a word, or adds to the last one if nothing is between them.
func (b *builder) word(s string, alone bool) {
	top := &b.stack[len(b.stack)-1]
	if b.after && !alone {
		top.kids[len(top.kids)-1].text += s
		return
	}
	b.add(value{kind: word, text: s})
	b.after = !alone
}

func (b *builder) node(n *syntax.Node) {
	switch n.Kind {
	case syntax.KindSection:
		// names of fields can be in quotes (RFC 3501, section 9: header-fld-name)
		b.word(strings.ReplaceAll(string(n.Bytes(b.raw)), `"`, ""), false)
	case syntax.KindLiteral, syntax.KindQuoted:
		b.word(string(n.Value(b.raw)), true)
	default:
		if len(n.Kids) == 0 {
			b.leaf(n)
			return
		}
		for i := range n.Kids {
			b.node(&n.Kids[i])
		}
	}
}

func (b *builder) leaf(n *syntax.Node) {
	text := string(n.Bytes(b.raw))
	switch {
	case n.Kind == syntax.KindSP, n.Kind == syntax.KindCRLF, n.Kind == syntax.KindMissing:
		b.after = false
	case n.Kind == syntax.KindText:
		for i, w := range strings.Fields(text) {
			if i == maxText {
				break
			}
			b.after = false
			b.word(w, false)
		}
		b.after = false
	case len(text) > 1 && text[0] == '"': // a word of the protocol that can be in quotes
		b.word(strings.Trim(text, `"`), true)
	case text == "(":
		b.open(list)
	case text == "[" && !b.after:
		b.open(code)
	case text == ")", text == "]" && b.stack[len(b.stack)-1].kind == code:
		b.close()
	case n.Kind == syntax.KindNIL, !b.after && strings.EqualFold(text, protocol.NIL):
		b.add(value{kind: nilValue})
	default:
		b.word(text, false)
	}
}

// String returns a value as it could be written.
func (v value) String() string {
	switch v.kind {
	case nilValue:
		return protocol.NIL
	case list:
		return "(" + join(v.kids) + ")"
	case code:
		return "[" + join(v.kids) + "]"
	}
	if v.text == "" {
		return `""`
	}
	return v.text
}

func join(list []value) string {
	var b strings.Builder
	for i, v := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(v.String())
	}
	return b.String()
}
