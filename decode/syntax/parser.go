package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// MaxDepth is how deep lists are taken apart. What is deeper is one piece.
const MaxDepth = 64

// Parser makes trees in memory that it reuses: what it returns is valid until
// its next call. The zero value is ready. It is not safe for concurrent use.
type Parser struct {
	lex   wire.Lexer
	raw   []byte
	stack []Node       // nodes whose parent is not finished
	arena []Node       // the Kids of finished nodes
	errs  []wire.Error // what Err points to
	root  Node
	depth int

	// broken says that the rest of the line was taken in one piece, so that
	// nothing can be missing any more.
	broken bool
	// spill is the role of whatever is left over: an argument too many of LOGIN
	// is most likely the rest of a password.
	spill protocol.Role
}

// ParseRequest is Parser.Request in memory of its own.
func ParseRequest(m *wire.Message) *Node { return new(Parser).Request(m) }

// ParseResponse is Parser.Response in memory of its own.
func ParseResponse(m *wire.Message) *Node { return new(Parser).Response(m) }

// ParseContinuation is Parser.Continuation in memory of its own.
func ParseContinuation(m *wire.Message) *Node { return new(Parser).Continuation(m) }

func (p *Parser) start(m *wire.Message) {
	p.lex.Init(m)
	p.raw = m.Raw
	if p.stack == nil {
		// A tree made once should not cost much more than its nodes.
		words := len(m.Raw)
		for i := range m.Literals {
			words -= m.Literals[i].Body.Len()
		}
		p.stack = make([]Node, 0, 24)
		p.arena = make([]Node, 0, min(max(words/3, 8), 512))
	}
	p.stack, p.arena, p.errs = p.stack[:0], p.arena[:0], p.errs[:0]
	p.depth, p.broken, p.spill = 0, false, protocol.RoleNone
}

// finish takes what is left of the line, its end, and makes the root.
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

// rest takes what is left of the line in as few pieces as it has literals. The
// first one is where want should stand.
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

// leaf adds a leaf. The pointer is good until the next one is added.
func (p *Parser) leaf(k Kind, r protocol.Role, s wire.Span) *Node {
	n := len(p.stack)
	if n == cap(p.stack) {
		p.stack = append(p.stack, Node{})
	} else {
		p.stack = p.stack[:n+1] // writing fields in place halves the cost of a leaf
	}
	leaf := &p.stack[n]
	leaf.Kind, leaf.Role, leaf.Span = k, r, s
	leaf.Kids, leaf.Err = nil, nil
	return leaf
}

// last returns the node added last.
func (p *Parser) last() *Node { return &p.stack[len(p.stack)-1] }

// mark returns where the kids of a node to come begin.
func (p *Parser) mark() int { return len(p.stack) }

// close makes one node of all that were added since mark.
func (p *Parser) close(mark int, k Kind, r protocol.Role) *Node {
	kids := p.stack[mark:]
	n := Node{Kind: k, Role: r, Span: wire.Span{Start: p.lex.Pos(), End: p.lex.Pos()}}
	if len(kids) > 0 {
		n.Span = wire.Span{Start: kids[0].Span.Start, End: kids[len(kids)-1].Span.End}
		if cap(p.arena)-len(p.arena) < len(kids) {
			// What is there stays where it is; its parents point to it.
			p.arena = make([]Node, 0, max(2*cap(p.arena), len(kids), 64))
		}
		from := len(p.arena)
		p.arena = append(p.arena, kids...)
		n.Kids = p.arena[from:len(p.arena):len(p.arena)]
	}
	p.stack = append(p.stack[:mark], n)
	return &p.stack[mark]
}

// fail notes what should have stood where n stands. The first word counts.
func (p *Parser) fail(n *Node, r rule) {
	if n.Err == nil {
		p.errs = append(p.errs, wire.Error{Off: n.Span.Start, Want: r.want, Ref: r.ref})
		n.Err = &p.errs[len(p.errs)-1]
	}
}

// missing adds an empty node where r should stand. At the end of the line that
// is said once, however many lists are open.
func (p *Parser) missing(r rule) {
	if p.broken || p.lex.Cut() { // at a gap it is only not known
		return
	}
	p.fail(p.leaf(KindMissing, protocol.RoleNone, wire.Span{Start: p.lex.Pos(), End: p.lex.Pos()}), r)
	p.broken = p.lex.Done()
}

// space takes the space that stands between two things. More than one is one
// too many.
func (p *Parser) space() bool {
	s := p.lex.Spaces()
	if s.Len() == 0 {
		return false
	}
	if n := p.leaf(KindSP, protocol.RoleNone, s); s.Len() > 1 {
		p.fail(n, wantSP)
	}
	return true
}

// blank takes spaces, however many: outside RFC 1176 they are nobody's fault.
func (p *Parser) blank() bool {
	s := p.lex.Spaces()
	if s.Len() > 0 {
		p.leaf(KindSP, protocol.RoleNone, s)
	}
	return s.Len() > 0
}

// sep takes the space before an argument that must be there. It is false if
// none follows.
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

// more takes the space before an argument that may be there.
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
