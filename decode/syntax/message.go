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
	for !p.lex.Done() && p.lex.Peek() != ')' {
		if !p.space() {
			p.property()
		}
	}
	p.closeList(mark, KindMessageData, protocol.RoleNone)
}

func (p *Parser) property() {
	mark := p.mark()
	p.attribute(endInList)
	name := p.last()
	v := p.valueOf(name)
	if v == nil {
		return // not a name
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
	p.close(mark, KindProperty, protocol.RoleNone)
}

// Values whose properties have no row with more detail.
var (
	anyValue  = protocol.Arg{Form: protocol.ArgValue}
	bodyValue = protocol.Arg{Form: protocol.ArgValue, Role: protocol.RoleBody}
)

// valueOf returns the form and role of the value of a property; nil if n is not
// the name of one.
func (p *Parser) valueOf(n *Node) *protocol.Arg {
	switch n.Kind {
	case KindSection:
		return &bodyValue
	case KindAttribute:
	default:
		return nil
	}
	name := n.Span.Of(p.raw)
	row := protocol.Lookup(protocol.Property, name)
	end := name[len(name)-1]
	switch section := end == ']' || end == '>'; {
	case row != nil && len(row.Args) > 0 && (!section || len(name) == len(row.Name)):
		return &row.Args[0]
	case section:
		return &bodyValue
	}
	return &anyValue
}

func (p *Parser) propertyValue(v *protocol.Arg) {
	c := p.lex.Peek()
	if c == ')' {
		p.missing(wantValue)
		return
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
