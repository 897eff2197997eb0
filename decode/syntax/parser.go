package syntax

import (
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// MaxDepth is the depth to which lists are parsed. Anything deeper is one node.
const MaxDepth = 64

// MaxNodes is about how many nodes a tree has at most. What follows them on the line is one
// node. A message that is not longer than wire.DefaultKeep has fewer.
const MaxNodes = 1 << 18

// Parser builds trees in memory that it reuses: a tree is valid until the next call of
// a method. The zero value is ready to use. It is not safe for concurrent use.
type Parser struct {
	// Brief asks for no Kids in envelopes of the most common form, in which there is nothing to
	// find: each field is NIL or made of quoted CHARACTERs, and there are addresses of the
	// sender. Most responses of a mailbox's list are these envelopes. Responses that are plain as
	// a whole are parsed much faster; see Plain.
	Brief bool

	lex   wire.Lexer
	raw   []byte
	stack []Node       // nodes whose parent is not finished
	arena []Node       // the Kids of finished nodes
	errs  []wire.Error // what Err points to
	root  Node
	depth int
	nodes int // made so far

	// broken reports whether the rest of the line was parsed as one piece, so that
	// nothing can be missing after it.
	broken  bool
	odd     bool     // see Odd
	isPlain bool     // see Plain
	brief   *rowTree // of the last plain response
	// multipart1 reports whether a part that has no parts is called a multipart.
	multipart1 bool
	// row is the row whose arguments are parsed, for its citation; nil outside any.
	row *protocol.Row
	// instead is what can be in the place of a property's value.
	instead []protocol.Arg
	// uid reports whether the command's message numbers are unique identifiers.
	uid bool
	// counts is what the message sets of a response are, if its command is known: message
	// numbers or unique identifiers.
	counts protocol.Role
	// spill is the role of anything left over: an extra argument of LOGIN is most
	// likely the rest of a password.
	spill protocol.Role
}

// ParseRequest is like Parser.Request, with new memory.
func ParseRequest(m *wire.Message) *Node { return new(Parser).Request(m) }

// ParseResponse is like Parser.Response, with new memory.
func ParseResponse(m *wire.Message) *Node { return new(Parser).Response(m) }

// ParseContinuation is like Parser.Continuation, with new memory.
func ParseContinuation(m *wire.Message) *Node { return new(Parser).Continuation(m) }

func (p *Parser) start(m *wire.Message) {
	p.lex.Init(m)
	p.raw = m.Raw
	if p.stack == nil {
		// A tree that is built once should not cost much more than its nodes.
		words := len(m.Raw)
		for i := range m.Literals {
			words -= m.Literals[i].Body.Len()
		}
		p.stack = make([]Node, 0, 24)
		p.arena = make([]Node, 0, min(max(words/3, 8), 512))
	}
	p.stack, p.arena, p.errs = p.stack[:0], p.arena[:0], p.errs[:0]
	p.depth, p.nodes, p.broken, p.spill = 0, 0, false, protocol.RoleNone
	p.row, p.uid, p.instead, p.counts, p.odd = nil, false, nil, protocol.RoleNone, false
	p.multipart1, p.isPlain = false, false
}

// LoneMultipart reports whether the tree made last has a body structure that describes a
// multipart as a single part.
func (p *Parser) LoneMultipart() bool { return p.multipart1 }

// Odd reports whether the tree made last has a form that only some dialects permit: flags
// without parentheses, or comments in an address.
func (p *Parser) Odd() bool { return p.odd }

// Plain reports whether the tree made last is known to have no error and no odd form, and the
// message to be printable ASCII, without a literal or a character in quotes that RFC 1176 has no
// quoted string for. It is false unless Brief is set.
func (p *Parser) Plain() bool { return p.isPlain }

// Faults returns how many errors the tree made last has.
func (p *Parser) Faults() int { return len(p.errs) }

// finish parses the rest of the line and its end, and makes the root.
func (p *Parser) finish(k Kind) *Node {
	p.rest(wantCRLF)
	if p.lex.Resume() {
		p.broken = true
		p.rest(wantCRLF)
	}
	if s := p.lex.LineEnd(); s.Len() > 0 {
		n := p.leaf(KindCRLF, protocol.RoleNone, s)
		if s.Len() != len("\r\n") { // LF alone, or CR CR LF
			p.fail(n, wantCRLF)
		}
	}
	p.close(0, k, protocol.RoleNone)
	p.root = p.stack[0]
	return &p.root
}

// rest parses the rest of the line into as few nodes as its literals allow. The
// first one is in the place of want.
func (p *Parser) rest(want rule) {
	for !p.lex.Done() {
		var n *Node
		switch {
		case p.literal(p.spill):
			n = p.last()
		case p.lex.Peek() == ' ':
			n = p.leaf(KindSP, protocol.RoleNone, p.lex.Spaces())
			if !p.lex.Done() {
				continue
			}
		default:
			n = p.leaf(KindUnknown, p.spill, p.lex.Rest())
		}
		if !p.broken {
			p.fail(n, want)
			p.broken = true
		}
	}
}

// leaf adds a leaf. The pointer is valid until the next one is added.
func (p *Parser) leaf(k Kind, r protocol.Role, s wire.Span) *Node {
	p.nodes++
	n := len(p.stack)
	if n == cap(p.stack) {
		p.stack = append(p.stack, Node{})
	} else {
		p.stack = p.stack[:n+1] // writing fields in place halves the cost of a leaf
	}
	leaf := &p.stack[n]
	leaf.Kind, leaf.Role, leaf.Word, leaf.Shows, leaf.Span = k, r, 0, 0, s
	leaf.Kids, leaf.Err = nil, nil
	return leaf
}

// last returns the node added last.
func (p *Parser) last() *Node { return &p.stack[len(p.stack)-1] }

// mark returns where the kids of a later node begin.
func (p *Parser) mark() int { return len(p.stack) }

// close makes one node of all nodes added since mark.
func (p *Parser) close(mark int, k Kind, r protocol.Role) *Node {
	kids := p.stack[mark:]
	if len(kids) == 0 {
		return p.leaf(k, r, wire.Span{Start: p.lex.Pos(), End: p.lex.Pos()})
	}
	p.nodes++
	s := wire.Span{Start: kids[0].Span.Start, End: kids[len(kids)-1].Span.End}
	if cap(p.arena)-len(p.arena) < len(kids) {
		// Existing nodes are not moved, because their parents point to them.
		p.arena = make([]Node, 0, max(2*cap(p.arena), len(kids), 64))
	}
	from := len(p.arena)
	p.arena = append(p.arena, kids...)
	p.stack = p.stack[:mark+1]
	n := &p.stack[mark]
	n.Kind, n.Role, n.Word, n.Shows, n.Span = k, r, 0, 0, s
	n.Kids, n.Err = p.arena[from:len(p.arena):len(p.arena)], nil
	return n
}

// fail records what was expected in the place of n. The first call counts. In the
// arguments of a row of a later RFC, that RFC is the source, unless the rule has one.
func (p *Parser) fail(n *Node, r rule) {
	if n.Err == nil {
		if p.row != nil && (r.ref == "" || p.row.Ref.RFC != 1176 && strings.HasPrefix(r.ref, "RFC 1176")) {
			r.ref = p.row.Ref.String()
		}
		p.errs = append(p.errs, wire.Error{Off: n.Span.Start, Want: r.want, Ref: r.ref})
		n.Err = &p.errs[len(p.errs)-1]
	}
}

// missing adds an empty node in the place of r. At the end of the line that is
// reported once, however many lists are open.
func (p *Parser) missing(r rule) {
	if p.broken || p.lex.Cut() { // at a gap it is not known
		return
	}
	p.fail(p.leaf(KindMissing, protocol.RoleNone, wire.Span{Start: p.lex.Pos(), End: p.lex.Pos()}), r)
	p.broken = p.lex.Done()
}

// space parses the space between two things. More than one is an error.
func (p *Parser) space() bool {
	raw, at := p.lex.Ahead()
	if at >= len(raw) || raw[at] != ' ' {
		return false
	}
	if at+1 < len(raw) && raw[at+1] == ' ' {
		p.fail(p.leaf(KindSP, protocol.RoleNone, p.lex.Spaces()), wantSP)
	} else {
		p.lex.Skip(at + 1)
		p.leaf(KindSP, protocol.RoleNone, wire.Span{Start: at, End: at + 1})
	}
	p.limit()
	return true
}

// limit makes one piece of the rest of the line if there are too many nodes already.
func (p *Parser) limit() {
	if p.nodes > MaxNodes && !p.broken {
		p.rest(wantFewer)
	}
}

// blank parses any number of spaces: outside RFC 1176 extra ones are not errors.
func (p *Parser) blank() bool {
	s := p.lex.Spaces()
	if s.Len() > 0 {
		p.leaf(KindSP, protocol.RoleNone, s)
		p.limit()
	}
	return s.Len() > 0
}

// sep parses the space before a required argument. It reports whether an argument
// follows.
func (p *Parser) sep(want rule) bool {
	if !p.lex.Done() {
		if !p.space() {
			p.rest(wantSP)
			return false
		}
		if !p.lex.Done() {
			return true
		}
	}
	p.missing(want)
	return false
}

// more parses the space before an optional argument.
func (p *Parser) more() bool {
	if p.lex.Peek() != ' ' {
		return false
	}
	p.space()
	if p.lex.Done() {
		p.fail(p.last(), wantCRLF)
		return false
	}
	return true
}
