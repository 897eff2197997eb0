package lint

import (
	"bytes"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// responseWalk walks the tree of a response once.
type responseWalk struct {
	*conn
	m     *decode.Message
	wrong bool // a node was at fault: it causes the faults after it
	body  bool // within a body structure
	clean bool // as conn.clean
}

// clean reports whether the tree of a response has neither an error nor a literal, nor a
// form that only some dialects permit.
func (c *conn) clean(m *decode.Message) bool {
	return c.parser.Faults() == 0 && !c.parser.Odd() && len(m.Literals) == 0
}

// plain reports whether there is nothing to be found in the tree of a response.
func (c *conn) plain(m *decode.Message) bool {
	return c.clean(m) && len(c.watching(OnOdd)) == 0
}

func (w *responseWalk) walk(n *syntax.Node, in syntax.Kind) {
	if n.Err != nil && !w.wrong && !w.m.Broken && w.m.Lost == 0 {
		w.fault(n, w.badResponse(n, in))
	}
	switch n.Kind {
	case syntax.KindAddress:
		if x := n.FindRole(protocol.RoleComments); x != nil && !w.wrong && w.session.Dialect != protocol.IMAP3 {
			w.fault(x, OnBadEnvelope)
		}
	case syntax.KindFlagList:
		if !w.wrong && bareFlags(n) > 1 {
			w.fault(n, OnBadResponse)
		}
	case syntax.KindQuoted:
		if isOdd(n.Bytes(w.m.Raw)) {
			w.node(n, OnOdd)
		}
	case syntax.KindEnvelope, syntax.KindBody: // dozens of strings
		if w.clean && !isOdd(n.Bytes(w.m.Raw)) {
			return
		}
	case syntax.KindLiteral:
		if head := &n.Kids[0]; head.Err != nil && !w.wrong && !w.m.Broken && w.m.Lost == 0 {
			w.fault(head, w.badResponse(head, n.Kind))
		}
		if !w.wrong && w.miscounted(n) {
			w.fault(n, OnMiscounted)
		}
		if n.Role >= protocol.RoleDate { // of an envelope: shown to users
			w.text(n.Kids[1].Span)
		}
		return
	}
	outer := w.body
	w.body = outer || n.Kind == syntax.KindBody
	for i := range n.Kids {
		if kid := &n.Kids[i]; kid.Kids != nil || kid.Err != nil || kid.Kind == syntax.KindQuoted {
			w.walk(kid, n.Kind)
		}
	}
	w.body = outer
}

// fault dispatches the fact for a node at fault. A line that is not a response has no
// grammar: OnJunk is the fact for all of it.
func (w *responseWalk) fault(n *syntax.Node, f Fact) {
	if f == OnBadResponse && w.m.Kind == decode.Junk {
		return
	}
	w.wrong = true
	w.node(n, f)
}

// badResponse returns the fact for a node at fault.
func (w *responseWalk) badResponse(n *syntax.Node, in syntax.Kind) Fact {
	switch {
	case n.Role == protocol.RoleInternalDate:
		return OnBadDate
	case n.Kind == syntax.KindCRLF, n.Kind == syntax.KindLiteralHead:
		return OnServerLF
	case w.body:
		return OnBadBody
	case n.WrongInEveryDialect():
		return OnBadResponse
	case in == syntax.KindEnvelope, in == syntax.KindAddress, in == syntax.KindAddresses:
		return OnBadEnvelope
	}
	return OnBadResponse
}

// miscounted reports whether the bytes after a literal are not part of a response.
func (w *responseWalk) miscounted(n *syntax.Node) bool {
	end := n.Span.End
	if w.m.Broken || w.m.Lost > 0 || end >= len(w.m.Raw) {
		return false
	}
	if _, ok := w.m.GapIn(wire.Span{Start: end, End: end + 1}); ok && !w.whole(n) {
		return false // what followed it was not kept
	}
	return bytes.IndexByte([]byte(" )\r\n"), w.m.Raw[end]) < 0
}

// whole reports whether a gap at the end of a literal is entirely inside it.
func (w *responseWalk) whole(n *syntax.Node) bool {
	for i := range w.m.Literals {
		l := &w.m.Literals[i]
		if l.Head == n.Kids[0].Span {
			return int64(l.Body.Len())+w.m.ElidedBefore(l.Body.End+1)-w.m.ElidedBefore(l.Body.Start) == l.Size
		}
	}
	return false
}
