package syntax

import (
	"bytes"

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
	key, _ := protocol.Inverse(s.Of(p.raw))
	row := protocol.Lookup(protocol.SearchKey, key)
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
	p.closeList(mark, KindGroup, protocol.RoleNone)
}

// entryMatch parses CONDSTORE's quoted name of a flag's entry, and its type:
//
//	search-modsequence = "MODSEQ" [search-modseq-ext] SP mod-sequence-valzer
//	search-modseq-ext  = SP entry-name SP entry-type-req
//	entry-type-req     = entry-type-resp / "all"
//	entry-type-resp    = "priv" / "shared"
//
// (RFC 7162, "7. Formal Syntax", pp. 45 and 46).
func (p *Parser) entryMatch(ends *wire.Set) {
	p.quoted(protocol.RoleEntry)
	if p.space() {
		p.value(protocol.RoleEntryPart, ends)
	}
}

// placeRange parses a range of places in a result:
//
//	partial-range-first = nz-number ":" nz-number
//	partial-range-last  = MINUS nz-number ":" MINUS nz-number
//
// (RFC 9394, "4. Formal Syntax").
func (p *Parser) placeRange(a *protocol.Arg, ends *wire.Set) {
	if ends[p.lex.Peek()] || p.lex.AtLiteral() || p.lex.Peek() == '"' || p.lex.Peek() == '(' {
		p.value(a.Role, ends)
		if !p.broken {
			p.fail(p.last(), wantRange)
		}
		return
	}
	s := p.lex.Until(ends)
	n := p.leaf(KindSequence, a.Role, s)
	from, to, ok := bytes.Cut(s.Of(p.raw), []byte(":"))
	minus := bytes.HasPrefix(from, []byte("-"))
	if minus && bytes.HasPrefix(to, []byte("-")) {
		from, to = from[1:], to[1:]
	}
	if !ok || !isNumber(from) || !isNumber(to) {
		p.fail(n, wantRange)
	}
}

// thread parses a thread of messages:
//
//	thread-list    = "(" (thread-members / thread-nested) ")"
//	thread-members = nz-number *(SP nz-number) [SP thread-nested]
//	thread-nested  = 2*thread-list
//
// (RFC 5256, "5. Formal Syntax of SORT and THREAD Commands and Responses", p. 15).
func (p *Parser) thread() {
	if p.lex.Peek() != '(' {
		p.misplaced(protocol.RoleMessageSet, wantThread)
		return
	}
	mark, ok := p.open()
	if !ok {
		return
	}
	if p.atEnd() {
		p.missing(wantMember)
	}
	for first := true; !p.broken && !p.atEnd(); first = false {
		if !first && p.lex.Peek() != '(' && !p.fieldSep() {
			p.missing(wantMember)
			break
		}
		if p.lex.Peek() == '(' {
			p.thread()
			continue
		}
		p.value(p.counted(protocol.RoleMessageSet), endInList)
		if n := p.last(); n.Kind != KindNumber && !p.broken {
			p.fail(n, wantMember)
		}
	}
	p.closeList(mark, KindThread, protocol.RoleNone)
}

// foundList parses a list in a SEARCH response: what CONDSTORE appends to the numbers, or
// the numbers and the criteria of IMAP3:
//
//	search_notify ::= "SEARCH" SP (numbers) SP (criteria)
//	numbers       ::= 1#NUMBER
//
// (RFC 1203, "Formal Syntax:", p. 40; the parentheses are those of "Responses:", p. 30).
func (p *Parser) foundList(r protocol.Role) {
	save := p.lex
	p.lex.Byte('(')
	word := p.lex.Until(endInList).Of(p.raw)
	p.lex = save
	switch {
	case protocol.Lookup(protocol.SearchResult, word) != nil:
		p.argument(&searchModSeq, endInList)
	case isNumber(word) || len(word) == 0:
		p.group(&protocol.Arg{Form: protocol.ArgList, Of: []protocol.Arg{{Form: protocol.ArgNumber, Role: r, Optional: true, Repeat: true}}})
	default:
		p.criteria()
	}
}
