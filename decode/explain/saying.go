package explain

import (
	"slices"
	"strings"

	"imapscope/decode/protocol"
)

// saying is a word with what follows it, split into words.
type saying struct {
	row   *protocol.Row
	words []string // those of the name too
}

// String returns the saying as it is written.
func (s saying) String() string { return strings.Join(s.words, " ") }

// commandOf returns the command that begins with words; its row is nil if there is none.
func commandOf(words []string) saying {
	if len(words) == 0 {
		return saying{}
	}
	var second []byte
	if len(words) > 1 {
		second = []byte(words[1])
	}
	return saying{protocol.LookupCommand([]byte(words[0]), second), words}
}

// arguments returns the words after the name.
func (s saying) arguments() []string {
	return s.words[min(len(fields(s.row.Name)), len(s.words)):]
}

// maxSayings bounds the ways to say one thing.
const maxSayings = 16

// others returns the ways to say s: s, then what its word became, and so on, then the words
// that became it. Same is how many of them any dialect that has them can use: not those
// that became s, which a dialect that has s does not need.
func (s saying) others() (all []saying, same int) {
	all = follow([]saying{s}, saying.later)
	same = len(all)
	return append(all, follow([]saying{s}, saying.earlier)[1:]...), same
}

// follow adds what step returns for each saying, and for what was added.
func follow(all []saying, step func(saying) []saying) []saying {
	for i := 0; i < len(all) && len(all) < maxSayings; i++ {
		for _, next := range step(all[i]) {
			if !slices.ContainsFunc(all, func(v saying) bool { return strings.EqualFold(v.String(), next.String()) }) {
				all = append(all, next)
			}
		}
	}
	return all
}

// later returns what the word became, with the same arguments.
func (s saying) later() []saying {
	if s.row.Became == "" {
		return nil
	}
	return rewrite(s.row.Name+" "+s.row.Syntax, s.row.Syntax, s.words, s.row.Became, s.row.Successor())
}

// earlier returns the words that became this one, with the same arguments.
func (s saying) earlier() []saying {
	var out []saying
	for r := range protocol.Of(s.row.Kind) {
		if r.Became != "" && r.Successor() == s.row {
			out = append(out, rewrite(r.Became, r.Syntax, s.words, r.Name+" "+r.Syntax, r)...)
		}
	}
	return out
}

// nearest returns what a dialect has that comes closest to one of the ways to say
// something, and where an RFC advises it. It reports false if there is nothing.
func nearest(d protocol.Dialect, all []saying) (saying, protocol.Ref, bool) {
	at := slices.Clone(all)
	for range maxChain {
		for i, v := range at {
			next, ok := v.instead()
			if !ok {
				continue
			}
			if next.in(d) {
				return next, v.row.Nearest, true
			}
			at[i] = next
		}
	}
	return saying{}, protocol.Ref{}, false
}

// instead returns what an RFC advises for servers that lack the word.
func (s saying) instead() (saying, bool) {
	to := s.row.Substitute()
	if to == nil {
		return s, false
	}
	text := s.row.Instead
	if _, section, ok := strings.Cut(s.words[0], "["); ok {
		text = strings.Replace(text, "[]", "["+section, 1)
		return saying{to, fields(text)}, true
	}
	if next := rewrite(s.row.Name+" "+s.row.Syntax, s.row.Syntax, s.words, text, to); next != nil {
		return next[0], true
	}
	return saying{to, fields(text)}, true // its arguments are not those of the word
}

// in reports whether a dialect has the word, and every word of the grammar in it.
func (s saying) in(d protocol.Dialect) bool {
	return s.row.In(d) && !slices.ContainsFunc(s.options(), func(r *protocol.Row) bool { return !r.In(d) }) &&
		(!s.later3501() || d.Includes(protocol.IMAP4rev1))
}

// later3501 reports whether an item has what came with IMAP4rev1 (RFC 3501, 6.4.5): an
// empty section, or the range of bytes that was PARTIAL's.
func (s saying) later3501() bool {
	if s.row.Kind != protocol.FetchItem && s.row.Kind != protocol.Property {
		return false
	}
	return strings.Contains(s.words[0], "[]") || strings.HasSuffix(s.words[0], ">")
}

// capability returns the capability that announces the word, or an option in it.
func (s saying) capability() string {
	for _, r := range append([]*protocol.Row{s.row}, s.options()...) {
		switch {
		case r.Dialect != protocol.Extension:
		case r.Kind == protocol.Capability:
			return r.Name
		case r.Capability != "":
			return r.Capability
		}
	}
	return ""
}

// options returns the rows of the words in brackets or, in a command, of those in the
// first parentheses.
func (s saying) options() []*protocol.Row {
	var out []*protocol.Row
	switch s.row.Kind {
	case protocol.FetchItem, protocol.Property:
		_, section, _ := strings.Cut(s.words[0], "[")
		section, _, _ = strings.Cut(section, "]")
		section, _, _ = strings.Cut(section, " ")
		if r := protocol.Lookup(protocol.Section, section); r != nil {
			out = append(out, r)
		}
	case protocol.Command:
		args := s.arguments()
		if s.row.Does(protocol.Finds) && len(args) > 0 && strings.HasPrefix(args[0], "(") {
			for _, word := range fields(strings.Trim(args[0], "()")) {
				if r := protocol.Lookup(protocol.ListSelection, word); r != nil {
					out = append(out, r)
				}
			}
		}
	}
	return out
}

// rewrite matches words with a pattern, in which the words of variables are any, and
// returns the text with what they stood for; row is the text's. It returns nil if they do
// not match.
func rewrite(pattern, variables string, words []string, text string, row *protocol.Row) []saying {
	names, want := fields(variables), fields(pattern)
	if len(words) < len(want) || row == nil {
		return nil
	}
	values := make(map[string]string)
	for i, w := range want {
		switch {
		case slices.Contains(names, w) && i == len(want)-1:
			values[w] = strings.Join(words[i:], " ")
		case slices.Contains(names, w):
			values[w] = words[i]
		case !sameWord(w, words[i], names, values):
			return nil
		}
	}
	if n := len(want); len(words) > n && !slices.Contains(names, want[n-1]) {
		return nil
	}
	out := fields(text)
	for i, w := range out {
		out[i] = fill(w, names, values)
	}
	return []saying{{row, fields(strings.Join(out, " "))}}
}

// sameWord reports whether a word is the one of a pattern. One variable can be in its
// brackets, as in "BODY.PEEK[HEADER.FIELDS header_list]"; its value is added to values.
func sameWord(pattern, word string, names []string, values map[string]string) bool {
	if strings.EqualFold(pattern, word) {
		return true
	}
	for _, n := range names {
		before, after, ok := strings.Cut(pattern, " "+n)
		if !ok {
			continue
		}
		end := len(word) - len(after)
		if len(before)+1 < end && strings.EqualFold(word[:len(before)], before) && word[len(before)] == ' ' && strings.EqualFold(word[end:], after) {
			values[n] = word[len(before)+1 : end]
			return true
		}
	}
	return false
}
