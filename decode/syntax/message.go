package syntax

import "imapscope/decode/protocol"

// messageData parses the property list of a FETCH or STORE response (RFC 1176,
// "Formal Syntax", p. 27).
func (p *Parser) messageData() {
	if p.lex.Peek() != '(' {
		p.rest(wantProps)
		return
	}
	mark, ok := p.open()
	if !ok {
		return
	}
	if p.lex.Peek() == ')' {
		p.missing(wantProp)
	}
	for first := true; !p.lex.Done() && p.lex.Peek() != ')'; {
		if p.space() {
			first = true
			continue
		}
		if !first {
			p.missing(wantSP)
		}
		first = false
		p.property()
	}
	p.closeList(mark, KindMessageData, protocol.RoleNone)
}

func (p *Parser) property() {
	mark := p.mark()
	p.attribute(endInList)
	v, row := p.valueOf(p.last())
	shows := p.shows(mark, row)
	if v == nil {
		return // not a name
	}
	old := p.row
	if row != nil {
		p.row = row
	}
	switch {
	case p.lex.Done() || p.lex.Peek() == ')':
		p.missing(wantValue)
	case p.lex.Peek() == '(':
		p.missing(wantSP)
		p.propertyValue(v)
	case p.lex.AtLiteral(): // which reports what is missing itself
		p.propertyValue(v)
	case p.sep(wantValue):
		p.propertyValue(v)
	}
	p.row = old
	p.close(mark, KindProperty, protocol.RoleNone).Shows = shows
}

// shows returns what the property whose name is at mark shows; row is the row of its value.
func (p *Parser) shows(mark int, row *protocol.Row) protocol.Shows {
	n := &p.stack[mark]
	if n.Kind == KindAttribute && row != nil && row.Kind == protocol.Property {
		return row.Shows // it was found by the whole name
	}
	return protocol.ShowsOf(n.Span.Of(p.raw))
}

// Values whose properties have no row with more detail.
var (
	anyValue    = protocol.Arg{Form: protocol.ArgValue}
	headerValue = protocol.Arg{Form: protocol.ArgNString, Role: protocol.RoleHeader}
	bodyValue   = protocol.Arg{Form: protocol.ArgNString, Role: protocol.RoleBody}
)

// valueOf returns the form and role of the value of a property, and the row that has
// them, if one has; nil if n is not the name of one.
func (p *Parser) valueOf(n *Node) (*protocol.Arg, *protocol.Row) {
	if n.Kind != KindAttribute && n.Kind != KindSection {
		return nil, nil
	}
	row := protocol.Lookup(protocol.Property, n.Span.Of(p.raw))
	switch {
	case n.Kind == KindSection && (row == nil || len(row.Args) == 0):
		return &bodyValue, nil
	case row == nil || len(row.Args) == 0:
		return &anyValue, nil
	case n.Kind == KindSection && row.Args[0].Role == protocol.RoleMessage:
		return p.sectionValue(n, &row.Args[0]), row
	}
	return &row.Args[0], row
}

// sectionValue returns the form and role of a section of a message: whole is that of one
// without a part number and a word.
func (p *Parser) sectionValue(n *Node, whole *protocol.Arg) *protocol.Arg {
	part := n.Kid(KindPart)
	word := n.Kid(KindWord)
	switch {
	case word != nil && protocol.Lookup(protocol.Section, word.Span.Of(p.raw)).InHeader(),
		word == nil && part != nil && isHeaderPart(part.Span.Of(p.raw)):
		return &headerValue
	case word != nil || part != nil || n.Kid(KindAtom) != nil:
		return &bodyValue
	}
	return whole
}

// isHeaderPart reports whether a part number is that of the header of a message, or of a
// message in it: 0, as in BODY[0] and BODY[4.0] (RFC 1730, "6.4.5. FETCH Command", p. 30).
func isHeaderPart(part []byte) bool {
	n := len(part)
	return part[n-1] == '0' && (n == 1 || part[n-2] == '.')
}

func (p *Parser) propertyValue(v *protocol.Arg) {
	c := p.lex.Peek()
	if c == ')' {
		p.missing(wantValue)
		return
	}
	if c == '(' && len(p.instead) > 0 && p.follows(&p.instead[0], endInList, true) {
		v = &p.instead[0]
	}
	if v.Form == protocol.ArgNString {
		p.nstring(v.Role, endInList, wantString)
		return
	}
	p.argument(v, endInList)
}

// date parses an internal date (p. 26). RFC 1176 has one form, its examples
// and servers several.
func (p *Parser) date(r protocol.Role) {
	p.nstring(r, endInList, wantDate)
	n := p.last()
	if n.Kind == KindQuoted && n.Err == nil && !isDate(n.Span.Of(p.raw)) {
		p.fail(n, wantDate)
	}
}
