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
		Explanation: "The fields of a structure are known by their place only. If one is missing, is NIL where it may not be, or is not separated from the next one, every field after it is taken for another one: parts have the wrong names and sizes, or the message cannot be shown at all.",
		Advice:      "Send what the grammar has; the finding says what was expected. As a client, fetch the whole message if its structure cannot be read.",
		Bad:         in4 + "C: a1 UID FETCH 21 BODYSTRUCTURE\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL NIL 4 1))\nS: a1 OK done\n",
		Good:        in4 + "C: a1 UID FETCH 21 BODYSTRUCTURE\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 4 1))\nS: a1 OK done\n",
		On:          []Fact{OnBadBody}, Run: func(p *Pass) { p.report(p.there(), expected(p.node.Err)) },
	},
	{
		ID: "S048", Title: "body structure that disagrees with the message", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("7.4.2. FETCH Response", 75),
		Explanation: "The structure has the size of each part in bytes as they are transferred, and the parts that there are. Clients fetch parts by these numbers and show progress by these sizes; where they are wrong, parts are cut off or not found.",
		Advice:      "Derive structure and parts from the same parse of the message. Look for a stored structure that is older than the message.",
		Bad:         in4 + "C: a1 UID FETCH 21 (BODYSTRUCTURE BODY[1])\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 9 1) BODY[1] {4}\nS: ab\nS: )\nS: a1 OK done\n",
		Good:        in4 + "C: a1 UID FETCH 21 (BODYSTRUCTURE BODY[1])\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 4 1) BODY[1] {4}\nS: ab\nS: )\nS: a1 OK done\n",
		On:          []Fact{OnPart}, Run: partDisagrees,
	},
}

// structures are the body structures that were sent last, by message number.
type structures struct {
	of   [structuresKept]structure
	next int
}

// structure is a FETCH response with nothing but a body structure.
type structure struct {
	number uint32 // 0: none
	raw    []byte
}

// Limits of what is kept of body structures.
const (
	structuresKept = 8
	maxStructure   = 4 << 10
)

// keep remembers the body structure in a property, unless it is long or has literals.
func (s *structures) keep(m *decode.Message, property *syntax.Node) {
	b := property.Bytes(m.Raw)
	if len(b) > maxStructure || bytes.IndexByte(b, '\n') >= 0 {
		return
	}
	x := &s.of[s.next%structuresKept]
	s.next++
	x.number = m.Number
	x.raw = append(append(append(x.raw[:0], "* 1 FETCH ("...), b...), ")\r\n"...)
}

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

// partDisagrees compares a part with the structure of its message.
func partDisagrees(p *Pass) {
	s := p.structures.find(p.message.Number)
	if s == nil {
		return
	}
	root, ok := syntax.ReadBody(p.second.Response(&wire.Message{Raw: s.raw}), s.raw)
	if !ok || faulty(root.Node) {
		return
	}
	v := p.value()
	missing := v.Kind == syntax.KindNIL
	for b := range root.All() {
		switch {
		case b.Number != string(p.part) || b.Multipart && b.Number != "":
		case b.Multipart:
			return
		case missing:
			if b.Size > 0 {
				p.reportPart(fmt.Sprintf("message %d: the structure has a part %s of %d bytes, and BODY[%s] is NIL", p.message.Number, p.part, b.Size, p.part))
			}
			return
		default:
			p.comparePart(b, v)
			return
		}
	}
	if !missing && !hasMultipart(&root, string(p.part)) {
		p.reportPart(fmt.Sprintf("message %d: BODY[%s] was sent, and the structure has no part %s", p.message.Number, p.part, p.part))
	}
}

// hasMultipart reports whether a part of that number is a multipart, whose size is not in
// the structure.
func hasMultipart(root *syntax.Body, number string) bool {
	for b := range root.All() {
		if b.Number == number || strings.HasPrefix(b.Number, number+".") {
			return true
		}
	}
	return false
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
		p.reportPart(fmt.Sprintf("message %d: the structure has %d bytes for part %s, and BODY[%s] has %d", p.message.Number, b.Size, p.part, p.part, size))
	case content != nil && strings.EqualFold(b.Type.Value, textType):
		lines := uint64(bytes.Count(content, []byte("\n")))
		if b.Lines != lines && b.Lines != lines+1 {
			p.reportPart(fmt.Sprintf("message %d: the structure has %d lines for part %s, and BODY[%s] has %d", p.message.Number, b.Lines, p.part, p.part, lines))
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
