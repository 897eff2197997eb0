package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// search parses criteria up to the end of the line.
func (p *Parser) search() {
	p.criterion(endWord)
	for !p.broken && p.more() {
		p.criterion(endWord)
	}
}

// criterion parses one search key with its arguments.
func (p *Parser) criterion(ends *wire.Set) {
	c := p.lex.Peek()
	switch {
	case c == '(': // IMAP4
		p.criteria()
		return
	case c == '"' || p.lex.AtLiteral() || ends[c]:
		p.value(protocol.RoleSearchText, ends)
		if !p.broken {
			p.fail(p.last(), wantSearch)
		}
		return
	}
	s := p.lex.Until(ends)
	row := protocol.Lookup(protocol.SearchKey, s.Of(p.raw))
	if row == nil && isSequence(s.Of(p.raw)) { // IMAP4
		p.leaf(KindSequence, protocol.RoleMessageNumber, s)
		return
	}
	mark := p.mark()
	p.leaf(KindKey, protocol.RoleNone, s)
	p.depth++ // "NOT NOT NOT" nests without parentheses
	if row != nil {
		p.keyArguments(row, ends)
	}
	p.depth--
	p.close(mark, KindSearchKey, protocol.RoleNone)
}

// keyArguments parses the arguments of a search key, as defined by its row. The formal
// syntax gives UNKEYWORD none; the prose does.
func (p *Parser) keyArguments(row *protocol.Row, ends *wire.Set) {
	for i := range row.Args {
		a := &row.Args[i]
		if p.depth > MaxDepth {
			p.rest(wantDepth)
		}
		if a.Optional && !p.hasOptional(a) {
			continue
		}
		if !p.keySep(ends) {
			return
		}
		p.keyArgument(a, ends)
	}
}

// hasOptional reports whether an optional argument comes next.
func (p *Parser) hasOptional(a *protocol.Arg) bool {
	if p.lex.Peek() != ' ' {
		return false
	}
	if a.Form != protocol.ArgEntryMatch {
		return true
	}
	before := p.lex
	p.lex.Spaces()
	quoted := p.lex.Peek() == '"'
	p.lex = before
	return quoted
}

// criteria parses search keys in parentheses.
func (p *Parser) criteria() {
	mark, ok := p.open()
	if !ok {
		return
	}
	for !p.lex.Done() && p.lex.Peek() != ')' {
		if !p.space() {
			p.criterion(endInList)
		}
	}
	p.closeList(mark, KindList, protocol.RoleNone)
}

// keySep parses the space before a search key's argument.
func (p *Parser) keySep(ends *wire.Set) bool {
	if ends == endInList && p.lex.Peek() == ')' {
		p.missing(wantString)
		return false
	}
	return p.sep(wantString)
}

func (p *Parser) keyArgument(a *protocol.Arg, ends *wire.Set) {
	switch a.Form {
	case protocol.ArgString:
		p.stringUntil(a.Role, ends)
	case protocol.ArgSearchKey:
		p.criterion(ends)
	case protocol.ArgEntryMatch:
		p.quoted(protocol.RoleNone)
		if p.keySep(ends) {
			p.value(protocol.RoleNone, ends)
		}
	default:
		p.value(a.Role, ends)
	}
}
