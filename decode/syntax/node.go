package syntax

import (
	"iter"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Node is one piece of a message. The spans of the leaves tile the message's
// bytes in order; the span of a node with Kids is their union.
type Node struct {
	Kind Kind
	Role protocol.Role
	Word protocol.Kind // of a KindWord: the kind of its row
	// Shows is what the property of a KindProperty shows, as protocol.ShowsOf has it.
	Shows protocol.Shows
	Span  wire.Span
	Kids  []Node
	Err   *wire.Error // what RFC 1176 expects here instead, or nil if there is no error
}

// Append appends to dst exactly the bytes that n covers. Raw is the message n was
// parsed from.
func Append(dst []byte, n *Node, raw []byte) []byte {
	if len(n.Kids) == 0 {
		return append(dst, n.Span.Of(raw)...)
	}
	for i := range n.Kids {
		dst = Append(dst, &n.Kids[i], raw)
	}
	return dst
}

// All yields n and everything below it, parents first, in wire order.
func (n *Node) All() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.walk(yield) }
}

func (n *Node) walk(yield func(*Node) bool) bool {
	if !yield(n) {
		return false
	}
	for i := range n.Kids {
		if !n.Kids[i].walk(yield) {
			return false
		}
	}
	return true
}

// Leaves yields the nodes without Kids, in wire order.
func (n *Node) Leaves() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for k := range n.All() {
			if len(k.Kids) == 0 && !yield(k) {
				return
			}
		}
	}
}

// Errors yields every Err of n and below, in wire order.
func (n *Node) Errors() iter.Seq[*wire.Error] {
	return func(yield func(*wire.Error) bool) {
		for k := range n.All() {
			if k.Err != nil && !yield(k.Err) {
				return
			}
		}
	}
}

// Find returns the first node of a kind, n included; nil if there is none. A nil
// node has none.
func (n *Node) Find(k Kind) *Node {
	if n == nil || n.Kind == k {
		return n
	}
	for i := range n.Kids {
		if f := n.Kids[i].Find(k); f != nil {
			return f
		}
	}
	return nil
}

// FindRole returns the first node with a role, n included; nil if there is none.
func (n *Node) FindRole(r protocol.Role) *Node {
	if n == nil || n.Role == r {
		return n
	}
	for i := range n.Kids {
		if f := n.Kids[i].FindRole(r); f != nil {
			return f
		}
	}
	return nil
}

// Kid returns the first child of a kind; nil if there is none.
func (n *Node) Kid(k Kind) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Kids {
		if n.Kids[i].Kind == k {
			return &n.Kids[i]
		}
	}
	return nil
}

// At returns the path from n to the leaf that covers byte off, n first. It is
// empty if n does not cover it.
func (n *Node) At(off int) []*Node {
	if off < n.Span.Start || off >= n.Span.End {
		return nil
	}
	path := []*Node{n}
	for i := range n.Kids {
		if below := n.Kids[i].At(off); below != nil {
			return append(path, below...)
		}
	}
	return path
}

// Generic reports whether n is a value that no grammar describes: what follows a word
// without a row, and what is wrong.
func (n *Node) Generic() bool {
	switch n.Kind {
	case KindUnknown:
		return true
	case KindList, KindAtom, KindQuoted, KindLiteral, KindNumber, KindSequence, KindNIL:
		return n.Role == protocol.RoleNone
	}
	return false
}

// content reports whether n is more than punctuation.
func (n *Node) content() bool {
	switch n.Kind {
	case KindSP, KindCRLF, KindOpen, KindClose, KindPoint, KindMissing:
		return false
	}
	return true
}
