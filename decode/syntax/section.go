package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// section parses the "[HEADER.FIELDS (TO CC)]<0>" that follows name. It is not in
// RFC 1176.
func (p *Parser) section(name wire.Span) {
	mark := p.mark()
	p.leaf(KindAttribute, protocol.RoleNone, name)
	p.punct('[', KindOpen)
	for !p.lex.Done() && p.lex.Peek() != ']' {
		switch {
		case p.blank():
		case p.lex.Peek() == ')':
			p.rest(wantBracket)
		case p.lex.Peek() == '(':
			p.list(KindList, protocol.RoleField)
		default:
			p.value(protocol.RoleNone, endSection)
		}
	}
	if p.punct(']', KindClose) {
		if part := p.lex.Until(endInList); part.Len() > 0 {
			p.leaf(KindAtom, protocol.RoleNone, part)
		}
	} else {
		p.missing(wantBracket)
	}
	p.close(mark, KindSection, protocol.RoleNone)
}

// punct parses c as a leaf, if it comes next.
func (p *Parser) punct(c byte, k Kind) bool {
	at := p.lex.Pos()
	if !p.lex.Byte(c) {
		return false
	}
	p.leaf(k, protocol.RoleNone, wire.Span{Start: at, End: at + 1})
	return true
}
