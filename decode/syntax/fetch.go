package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// attributes parses what FETCH asks for: an attribute or a macro, or attributes
// in parentheses (RFC 1176, "Formal Syntax", p. 27). Lists after it are
// modifiers of later dialects.
func (p *Parser) attributes() {
	if p.lex.Peek() == '(' {
		p.attributeList()
	} else {
		p.attribute(endOfAtt)
	}
	failed := false
	for p.more() && !p.broken {
		if p.lex.Peek() == '(' {
			p.list(KindList, protocol.RoleNone)
			continue
		}
		// "FETCH 1 FLAGS ENVELOPE": clients send it, servers refuse it.
		p.attribute(endOfAtt)
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
		if !p.space() {
			p.attribute(endOfAtt)
		}
	}
	p.closeList(mark, KindAttributes, protocol.RoleNone)
}

// attribute parses the name of a fetch attribute or of a property. A section in
// brackets belongs to it; if it is more than one word, the node has kids.
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
	if p.lex.Peek() != '[' {
		p.leaf(KindAttribute, protocol.RoleNone, s)
		return
	}
	save := p.lex
	p.lex.Until(endOfPart)
	if p.lex.Peek() == ']' {
		p.lex.Until(endInList)
		s.End = p.lex.Pos()
		p.leaf(KindAttribute, protocol.RoleNone, s)
		return
	}
	p.lex = save
	p.section(s)
}
