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
	if p.depth > MaxDepth && len(row.Args) > 0 {
		p.rest(wantDepth)
	}
	old := p.row
	p.row = row
	p.series(row.Args, ends, false)
	p.row = old
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

// entryMatch parses CONDSTORE's quoted name of a flag's entry, and the flag's owner.
func (p *Parser) entryMatch(ends *wire.Set) {
	p.quoted(protocol.RoleNone)
	if p.space() {
		p.value(protocol.RoleNone, ends)
	}
}
