package why

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// described is what FETCH shows of a message by describing it, not by its text.
const described = protocol.ShowsStructure | protocol.ShowsEnvelope

// The rules whose findings are put into words here.
const (
	badStructure = "S047"
	badEnvelope  = "S016"
	badResponse  = "S017"
)

// fault is a node that the grammar does not have, and where it is in a description.
type fault struct {
	node     *syntax.Node
	property *syntax.Node
	root     *syntax.Node // the outermost structure
	part     *syntax.Node // the innermost one
	fields   *syntax.Node // the innermost list whose fields are counted
	role     protocol.Role
}

// faultAt returns the fault at a place of a tree, and whether there is one.
func faultAt(n *syntax.Node, at wire.Span, f fault) (fault, bool) {
	switch n.Kind {
	case syntax.KindProperty:
		f.property = n
	case syntax.KindBody:
		if f.part = n; f.root == nil {
			f.root = n
		}
	case syntax.KindEnvelope, syntax.KindAddress:
		f.fields = n
	}
	if n.Role != protocol.RoleNone {
		f.role = n.Role
	}
	if n.Err != nil && n.Span == at {
		f.node = n
		return f, true
	}
	for i := range n.Kids {
		if x, ok := faultAt(&n.Kids[i], at, f); ok {
			return x, true
		}
	}
	return f, false
}

// describes reports whether a FETCH response describes a message.
func describes(tree *syntax.Node) bool {
	list := tree.Kid(syntax.KindMessageData)
	if list == nil {
		return false
	}
	for i := range list.Kids {
		if list.Kids[i].Shows&described != 0 {
			return true
		}
	}
	return false
}

// describe puts a finding about the description of a message into words that name the message,
// the part, the field and what was found there.
func (c *conn) describe(r *Reasoner, f *lint.Finding, m *decode.Message) {
	switch f.Rule.ID {
	case badStructure, badEnvelope, badResponse:
	case "S113", "S114", "S115":
		f.Message = fmt.Sprintf("message %d: %s", m.Number, f.Message)
		return
	default:
		return
	}
	tree := r.parser.Response(&m.Message)
	x, ok := faultAt(tree, f.Span, fault{})
	if !ok {
		return
	}
	text := fmt.Sprintf("message %d%s%s: expected %s, but found %s (%s)", m.Number, x.where(m), x.counted(), x.node.Err.Want, c.foundAt(x.node, m), x.node.Err.Ref)
	switch {
	case f.Rule.ID != badResponse:
		f.Message = text
	case m.Row.Does(protocol.Describes) && describes(tree):
		f.Message = text
		c.keep("structure", Reason{
			Severity: f.Severity, Verdict: Server, Evidence: []Evidence{evidenceOf(f)},
			Sentence: "The server's description of a message breaks the grammar: " + text + ".",
			Remedy:   "Write the description as the grammar requires: a quote within a string needs a backslash before it, and every opening parenthesis a closing one.",
		})
	}
}

// where returns in words where in a description a fault is.
func (f *fault) where(m *decode.Message) string {
	var b strings.Builder
	if f.root != nil {
		if number, ok := syntax.PartNumber(f.root, f.part); ok && number != "" {
			b.WriteString(", part " + number)
		}
		if body, ok := syntax.ReadBody(f.part, m.Raw); ok && !body.Multipart && body.Type.Value != "" {
			b.WriteString(" (" + safe(m.Known.Hide(body.MediaType(), mask)) + ")")
		}
	} else if f.property != nil && len(f.property.Kids) > 0 {
		b.WriteString(", " + safe(m.Known.Hide(string(f.property.Kids[0].Bytes(m.Raw)), mask)))
	}
	if f.role != protocol.RoleNone {
		b.WriteString(", " + f.role.String())
	}
	return b.String()
}

// counted returns how many fields a list has that lacks some: an envelope has ten, an address
// four (RFC 1176, "Formal Syntax", p. 26).
func (f *fault) counted() string {
	if f.fields == nil || f.node.Kind != syntax.KindMissing {
		return ""
	}
	have, of, needs := 0, "envelope", 10
	if f.fields.Kind == syntax.KindAddress {
		of, needs = "address", 4
	}
	for i := range f.fields.Kids {
		switch f.fields.Kids[i].Kind {
		case syntax.KindSP, syntax.KindOpen, syntax.KindClose, syntax.KindMissing:
		default:
			have++
		}
	}
	if have >= needs {
		return ""
	}
	return fmt.Sprintf(": the %s has %d fields, but needs %d", of, have, needs)
}

// maxFound is how many bytes of what was found a sentence has.
const maxFound = 32

// foundAt returns what is in the place of a fault; where something is missing it is what follows.
func (c *conn) foundAt(n *syntax.Node, m *decode.Message) string {
	b := n.Bytes(m.Raw)
	if len(b) == 0 {
		b = m.Raw[min(n.Span.Start, len(m.Raw)):]
	}
	if i := bytes.IndexAny(b, "\r\n"); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return "the end of the line"
	}
	return beginning(b, m.Known)
}

// beginning returns the first maxFound bytes of what was found. Secrets are replaced before it is
// cut: a part of one is not known for what it is.
func beginning(b []byte, known *session.Words) string {
	s := safe(known.Hide(string(b), mask))
	if len(s) > maxFound {
		s = s[:maxFound] + "..."
	}
	return s
}

// undescribed follows a FETCH that the server refused because it cannot describe a message.
func (c *conn) undescribed(r *Reasoner, t *decode.Transaction) {
	if code, _ := codeAndArgs(t.Text); code.Does(protocol.AreGone) || t.Lost > 0 {
		return
	}
	asks := protocol.Shows(0)
	for n := range r.parser.Request(&t.Request).All() {
		if n.Kind == syntax.KindAttribute {
			asks |= protocol.ShowsOf(n.Bytes(t.Request.Raw)) & described
		}
	}
	lower := strings.ToLower(t.Text)
	for _, word := range [...]string{"structure", "envelope", "mime", "parse", "header", "corrupt"} {
		if asks == 0 || !strings.Contains(lower, word) {
			continue
		}
		x := Reason{
			Severity: lint.Warning, Verdict: Server,
			Sentence: "The server cannot describe a message: it answered " + asked(t) + " with " + t.Status + " " + quote(safe(t.Known.Hide(t.Text, mask))) + ".",
			Remedy:   "Fetch the messages one by one to find the one; fetch its text, and look at its header and its MIME parts.",
		}
		x.add(about(c.ID, t, false))
		x.add(about(c.ID, t, true))
		c.keep("structure", x)
		return
	}
}

// notedOf returns what was kept of a kind.
func notedOf(kind string) func(*conn) []Reason {
	return func(c *conn) []Reason { return c.noted[kind] }
}

// oddDescription notes a description that is NIL, has bytes that are not ASCII, or a size that
// does not fit.
func (c *conn) oddDescription(r *Reasoner, m *decode.Message, tree *syntax.Node) {
	list := tree.Kid(syntax.KindMessageData)
	if list == nil || !c.later(r) {
		return
	}
	say := func(n *syntax.Node, remedy, format string, args ...any) {
		e := placed(c.ID, m, safe(m.Known.Hide(string(n.Bytes(m.Raw)), mask)))
		e.Off, e.Len = m.Off+int64(n.Span.Start)+m.ElidedBefore(n.Span.Start), int64(n.Span.Len())
		c.keep("structure", Reason{Severity: lint.Warning, Verdict: Server, Evidence: []Evidence{e}, Sentence: fmt.Sprintf(format, args...), Remedy: remedy})
	}
	for i := range list.Kids {
		p := &list.Kids[i]
		if p.Shows&described == 0 || len(p.Kids) < 2 {
			continue
		}
		name := safe(string(p.Kids[0].Bytes(m.Raw)))
		if p.Kids[len(p.Kids)-1].Kind == syntax.KindNIL {
			say(p, "As a client, fetch the whole message if it has no description.", "The server has no description of message %d: %s is NIL, where the grammar has a list.", m.Number, name)
			continue
		}
		for n := range p.All() {
			v := n.Bytes(m.Raw)
			switch {
			case n.Kind == syntax.KindQuoted && !c.utf8 && r.linter.Session(c.ID).Dialect < protocol.IMAP4rev2 && eightBit(string(v)):
				say(n, "Encode text beyond ASCII as RFC 2047 and RFC 2231 specify, or send it in a literal.", "The server sends bytes that are not ASCII in a quoted string of %s of message %d: %s.", name, m.Number, safe(m.Known.Hide(string(v), mask)))
				return
			case n.Role == protocol.RoleSize && n.Kind == syntax.KindNumber && len(v) >= len("4294967296"):
				if size, err := strconv.ParseUint(string(v), 10, 64); err != nil || size > math.MaxUint32 {
					say(n, "As a client, keep sizes in 64 bits.", "The server gives a part of message %d a size that does not fit in 32 bits: %s in %s.", m.Number, safe(string(v)), name)
					return
				}
			}
		}
	}
}
