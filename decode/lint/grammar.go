package lint

import (
	"bytes"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

var (
	literalCount = &Rule{
		ID: "S013", Title: "literal whose count disagrees with what follows", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Conventions", "LITERAL", 9),
		Explanation: "The announced number of octets does not end where the literal does: what stands behind them is no part of a response. From here on the client reads text for protocol.",
		Advice:      "Count octets as they are sent, CR LF as two.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {5}\nS: 12345678)\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {8}\nS: 12345678)\nS: a1 OK done\n",
	}
	envelopeFields = &Rule{
		ID: "S016", Title: "envelope or address with the wrong fields", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "ENVELOPE", 19),
		Explanation: "An envelope has ten fields and an address four, told by their places. One too few, and all behind it are read for something else.",
		Advice:      "Send NIL for a field that is not applicable.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) NIL NIL NIL NIL))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) NIL NIL NIL NIL NIL))\nS: a1 OK done\n",
	}
	responseGrammar = &Rule{
		ID: "S017", Title: "a response that does not follow the grammar", Severity: Error, Verdict: Server,
		Ref:         of1176("Formal Syntax", "unsolicited", 28),
		Explanation: "Something is missing, too much, or in the wrong place; each client makes of it what it can.",
		Advice:      "Send what the grammar has; the finding says what it has there.",
		Bad:         "# INBOX selected, 9 messages\nS: * 2 FETCH (FLAGS (\\Seen)\n",
		Good:        "# INBOX selected, 9 messages\nS: * 2 FETCH (FLAGS (\\Seen))\n",
	}
	serverBareLF = &Rule{
		ID: "S028", Title: "response ended by a bare LF", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Conventions", "CRLF", 9),
		Explanation: "A response ends in CRLF. A client may wait for the CR, or read two lines for one.",
		Advice:      "Send CR and LF.",
		Bad:         "S\\ * OK ready\n",
		Good:        "S: * OK ready\n",
	}
	serverNotCharacter = &Rule{
		ID: "S026", Title: "octet that no quoted string may have", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Conventions", "CHARACTER", 9),
		Explanation: "A CHARACTER is any ASCII character but \" { CR LF % and \\, and a quoted string has one at least. Servers send \"\" and 8-bit octets all the same, and some quote with a backslash.",
		Advice:      "Send such a string as a literal, and NIL for an empty one. As a client, take it.",
		Bad:         "# logged in\nS: * MAILBOX \"a\\b\"\n",
		Good:        "# logged in\nS: * MAILBOX {3}\nS: a\\b\n",
	}
)

// grammarWalk goes through the tree of a response once.
type grammarWalk struct {
	*conn
	m     *decode.Message
	wrong bool // something was told
}

func (w *grammarWalk) walk(n *syntax.Node, in syntax.Kind) {
	if n.Err != nil {
		w.broken(n, in)
	}
	switch n.Kind {
	case syntax.KindQuoted:
		if !w.quoteTold {
			w.quoted(n)
		}
	case syntax.KindLiteral:
		if head := &n.Kids[0]; head.Err != nil {
			w.broken(head, n.Kind)
		}
		w.counted(n)
		if n.Role >= protocol.RoleDate {
			w.hostile(w.m, n.Kids[1].Span)
		}
		return
	}
	for i := range n.Kids {
		if k := &n.Kids[i]; k.Kids != nil || k.Err != nil || k.Kind == syntax.KindQuoted {
			w.walk(k, n.Kind)
		}
	}
}

// broken tells of what the grammar does not have, once for a message.
func (w *grammarWalk) broken(n *syntax.Node, in syntax.Kind) {
	if w.wrong || w.m.Broken || w.m.Lost > 0 {
		return
	}
	w.wrong = true
	p := node(w.m, n)
	switch {
	case n.Role == protocol.RoleInternalDate:
		w.foundAs(dateForm, Error, Server, p, quote(n.Bytes(w.m.Raw))+" is no date")
	case n.Kind == syntax.KindCRLF, n.Kind == syntax.KindLiteralHead:
		w.found(serverBareLF, p, lineEnd(n.Bytes(w.m.Raw)))
	case n.WrongInEveryDialect():
		w.foundAlways(responseGrammar, responseGrammar.Severity, responseGrammar.Verdict, p, expected(n.Err))
	case in == syntax.KindEnvelope, in == syntax.KindAddress, in == syntax.KindAddresses:
		w.found(envelopeFields, p, expected(n.Err))
	case n.Kind == syntax.KindMissing && (in == syntax.KindResponse || in == syntax.KindUnsolicited) && w.m.Text != nil && len(w.m.Text) == 0:
		w.foundAs(responseGrammar, Note, Server, p, expected(n.Err))
	default:
		w.found(responseGrammar, p, expected(n.Err))
	}
}

// counted looks at the octet behind a literal.
func (w *grammarWalk) counted(n *syntax.Node) {
	end := n.Span.End
	if w.wrong || w.m.Broken || w.m.Lost > 0 || end >= len(w.m.Raw) {
		return
	}
	if _, ok := w.m.GapIn(span{Start: end, End: end + 1}); ok && !w.whole(n) {
		return // what followed it was not kept
	}
	switch w.m.Raw[end] {
	case ' ', ')', '\r', '\n':
		return
	}
	w.wrong = true
	w.found(literalCount, at(w.m, span{Start: end, End: end + 1}), "the octet behind the literal is "+quote(w.m.Raw[end:end+1])+"; it should be a space, \")\" or CRLF")
}

// whole reports whether a gap at the end of a literal is all inside it.
func (w *grammarWalk) whole(n *syntax.Node) bool {
	for i := range w.m.Literals {
		l := &w.m.Literals[i]
		if l.Head == n.Kids[0].Span {
			return int64(l.Body.Len())+w.m.ElidedBefore(l.Body.End+1)-w.m.ElidedBefore(l.Body.Start) == l.Size
		}
	}
	return false
}

// lineEnd says what is wrong with the line end of b.
func lineEnd(b []byte) string {
	if bytes.HasSuffix(b, []byte("\r\r\n")) {
		return "CR CR LF"
	}
	return "LF without CR before it"
}

// quoted looks at the octets of a quoted string.
func (w *grammarWalk) quoted(n *syntax.Node) {
	b := n.Bytes(w.m.Raw)
	if len(b) < 2 || n.Err != nil {
		return
	}
	b = b[1 : len(b)-1]
	if len(b) == 0 {
		w.quoteTold = true
		w.found(serverNotCharacter, node(w.m, n), "an empty quoted string")
		return
	}
	for i, x := range b {
		if x >= 0x80 || x == '\\' || x == '%' || x == '{' {
			w.quoteTold = true
			w.found(serverNotCharacter, node(w.m, n), quote(b[i:i+1])+" is not allowed here")
			return
		}
	}
}

// tagSpan is where the tag of a response stands.
func tagSpan(m *decode.Message) (s span) {
	s.Start = max(bytes.Index(m.Raw, m.Tag), 0)
	s.End = s.Start + len(m.Tag)
	return s
}
