package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Where words end. An atom is "delimited by SP or CRLF" (p. 9); within a list
// its parentheses end one too.
var (
	endWord    = wire.SetOf(" ")
	endInList  = wire.SetOf(" ()")
	endInCode  = wire.SetOf(" ()]")
	endOfAtt   = wire.SetOf(" ()[")
	endSection = wire.SetOf(` ()]"`)
	endOfCode  = wire.SetOf(`()]"`)

	delimits = wire.SetOf(" ([") // what a string can follow
)

// stringUntil parses a string: literal, quoted string or atom, in this order (p. 9).
func (p *Parser) stringUntil(r protocol.Role, ends *wire.Set) {
	switch {
	case p.literal(r):
	case p.lex.Peek() == '"':
		p.quoted(r)
	default:
		p.leaf(KindAtom, r, p.lex.Until(ends))
	}
}

func (p *Parser) quoted(r protocol.Role) {
	s, closed := p.lex.Quoted()
	bare := closed && s.Len() == len(`""`) && p.bareQuotes(&s)
	n := p.leaf(KindQuoted, r, s)
	if bare {
		p.fail(n, wantEscape)
	}
	if !closed {
		p.fail(n, wantQuote)
		p.broken = true
		p.literals(r)
	}
}

// bareQuotes extends s, which is `""`, if it begins the string `""""`, by which servers
// mean `"\"\""`. It reports whether it does.
func (p *Parser) bareQuotes(s *wire.Span) bool {
	if p.lex.Peek() != '"' {
		return false
	}
	save := p.lex
	second, closed := p.lex.Quoted()
	if c := p.lex.Peek(); closed && second.Len() == len(`""`) && (c == ' ' || c == ')' || c == 0) {
		s.End = second.End
		return true
	}
	p.lex = save
	return false
}

// literals parses what is left of the line, with a role.
func (p *Parser) literals(r protocol.Role) {
	old := p.spill
	p.spill = r
	p.rest(wantCRLF)
	p.spill = old
}

// literal parses a literal if one comes next. A fault at its head (no space before it,
// a line end that is not CRLF) does not change what it is.
func (p *Parser) literal(r protocol.Role) bool {
	lit := p.lex.Literal()
	if lit == nil {
		return false
	}
	if at := lit.Head.Start; at > 0 && !delimits[p.raw[at-1]] && !p.broken { // "RFC822.TEXT{27}"
		p.fail(p.leaf(KindMissing, protocol.RoleNone, wire.Span{Start: at, End: at}), wantSP)
	}
	mark := p.mark()
	head := p.leaf(KindLiteralHead, protocol.RoleNone, lit.Head)
	if !endsInCRLF(lit.Head.Of(p.raw)) {
		p.fail(head, wantCRLF)
	}
	p.leaf(KindLiteralBody, r, lit.Body)
	p.close(mark, KindLiteral, r)
	if lit.State != wire.Complete && p.lex.Done() {
		p.broken = true // the message was cut short here
	}
	return true
}

// endsInCRLF reports whether the line end of an announcement is one CR and LF, as far
// as it was kept.
func endsInCRLF(head []byte) bool {
	n := len(head)
	if n < len("{0}\n") || head[n-1] != '\n' {
		return true
	}
	return head[n-2] == '\r' && head[n-3] != '\r'
}

// value parses anything: a list, a string, NIL, a number, a sequence, a flag.
// Something must be there. It is the grammar of everything not in RFC 1176.
func (p *Parser) value(r protocol.Role, ends *wire.Set) {
	switch c := p.lex.Peek(); {
	case c == '(':
		p.list(KindList, r)
	case c == '"':
		p.quoted(r)
	case p.literal(r):
	case ends[c] || c == 0 && p.lex.Done():
		p.rest(wantString)
	default:
		s := p.lex.Until(ends)
		p.leaf(kindOfWord(s.Of(p.raw)), r, s)
	}
}

// kindOfWord returns the kind of a bare word, by its form.
func kindOfWord(w []byte) Kind {
	switch c := w[0]; {
	case c == '\\':
		return KindFlag
	case isNIL(w):
		return KindNIL
	case isNumber(w):
		return KindNumber
	case (isDigit(c) || c == '*') && isSequence(w) && len(w) > 1:
		return KindSequence
	}
	return KindAtom
}

// list parses "(" and values up to ")".
func (p *Parser) list(k Kind, r protocol.Role) {
	mark, ok := p.open()
	if !ok {
		return
	}
	for !p.lex.Done() && p.lex.Peek() != ')' {
		if !p.blank() {
			p.value(r, endInList)
		}
	}
	p.closeList(mark, k, r)
}

// open parses "(". It reports false if that is one level too deep; the rest of the
// line is then one piece. closeList must follow.
func (p *Parser) open() (mark int, ok bool) {
	if p.depth == MaxDepth {
		p.rest(wantDepth)
		return 0, false
	}
	p.depth++
	mark = p.mark()
	at := p.lex.Pos()
	p.lex.Byte('(')
	p.leaf(KindOpen, protocol.RoleNone, wire.Span{Start: at, End: at + 1})
	return mark, true
}

// closeList parses ")" and makes one node of all those since mark. Anything left
// before the ")" is an error.
func (p *Parser) closeList(mark int, k Kind, r protocol.Role) *Node {
	p.depth--
	failed := false
	for !p.lex.Done() && p.lex.Peek() != ')' {
		if p.space() {
			continue
		}
		p.value(protocol.RoleNone, endInList)
		if !failed && !p.broken {
			p.fail(p.last(), wantClose)
			failed = true
		}
	}
	if at := p.lex.Pos(); p.lex.Byte(')') {
		p.leaf(KindClose, protocol.RoleNone, wire.Span{Start: at, End: at + 1})
	} else {
		p.missing(wantClose)
	}
	return p.close(mark, k, r)
}

// generic parses arguments of any kind up to the end of the line; their roles
// are known by place, and the last role is that of all further ones.
func (p *Parser) generic(args []protocol.Arg) {
	if p.lex.Peek() != ' ' {
		return
	}
	for i := 0; !p.lex.Done(); {
		if p.blank() {
			continue
		}
		r := protocol.RoleNone
		if len(args) > 0 {
			r = args[min(i, len(args)-1)].Role
		}
		c := p.lex.Peek()
		switch {
		case c == '(' && (r == protocol.RoleReference || r == protocol.RoleMessage):
			// Options before LIST's arguments, flags before APPEND's message.
			p.list(KindList, protocol.RoleNone)
			continue
		case c == '"' && r == protocol.RoleMessage:
			p.quoted(protocol.RoleInternalDate)
			continue
		}
		p.value(r, endWord)
		i++
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNumber(w []byte) bool {
	for _, c := range w {
		if !isDigit(c) {
			return false
		}
	}
	return len(w) > 0
}

func isNIL(w []byte) bool {
	return len(w) == 3 && w[0]|0x20 == 'n' && w[1]|0x20 == 'i' && w[2]|0x20 == 'l'
}

// isSequence reports whether w is numbers with "," and ":" between them
// (p. 28), or "*" in place of a number, which is IMAP4's.
func isSequence(w []byte) bool {
	number := false // the byte before is part of a number
	for i, c := range w {
		switch {
		case isDigit(c):
			if i > 0 && w[i-1] == '*' {
				return false
			}
			number = true
		case c == '*':
			if number {
				return false
			}
			number = true
		case c == ',' || c == ':':
			if !number {
				return false
			}
			number = false
		default:
			return false
		}
	}
	return number
}
