package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Request parses one message of the client: a command line with its literals
// (RFC 1176, "Formal Syntax", p. 28).
func (p *Parser) Request(m *wire.Message) *Node {
	p.start(m)
	if p.lex.Peek() == ' ' {
		p.fail(p.leaf(KindSP, protocol.RoleNone, p.lex.Spaces()), wantTag)
	}
	if p.lex.Done() {
		p.missing(wantTag)
		return p.finish(KindRequest)
	}
	p.tag()
	if p.sep(wantCommand) {
		p.command()
	}
	return p.finish(KindRequest)
}

func (p *Parser) tag() {
	n := p.leaf(KindTag, protocol.RoleNone, p.lex.Until(endWord))
	if s := n.Span; s.Len() == 1 && (p.raw[s.Start] == '*' || p.raw[s.Start] == '+') {
		p.fail(n, wantOwnTag)
	}
}

// Continuation parses a client's line within a command: a SASL response, or
// the DONE of IDLE.
func (p *Parser) Continuation(m *wire.Message) *Node {
	p.start(m)
	if p.lex.Done() {
		return p.finish(KindContinuation) // an empty SASL response
	}
	p.spill, p.broken = protocol.RoleSASL, true
	save := p.lex
	s := p.lex.Until(endWord)
	if p.lex.Done() && protocol.Lookup(protocol.Command, s.Of(p.raw)).Does(protocol.EndsIdle) {
		p.leaf(KindCommand, protocol.RoleNone, s)
		return p.finish(KindContinuation)
	}
	p.lex = save
	for !p.lex.Done() {
		if !p.literal(protocol.RoleSASL) {
			p.leaf(KindAtom, protocol.RoleSASL, p.lex.Rest())
		}
	}
	return p.finish(KindContinuation)
}

func (p *Parser) command() {
	first := p.lex.Until(endWord)
	p.leaf(KindCommand, protocol.RoleNone, first)
	row, uid := protocol.Lookup(protocol.Command, first.Of(p.raw)), false
	if row != nil && row.Prefix && p.more() {
		second := p.lex.Until(endWord)
		p.leaf(KindCommand, protocol.RoleNone, second)
		row, uid = protocol.LookupPair(first.Of(p.raw), second.Of(p.raw)), true
		if row == nil {
			row = protocol.Lookup(protocol.Command, second.Of(p.raw))
		}
	}
	if row == nil {
		p.generic(nil)
		return
	}
	if row.Group && !row.Prefix {
		row = p.second(row)
	}
	p.arguments(row, uid)
}

// second parses the second word of a command's name, if the row of both words has arguments
// of its own (SUBSCRIBE BBOARD) and they follow, and returns that row.
func (p *Parser) second(row *protocol.Row) *protocol.Row {
	before := p.lex
	p.lex.Spaces()
	s := p.lex.Until(endWord)
	pair := protocol.LookupPair([]byte(row.Name), s.Of(p.raw))
	follow := p.lex.Peek() == ' ' || p.lex.AtLiteral()
	p.lex = before
	if pair == nil || pair.Args == nil || !follow {
		return row
	}
	p.space()
	p.leaf(KindFindOption, protocol.RoleNone, p.lex.Until(endWord))
	return pair
}

// arguments parses the arguments of a command, as defined by its row.
func (p *Parser) arguments(row *protocol.Row, uid bool) {
	args := row.Args
	if row.Lenient() {
		if len(args) > 0 {
			p.spill = args[len(args)-1].Role
		}
		p.generic(args)
		return
	}
	p.row, p.uid = row, uid
	p.series(args, endWord, false)
	p.row = nil
	// A command whose first argument is bad may still contain a password.
	if len(args) > 0 {
		p.spill = args[len(args)-1].Role
	}
}

// wantedForm is the rule for an argument, by its form, and wantedRole the rule for a
// string, by its role.
var (
	wantedForm = [...]rule{
		protocol.ArgSequence: wantSequence, protocol.ArgFindOption: wantOption, protocol.ArgFetchItems: wantFetchAtt,
		protocol.ArgStoreItem: wantStoreAtt, protocol.ArgSearchKey: wantSearch, protocol.ArgSearchKeys: wantSearch,
		protocol.ArgNumber: wantNumber, protocol.ArgNumbers: wantNumber, protocol.ArgFlags: wantFlags,
		protocol.ArgDateTime: wantDate, protocol.ArgEnvelope: wantEnvelope, protocol.ArgMessageData: wantProps,
		protocol.ArgNString: wantNString, protocol.ArgLiteral: wantLiteral, protocol.ArgNIL: wantNIL,
		protocol.ArgList: wantList, protocol.ArgAttributes: wantList, protocol.ArgFetchList: wantList, protocol.ArgBody: wantBody, protocol.ArgStructure: wantBody, protocol.ArgThread: wantThread,
		protocol.ArgRange: wantRange, protocol.ArgFetchItem: wantAtt,
	}
	wantedRole = [...]rule{
		protocol.RoleUserID: wantUserID, protocol.RolePassword: wantPassword, protocol.RoleMailbox: wantMailbox,
		protocol.RoleBBoard: wantBBoard, protocol.RolePattern: wantPattern,
	}
)

// wantedWord is the rule for a word of a kind that commands of RFC 1176 have, too.
var wantedWord = [...]rule{protocol.Modifier: wantModifier}

// wanted returns what is expected in the place of an argument.
func (p *Parser) wanted(a *protocol.Arg) rule {
	switch a.Form {
	case protocol.ArgKeyword:
		return rule{want: a.Name}
	case protocol.ArgName, protocol.ArgWord:
		if int(a.Word) < len(wantedWord) && wantedWord[a.Word].want != "" {
			return wantedWord[a.Word]
		}
		return rule{want: "a " + a.Word.String()}
	case protocol.ArgSeries, protocol.ArgChoice:
		return p.wanted(&a.Of[0])
	}
	if int(a.Form) < len(wantedForm) && wantedForm[a.Form].want != "" {
		return wantedForm[a.Form]
	}
	if int(a.Role) < len(wantedRole) && wantedRole[a.Role].want != "" {
		return wantedRole[a.Role]
	}
	return wantString
}

// sequence parses a sequence (p. 10, p. 28).
func (p *Parser) sequence(r protocol.Role, ends *wire.Set) {
	if p.uid && r == protocol.RoleMessageNumber {
		r = protocol.RoleUID
	}
	if r == protocol.RoleMessageSet {
		r = p.counted(r)
	}
	if p.lex.AtLiteral() || p.lex.Peek() == '"' || p.lex.Peek() == '(' {
		p.value(r, ends)
		if !p.broken {
			p.fail(p.last(), wantSequence)
		}
		return
	}
	s := p.lex.Until(ends)
	n := p.leaf(KindSequence, r, s)
	// "$" is what the last search found (RFC 5182).
	if w := s.Of(p.raw); !isSequence(w) && string(w) != "$" {
		p.fail(n, wantSequence)
	}
}

// option parses FIND's first argument (p. 27): the second word of a row's name.
// The ALL forms are IMAP2bis's (RFC 1732, p. 3).
func (p *Parser) option() {
	s := p.lex.Until(endWord)
	n := p.leaf(KindFindOption, protocol.RoleNone, s)
	if protocol.LookupPair([]byte(p.row.Name), s.Of(p.raw)) == nil {
		p.fail(n, wantOption)
	}
}
