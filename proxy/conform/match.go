package conform

import (
	"slices"
	"strconv"
	"strings"
)

// variables are those of a script, by name. Binding one can be undone.
type variables struct {
	values  map[string]string
	lists   map[string][]value // a variable can be a list, too
	trail   []string           // bound, in order
	modSeqs map[uint64]uint64  // of $modseqN, by N
}

func newVariables() *variables {
	return &variables{values: make(map[string]string), lists: make(map[string][]value), modSeqs: make(map[uint64]uint64)}
}

// set gives a variable a value.
func (x *variables) set(name, text string) { x.values[name] = text }

func (x *variables) bind(name, text string) {
	x.values[name] = text
	x.trail = append(x.trail, name)
}

// undo unbinds what was bound since the trail had a length.
func (x *variables) undo(to int) {
	for _, name := range x.trail[to:] {
		delete(x.values, name)
		delete(x.lists, name)
		if n, ok := modSeqName(name); ok {
			delete(x.modSeqs, n)
		}
	}
	x.trail = x.trail[:to]
}

// datum is untagged data of a step.
type datum struct {
	values   []value
	number   uint64 // of the message it is about
	original uint64 // the number of that message when the step began; 0 if it arrived since
	prefix   bool   // human-readable text is at its end
}

// match reports whether a pattern matches data, and binds its variables if so.
func (p *pattern) match(d *datum, x *variables) bool {
	from := len(x.trail)
	m := matcher{x: x, datum: d}
	if m.pattern(p, d) {
		return true
	}
	x.undo(from)
	return false
}

type matcher struct {
	x     *variables
	datum *datum
	steps int
}

// maxMatching bounds the work for one comparison.
const maxMatching = 1 << 18

func (m *matcher) pattern(p *pattern, d *datum) bool {
	want, got := p.values, d.values
	if n, ok := relative(&want[0]); ok && d.number > 0 {
		if d.original != n {
			return false
		}
		want, got = want[1:], got[1:]
		return m.tail(p, want, got, p.from-1)
	}
	return m.tail(p, want, got, p.from)
}

// tail matches values, of which those from from on follow the rules of the pattern's tail.
func (m *matcher) tail(p *pattern, want, got []value, from int) bool {
	if p.tail == nil || from > len(got) || from > len(want) {
		return m.inOrder(want, got, m.datum.prefix)
	}
	return m.inOrder(want[:from], got[:from], false) && m.elements(p.tail, want[from:], got[from:])
}

// relative returns the number of a $n: the message that had this number when the step began.
func relative(v *value) (uint64, bool) {
	if v.kind != word || v.exact || len(v.text) < 2 || v.text[0] != '$' {
		return 0, false
	}
	n, err := strconv.ParseUint(v.text[1:], 10, 32)
	return n, err == nil
}

// inOrder matches values one by one. With prefix, more may follow.
func (m *matcher) inOrder(want, got []value, prefix bool) bool {
	for i := range want {
		if want[i].kind == word && !want[i].exact && want[i].text == rest && i == len(want)-1 {
			return true
		}
		if i >= len(got) || !m.value(&want[i], &got[i]) {
			return false
		}
	}
	return prefix || len(got) == len(want)
}

func (m *matcher) value(want, got *value) bool {
	if m.steps++; m.steps > maxMatching {
		return false
	}
	switch {
	case want.kind == word && !want.exact && want.text == "$":
		return true
	case want.kind == word && got.kind == word:
		return m.word(want.text, got.text)
	case want.kind == word && (got.kind == list || got.kind == code):
		return m.listVariable(want, got)
	case want.kind != got.kind:
		return false
	case want.kind == nilValue:
		return true
	case want.kind == code:
		if n := len(want.kids); n > 0 && want.kids[n-1].text == "$" && len(got.kids) >= n {
			return m.inOrder(want.kids[:n-1], got.kids[:n-1], false)
		}
	}
	if want.rules == nil {
		return m.inOrder(want.kids, got.kids, false)
	}
	return m.elements(want.rules, want.kids, got.kids)
}

// listVariable matches a list with a variable: binds it, or compares it with its value.
func (m *matcher) listVariable(want, got *value) bool {
	name, ok := onlyVariable(want)
	if !ok {
		return false
	}
	if bound, ok := m.x.lists[name]; ok {
		return join(bound) == join(got.kids)
	}
	if _, ok := m.x.values[name]; ok {
		return false
	}
	m.x.bind(name, got.String())
	m.x.lists[name] = got.kids
	return true
}

func onlyVariable(v *value) (string, bool) {
	parts := split(v.text)
	if v.exact || len(parts) != 1 || !parts[0].isVar || parts[0].text == "" {
		return "", false
	}
	return parts[0].text, true
}

// elements matches the elements of a list by its rules.
func (m *matcher) elements(r *listRules, want, got []value) bool {
	if !r.unordered {
		return m.inOrder(want, got, !r.noExtra)
	}
	if len(got)%r.chain != 0 {
		return false
	}
	used := make([]bool, len(got)/r.chain)
	for w := 0; w < len(want); w += r.chain {
		if !m.findChain(r.chain, want[w:w+r.chain], got, used) {
			return false
		}
	}
	for i, u := range used {
		first := got[i*r.chain].String()
		has := func(list []string) bool {
			return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, first) })
		}
		if !u && (r.noExtra && !has(r.ignore) || !r.noExtra && has(r.ban)) {
			return false
		}
	}
	return true
}

// findChain finds elements that match, among those that matched no others yet.
func (m *matcher) findChain(n int, want, got []value, used []bool) bool {
	for i := range used {
		if used[i] {
			continue
		}
		trail := len(m.x.trail)
		if m.inOrder(want, got[i*n:(i+1)*n], false) {
			used[i] = true
			return true
		}
		m.x.undo(trail)
	}
	return false
}

// word matches a word with variables in it.
func (m *matcher) word(want, got string) bool {
	parts := split(want)
	for i, p := range parts {
		last := i == len(parts)-1
		if !p.isVar {
			if len(got) < len(p.text) || !strings.EqualFold(got[:len(p.text)], p.text) {
				return false
			}
			got = got[len(p.text):]
			continue
		}
		if text, ok := strings.CutPrefix(p.text, "case:"); ok {
			if !strings.HasPrefix(got, text) {
				return false
			}
			got = got[len(text):]
			continue
		}
		if v, ok := m.x.values[p.text]; ok && p.text != "" {
			if len(got) < len(v) || !strings.EqualFold(got[:len(v)], v) {
				return false
			}
			got = got[len(v):]
			continue
		}
		n := len(got)
		if !last && !parts[i+1].isVar {
			n = strings.Index(strings.ToLower(got), strings.ToLower(parts[i+1].text))
		}
		if n < 0 || !m.bindWord(p.text, got[:n]) {
			return false
		}
		got = got[n:]
	}
	return got == ""
}

// bindWord binds a variable to a text.
func (m *matcher) bindWord(name, text string) bool {
	if name == "" {
		return true
	}
	if n, ok := modSeqName(name); ok {
		v, err := strconv.ParseUint(text, 10, 64)
		if err != nil || !m.x.fits(n, v) {
			return false
		}
		m.x.modSeqs[n] = v
	}
	m.x.bind(name, text)
	return true
}

// modSeqName returns the number of a $modseqN.
func modSeqName(name string) (uint64, bool) {
	s, ok := strings.CutPrefix(name, "modseq")
	n, err := strconv.ParseUint(s, 10, 32)
	return n, ok && err == nil
}

// fits reports whether the nth mod-sequence can have a value: those between it and its
// neighbours need values too.
func (x *variables) fits(n, v uint64) bool {
	if v < n {
		return false
	}
	for k, other := range x.modSeqs {
		if k < n && v < other+(n-k) || k > n && other < v+(k-n) {
			return false
		}
	}
	return true
}
