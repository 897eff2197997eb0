package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// field is one field of an envelope or an address.
type field struct {
	role      protocol.Role
	addresses bool
	want      rule
}

// envelopeFields in their order (RFC 1176, p. 19; "Formal Syntax", p. 26).
var envelopeFields = [...]field{
	{protocol.RoleDate, false, wantEnvDate}, // a message without one has NIL
	{protocol.RoleSubject, false, wantNString},
	{protocol.RoleFrom, true, wantAddresses},
	{protocol.RoleSender, true, wantAddresses},
	{protocol.RoleReplyTo, true, wantAddresses},
	{protocol.RoleTo, true, wantAddresses},
	{protocol.RoleCc, true, wantAddresses},
	{protocol.RoleBcc, true, wantAddresses},
	{protocol.RoleInReplyTo, false, wantNString},
	{protocol.RoleMessageID, false, wantNString},
}

// addressFields in their order (RFC 1176, p. 19; "Formal Syntax", p. 26).
var addressFields = [...]field{
	{protocol.RolePersonalName, false, wantNString},
	{protocol.RoleSourceRoute, false, wantNString},
	{protocol.RoleMailboxName, false, wantNString},
	{protocol.RoleHostName, false, wantNString},
}

// commentField is IMAP3's fifth field of an address (RFC 1203, "Responses:", p. 28; its
// grammar on p. 37 leaves out the space before it).
var commentField = field{protocol.RoleComments, false, wantNString}

// sizedEnvelope parses an envelope. A 1992 server sends its size before it to
// clients that ask with VERSION 4.
func (p *Parser) sizedEnvelope() {
	if c := p.lex.Peek(); isDigit(c) {
		p.value(protocol.RoleSize, endInList)
		if !p.space() {
			p.missing(wantEnvelope)
			return
		}
	}
	p.envelope()
}

func (p *Parser) envelope() {
	if p.lex.Peek() != '(' {
		p.misplaced(protocol.RoleNone, wantEnvelope)
		return
	}
	if !p.Brief || !p.briefEnvelope() {
		p.fields(KindEnvelope, envelopeFields[:])
	}
}

// fields parses fields in parentheses. If there are fewer, that is reported once.
func (p *Parser) fields(k Kind, fields []field) {
	mark, ok := p.open()
	if !ok {
		return
	}
	p.noSpace()
	for i := range fields {
		f := &fields[i]
		if p.quick(f.role, i == 0, f.quick()) {
			continue
		}
		if p.lex.Done() || p.lex.Peek() == ')' || i > 0 && !p.fieldSep() {
			p.missing(f.want)
			break
		}
		if f.addresses {
			p.addresses(f.role)
		} else {
			p.nstring(f.role, endInList, f.want)
		}
	}
	if k == KindAddress && !p.broken && p.lex.Peek() == ' ' && p.nextField() != ')' && p.space() {
		p.odd = true
		p.nstring(commentField.role, endInList, commentField.want)
	}
	p.closeList(mark, k, protocol.RoleNone)
}

// quick returns the forms in which a field can be parsed quickly.
func (f *field) quick() forms {
	if f.addresses {
		return quickNIL
	}
	return quickString | quickNIL
}

// noSpace parses a space where none may be: behind a parenthesis.
func (p *Parser) noSpace() {
	if p.lex.Peek() == ' ' {
		p.fail(p.leaf(KindSP, protocol.RoleNone, p.lex.Spaces()), wantField)
	}
}

// fieldSep parses the space before a field. It reports whether a field follows. A
// missing space is reported, and the field is parsed anyway.
func (p *Parser) fieldSep() bool {
	if !p.space() {
		p.missing(wantSP)
	}
	return !p.lex.Done() && p.lex.Peek() != ')'
}

// misplaced parses anything in the place of want, with its role.
func (p *Parser) misplaced(r protocol.Role, want rule) {
	if p.lex.Done() || p.lex.Peek() == ')' {
		p.missing(want)
		return
	}
	p.value(r, endInList)
	if !p.broken {
		p.fail(p.last(), want)
	}
}

// nstring parses NIL or a string.
func (p *Parser) nstring(r protocol.Role, ends *wire.Set, want rule) {
	switch c := p.lex.Peek(); {
	case c == '"':
		p.quoted(r)
	case p.literal(r):
	case c == 0 || c == '(' || c == ')' || c == ' ':
		p.misplaced(r, want)
	default:
		s := p.lex.Until(ends)
		k := KindAtom
		if isNIL(s.Of(p.raw)) {
			k = KindNIL
		}
		p.leaf(k, r, s)
	}
}

// addresses parses NIL, or addresses in parentheses with nothing between them.
func (p *Parser) addresses(r protocol.Role) {
	if p.lex.Peek() != '(' {
		at := p.lex.Pos()
		s := p.lex.Until(endInList)
		if isNIL(s.Of(p.raw)) {
			p.leaf(KindNIL, r, s)
			return
		}
		p.lex.Back(at)
		p.misplaced(r, wantAddresses)
		return
	}
	mark, ok := p.open()
	if !ok {
		return
	}
	if p.lex.Peek() == ')' {
		p.missing(wantAddress)
	}
	for {
		if p.lex.Peek() == ' ' {
			p.fail(p.leaf(KindSP, protocol.RoleNone, p.lex.Spaces()), wantAdjacent)
		}
		if p.lex.Peek() != '(' {
			break
		}
		p.fields(KindAddress, addressFields[:])
	}
	p.closeList(mark, KindAddresses, r)
}
