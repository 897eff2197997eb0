package conform

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// pattern is an expectation of untagged data, or of the text of a tagged response.
type pattern struct {
	values []value
	text   string     // as the script has it
	tail   *listRules // of the values from from on; nil: in order
	from   int
}

// listRules say how the elements of a list are compared.
type listRules struct {
	unordered bool
	chain     int // elements that belong together
	noExtra   bool
	ignore    []string // with noExtra: these may be there
	ban       []string // without it: these may not
}

// rest is a pattern that any further values match.
const rest = "$*"

// maxDepth is how deep lists of a pattern may be.
const maxDepth = 32

// parsePattern parses an expectation.
func parsePattern(s string) (pattern, error) {
	p := patternParser{s: s}
	values, err := p.values(0)
	if err != nil {
		return pattern{}, err
	}
	if p.at < len(p.s) {
		return pattern{}, fmt.Errorf("unexpected %q", p.s[p.at])
	}
	if len(values) == 0 {
		return pattern{}, errors.New("nothing to compare with")
	}
	out := pattern{text: firstLine(s)}
	if err := out.tailRules(&values); err != nil {
		return pattern{}, err
	}
	top := value{kind: list, kids: values}
	if err := top.directives(); err != nil {
		return pattern{}, err
	}
	for i := range top.kids {
		if _, ok := relative(&top.kids[0]); (i > 0 || !ok) && hasRelative(&top.kids[i]) {
			return pattern{}, errors.New("$ and a number is a message number: it is the first word, or nothing")
		}
	}
	out.values = top.kids
	out.defaults(&top)
	return out, nil
}

// hasRelative reports whether a value has a $n in it.
func hasRelative(v *value) bool {
	for _, p := range split(v.text) {
		if p.isVar && isNumber(p.text) {
			return true
		}
	}
	return slices.ContainsFunc(v.kids, func(k value) bool { return hasRelative(&k) })
}

// tailRules takes the directives off that follow the name of a response.
func (p *pattern) tailRules(values *[]value) error {
	first := value{kind: list, kids: *values}
	_, at := first.name()
	p.from = at + 1
	for len(*values) > p.from && isDirective(&(*values)[p.from]) {
		if p.tail == nil {
			p.tail = &listRules{chain: 1, noExtra: true}
		}
		if err := p.tail.parse((*values)[p.from].text); err != nil {
			return err
		}
		*values = slices.Delete(*values, p.from, p.from+1)
	}
	if p.tail != nil && (len(*values)-p.from)%p.tail.chain != 0 {
		return fmt.Errorf("the number of values is not a multiple of %d", p.tail.chain)
	}
	return nil
}

// firstLine returns the first line of a text, for messages.
func firstLine(s string) string {
	line, more, _ := strings.Cut(s, "\r\n")
	if more != "" {
		line += " …"
	}
	return line
}

type patternParser struct {
	s  string
	at int
}

// values parses values up to the end of the text or of a list.
func (p *patternParser) values(end byte) ([]value, error) {
	var out []value
	if len(p.s) > 0 && p.depth() > maxDepth {
		return nil, errors.New("the lists are too deep")
	}
	for p.at < len(p.s) {
		switch c := p.s[p.at]; {
		case c == end && end != 0:
			return out, nil
		case c == ' ':
			p.at++
		case c == '(', c == '[':
			v, err := p.list(c)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		case c == ')':
			return nil, errors.New("a parenthesis closes nothing")
		default:
			v, err := p.word()
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
	}
	if end != 0 {
		return nil, fmt.Errorf("%q is missing", end)
	}
	return out, nil
}

// depth returns how many lists are open.
func (p *patternParser) depth() int {
	return strings.Count(p.s[:p.at], "(") - strings.Count(p.s[:p.at], ")")
}

func (p *patternParser) list(c byte) (value, error) {
	v, end := value{kind: list}, byte(')')
	if c == '[' {
		v.kind, end = code, ']'
	}
	p.at++
	var err error
	if v.kids, err = p.values(end); err == nil {
		p.at++
	}
	return v, err
}

func (p *patternParser) word() (value, error) {
	s := p.s[p.at:]
	switch {
	case s[0] == '"':
		return p.quoted()
	case s[0] == '{', strings.HasPrefix(s, "~{"):
		return p.literal()
	}
	i, inside := 0, 0
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '[':
			inside++
		case c == ']' && inside > 0:
			inside--
		case c == ']':
			return p.atom(i)
		case inside == 0 && (c == ' ' || c == '(' || c == ')'):
			return p.atom(i)
		case c == '{' && i > 0 && s[i-1] == '$':
			n := strings.IndexByte(s[i:], '}')
			if n < 0 {
				return value{}, errors.New("${ without }")
			}
			i += n
		}
	}
	return p.atom(i)
}

func (p *patternParser) atom(n int) (value, error) {
	if n == 0 {
		return value{}, fmt.Errorf("unexpected %q", p.s[p.at])
	}
	text := p.s[p.at : p.at+n]
	p.at += n
	if strings.EqualFold(text, protocol.NIL) {
		return value{kind: nilValue}, nil
	}
	return value{kind: word, text: text}, nil
}

func (p *patternParser) quoted() (value, error) {
	var b strings.Builder
	for p.at++; p.at < len(p.s); p.at++ {
		switch c := p.s[p.at]; {
		case c == '"':
			p.at++
			return value{kind: word, text: b.String(), exact: true}, nil
		case c == '\\' && p.at+1 < len(p.s):
			p.at++
			b.WriteByte(p.s[p.at])
		default:
			b.WriteByte(c)
		}
	}
	return value{}, errors.New("a quote is missing")
}

func (p *patternParser) literal() (value, error) {
	head, _, _ := strings.Cut(p.s[p.at:], "\r\n")
	l, ok := wire.Announcement([]byte(head + "\r\n"))
	from := p.at + len(head) + 2
	if !ok || from > len(p.s) || int64(len(p.s)-from) < l.Size {
		return value{}, errors.New("a literal is written {{{, its lines, }}}")
	}
	p.at = from + int(l.Size)
	return value{kind: word, text: p.s[from:p.at], exact: true}, nil
}

// directives takes the $! words off the beginning of each list.
func (v *value) directives() error {
	first := 0
	if v.kind == list || v.kind == code {
		for first < len(v.kids) && isDirective(&v.kids[first]) {
			if v.rules == nil {
				v.rules = &listRules{chain: 1, noExtra: true}
			}
			if err := v.rules.parse(v.kids[first].text); err != nil {
				return err
			}
			first++
		}
		v.kids = v.kids[first:]
	}
	for i := range v.kids {
		if isDirective(&v.kids[i]) {
			return fmt.Errorf("%s is not at the beginning of a list", v.kids[i].text)
		}
		if err := v.kids[i].directives(); err != nil {
			return err
		}
	}
	if v.rules != nil && len(v.kids)%v.rules.chain != 0 {
		return fmt.Errorf("the number of elements is not a multiple of %d", v.rules.chain)
	}
	return nil
}

func isDirective(v *value) bool { return v.kind == word && !v.exact && strings.HasPrefix(v.text, "$!") }

// parse applies one directive.
func (r *listRules) parse(s string) error {
	name, arg, has := strings.Cut(s, "=")
	switch {
	case name == "$!unordered":
		r.unordered, r.noExtra = true, false
		if has {
			n, err := strconv.Atoi(arg)
			if err != nil || n < 1 || n > 16 {
				return fmt.Errorf("%s: want a number from 1 to 16", s)
			}
			r.chain = n
		}
	case name == "$!ordered" && !has:
		r.unordered = false
	case name == "$!noextra" && !has:
		r.noExtra = true
	case name == "$!extra" && !has:
		r.noExtra = false
	case name == "$!ignore" && arg != "":
		r.ignore = append(r.ignore, arg)
	case name == "$!ban" && arg != "":
		r.ban = append(r.ban, arg)
	default:
		return fmt.Errorf("unknown directive %s", s)
	}
	return nil
}

// defaults gives lists that have no directives those of their response: the order of items,
// flags and found numbers means nothing.
func (p *pattern) defaults(top *value) {
	name, at := top.name()
	row := protocol.Lookup(protocol.Response, name)
	if row == nil || len(top.kids) <= at+1 {
		return
	}
	args := top.kids[at+1:]
	switch row.Effect {
	case protocol.Describes:
		args[0].orDefault(listRules{unordered: true, chain: 2})
		for i := 0; i+1 < len(args[0].kids); i += 2 {
			item := protocol.Lookup(protocol.Property, args[0].kids[i].text)
			if item.Displays(protocol.ShowsFlags) {
				args[0].kids[i+1].orDefault(listRules{unordered: true, chain: 1, noExtra: true, ignore: markers()})
			}
		}
	case protocol.Names:
		args[0].orDefault(listRules{unordered: true, chain: 1})
	case protocol.Reports:
		for i := range args {
			args[i].orDefault(listRules{unordered: true, chain: 2})
		}
	case protocol.Found:
		if p.tail == nil && !slices.ContainsFunc(args, func(v value) bool { return v.text == rest }) {
			p.tail = &listRules{unordered: true, chain: 1, noExtra: true}
		}
	}
}

// markers returns the flags that a server sets by itself.
func markers() (names []string) {
	for r := range protocol.Of(protocol.Flag) {
		if r.Does(protocol.MarksRecent) {
			names = append(names, r.Name)
		}
	}
	return names
}

// orDefault sets the rules of a list that has none.
func (v *value) orDefault(r listRules) {
	if v.kind == list && v.rules == nil && len(v.kids)%r.chain == 0 {
		v.rules = &r
	}
}

// name returns the name of a response, in upper case, and its place: after a message number,
// if there is one.
func (v *value) name() (string, int) {
	for i := 0; i < len(v.kids) && i < 2; i++ {
		k := &v.kids[i]
		if k.kind != word {
			break
		}
		if isNumber(k.text) || strings.HasPrefix(k.text, "$") {
			continue
		}
		return strings.ToUpper(k.text), i
	}
	return "", 0
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil
}
