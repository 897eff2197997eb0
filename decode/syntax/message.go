package syntax

// properties are what a FETCH response may carry by RFC 1176 (p. 27), and the
// roles of the values that later dialects added.
var properties = map[string]property{
	"ENVELOPE":      {vEnvelope, RoleNone},
	"FLAGS":         {vFlags, RoleNone},
	"INTERNALDATE":  {vDate, RoleInternalDate},
	"RFC822":        {vString, RoleMessage},
	"RFC822.HEADER": {vString, RoleHeader},
	"RFC822.SIZE":   {vNumber, RoleSize},
	"RFC822.TEXT":   {vString, RoleBody},

	"UID":    {vAny, RoleUID},
	"BODY[]": {vAny, RoleMessage},
}

type property struct {
	form valueForm
	role Role
}

type valueForm uint8

const (
	vAny valueForm = iota
	vEnvelope
	vFlags
	vDate
	vString
	vNumber
)

// messageData takes the property list of a FETCH or STORE response (RFC 1176,
// "Formal Syntax", p. 27).
func (p *Parser) messageData() {
	if p.lex.Peek() != '(' {
		p.rest(wantProps)
		return
	}
	mark, ok := p.open()
	if !ok {
		return
	}
	if p.lex.Peek() == ')' {
		p.missing(wantProp)
	}
	for !p.lex.Done() && p.lex.Peek() != ')' {
		if !p.space() {
			p.property()
		}
	}
	p.closeList(mark, KindMessageData, RoleNone)
}

func (p *Parser) property() {
	mark := p.mark()
	p.attribute(endInList)
	name := p.last()
	v := property{vAny, RoleNone}
	switch name.Kind {
	case KindAttribute:
		known, ok := properties[string(p.fold(name.Span))]
		if ok {
			v = known
		} else if s := name.Span.Of(p.raw); s[len(s)-1] == ']' || s[len(s)-1] == '>' {
			v.role = RoleBody
		}
	case KindSection:
		v.role = RoleBody
	default:
		return // not a name
	}
	switch {
	case p.lex.Done() || p.lex.Peek() == ')':
		p.missing(wantValue)
	case p.lex.Peek() == '(':
		p.missing(wantSP)
		p.propertyValue(v)
	case p.lex.AtLiteral(): // which says itself what is missing
		p.propertyValue(v)
	case p.sep(wantValue):
		p.propertyValue(v)
	}
	p.close(mark, KindProperty, RoleNone)
}

func (p *Parser) propertyValue(v property) {
	c := p.lex.Peek()
	if c == ')' {
		p.missing(wantValue)
		return
	}
	switch v.form {
	case vEnvelope:
		p.sizedEnvelope()
	case vFlags:
		p.flagList(endInList)
	case vDate:
		p.date(v.role)
	case vNumber:
		p.value(v.role, endInList)
		if n := p.last(); n.Kind != KindNumber && !p.broken {
			p.fail(n, wantNumber)
		}
	case vString:
		p.nstring(v.role, wantString)
	default:
		p.value(v.role, endInList)
	}
}

// date takes an internal date (p. 26). RFC 1176 has one form, its examples
// and servers several.
func (p *Parser) date(r Role) {
	p.nstring(r, wantDate)
	n := p.last()
	if n.Kind == KindQuoted && n.Err == nil && !isDate(n.Span.Of(p.raw)) {
		p.fail(n, wantDate)
	}
}
