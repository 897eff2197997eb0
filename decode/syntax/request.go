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
	if p.lex.Done() && string(p.fold(s)) == "DONE" {
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

// arg is one argument of a command.
type arg struct {
	form form
	role protocol.Role
	want rule
}

// form is the grammar of an argument.
type form uint8

const (
	aString form = iota
	aSequence
	aOption     // of FIND
	aAttributes // of FETCH
	aStore      // a store attribute with its flags
	aSearch     // search keys
)

// commands are the commands of RFC 1176 (pp. 26-28), and those of later
// dialects that look like one of them.
var commands = map[string][]arg{
	"NOOP":    {},
	"LOGIN":   {{aString, protocol.RoleUserID, wantUserID}, {aString, protocol.RolePassword, wantPassword}},
	"LOGOUT":  {},
	"SELECT":  {{aString, protocol.RoleMailbox, wantMailbox}},
	"BBOARD":  {{aString, protocol.RoleBBoard, wantBBoard}},
	"FIND":    {{aOption, protocol.RoleNone, wantOption}, {aString, protocol.RolePattern, wantPattern}},
	"CHECK":   {},
	"EXPUNGE": {},
	"COPY":    {{aSequence, protocol.RoleMessageNumber, wantSequence}, {aString, protocol.RoleMailbox, wantMailbox}},
	"FETCH":   {{aSequence, protocol.RoleMessageNumber, wantSequence}, {aAttributes, protocol.RoleNone, wantFetchAtt}},
	"STORE":   {{aSequence, protocol.RoleMessageNumber, wantSequence}, {aStore, protocol.RoleNone, wantStoreAtt}},
	"SEARCH":  {{aSearch, protocol.RoleNone, wantSearch}},
	"MOVE":    {{aSequence, protocol.RoleMessageNumber, wantSequence}, {aString, protocol.RoleMailbox, wantMailbox}},
}

// later are the roles of the arguments of commands that are not RFC 1176's, as
// far as they tell a secret or a person's data.
var later = map[string][]protocol.Role{
	"AUTHENTICATE": {protocol.RoleMechanism, protocol.RoleSASL},
	"EXAMINE":      {protocol.RoleMailbox},
	"CREATE":       {protocol.RoleMailbox},
	"DELETE":       {protocol.RoleMailbox},
	"RENAME":       {protocol.RoleMailbox},
	"SUBSCRIBE":    {protocol.RoleMailbox},
	"UNSUBSCRIBE":  {protocol.RoleMailbox},
	"STATUS":       {protocol.RoleMailbox, protocol.RoleNone},
	"APPEND":       {protocol.RoleMailbox, protocol.RoleMessage},
	"LIST":         {protocol.RoleReference, protocol.RolePattern, protocol.RoleNone},
	"LSUB":         {protocol.RoleReference, protocol.RolePattern},
	"XLIST":        {protocol.RoleReference, protocol.RolePattern},
	"SCAN":         {protocol.RoleReference, protocol.RolePattern, protocol.RoleSearchText},
	"GETQUOTAROOT": {protocol.RoleMailbox},
	"GETACL":       {protocol.RoleMailbox},
	"SETACL":       {protocol.RoleMailbox, protocol.RoleUserID, protocol.RoleNone},
	"DELETEACL":    {protocol.RoleMailbox, protocol.RoleUserID},
	"LISTRIGHTS":   {protocol.RoleMailbox, protocol.RoleUserID},
	"MYRIGHTS":     {protocol.RoleMailbox},
	"REPLACE":      {protocol.RoleMessageNumber, protocol.RoleMailbox, protocol.RoleMessage},
}

func (p *Parser) command() {
	s := p.lex.Until(endWord)
	p.leaf(KindCommand, protocol.RoleNone, s)
	uid := false
	if string(p.fold(s)) == "UID" && p.more() {
		s = p.lex.Until(endWord)
		p.leaf(KindCommand, protocol.RoleNone, s)
		uid = true
	}
	name := p.fold(s)
	args, ok := commands[string(name)]
	if uid && string(name) == "EXPUNGE" {
		args = commands["COPY"][:1]
	}
	if !ok {
		roles := later[string(name)]
		if len(roles) > 0 {
			p.spill = roles[len(roles)-1]
		}
		p.generic(roles)
		return
	}
	for i := range args {
		a := &args[i]
		p.spill = a.role
		if !p.sep(a.want) {
			break
		}
		p.argument(a, uid)
	}
	// A command whose first argument is bad may still spell a password out.
	if len(args) > 0 {
		p.spill = args[len(args)-1].role
	}
}

func (p *Parser) argument(a *arg, uid bool) {
	switch a.form {
	case aString:
		p.string(a.role)
	case aSequence:
		if uid {
			p.sequence(protocol.RoleUID)
		} else {
			p.sequence(a.role)
		}
	case aOption:
		p.option()
	case aAttributes:
		p.attributes()
	case aStore:
		p.store()
	case aSearch:
		p.search()
	}
}

// sequence takes a sequence (p. 10, p. 28).
func (p *Parser) sequence(r protocol.Role) {
	if p.lex.AtLiteral() || p.lex.Peek() == '"' || p.lex.Peek() == '(' {
		p.value(r, endWord)
		if !p.broken {
			p.fail(p.last(), wantSequence)
		}
		return
	}
	s := p.lex.Until(endWord)
	n := p.leaf(KindSequence, r, s)
	// "$" is what the last search found (RFC 5182).
	if w := s.Of(p.raw); !isSequence(w) && string(w) != "$" {
		p.fail(n, wantSequence)
	}
}

// findOptions: the ALL forms are IMAP2bis's (RFC 1732, p. 3).
var findOptions = map[string]bool{"MAILBOXES": true, "BBOARDS": true, "ALL.MAILBOXES": true, "ALL.BBOARDS": true}

// option takes FIND's first argument (p. 27).
func (p *Parser) option() {
	s := p.lex.Until(endWord)
	n := p.leaf(KindFindOption, protocol.RoleNone, s)
	if s.Len() == 0 || !findOptions[string(p.fold(s))] {
		p.fail(n, wantOption)
	}
}
