package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// attributes parses what FETCH asks for: an attribute or a macro, or attributes
// in parentheses (RFC 1176, "Formal Syntax", p. 27). A list after it is not one of them:
// it holds the modifiers of later dialects.
func (p *Parser) attributes() {
	if p.lex.Peek() == '(' {
		p.attributeList()
	} else {
		p.fetchItem(endOfAtt)
	}
	failed := false
	for !p.broken && p.lex.Peek() == ' ' && p.nextField() != '(' && p.more() {
		// "FETCH 1 FLAGS ENVELOPE": clients send it, servers refuse it.
		p.fetchItem(endOfAtt)
		if !failed {
			p.fail(p.last(), wantOneAtt)
			failed = true
		}
	}
}

func (p *Parser) attributeList() {
	mark, ok := p.open()
	if !ok {
		return
	}
	if p.lex.Peek() == ')' {
		p.missing(wantAtt)
	}
	for !p.lex.Done() && p.lex.Peek() != ')' {
		if p.space() {
			continue
		}
		p.fetchItem(endOfAtt)
		if n := p.last(); n.Kind == KindAttribute && protocol.Lookup(protocol.Macro, n.Span.Of(p.raw)) != nil {
			p.fail(n, wantAttInList)
		}
	}
	p.closeList(mark, KindAttributes, protocol.RoleNone)
}

// fetchItem parses a fetch attribute and its arguments, as its row describes them. With
// arguments, it is a KindItem.
func (p *Parser) fetchItem(ends *wire.Set) {
	mark := p.mark()
	p.attribute(ends)
	n := p.last()
	if n.Kind != KindAttribute || p.lex.Peek() != ' ' {
		return
	}
	row := protocol.Lookup(protocol.FetchItem, n.Span.Of(p.raw))
	if row == nil || len(row.Args) == 0 || !p.follows(&row.Args[0], endInList, false) {
		return
	}
	old, spill := p.row, p.spill
	p.row = row
	p.series(row.Args, endInList, false)
	p.row, p.spill = old, spill
	p.close(mark, KindItem, protocol.RoleNone)
}

// attribute parses the name of a fetch attribute or of a property. A section in brackets
// belongs to it.
func (p *Parser) attribute(ends *wire.Set) {
	c := p.lex.Peek()
	if p.lex.AtLiteral() || c == '"' || ends[c] {
		p.value(protocol.RoleNone, endInList)
		if !p.broken {
			p.fail(p.last(), wantAtt)
		}
		return
	}
	s := p.lex.Until(endOfAtt)
	if p.lex.Peek() == '[' {
		p.section(s)
		return
	}
	p.leaf(KindAttribute, protocol.RoleNone, s)
}
