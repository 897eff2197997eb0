package text

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Param is a parameter of a MIME header field.
type Param struct {
	Name     string // lower case, without what RFC 2231 appends to it
	Value    string
	Charset  string // of an RFC 2231 value; often empty
	Language string
}

// maxParams is the maximum number of parameters of one field.
const maxParams = 500

// Params decodes parameters as RFC 2231 defines them, from names and values as they were
// sent, quotes removed:
//
//	filename*=utf-8'de'%C3%9Cbersicht.pdf
//	filename*0*=utf-8''%C3%9Cber; filename*1=sicht.pdf
//
// Parts of a value are joined, in the order of their numbers, before they are decoded.
// RFC 2047 words, which many programs write here, are decoded as well. A value that cannot
// be decoded is returned as it was written, and the first such fault, which is an *Error,
// is about the value of that name. If both forms of a parameter exist, the decoded one is
// returned. Params keeps the order and does not change its argument.
func Params(raw []Param) ([]Param, error) {
	if len(raw) > maxParams {
		return raw, fault(0, refParameters, "more than %d parameters", maxParams)
	}
	groups := make([]*param, 0, len(raw))
	byName := make(map[string]*param, len(raw))
	for _, p := range raw {
		name, x := splitName(p)
		g := byName[name]
		if g == nil {
			g = &param{name: name}
			byName[name] = g
			groups = append(groups, g)
		}
		g.parts = append(g.parts, x)
	}
	out := make([]Param, len(groups))
	var first error
	for i, g := range groups {
		p, err := g.decode()
		if first == nil && err != nil {
			first = err
		}
		out[i] = p
	}
	return out, first
}

// param collects the parts of one parameter.
type param struct {
	name  string
	parts []part
}

type part struct {
	n        int // its number; plainPart if it has none
	extended bool
	value    string
}

const plainPart = -1

// splitName returns a parameter's name without what RFC 2231 appends to it: attribute
// [section] ["*"]. What looks otherwise is a name as it is.
func splitName(p Param) (string, part) {
	name := strings.ToLower(p.Name)
	x := part{n: plainPart, value: p.Value}
	base, extended := strings.CutSuffix(name, "*")
	if attribute, number, ok := strings.Cut(base, "*"); ok {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil || len(number) > 1 && number[0] == '0' {
			return name, x
		}
		base, x.n = attribute, int(n)
	}
	if base == "" {
		return name, x
	}
	x.extended = extended
	return base, x
}

func (g *param) decode() (Param, error) {
	p := Param{Name: g.name}
	parts := slices.DeleteFunc(slices.Clone(g.parts), func(x part) bool { return x.n == plainPart && !x.extended })
	if len(parts) == 0 {
		var err error
		p.Value, err = Words(g.parts[0].value)
		return p, err
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.n, b.n) })
	if parts[0].n == plainPart {
		parts = parts[:1]
	}
	var written, bytes strings.Builder
	var decode charset
	var fail error
	for i, x := range parts {
		if x.n != plainPart && x.n != i && fail == nil {
			fail = fault(0, refParameters, "%s*%d follows %d parts", g.name, x.n, i)
		}
		written.WriteString(x.value)
		value, at := x.value, 0
		if x.extended && i == 0 {
			if p.Charset, p.Language, value, at, fail = initial(x.value); fail == nil {
				decode = charsetOf(p.Charset)
			}
		}
		if x.extended {
			b, err := percent(value, at, refParameters)
			if err != nil && fail == nil {
				fail = err
			}
			value = b
		}
		bytes.WriteString(value)
	}
	p.Value = written.String()
	if fail != nil {
		return p, fail
	}
	if decode == nil {
		if p.Charset != "" {
			return p, fault(0, refParameters, "unknown charset %q", p.Charset)
		}
		decode = charsetOf("utf-8")
	}
	s, ok := decode(bytes.String())
	if !ok {
		return p, fault(0, refParameters, "bytes that are not in the charset %q", p.Charset)
	}
	p.Value = s
	return p, nil
}

// initial splits the first part of an extended value: [charset] "'" [language] "'" value.
func initial(s string) (charset, language, value string, at int, err error) {
	charset, rest, ok1 := strings.Cut(s, "'")
	language, value, ok2 := strings.Cut(rest, "'")
	if !ok1 || !ok2 || len(charset) > maxCharset {
		return "", "", s, 0, fault(0, refParameters, "no charset and language, each followed by ', before the value")
	}
	return charset, language, value, len(s) - len(value), nil
}

// percent decodes "%" and two hexadecimal digits. The text begins at byte off of what ref
// is about.
func percent(s string, off int, ref string) (string, error) {
	if strings.IndexByte(s, '%') < 0 {
		return s, nil
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		v, ok := hexByte(s[i+1:])
		if !ok {
			return s, fault(off+i, ref, `"%%" without two hexadecimal digits`)
		}
		b.WriteByte(v)
		i += 2
	}
	return b.String(), nil
}

// FieldParams splits the value of a MIME header field, such as Content-Disposition, into
// what is before the first ";" and its parameters, decoded as Params does. It reads what it
// can of a field that is wrong.
func FieldParams(field string) (value string, params []Param, err error) {
	if len(field) > MaxText {
		return field, nil, tooLong(refParameters)
	}
	value, rest, _ := strings.Cut(field, ";")
	for rest != "" && len(params) <= maxParams {
		var p Param
		p, rest = nextParam(rest)
		if p.Name != "" {
			params = append(params, p)
		}
	}
	if params != nil {
		params, err = Params(params)
	}
	return strings.TrimSpace(value), params, err
}

// nextParam reads one parameter up to the ";" after it, and returns what follows.
func nextParam(s string) (Param, string) {
	end := strings.IndexAny(s, "=;")
	if end < 0 {
		return Param{}, ""
	}
	if s[end] == ';' {
		return Param{}, s[end+1:]
	}
	p := Param{Name: strings.TrimSpace(s[:end])}
	s = strings.TrimLeft(s[end+1:], " \t\r\n")
	if strings.HasPrefix(s, `"`) {
		p.Value, s = unquote(s[1:])
		_, s, _ = strings.Cut(s, ";")
		return p, s
	}
	value, rest, _ := strings.Cut(s, ";")
	p.Value = strings.TrimSpace(value)
	return p, rest
}

// unquote reads a quoted string without its first quote, and returns what follows it.
func unquote(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		case s[i] == '\r' || s[i] == '\n': // of a folded line
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}
