package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// series parses arguments in order, as the row that is current describes them, with one
// space before each, except before the first one if first. Ends are the bytes that end a
// word. It reports whether all of them were there.
func (p *Parser) series(args []protocol.Arg, ends *wire.Set, first bool) bool {
	for i := range args {
		a := &args[i]
		p.spill = a.Role
		for n := 0; ; n++ {
			adjacent := a.Adjacent && n > 0
			if p.broken || (a.Optional || n > 0) && (p.lex.Done() || !p.follows(a, ends, first || adjacent)) {
				if p.broken || !adjacent || !p.follows(a, ends, false) {
					break
				}
				p.fail(p.leaf(KindSP, protocol.RoleNone, p.lex.Spaces()), wantTogether)
			}
			switch {
			case first && (p.lex.Done() || p.lex.Peek() == ')'):
				p.missing(p.wanted(a))
				return false
			case first || adjacent:
			case !p.argSep(a, ends):
				return false
			}
			first = false
			at := p.lex.Pos()
			p.argument(a, ends)
			if !a.Repeat || p.lex.Pos() == at {
				break
			}
		}
	}
	return !p.broken
}

// argSep parses the space before an argument. It reports whether the argument follows.
func (p *Parser) argSep(a *protocol.Arg, ends *wire.Set) bool {
	if c := p.lex.Peek(); ends == endWord && (c == ' ' || c == 0 || p.row == nil || p.row.Ref.RFC == 1176) {
		return p.sep(p.wanted(a))
	}
	if p.lex.Done() || ends[p.lex.Peek()] && p.lex.Peek() != ' ' && p.lex.Peek() != '(' {
		p.missing(p.wanted(a))
		return false
	}
	if !p.space() {
		p.missing(wantSP)
	}
	return !p.lex.Done()
}

// follows reports whether an argument that may be missing comes next, at once or after a
// space.
func (p *Parser) follows(a *protocol.Arg, ends *wire.Set, atOnce bool) bool {
	before := p.lex
	ok := (atOnce || p.lex.Spaces().Len() > 0) && !p.lex.Done() && p.begins(a, ends)
	p.lex = before
	return ok
}

// begins reports whether what comes next can be the argument. It consumes a part of it.
func (p *Parser) begins(a *protocol.Arg, ends *wire.Set) bool {
	c := p.lex.Peek()
	if c == ')' || c == ']' && ends == endInCode {
		return false
	}
	switch a.Form {
	case protocol.ArgList:
		return p.opens(a)
	case protocol.ArgThread, protocol.ArgBody, protocol.ArgStructure, protocol.ArgMessageData,
		protocol.ArgAttributes, protocol.ArgFetchList:
		return c == '('
	case protocol.ArgSeries, protocol.ArgChoice:
		for i := range a.Of {
			before := p.lex
			if p.begins(&a.Of[i], ends) || a.Form == protocol.ArgSeries && isWord(c) && a.Of[i].Form == protocol.ArgName {
				return true // a series can begin with a word that no table has
			}
			if p.lex = before; a.Form == protocol.ArgSeries && !a.Of[i].Optional {
				return false
			}
		}
		return false
	case protocol.ArgNumber, protocol.ArgNumbers:
		return isDigit(c)
	case protocol.ArgSequence:
		return isDigit(c) || c == '*' || c == '$'
	case protocol.ArgFlags:
		return c == '(' || c == '\\'
	case protocol.ArgDateTime:
		return c == '"'
	case protocol.ArgKeyword:
		return protocol.SameName(p.lex.Until(ends).Of(p.raw), a.Name)
	case protocol.ArgName, protocol.ArgWord:
		return isWord(c) && (a.Repeat || protocol.Lookup(a.Word, p.lex.Until(ends).Of(p.raw)) != nil) ||
			c == '"' && a.Quoted
	case protocol.ArgLiteral:
		return p.lex.AtLiteral()
	case protocol.ArgNIL:
		return isNIL(p.lex.Until(ends).Of(p.raw))
	case protocol.ArgEntryMatch:
		return c == '"'
	}
	return c != '('
}

// opens reports whether a list comes next that can be the argument. Where the list must
// begin with a certain word, or one that has a row, other lists are other arguments.
func (p *Parser) opens(a *protocol.Arg) bool {
	if !p.lex.Byte('(') {
		return false
	}
	if len(a.Of) == 0 || a.Of[0].Form != protocol.ArgWord && a.Of[0].Form != protocol.ArgKeyword || a.Of[0].Repeat {
		return true
	}
	return p.begins(&a.Of[0], endInList)
}

// isWord reports whether a byte can begin a word.
func isWord(c byte) bool {
	return c > ' ' && c != '(' && c != ')' && c != '"' && c < 0x7f
}

// argument parses one argument; it begins here.
func (p *Parser) argument(a *protocol.Arg, ends *wire.Set) {
	switch a.Form {
	case protocol.ArgString:
		p.stringUntil(a.Role, ends)
	case protocol.ArgNString:
		p.nstring(a.Role, ends, wantNString)
	case protocol.ArgLiteral, protocol.ArgNIL, protocol.ArgNumber:
		p.only(a, ends)
	case protocol.ArgSequence:
		p.sequence(a.Role, ends)
	case protocol.ArgFindOption:
		p.option()
	case protocol.ArgFetchItems:
		p.attributes()
	case protocol.ArgFetchItem:
		p.fetchItem(endOfAtt)
	case protocol.ArgRange:
		p.placeRange(a, ends)
	case protocol.ArgThread:
		p.thread()
	case protocol.ArgStoreItem:
		p.store()
	case protocol.ArgSearchKey:
		p.criterion(ends)
	case protocol.ArgSearchKeys:
		p.search()
	case protocol.ArgFlags:
		p.flagList(ends)
	case protocol.ArgAttributes:
		p.mailboxAttributes(a)
	case protocol.ArgFetchList:
		p.attributeList()
	case protocol.ArgNumbers:
		p.numbers(a.Role)
	case protocol.ArgDateTime:
		p.date(a.Role)
	case protocol.ArgEnvelope:
		p.sizedEnvelope()
	case protocol.ArgMessageData:
		p.instead = a.Of
		p.messageData()
		p.instead = nil
	case protocol.ArgEntryMatch:
		p.entryMatch(ends)
	case protocol.ArgBody, protocol.ArgStructure:
		p.body(a.Form == protocol.ArgStructure)
	case protocol.ArgList:
		p.group(a)
	case protocol.ArgSeries:
		mark := p.mark()
		p.series(a.Of, ends, true)
		p.close(mark, KindItem, a.Role)
	case protocol.ArgChoice:
		p.choice(a, ends)
	case protocol.ArgKeyword, protocol.ArgName, protocol.ArgWord:
		p.word(a, ends)
	default:
		p.value(a.Role, ends)
	}
}

// only parses a value, and reports one that has another form.
func (p *Parser) only(a *protocol.Arg, ends *wire.Set) {
	role := a.Role
	if p.uid && role == protocol.RoleMessageNumber {
		role = protocol.RoleUID
	}
	p.value(role, ends)
	n := p.last()
	var ok bool
	switch a.Form {
	case protocol.ArgLiteral:
		ok = n.Kind == KindLiteral
	case protocol.ArgNIL:
		ok = n.Kind == KindNIL
	default:
		ok = n.Kind == KindNumber
	}
	if !ok && !p.broken {
		p.fail(n, p.wanted(a))
	}
}

// choice parses the first of several arguments that can come next, or the last one.
func (p *Parser) choice(a *protocol.Arg, ends *wire.Set) {
	for i := range a.Of {
		before := p.lex
		begins := i == len(a.Of)-1 || p.begins(&a.Of[i], ends)
		p.lex = before
		if begins {
			p.argument(&a.Of[i], ends)
			return
		}
	}
}

// word parses a word of the protocol. If arguments follow it, the two are a KindItem. A
// word that no table has is an atom, and what follows it any values: newer extensions
// are no errors.
func (p *Parser) word(a *protocol.Arg, ends *wire.Set) {
	s, name := p.name(a, ends)
	if s.Len() == 0 || a.Form == protocol.ArgKeyword && !protocol.SameName(name, a.Name) {
		p.lex.Back(s.Start)
		p.value(a.Role, ends)
		if !p.broken {
			p.fail(p.last(), p.wanted(a))
		}
		return
	}
	mark := p.mark()
	args, kind := a.Of, protocol.Keyword
	if a.Form != protocol.ArgKeyword {
		row := protocol.Lookup(a.Word, name)
		if row == nil {
			p.unknown(a, s, ends)
			return
		}
		kind = a.Word
		if a.Form == protocol.ArgWord {
			args = row.Args
			defer func(old *protocol.Row) { p.row = old }(p.row)
			p.row = row
		}
	}
	role := a.Role
	switch role {
	case protocol.RoleExtension: // it is not one
		role = protocol.RoleNone
	case protocol.RoleUID: // ESEARCH's UID: the numbers that follow are unique identifiers
		p.uid, role = true, protocol.RoleNone
	}
	p.leaf(KindWord, role, s).Word = kind
	if len(args) == 0 {
		return
	}
	spill := p.spill
	p.series(args, ends, false)
	if p.spill = spill; p.mark() > mark+1 { // an optional argument may be missing
		p.close(mark, KindItem, role)
	}
}

// name consumes a word of the protocol, and returns it with and without quotes. The span is
// empty if none comes next.
func (p *Parser) name(a *protocol.Arg, ends *wire.Set) (s wire.Span, name []byte) {
	switch c := p.lex.Peek(); {
	case isWord(c):
		s = p.lex.Until(ends)
		return s, s.Of(p.raw)
	case c == '"' && a.Quoted:
		from := p.lex.Pos()
		if q, closed := p.lex.Quoted(); closed && q.Len() > len(`""`) {
			return q, p.raw[q.Start+1 : q.End-1]
		}
		p.lex.Back(from)
	}
	return wire.Span{Start: p.lex.Pos(), End: p.lex.Pos()}, nil
}

// unknown parses a word without a row, and after a word that can have arguments all
// values up to one that has a row.
func (p *Parser) unknown(a *protocol.Arg, s wire.Span, ends *wire.Set) {
	k := KindAtom
	if p.raw[s.Start] == '"' {
		k = KindQuoted
	}
	p.leaf(k, a.Role, s)
	if a.Form != protocol.ArgWord {
		return
	}
	known := protocol.Arg{Form: protocol.ArgName, Word: a.Word}
	value := protocol.Arg{Form: protocol.ArgChoice, Of: anyOf}
	role := protocol.RoleNone
	if a.Role == protocol.RoleExtension { // option-value, tagged-ext-val (RFC 4466, 3)
		role = protocol.RoleParameter
	}
	for !p.broken && p.follows(&value, ends, false) && !p.follows(&known, ends, false) {
		p.space()
		p.value(role, ends)
	}
}

// anyOf are the forms by which any value begins.
var anyOf = []protocol.Arg{{Form: protocol.ArgList}, {Form: protocol.ArgValue}}

// group parses "(" arguments ")".
func (p *Parser) group(a *protocol.Arg) {
	if p.lex.Peek() != '(' {
		p.misplaced(a.Role, p.wanted(a))
		return
	}
	mark, ok := p.open()
	if !ok {
		return
	}
	p.series(a.Of, endInList, true)
	p.closeList(mark, KindGroup, a.Role)
}
