package syntax

import (
	"iter"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
)

// Body is the structure of a message or of one of its parts (RFC 3501, 7.4.2, p. 74).
// What the server left out is not Valid, nil or 0.
type Body struct {
	// Number is the part number, by which BODY[2.1] asks for the part (6.4.5, p. 55).
	// It is empty for a multipart that is a whole message: it has none.
	Number string
	Node   *Node

	Type, Subtype NString // of a multipart only Subtype
	Params        []Param
	ID            NString
	Description   NString
	Encoding      NString
	Size          uint64 // in bytes, encoded
	Lines         uint64 // of a text or a message

	Multipart bool
	Parts     []Body    // of a multipart
	Envelope  *Envelope // of the message that is the part's content; else nil
	Message   *Body     // its structure; else nil

	MD5         NString
	Disposition NString
	DispParams  []Param
	Languages   []string
	Location    NString
}

// Param is a parameter of a media type or of a disposition.
type Param struct{ Name, Value NString }

// ReadBody reads the first body structure of n; it reports false if there is none.
// Fields are known by their place, so a broken one does not affect the others.
func ReadBody(n *Node, raw []byte) (Body, bool) {
	n = n.Find(KindBody)
	if n == nil {
		return Body{}, false
	}
	return readBody(n, raw, ownNumber(n, "")), true
}

// All yields b and the parts below it, those of enclosed messages included, in the order
// of their numbers.
func (b *Body) All() iter.Seq[*Body] {
	return func(yield func(*Body) bool) { b.walk(yield) }
}

func (b *Body) walk(yield func(*Body) bool) bool {
	if !yield(b) {
		return false
	}
	for i := range b.Parts {
		if !b.Parts[i].walk(yield) {
			return false
		}
	}
	return b.Message == nil || b.Message.walk(yield)
}

// MediaType returns type and subtype in lower case: "text/plain".
func (b *Body) MediaType() string {
	kind := b.Type.Value
	if b.Multipart {
		kind = "multipart"
	}
	return strings.ToLower(kind + "/" + b.Subtype.Value)
}

func readBody(n *Node, raw []byte, number string) Body {
	b := Body{Number: number, Node: n, Multipart: isMultipart(n)}
	for i := range n.Kids {
		switch k := &n.Kids[i]; {
		case k.Kind == KindBody && b.Multipart:
			b.Parts = append(b.Parts, readBody(k, raw, kidNumber(number, len(b.Parts)+1)))
		case k.Kind == KindBody:
			m := readBody(k, raw, ownNumber(k, number))
			b.Message = &m
		case k.Kind == KindEnvelope:
			e, _ := ReadEnvelope(k, raw)
			b.Envelope = &e
		default:
			b.field(k, raw)
		}
	}
	return b
}

// field reads one field, by its role.
func (b *Body) field(n *Node, raw []byte) {
	switch n.Role {
	case protocol.RoleMediaType:
		b.Type = ReadNString(n, raw)
	case protocol.RoleSubtype:
		b.Subtype = ReadNString(n, raw)
	case protocol.RoleParameters:
		b.Params = readParams(n, raw)
	case protocol.RoleContentID:
		b.ID = ReadNString(n, raw)
	case protocol.RoleDescription:
		b.Description = ReadNString(n, raw)
	case protocol.RoleEncoding:
		b.Encoding = ReadNString(n, raw)
	case protocol.RoleSize:
		b.Size, _ = n.Number(raw)
	case protocol.RoleLines:
		b.Lines, _ = n.Number(raw)
	case protocol.RoleMD5:
		b.MD5 = ReadNString(n, raw)
	case protocol.RoleLocation:
		b.Location = ReadNString(n, raw)
	case protocol.RoleDisposition:
		for i := range n.Kids {
			switch k := &n.Kids[i]; k.Role {
			case protocol.RoleDisposition:
				b.Disposition = ReadNString(k, raw)
			case protocol.RoleParameters:
				b.DispParams = readParams(k, raw)
			}
		}
	case protocol.RoleLanguage:
		if s := ReadNString(n, raw); s.Valid {
			b.Languages = []string{s.Value}
		}
		for i := range n.Kids {
			if s := ReadNString(&n.Kids[i], raw); s.Valid {
				b.Languages = append(b.Languages, s.Value)
			}
		}
	}
}

func readParams(n *Node, raw []byte) []Param {
	var list []Param
	for i := range n.Kids {
		switch k := &n.Kids[i]; k.Role {
		case protocol.RoleParameterName:
			list = append(list, Param{Name: ReadNString(k, raw)})
		case protocol.RoleParameterValue:
			if len(list) > 0 {
				list[len(list)-1].Value = ReadNString(k, raw)
			}
		}
	}
	return list
}

// isMultipart reports whether a body structure begins with that of a part.
func isMultipart(n *Node) bool {
	if n == nil {
		return false
	}
	for i := range n.Kids {
		if k := &n.Kids[i]; k.content() {
			return k.Role != protocol.RoleMediaType
		}
	}
	return false
}

// ownNumber returns the part number of the structure of a whole message, which is the
// content of the part of this number, or of none. A multipart has the number of the
// message, because its parts are numbered directly below it; any other is its part 1.
func ownNumber(n *Node, message string) string {
	if isMultipart(n) {
		return message
	}
	return kidNumber(message, 1)
}

func kidNumber(of string, n int) string {
	if of == "" {
		return strconv.Itoa(n)
	}
	return of + "." + strconv.Itoa(n)
}

// PartNumber returns the number of a part of a message whose structure is body; false if
// it is not part of it. It is empty for a multipart that is the whole message.
func PartNumber(body, part *Node) (string, bool) {
	return partNumber(body, part, ownNumber(body, ""))
}

func partNumber(n, part *Node, number string) (string, bool) {
	if n == part {
		return number, true
	}
	kids := 0
	for i := range n.Kids {
		k := &n.Kids[i]
		if k.Kind != KindBody {
			continue
		}
		kids++
		its := kidNumber(number, kids)
		if !isMultipart(n) {
			its = ownNumber(k, number)
		}
		if k.Span.Start <= part.Span.Start && part.Span.End <= k.Span.End {
			return partNumber(k, part, its)
		}
	}
	return "", false
}
