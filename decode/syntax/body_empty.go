package syntax

import "imapscope/decode/protocol"

// Body structures that no grammar has, and servers send: a multipart without parts, which
// has only its subtype, or NIL before it; and a message with NIL for its envelope and its
// structure.

// noEnvelope are the fields of such a message.
var noEnvelope = [...]bodyField{
	{protocol.RoleNone, bodyString, wantBodyEnv},
	{protocol.RoleNone, bodyString, wantBody},
}

// nilTwice reports whether NIL, NIL and a number come next.
func (p *Parser) nilTwice() bool {
	save := p.lex
	defer func() { p.lex = save }()
	for range 2 {
		p.lex.Spaces()
		if !isNIL(p.lex.Until(endInList).Of(p.raw)) {
			return false
		}
	}
	return isDigit(p.nextField())
}

// partless reports whether a multipart without parts comes next: a string and a list, where
// a part has two strings; or NIL, a string and a list, without the number that is a field of
// every part.
func (p *Parser) partless() bool {
	save := p.lex
	defer func() { p.lex = save }()
	if p.lex.Peek() == '"' {
		_, closed := p.lex.Quoted()
		return closed && p.nextField() == '('
	}
	if !isNIL(p.lex.Until(endInList).Of(p.raw)) || p.nextField() != '"' {
		return false
	}
	p.lex.Spaces()
	_, closed := p.lex.Quoted()
	return closed && p.nextField() == '(' && !p.numberInList()
}

// numberInList reports whether a number comes before the end of the list, outside the lists
// and strings in it.
func (p *Parser) numberInList() bool {
	for depth := 0; !p.lex.Done() && !p.lex.AtLiteral(); {
		switch c := p.lex.Peek(); {
		case c == '"':
			p.lex.Quoted()
		case p.lex.Byte('('):
			depth++
		case p.lex.Byte(')'):
			if depth--; depth < 0 {
				return false
			}
		case c == ' ':
			p.lex.Spaces()
		default:
			w := p.lex.Until(endInList)
			if w.Len() == 0 || depth == 0 && isNumber(w.Of(p.raw)) {
				return w.Len() > 0
			}
		}
	}
	return true // what ends early is not known to have none
}

// emptyMultipart parses a multipart without parts.
func (p *Parser) emptyMultipart(extended bool) {
	subtype := bodyField{protocol.RoleSubtype, bodyString, wantSubtype}
	if p.lex.Peek() == '"' {
		p.missing(wantBody)
		p.bodyValue(&subtype)
	} else {
		p.misplaced(protocol.RoleNone, wantBody)
		p.bodyField(&subtype)
	}
	if !p.broken && extended {
		p.extension(multipartFields[:])
	}
}
