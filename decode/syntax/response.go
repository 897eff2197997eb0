package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Response parses one message of the server: the response to a command,
// unsolicited data, or the ready for a literal (RFC 1176, "Formal Syntax",
// p. 28).
func (p *Parser) Response(m *wire.Message) *Node { return p.ResponseTo(nil, m) }

// ResponseTo is like Response, for a message that answers a command; nil if that is not
// known. The messages that a search found, and the sets in response codes, are counted as
// the command counts them: by number, or after UID by unique identifier (RFC 3501, "6.4.8.
// UID Command", p. 60).
func (p *Parser) ResponseTo(command *protocol.Row, m *wire.Message) *Node {
	if p.Brief {
		if n := p.briefRow(m); n != nil {
			return n
		}
	}
	p.start(m)
	switch {
	case command == nil:
	case command.UID:
		p.counts = protocol.RoleUID
	default:
		p.counts = protocol.RoleMessageNumber
	}
	if p.lex.Peek() == ' ' {
		p.fail(p.leaf(KindSP, protocol.RoleNone, p.lex.Spaces()), wantTag)
	}
	if p.lex.Done() || p.lex.AtLiteral() {
		p.missing(wantTag)
		return p.finish(KindResponse)
	}
	tag := p.lex.Until(endWord)
	p.leaf(KindTag, protocol.RoleNone, tag)
	if tag.Len() == 1 {
		switch p.raw[tag.Start] {
		case '*':
			if p.sep(wantData) {
				p.unsolicited()
			}
			return p.finish(KindUnsolicited)
		case '+':
			// Servers send "+" with nothing after it, or only a space.
			if p.lex.Peek() == ' ' {
				p.textLine()
			}
			return p.finish(KindReady)
		}
	}
	if p.sep(wantStatus) {
		if wire.IsTaggedData(p.raw, protocol.Words{}) && p.listsOrCounts() {
			p.unsolicited()
			return p.finish(KindUnsolicited)
		}
		p.tagged()
	}
	return p.finish(KindResponse)
}

// listsOrCounts reports whether what follows a tag cannot be text: a number with a
// response's name, or a name before a list, as IMAP3 has data (RFC 1203, "Responses:",
// p. 27).
func (p *Parser) listsOrCounts() bool {
	save := p.lex
	defer func() { p.lex = save }()
	word := p.lex.Until(endWord)
	if isNumber(word.Of(p.raw)) {
		return true
	}
	rest := p.raw[word.End:]
	return len(rest) > 1 && rest[0] == ' ' && rest[1] == '(' || protocol.Lookup(protocol.Response, word.Of(p.raw)).Does(protocol.SaysBye)
}

// tagged parses what follows a tag. RFC 1176's own examples have responses
// without OK, NO or BAD (pp. 9, 12 and 13), which are text.
func (p *Parser) tagged() {
	save := p.lex
	s := p.lex.Until(endWord)
	if protocol.Lookup(protocol.Completion, s.Of(p.raw)) == nil {
		p.lex = save
		p.plain()
		return
	}
	p.leaf(KindStatus, protocol.RoleNone, s)
	p.textLine()
}

// unsolicited parses what follows "*" (p. 28).
func (p *Parser) unsolicited() {
	s := p.lex.Until(endWord)
	numbered := isNumber(s.Of(p.raw))
	number := p.mark()
	if numbered {
		p.leaf(KindNumber, protocol.RoleMessageNumber, s)
		if !p.sep(wantData) {
			return
		}
		s = p.lex.Until(endWord)
	}
	if s.Len() == 0 && !numbered { // a literal
		p.rest(wantData)
		return
	}
	row := protocol.Lookup(protocol.Response, s.Of(p.raw))
	if row != nil && row.Numbered != numbered {
		row = nil
	}
	if row != nil && row.Status {
		p.leaf(KindStatus, protocol.RoleNone, s)
		p.textLine()
		return
	}
	p.leaf(KindData, protocol.RoleNone, s)
	if row == nil {
		p.generic(nil)
		return
	}
	if numbered {
		p.stack[number].Role = row.NumberRole()
	}
	p.data(row)
}

// data parses what follows the name of unsolicited data, as defined by its row.
func (p *Parser) data(row *protocol.Row) {
	if row.Args == nil {
		p.generic(nil)
		return
	}
	if len(row.Args) == 1 && row.Args[0].Form == protocol.ArgNumbers {
		p.row = row
		p.numbers(p.counted(row.Args[0].Role)) // there may be none
		p.row = nil
		return
	}
	p.arguments(row, false)
	if row.Numbered {
		p.spill = protocol.RoleNone
	}
}

// counted returns the role of a number that a search found or a set in a code names: what
// the command counts by, or r if that is not known.
func (p *Parser) counted(r protocol.Role) protocol.Role {
	if p.counts != protocol.RoleNone && (r == protocol.RoleMessageSet || r == protocol.RoleMessageNumber) {
		return p.counts
	}
	return r
}

// searchModSeq is what CONDSTORE appends to them:
//
//	search-sort-mod-seq = "(" "MODSEQ" SP mod-sequence-value ")"
//
// (RFC 7162, "7. Formal Syntax", p. 46).
var searchModSeq = protocol.Arg{Form: protocol.ArgList, Of: []protocol.Arg{{Form: protocol.ArgWord, Word: protocol.SearchResult}}}

// numbers parses the numbers of a SEARCH response. There may be none: that is the
// answer to a search that finds nothing, from some servers with a space after it.
func (p *Parser) numbers(r protocol.Role) {
	for p.lex.Peek() == ' ' {
		p.space()
		if p.lex.Done() {
			return
		}
		if p.lex.Peek() == '(' {
			p.foundList(r)
			continue
		}
		s := p.lex.Until(endWord)
		if s.Len() == 0 {
			return
		}
		n := p.leaf(KindNumber, r, s)
		if !isNumber(s.Of(p.raw)) {
			n.Kind = KindAtom
			p.fail(n, wantNumber)
		}
	}
}
