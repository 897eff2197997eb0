package text

import (
	"cmp"
	"fmt"
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
	Err      error // why Value is as it was written, an *Error whose place is in Value; or nil
}

// MaxParams is the maximum number of parameters of one field that are decoded.
const MaxParams = 500

// Params decodes parameters as RFC 2231 defines them, from names and values as they were
// sent, quotes removed:
//
//	filename*=utf-8'de'%C3%9Cbersicht.pdf
//	filename*0*=utf-8''%C3%9Cber; filename*1=sicht.pdf
//
// Parts of a value are joined, in the order of their numbers, before they are decoded.
// RFC 2047 words, which many programs write here, are decoded as well. If both forms of a
// parameter exist, the encoded one is returned. Params keeps the order and does not change
// its argument; more than MaxParams are returned as they are.
func Params(raw []Param) []Param {
	if len(raw) > MaxParams {
		return raw
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
	var out []Param
	for _, g := range groups {
		out = append(out, g.decode())
	}
	return out
}

// ParamName returns the name of a parameter without what RFC 2231 appends to it, in lower
// case.
func ParamName(name string) string {
	base, _ := splitName(Param{Name: name})
	return base
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

// decode returns the value of a parameter.
func (g *param) decode() Param {
	p := Param{Name: g.name}
	parts := slices.DeleteFunc(slices.Clone(g.parts), func(x part) bool { return x.n == plainPart && !x.extended })
	if len(parts) == 0 {
		p.Value, p.Err = Words(g.parts[0].value)
		return p
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.n, b.n) })
	if parts[0].n == plainPart {
		parts = parts[:1]
	}
	var bytes strings.Builder
	for i, x := range parts {
		value, err := p.part(x, i)
		if p.Err == nil && err != nil {
			p.Err = err
		}
		p.Value += x.value
		bytes.WriteString(value)
	}
	if p.Err != nil {
		return p
	}
	decode := charsetOf(p.Charset)
	if decode == nil {
		p.Err = fault(0, refParameters, "unknown charset %q", p.Charset)
	} else if s, ok := decode(bytes.String()); ok {
		p.Value = s
	} else {
		p.Err = fault(0, refParameters, "bytes that are not in the charset %q", p.Charset)
	}
	return p
}

// part returns the bytes of part i, and takes charset and language from the first one.
func (p *Param) part(x part, i int) (string, error) {
	if x.n != plainPart && x.n != i {
		return "", fault(0, refParameters, "%s*%d follows %s", p.Name, x.n, parts(i))
	}
	if !x.extended {
		return x.value, nil
	}
	value := x.value
	if i == 0 {
		var err error
		if p.Charset, p.Language, value, err = initial(x.value); err != nil {
			return "", err
		}
	}
	return percent(value, len(x.value)-len(value), refParameters)
}

// parts returns a number of parts in words.
func parts(n int) string {
	switch n {
	case 0:
		return "nothing"
	case 1:
		return "one part"
	}
	return fmt.Sprintf("%d parts", n)
}

// initial splits the first part of an extended value: [charset] "'" [language] "'" value.
func initial(s string) (charset, language, value string, err error) {
	charset, rest, ok1 := strings.Cut(s, "'")
	language, value, ok2 := strings.Cut(rest, "'")
	if !ok1 || !ok2 || len(charset) > maxCharset {
		return "", "", s, fault(0, refParameters, "no charset and language, each followed by ', before the value")
	}
	return charset, language, value, nil
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
// can of a field that is wrong, and no parameters of one that is longer than MaxText.
func FieldParams(field string) (value string, params []Param) {
	if len(field) > MaxText {
		return field, nil
	}
	value, rest, _ := strings.Cut(field, ";")
	for rest != "" && len(params) < MaxParams {
		var p Param
		p, rest = nextParam(rest)
		if p.Name != "" {
			params = append(params, p)
		}
	}
	return strings.TrimSpace(value), Params(params)
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
