package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// structure adds the structure of a message, part by part. It reports false if the structure has
// something that it does not know.
func (r *reader) structure(subject, path string, n *syntax.Node, raw []byte) bool {
	if n.FindRole(protocol.RoleBodyExtension) != nil {
		return false
	}
	top, ok := syntax.ReadBody(n, raw)
	if !ok || len(slices.Collect(n.Errors())) > 0 {
		return false
	}
	for b := range top.All() {
		place := path
		if b.Number != "" {
			place += " part " + b.Number
		}
		if b.Multipart { // a message that is a multipart has the number of the part that it is in
			place += " multipart"
		}
		value, shown := partOf(b)
		r.add(fact{subject: subject, path: place, value: value, shown: shown})
		if b.Envelope != nil {
			r.envelope(subject, place, *b.Envelope, b.Node.Find(syntax.KindEnvelope))
		}
	}
	return true
}

// partOf describes a part. Media types, encodings and the names of parameters are in any letter case
// (RFC 2045, sections 5.1 and 6.1), and so is a charset (RFC 2046, section 4.1.2); parameters are
// in any order (RFC 2045, section 5, p. 10); and extension data that are NIL may be left out (RFC
// 3501, 7.4.2, p. 75).
func partOf(b *syntax.Body) (value, shown string) {
	var words []string
	word := func(name, text string) { words = append(words, strings.TrimSpace(name+" "+text)) }
	str := func(name string, s syntax.NString) {
		if s.Valid {
			word(name, strconv.Quote(s.Value))
		}
	}
	word("", b.MediaType())
	word("", params(b.Params))
	if b.Multipart {
		word("", counted(uint64(len(b.Parts)), "part"))
	} else {
		str("id", b.ID)
		str("description", b.Description)
		word("", strings.ToLower(b.Encoding.Value))
		word("", counted(b.Size, "byte"))
		if b.Lines > 0 {
			word("", counted(b.Lines, "line"))
		}
	}
	str("MD5", b.MD5)
	if b.Disposition.Valid {
		word(strings.ToLower(b.Disposition.Value), params(b.DispParams))
	}
	if len(b.Languages) > 0 {
		languages := slices.Clone(b.Languages)
		slices.Sort(languages)
		word("", strings.ToLower(strings.Join(languages, " ")))
	}
	str("location", b.Location)
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	value = strings.Join(words, ", ")
	return hashed(value), excerptOf(value)
}

// counted returns a number of things.
func counted(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprint(n, " ", thing, "s")
}

// params returns parameters in order.
func params(list []syntax.Param) string {
	words := make([]string, len(list))
	for i, p := range list {
		value := p.Value.Value
		if strings.EqualFold(p.Name.Value, protocol.Charset) {
			value = strings.ToLower(value)
		}
		words[i] = strings.ToLower(p.Name.Value) + "=" + value
		if strings.ContainsAny(value, " ,;=\"") {
			words[i] = strings.ToLower(p.Name.Value) + "=" + strconv.Quote(value)
		}
	}
	slices.Sort(words)
	return strings.Join(words, "; ")
}
