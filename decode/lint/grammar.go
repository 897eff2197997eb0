package lint

import (
	"bytes"
	"fmt"

	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// grammarRules are the rules about the grammar of responses.
var grammarRules = []*Rule{
	{
		ID: "S013", Title: "literal whose count disagrees with what follows", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Conventions", "LITERAL", 9),
		Explanation: "The announced number of bytes does not end where the literal does: what follows them is not part of a response. From here on, the client reads text as protocol.",
		Advice:      "Count bytes as they are sent, CR LF as two.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {5}\nS: 12345678)\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {8}\nS: 12345678)\nS: a1 OK done\n",
		On:          []Fact{OnMiscounted, OnJunk}, Run: literalCount,
	},
	{
		ID: "S036", Title: "literal shorter than its count", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Conventions", "LITERAL", 9),
		Explanation: "The connection ended before the announced number of bytes came, and among those that did is the response to a command. The client waits for bytes that never come, and mistakes responses for text.",
		Advice:      "Count bytes as they are sent, CR LF as two.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {99}\nS: 12345678)\nS: a1 OK done\n# closed\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {8}\nS: 12345678)\nS: a1 OK done\n",
		On:          []Fact{OnSwallowed, OnMiscounted}, Run: literalShort,
	},
	{
		ID: "S016", Title: "envelope or address with the wrong fields", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "ENVELOPE", 19),
		Explanation: "An envelope has ten fields and an address four, which only their order distinguishes. If one is missing, every field after it is mistaken for another.",
		Advice:      "Send NIL for a field that is not applicable.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) NIL NIL NIL NIL))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) NIL NIL NIL NIL NIL))\nS: a1 OK done\n",
		On:          []Fact{OnBadEnvelope}, Run: wrongFields,
	},
	{
		ID: "S017", Title: "response that does not follow the grammar", Severity: Error, Verdict: Server, Always: true,
		Ref:         of1176("Formal Syntax", "unsolicited", 28),
		Explanation: "Something is missing, superfluous, or in the wrong place. Each client makes what it can of it.",
		Advice:      "Follow the grammar; the finding says what was expected.",
		Bad:         "# INBOX selected, 9 messages\nS: * 2 FETCH (FLAGS (\\Seen)\n",
		Good:        "# INBOX selected, 9 messages\nS: * 2 FETCH (FLAGS (\\Seen))\n",
		On:          []Fact{OnBadResponse}, Run: responseGrammar,
	},
	{
		ID: "S028", Title: "response ended by a bare LF", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Conventions", "CRLF", 9),
		Explanation: "A response ends in CRLF. A client may wait for the CR, or read two lines as one.",
		Advice:      "Send CR and LF.",
		Bad:         "S\\ * OK ready\nC: a1 NOOP\nS: a1 OK done\n",
		Good:        "S: * OK ready\nC: a1 NOOP\nS: a1 OK done\n",
		On:          []Fact{OnServerLF}, Run: func(p *Pass) { p.report(p.there(), lineEnd(p.raw())) },
	},
	{
		ID: "S026", Title: "character that no quoted string may have", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Conventions", "CHARACTER", 9),
		Explanation: "A CHARACTER is any ASCII character except \" { CR LF % and \\, and a quoted string has at least one. Servers send \"\" and 8-bit characters all the same, and some quote with a backslash.",
		Advice:      "Send such a string as a literal, and NIL for an empty one. As a client, accept it.",
		Bad:         "# logged in\nS: * MAILBOX \"a\\b\"\n",
		Good:        "# logged in\nS: * MAILBOX {3}\nS: a\\b\n",
		On:          []Fact{OnOdd}, Run: serverNotCharacter,
	},
}

func literalCount(p *Pass) {
	if p.fact == OnJunk {
		restOfLiteral(p)
		return
	}
	end := p.node.Span.End
	next := wire.Span{Start: end, End: end + 1}
	p.report(at(p.message, next), "the byte after the literal is "+quote(next.Of(p.message.Raw))+"; it should be a space, \")\" or CRLF")
}

// literalShort reports a literal that contains the response to a command: the connection
// ended in it, or the line goes wrong after it.
func literalShort(p *Pass) {
	if p.fact == OnMiscounted {
		literalHolds(p)
		return
	}
	m := p.message
	l := &m.Literals[len(m.Literals)-1]
	came := int64(l.Body.Len()) + m.ElidedBefore(len(m.Raw)+1) - m.ElidedBefore(l.Body.Start)
	p.report(at(m, l.Head), fmt.Sprintf("%d bytes announced, %d came before the connection ended, the response to %s among them", l.Size, came, quote(firstWord(p.span.Of(m.Raw)))))
}

// firstWord returns what comes before the first space.
func firstWord(b []byte) []byte {
	word, _, _ := bytes.Cut(b, []byte(" "))
	return word
}

// lineEnd describes what is wrong with the line end of b.
func lineEnd(b []byte) string {
	if bytes.HasSuffix(b, []byte("\r\r\n")) {
		return "CR CR LF"
	}
	return "LF without CR before it"
}

// responseGrammar reports an empty text as a note: servers send it, and nothing
// depends on it.
func responseGrammar(p *Pass) {
	if p.node.Err == nil {
		p.report(p.there(), bareText(bareFlags(p.node)))
		return
	}
	if p.node.WrongInEveryDialect() {
		p.reportAlways(Error, p.there(), expected(p.node.Err))
		return
	}
	severity := Error
	if p.node.Kind == syntax.KindMissing && p.message.Text != nil && len(p.message.Text) == 0 {
		severity = Note
	}
	p.reportAs(severity, Server, p.there(), expected(p.node.Err))
}

func serverNotCharacter(p *Pass) {
	if p.reported() > 0 || p.node.Err != nil {
		return
	}
	b := p.raw()
	if len(b) < 2 {
		return
	}
	b = b[1 : len(b)-1]
	if len(b) == 0 {
		p.report(p.there(), "an empty quoted string")
		return
	}
	for i, x := range b {
		if x >= 0x80 || x == '\\' || x == '%' || x == '{' {
			p.report(p.there(), quote(b[i:i+1])+" is not allowed here")
			return
		}
	}
}

// tagSpan returns the span of a response's tag.
func tagSpan(m *decode.Message) (s wire.Span) {
	s.Start = max(bytes.Index(m.Raw, m.Tag), 0)
	s.End = s.Start + len(m.Tag)
	return s
}

func wrongFields(p *Pass) {
	if p.node.Err == nil {
		p.report(p.there(), "an address with a fifth field, which only IMAP3 has")
		return
	}
	p.report(p.there(), expected(p.node.Err))
}
