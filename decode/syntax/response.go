package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Response parses one message of the server: the response to a command,
// unsolicited data, or the ready for a literal (RFC 1176, "Formal Syntax",
// p. 28).
func (p *Parser) Response(m *wire.Message) *Node {
	p.start(m)
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
			// Servers send "+" with nothing behind it, or only a space.
			if p.lex.Peek() == ' ' {
				p.textLine()
			}
			return p.finish(KindReady)
		}
	}
	if p.sep(wantStatus) {
		p.tagged()
	}
	return p.finish(KindResponse)
}

// tagged takes what follows a tag. RFC 1176's own examples have responses
// without OK, NO or BAD (pp. 9, 12 and 13); all of those is text.
func (p *Parser) tagged() {
	save := p.lex
	s := p.lex.Until(endWord)
	switch string(p.fold(s)) {
	case "OK", "NO", "BAD":
		p.leaf(KindStatus, protocol.RoleNone, s)
		p.textLine()
	default:
		p.lex = save
		p.plain()
	}
}

// unsolicited takes what follows "*" (p. 28).
func (p *Parser) unsolicited() {
	s := p.lex.Until(endWord)
	if isNumber(s.Of(p.raw)) {
		number := p.mark()
		p.leaf(KindNumber, protocol.RoleMessageNumber, s)
		if !p.sep(wantData) {
			return
		}
		s = p.lex.Until(endWord)
		p.leaf(KindData, protocol.RoleNone, s)
		switch string(p.fold(s)) {
		case "EXISTS", "RECENT":
			p.stack[number].Role = protocol.RoleCount
		case "EXPUNGE", "COPY":
		case "FETCH", "STORE":
			if p.sep(wantProps) {
				p.messageData()
			}
		default:
			p.generic(nil)
		}
		return
	}
	if s.Len() == 0 { // a literal
		p.rest(wantData)
		return
	}
	d, ok := data[string(p.fold(s))]
	if d.form == dText {
		p.leaf(KindStatus, protocol.RoleNone, s)
		p.textLine()
		return
	}
	p.leaf(KindData, protocol.RoleNone, s)
	if !ok {
		p.generic(nil)
		return
	}
	p.spill = d.spill()
	switch d.form {
	case dFlags:
		if p.sep(wantFlags) {
			p.flagList(endWord)
		}
	case dNumbers:
		p.numbers()
	case dString:
		if p.sep(wantString) {
			p.string(d.roles[0])
		}
	case dGeneric:
		p.generic(d.roles)
	}
}

// datum is the grammar of one kind of unsolicited data.
type datum struct {
	form  dataForm
	roles []protocol.Role
}

type dataForm uint8

const (
	dGeneric dataForm = iota
	dText
	dFlags
	dNumbers
	dString
)

// data is what follows "*": RFC 1176's (pp. 18-21; the formal syntax leaves
// MAILBOX and BBOARD out, and PREAUTH is older servers'), and what names a
// person's mailboxes in later dialects.
var data = map[string]datum{
	"OK":      {form: dText},
	"NO":      {form: dText},
	"BAD":     {form: dText},
	"BYE":     {form: dText},
	"PREAUTH": {form: dText},
	"FLAGS":   {form: dFlags},
	"SEARCH":  {form: dNumbers},
	"MAILBOX": {dString, []protocol.Role{protocol.RoleMailbox}},
	"BBOARD":  {dString, []protocol.Role{protocol.RoleBBoard}},

	"LIST":      {dGeneric, []protocol.Role{protocol.RoleNone, protocol.RoleReference, protocol.RoleMailbox, protocol.RoleNone}},
	"LSUB":      {dGeneric, []protocol.Role{protocol.RoleNone, protocol.RoleReference, protocol.RoleMailbox, protocol.RoleNone}},
	"XLIST":     {dGeneric, []protocol.Role{protocol.RoleNone, protocol.RoleReference, protocol.RoleMailbox, protocol.RoleNone}},
	"STATUS":    {dGeneric, []protocol.Role{protocol.RoleMailbox, protocol.RoleNone}},
	"QUOTAROOT": {dGeneric, []protocol.Role{protocol.RoleMailbox, protocol.RoleNone}},
	"ACL":       {dGeneric, []protocol.Role{protocol.RoleMailbox, protocol.RoleNone}},
	"MYRIGHTS":  {dGeneric, []protocol.Role{protocol.RoleMailbox, protocol.RoleNone}},
	"METADATA":  {dGeneric, []protocol.Role{protocol.RoleMailbox, protocol.RoleNone}},
}

// spill is the role of what is left over.
func (d datum) spill() protocol.Role {
	if len(d.roles) == 0 {
		return protocol.RoleNone
	}
	return d.roles[len(d.roles)-1]
}

// numbers takes the numbers of a SEARCH response. There may be none: a search
// that finds nothing is answered so, some servers with a space behind it.
func (p *Parser) numbers() {
	for p.lex.Peek() == ' ' {
		p.space()
		if p.lex.Done() {
			return
		}
		if p.lex.Peek() == '(' { // CONDSTORE's (MODSEQ n)
			p.list(KindList, protocol.RoleNone)
			continue
		}
		s := p.lex.Until(endWord)
		if s.Len() == 0 {
			return
		}
		n := p.leaf(KindNumber, protocol.RoleMessageNumber, s)
		if !isNumber(s.Of(p.raw)) {
			n.Kind = KindAtom
			p.fail(n, wantNumber)
		}
	}
}
