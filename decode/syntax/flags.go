package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// flagList parses a flag, or flags in parentheses (RFC 1176, "Formal Syntax",
// p. 27). Two forms are not in the grammar, but occur on the wire: empty
// parentheses, and several flags without parentheses.
func (p *Parser) flagList(ends *wire.Set) {
	if p.lex.Peek() != '(' {
		p.odd = true
		mark := p.mark()
		p.flag(ends)
		for ends == endWord && !p.broken && p.more() {
			p.flag(ends)
		}
		p.close(mark, KindFlagList, protocol.RoleNone)
		return
	}
	mark, ok := p.open()
	if !ok {
		return
	}
	for !p.lex.Done() && p.lex.Peek() != ')' {
		if !p.space() {
			p.flag(endInList)
		}
	}
	p.closeList(mark, KindFlagList, protocol.RoleNone)
}

func (p *Parser) flag(ends *wire.Set) {
	c := p.lex.Peek()
	if p.lex.AtLiteral() || c == '"' || c == '(' || ends[c] {
		p.value(protocol.RoleNone, ends)
		if !p.broken {
			p.fail(p.last(), wantFlag)
		}
		return
	}
	p.leaf(KindFlag, protocol.RoleNone, p.lex.Until(ends))
}

// mailboxAttributes parses flags in parentheses, each with the role of the argument; there
// may be none.
func (p *Parser) mailboxAttributes(a *protocol.Arg) {
	if p.lex.Peek() != '(' {
		p.misplaced(a.Role, p.wanted(a))
		return
	}
	mark, ok := p.open()
	if !ok {
		return
	}
	for !p.lex.Done() && p.lex.Peek() != ')' {
		if p.space() {
			continue
		}
		p.flag(endInList)
		if n := p.last(); n.Kind == KindFlag {
			n.Role = a.Role
		}
	}
	p.closeList(mark, KindFlagList, a.Role)
}
