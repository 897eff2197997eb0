package syntax

import (
	"bytes"

	"imapscope/decode/protocol"
)

// bodyForm is the grammar of a field of a body structure.
type bodyForm uint8

const (
	bodyString      bodyForm = iota // string
	bodyNString                     // string / nil
	bodyNumber                      // number
	bodyParameters                  // body-fld-param
	bodyDisposition                 // body-fld-dsp
	bodyLanguage                    // body-fld-lang
)

// quickForms are the forms in which a field can be parsed quickly.
var quickForms = [...]forms{
	bodyString: quickString, bodyNString: quickString | quickNIL, bodyNumber: quickNumber,
	bodyParameters: quickNIL, bodyDisposition: quickNIL, bodyLanguage: quickString | quickNIL,
}

// bodyField is one field of a body structure.
type bodyField struct {
	role protocol.Role
	form bodyForm
	want rule
}

const formal82 = `RFC 3501, "9. Formal Syntax", p. 82`
const formal83 = `RFC 3501, "9. Formal Syntax", p. 83`
const formal87 = `RFC 3501, "9. Formal Syntax", p. 87`

var (
	wantBody        = rule{`"(" and the structure of a body`, formal82}
	wantNextBody    = rule{"the next part without a space", formal83}
	wantExtension   = rule{"NIL, a string, a number or a list of them", formal82}
	wantParam       = rule{"a parameter, or NIL for none", formal83}
	wantParamName   = rule{"the name of a parameter (a string)", formal83}
	wantParamValue  = rule{"the value of a parameter (a string)", formal83}
	wantParams      = rule{"NIL, or parameters in parentheses", formal83}
	wantDisposition = rule{"NIL, or a disposition and its parameters in parentheses", formal83}
	wantDispType    = rule{"a disposition (a string)", formal83}
	wantLanguages   = rule{"NIL, a language, or languages in parentheses", formal83}
	wantLanguage    = rule{"a language (a string)", formal83}
	wantSubtype     = rule{"a media subtype (a string)", formal87}
	wantBodyEnv     = rule{"the envelope of the message in this part", formal83}
)

// mediaFields begin the structure of a part:
//
//	media-basic   = ((DQUOTE ("APPLICATION" / "AUDIO" / "IMAGE" / "MESSAGE" / "VIDEO") DQUOTE) / string)
//	                SP media-subtype
//	body-fields   = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
//	body-fld-id   = nstring
//	body-fld-desc = nstring
//	body-fld-enc  = (DQUOTE ("7BIT" / "8BIT" / "BINARY" / "BASE64" / "QUOTED-PRINTABLE") DQUOTE) / string
//	body-fld-octets = number
//
// (RFC 3501, "9. Formal Syntax", pp. 83 and 87).
var mediaFields = [...]bodyField{
	{protocol.RoleMediaType, bodyString, rule{"a media type (a string)", formal87}},
	{protocol.RoleSubtype, bodyString, wantSubtype},
	{protocol.RoleParameters, bodyParameters, wantParams},
	{protocol.RoleContentID, bodyNString, rule{"NIL or the content ID (a string)", formal83}},
	{protocol.RoleDescription, bodyNString, rule{"NIL or the description (a string)", formal83}},
	{protocol.RoleEncoding, bodyString, rule{"the transfer encoding (a string)", formal83}},
	{protocol.RoleSize, bodyNumber, rule{"the size in bytes (a number)", formal83}},
}

// lineField follows them in a text and in a message.
var lineField = [...]bodyField{
	{protocol.RoleLines, bodyNumber, rule{"the number of lines", formal83}},
}

// extensionFields end the structure of a part; a multipart has parameters for the MD5:
//
//	body-ext-1part = body-fld-md5 [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]
//	body-ext-mpart = body-fld-param [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]
//	body-fld-md5   = nstring
//	body-fld-loc   = nstring
//
// (RFC 3501, "9. Formal Syntax", pp. 82 and 83).
var extensionFields = [...]bodyField{
	{protocol.RoleMD5, bodyNString, rule{"NIL or the MD5 (a string)", formal83}},
	{protocol.RoleDisposition, bodyDisposition, wantDisposition},
	{protocol.RoleLanguage, bodyLanguage, wantLanguages},
	{protocol.RoleLocation, bodyNString, rule{"NIL or the location (a string)", formal83}},
}

var multipartFields = [...]bodyField{
	{protocol.RoleParameters, bodyParameters, wantParams},
	extensionFields[1], extensionFields[2], extensionFields[3],
}

// body parses the structure of a message or of a part of one, with extension data if it
// is extended, as that of BODYSTRUCTURE:
//
//	body            = "(" (body-type-1part / body-type-mpart) ")"
//	body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
//	body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
//
// (RFC 3501, "9. Formal Syntax", pp. 82 and 83). Extension data is never returned with
// BODY (7.4.2, p. 75).
func (p *Parser) body(extended bool) {
	if p.lex.Peek() != '(' {
		p.misplaced(protocol.RoleNone, wantBody)
		return
	}
	mark, ok := p.open()
	if !ok {
		return
	}
	switch p.noSpace(); {
	case p.lex.Peek() == '(':
		p.multipart(extended)
	case p.partless():
		p.emptyMultipart(extended)
	default:
		p.part(extended)
	}
	p.closeList(mark, KindBody, protocol.RoleNone)
}

// multipart parses parts, their subtype and extension data.
func (p *Parser) multipart(extended bool) {
	for {
		p.body(extended)
		if p.broken {
			return
		}
		if p.lex.Peek() == '(' {
			continue
		}
		if p.nextField() != '(' {
			break
		}
		p.fail(p.leaf(KindSP, protocol.RoleNone, p.lex.Spaces()), wantNextBody)
	}
	if p.bodyField(&bodyField{protocol.RoleSubtype, bodyString, wantSubtype}) && extended {
		p.extension(multipartFields[:])
	}
}

// part parses the fields of a part that is not a multipart:
//
//	body-type-basic = media-basic SP body-fields
//	body-type-msg   = media-message SP body-fields SP envelope SP body SP body-fld-lines
//	body-type-text  = media-text SP body-fields SP body-fld-lines
//	media-message   = DQUOTE "MESSAGE" DQUOTE SP DQUOTE "RFC822" DQUOTE
//	media-text      = DQUOTE "TEXT" DQUOTE SP media-subtype
//
// (RFC 3501, "9. Formal Syntax", pp. 83 and 87). IMAP4rev2 adds the subtype GLOBAL to
// media-message (RFC 9051, "9. Formal Syntax").
func (p *Parser) part(extended bool) {
	if p.lex.Done() || p.lex.Peek() == ')' {
		p.missing(mediaFields[0].want)
		return
	}
	first := p.mark()
	p.bodyValue(&mediaFields[0])
	if s := p.stack[first].Span; s.Len() == len(`"multipart"`) && bytes.EqualFold(s.Of(p.raw), []byte(`"multipart"`)) {
		p.multipart1 = true
	}
	kind := p.mediaKind(&p.stack[first], nil)
	for i := 1; i < len(mediaFields); i++ {
		f := &mediaFields[i]
		if !p.bodyField(f) {
			return
		}
		if f.role == protocol.RoleSubtype {
			kind = p.mediaKind(&p.stack[first], p.last())
		}
	}
	switch kind {
	case mediaText:
		if !p.bodyField(&lineField[0]) {
			return
		}
	case mediaMessage:
		if !p.enclosed(extended) {
			return
		}
	}
	if extended {
		p.extension(extensionFields[:])
	}
}

// enclosed parses the envelope, the structure and the lines of a message in a part. It
// reports whether they were there; without an envelope, the fields that follow are
// parsed as those of other parts, except where a server has NIL for what it did not parse.
func (p *Parser) enclosed(extended bool) bool {
	if p.nextField() != '(' {
		if p.nilTwice() {
			return p.bodyField(&noEnvelope[0]) && p.bodyField(&noEnvelope[1]) && p.bodyField(&lineField[0])
		}
		p.missing(wantBodyEnv)
		return !p.broken
	}
	p.fieldSep()
	p.envelope()
	if p.lex.Done() || p.lex.Peek() == ')' || !p.fieldSep() {
		p.missing(wantBody)
		return false
	}
	p.body(extended)
	return !p.broken && p.bodyField(&lineField[0])
}

// media distinguishes parts by the fields that they have.
type media uint8

const (
	mediaBasic media = iota
	mediaText
	mediaMessage
)

// mediaKind returns which fields a part has, by its type and subtype.
func (p *Parser) mediaKind(kind, sub *Node) media {
	name := kind.Value(p.raw)
	switch {
	case protocol.SameName(name, protocol.MediaText):
		return mediaText
	case sub == nil || !protocol.SameName(name, protocol.MediaMessage):
		return mediaBasic
	}
	name = sub.Value(p.raw)
	if protocol.SameName(name, protocol.MediaRFC822) || protocol.SameName(name, protocol.MediaGlobal) {
		return mediaMessage
	}
	return mediaBasic
}

// extension parses fields that may be missing, and whatever later revisions append:
//
//	body-extension = nstring / number / "(" body-extension *(SP body-extension) ")"
//
// (RFC 3501, "9. Formal Syntax", p. 82).
func (p *Parser) extension(fields []bodyField) {
	for i := range fields {
		if p.atEnd() || !p.bodyField(&fields[i]) {
			return
		}
	}
	for !p.broken && !p.atEnd() {
		if !p.fieldSep() {
			p.missing(wantExtension)
			return
		}
		if p.lex.Peek() == '(' {
			p.list(KindGroup, protocol.RoleBodyExtension)
		} else {
			p.value(protocol.RoleBodyExtension, endInList)
		}
	}
}

// atEnd reports whether a list or the line ends here.
func (p *Parser) atEnd() bool { return p.lex.Done() || p.lex.Peek() == ')' }

// nextField returns the first byte of the next field, after the space before it.
func (p *Parser) nextField() byte {
	save := p.lex
	p.lex.Spaces()
	c := p.lex.Peek()
	p.lex = save
	return c
}

// bodyField parses the space before a field, and the field. It reports whether the list
// goes on.
func (p *Parser) bodyField(f *bodyField) bool {
	if p.broken {
		return false
	}
	if p.quick(f.role, false, quickForms[f.form]) {
		return true
	}
	if p.atEnd() || !p.fieldSep() {
		p.missing(f.want)
		return false
	}
	p.bodyValue(f)
	return !p.broken
}

// bodyValue parses a field.
func (p *Parser) bodyValue(f *bodyField) {
	list := p.lex.Peek() == '('
	switch {
	case f.form == bodyParameters && list:
		p.parameters(f.role)
	case f.form == bodyDisposition && list:
		p.disposition()
	case f.form == bodyLanguage && list:
		p.languages()
	default:
		p.bodyLeaf(f)
	}
}

// bodyLeaf parses a field that is not a list. A string has quotes, or is a literal.
func (p *Parser) bodyLeaf(f *bodyField) {
	c := p.lex.Peek()
	if c == '(' || c == ')' || c == ' ' || c == 0 && !p.lex.AtLiteral() {
		p.misplaced(f.role, f.want)
		return
	}
	p.value(f.role, endInList)
	if p.broken {
		return
	}
	n, ok := p.last(), false
	switch n.Kind {
	case KindQuoted, KindLiteral:
		ok = f.form == bodyString || f.form == bodyNString || f.form == bodyLanguage
	case KindNIL:
		ok = f.form != bodyString && f.form != bodyNumber
	case KindNumber:
		ok = f.form == bodyNumber
	}
	if !ok {
		p.fail(n, f.want)
	}
}

// parameters parses
//
//	body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
//
// (RFC 3501, "9. Formal Syntax", p. 83), if it is a list.
func (p *Parser) parameters(r protocol.Role) {
	mark, ok := p.open()
	if !ok {
		return
	}
	if p.atEnd() {
		p.missing(wantParam)
	}
	name := bodyField{protocol.RoleParameterName, bodyString, wantParamName}
	value := bodyField{protocol.RoleParameterValue, bodyString, wantParamValue}
	for first := true; !p.broken && !p.atEnd(); first = false {
		if !first && !p.fieldSep() {
			p.missing(wantParam)
			break
		}
		p.bodyValue(&name)
		if !p.bodyField(&value) {
			break
		}
	}
	p.closeList(mark, KindGroup, r)
}

// disposition parses
//
//	body-fld-dsp = "(" string SP body-fld-param ")" / nil
//
// (RFC 3501, "9. Formal Syntax", p. 83), if it is a list.
func (p *Parser) disposition() {
	mark, ok := p.open()
	if !ok {
		return
	}
	kind := bodyField{protocol.RoleDisposition, bodyString, wantDispType}
	if p.atEnd() {
		p.missing(kind.want)
	} else if p.bodyValue(&kind); !p.broken {
		p.bodyField(&bodyField{protocol.RoleParameters, bodyParameters, wantParams})
	}
	p.closeList(mark, KindGroup, protocol.RoleDisposition)
}

// languages parses
//
//	body-fld-lang = nstring / "(" string *(SP string) ")"
//
// (RFC 3501, "9. Formal Syntax", p. 83), if it is a list.
func (p *Parser) languages() {
	mark, ok := p.open()
	if !ok {
		return
	}
	language := bodyField{protocol.RoleLanguage, bodyString, wantLanguage}
	if p.atEnd() {
		p.missing(language.want)
	}
	for first := true; !p.broken && !p.atEnd(); first = false {
		if first {
			p.bodyValue(&language)
		} else if !p.bodyField(&language) {
			break
		}
	}
	p.closeList(mark, KindGroup, protocol.RoleLanguage)
}
