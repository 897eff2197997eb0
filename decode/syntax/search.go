package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// searchKeys are the criteria of SEARCH (RFC 1176, pp. 16 and 28) and their
// arguments, one letter each: s a string, d a date, f a flag, F a flag that may be missing,
// h the name of a
// header field, q a sequence of unique identifiers, k another
// criterion, a anything. The formal syntax leaves FROM and SUBJECT out, and
// gives UNKEYWORD no argument; the prose knows better.
var searchKeys = map[string]string{
	"ALL": "", "ANSWERED": "", "BCC": "s", "BEFORE": "d", "BODY": "s", "CC": "s", "DELETED": "", "FLAGGED": "",
	"FROM": "s", "KEYWORD": "f", "NEW": "", "OLD": "", "ON": "d", "RECENT": "", "SEEN": "", "SINCE": "d",
	"SUBJECT": "s", "TEXT": "s", "TO": "s", "UNANSWERED": "", "UNDELETED": "", "UNFLAGGED": "",
	"UNKEYWORD": "F", "UNSEEN": "",

	// Later dialects'.
	"CHARSET": "a", "HEADER": "hs", "LARGER": "a", "SMALLER": "a", "NOT": "k", "OR": "kk", "UID": "q",
	"SENTBEFORE": "d", "SENTON": "d", "SENTSINCE": "d", "RETURN": "a", "FUZZY": "k", "OLDER": "a", "YOUNGER": "a",
	"SAVEDBEFORE": "d", "SAVEDON": "d", "SAVEDSINCE": "d",
}

// search takes criteria up to the end of the line.
func (p *Parser) search() {
	p.criterion(endWord)
	for !p.broken && p.more() {
		p.criterion(endWord)
	}
}

// criterion takes one search key with its arguments.
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
	args, known := searchKeys[string(p.fold(s))]
	if !known && isSequence(s.Of(p.raw)) { // IMAP4
		p.leaf(KindSequence, protocol.RoleMessageNumber, s)
		return
	}
	mark := p.mark()
	p.leaf(KindKey, protocol.RoleNone, s)
	p.depth++ // "NOT NOT NOT" nests without parentheses
	for i := range len(args) {
		if p.depth > MaxDepth {
			p.rest(wantDepth)
		}
		if args[i] == 'F' && p.lex.Peek() != ' ' {
			break
		}
		if !p.keySep(ends) {
			break
		}
		p.searchArg(args[i], ends)
	}
	p.depth--
	p.close(mark, KindSearchKey, protocol.RoleNone)
}

// criteria takes search keys in parentheses.
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

// keySep takes the space before a search key's argument.
func (p *Parser) keySep(ends *wire.Set) bool {
	if ends == endInList && p.lex.Peek() == ')' {
		p.missing(wantString)
		return false
	}
	return p.sep(wantString)
}

func (p *Parser) searchArg(letter byte, ends *wire.Set) {
	switch letter {
	case 's':
		p.stringUntil(protocol.RoleSearchText, ends)
	case 'd':
		p.stringUntil(protocol.RoleSearchDate, ends)
	case 'f', 'F':
		p.stringUntil(protocol.RoleFlag, ends)
	case 'h':
		p.stringUntil(protocol.RoleField, ends)
	case 'q':
		p.value(protocol.RoleUID, ends)
	case 'k':
		p.criterion(ends)
	default:
		p.value(protocol.RoleNone, ends)
	}
}
