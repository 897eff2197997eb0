package lint

import (
	"bytes"
	"fmt"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// bodyRules are the rules about the structures of messages.
var bodyRules = []*Rule{
	{
		ID: "S047", Title: "body structure that does not follow the grammar", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("7.4.2. FETCH Response", 74),
		Explanation: "Only their order identifies the fields of a structure. If one is missing, is NIL where it must not be, or is not separated from the next, every field after it is mistaken for another: parts have the wrong names and sizes, or the message cannot be shown at all.",
		Advice:      "Follow the grammar; the finding says what was expected. As a client, fetch the whole message if its structure cannot be read.",
		Bad:         in4 + "C: a1 UID FETCH 21 BODYSTRUCTURE\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL NIL 4 1))\nS: a1 OK done\n",
		Good:        in4 + "C: a1 UID FETCH 21 BODYSTRUCTURE\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 4 1))\nS: a1 OK done\n",
		On:          []Fact{OnBadBody}, Run: func(p *Pass) { p.report(p.there(), expected(p.node.Err)) },
	},
	{
		ID: "S048", Title: "body structure that disagrees with the message", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("7.4.2. FETCH Response", 75),
		Explanation: "The structure lists the parts of the message, each with its size in bytes as transferred. Clients fetch parts by these numbers and show progress by these sizes; where they are wrong, parts are cut off or not found.",
		Advice:      "Derive the structure and the parts from the same parse of the message. Look for a stored structure that is older than the message.",
		Bad:         in4 + "C: a1 UID FETCH 21 (BODYSTRUCTURE BODY[1])\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 9 1) BODY[1] {4}\nS: ab\nS: )\nS: a1 OK done\n",
		Good:        in4 + "C: a1 UID FETCH 21 (BODYSTRUCTURE BODY[1])\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 4 1) BODY[1] {4}\nS: ab\nS: )\nS: a1 OK done\n",
		On:          []Fact{OnPart}, Run: partDisagrees,
	},
}

// structures are the body structures that were sent last, by message number.
type structures struct {
	of   [structuresKept]structure
	next int
	held int // bytes
}

// structure is a FETCH response with nothing but a body structure.
type structure struct {
	n        int    // counted on the connection, from 1
	number   uint32 // of the message; 0: none
	raw      []byte
	literals []wire.Literal
}

// Limits of what is kept of body structures on a connection.
const (
	structuresKept = 8
	maxStructure   = 64 << 10  // bytes of one
	maxStructures  = 128 << 10 // of all
)

// alone is what precedes the property in a structure.
const alone = "* 1 FETCH ("

// keep remembers the body structure in a property, unless it is long or incomplete.
func (s *structures) keep(m *decode.Message, property *syntax.Node) {
	b, at := property.Bytes(m.Raw), property.Span
	if len(b) > maxStructure || m.ElidedBefore(at.Start) != m.ElidedBefore(at.End) {
		return
	}
	x := &s.of[s.next%structuresKept]
	s.next++
	s.held -= len(x.raw)
	x.n, x.number = s.next, m.Number
	x.raw = append(append(append(x.raw[:0], alone...), b...), ")\r\n"...)
	x.literals = x.literals[:0]
	for _, l := range m.Literals {
		if l.Head.Start < at.Start || l.Body.End > at.End {
			continue
		}
		if l.State != wire.Complete || int64(l.Body.Len()) != l.Size {
			x.number = 0
		}
		l.Head, l.Body = moved(l.Head, len(alone)-at.Start), moved(l.Body, len(alone)-at.Start)
		x.literals = append(x.literals, l)
	}
	s.held += len(x.raw)
	for i := s.next; s.held > maxStructures; i++ { // the oldest first
		if old := &s.of[i%structuresKept]; old != x {
			s.held -= len(old.raw)
			*old = structure{}
		}
	}
}

// moved returns a span that begins by bytes later.
func moved(s wire.Span, by int) wire.Span { return wire.Span{Start: s.Start + by, End: s.End + by} }

// forget drops all structures: numbers have changed.
func (s *structures) forget() {
	for i := range s.of {
		s.of[i].number = 0
	}
}

// find returns the last structure of a message, or nil.
func (s *structures) find(number uint32) *structure {
	for i := 1; i <= structuresKept && i <= s.next; i++ {
		if x := &s.of[(s.next-i)%structuresKept]; x.number == number {
			return x
		}
	}
	return nil
}

// partItem processes a property that may be the structure, or a part, of a message.
func (c *conn) partItem(m *decode.Message, n *syntax.Node) {
	p := &c.pass
	if c.box(m) == nil || m.Broken || m.Lost > 0 {
		return
	}
	if p.item&protocol.ShowsStructure != 0 {
		c.structures.keep(m, n)
		return
	}
	if number := partNumber(n, m.Raw); number != nil {
		p.part = number
		c.node(n, OnPart)
	}
}

// partNumber returns the number of the part that a property shows whole; nil if it shows
// something else.
func partNumber(n *syntax.Node, raw []byte) []byte {
	section := &n.Kids[0]
	if section.Kind != syntax.KindSection || len(section.Kids) != 4 || protocol.ShowsOf(section.Kids[0].Bytes(raw))&protocol.ShowsStructure == 0 {
		return nil
	}
	if part := &section.Kids[2]; part.Kind == syntax.KindPart && section.Kids[3].Kind == syntax.KindClose {
		return part.Bytes(raw)
	}
	return nil
}

// parts are those of one structure by their numbers.
type parts struct {
	conn   *conn
	n      int // of the structure
	ok     bool
	by     map[string]*syntax.Body // that are not multiparts
	known  map[string]bool         // numbers of parts, and of multiparts
	parser syntax.Parser
}

// partsOf returns the parts of a structure, and whether it can be read. Those of the structure
// that was asked for last are kept: a message may have its parts sent one by one.
func (c *conn) partsOf(s *structure) (*parts, bool) {
	t := &c.parts
	if t.conn == c && t.n == s.n {
		return t, t.ok
	}
	t.conn, t.n, t.by, t.known = c, s.n, make(map[string]*syntax.Body), make(map[string]bool)
	root, ok := syntax.ReadBody(t.parser.Response(&wire.Message{Raw: s.raw, Literals: s.literals}), s.raw)
	if t.ok = ok && !faulty(root.Node); !t.ok {
		return t, false
	}
	for b := range root.All() {
		if number := b.Number; !b.Multipart && t.by[number] == nil {
			t.by[number] = b
		}
		for number := b.Number; number != ""; {
			t.known[number] = true
			number = number[:max(strings.LastIndexByte(number, '.'), 0)]
		}
	}
	return t, true
}

// partDisagrees compares a part with the structure of its message.
func partDisagrees(p *Pass) {
	s := p.structures.find(p.message.Number)
	if s == nil {
		return
	}
	t, ok := p.partsOf(s)
	if !ok {
		return
	}
	v := p.value()
	missing := v.Kind == syntax.KindNIL
	switch b := t.by[string(p.part)]; {
	case b != nil && missing && b.Size > 0:
		p.reportPart(fmt.Sprintf("message %d: the structure has a part %s of %d bytes, but BODY[%s] is NIL", p.message.Number, p.part, b.Size, p.part))
	case b != nil && !missing:
		p.comparePart(b, v)
	case b == nil && !missing && !t.known[string(p.part)]:
		p.reportPart(fmt.Sprintf("message %d: BODY[%s] was sent, but the structure has no part %s", p.message.Number, p.part, p.part))
	}
}

// faulty reports whether a tree has a fault.
func faulty(n *syntax.Node) bool {
	if n.Err != nil {
		return true
	}
	for i := range n.Kids {
		if faulty(&n.Kids[i]) {
			return true
		}
	}
	return false
}

func (p *Pass) reportPart(text string) { p.reportIfSure(capture.ClientToServer, p.there(), text) }

// comparePart compares the size and the lines of a part with its structure.
func (p *Pass) comparePart(b *syntax.Body, v *syntax.Node) {
	size, content := p.lengthOf(v)
	switch {
	case size < 0:
	case uint64(size) != b.Size:
		p.reportPart(fmt.Sprintf("message %d: the structure has %d bytes for part %s, but BODY[%s] has %d", p.message.Number, b.Size, p.part, p.part, size))
	case content != nil && strings.EqualFold(b.Type.Value, textType):
		lines := uint64(bytes.Count(content, []byte("\n")))
		if b.Lines != lines && b.Lines != lines+1 {
			p.reportPart(fmt.Sprintf("message %d: the structure has %d lines for part %s, but BODY[%s] has %d", p.message.Number, b.Lines, p.part, p.part, lines))
		}
	}
}

// textType is the media type whose structure has a number of lines.
const textType = "text"

// lengthOf returns the length of a string, -1 if it is not known, and its bytes if all of
// them are kept.
func (p *Pass) lengthOf(v *syntax.Node) (int64, []byte) {
	m := p.message
	switch v.Kind {
	case syntax.KindLiteral:
		for i := range m.Literals {
			l := &m.Literals[i]
			if l.Head != v.Kids[0].Span || l.State != wire.Complete {
				continue
			}
			if int64(l.Body.Len()) != l.Size {
				return l.Size, nil
			}
			return l.Size, l.Body.Of(m.Raw)
		}
	case syntax.KindQuoted:
		b := v.Value(m.Raw)
		return int64(len(b)), b
	}
	return -1, nil
}
