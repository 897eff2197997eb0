package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// forms are the forms that quick parses.
type forms uint8

const (
	quickString forms = 1 << iota // a quoted string
	quickNIL
	quickNumber
)

// quick parses a field of a list as nearly every one is: one space before it, unless it is
// the first, then a quoted string without a backslash, NIL, or a number, before a space or
// a parenthesis. It parses nothing, and reports false, if the field is anything else, or has
// none of the forms that may be here; the grammar in general then does. The lists of a
// mailbox's envelopes and structures have dozens of fields for each message.
func (p *Parser) quick(r protocol.Role, first bool, may forms) bool {
	raw, at := p.lex.Ahead()
	i := at
	if !first {
		if i >= len(raw) || raw[i] != ' ' {
			return false
		}
		i++
	}
	start := i
	if start >= len(raw) || p.nodes >= MaxNodes {
		return false
	}
	k := KindQuoted
	switch c := raw[i]; {
	case c == '"' && may&quickString != 0:
		if i = wire.QuoteFrom(raw, i+1); i >= len(raw) || raw[i] == '\\' {
			return false
		}
		i++
	case c == 'N' && may&quickNIL != 0 && i+2 < len(raw) && raw[i+1] == 'I' && raw[i+2] == 'L':
		k = KindNIL
		i += 3
	case isDigit(c) && may&quickNumber != 0:
		k = KindNumber
		for i++; i < len(raw) && isDigit(raw[i]); i++ {
		}
	}
	if i == start || i >= len(raw) || raw[i] != ' ' && raw[i] != ')' {
		return false
	}
	if !first {
		p.leaf(KindSP, protocol.RoleNone, wire.Span{Start: at, End: start})
	}
	p.leaf(k, r, wire.Span{Start: start, End: i})
	p.lex.Skip(i)
	return true
}
