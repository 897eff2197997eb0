package explain

import (
	"strings"

	"imapscope/decode/protocol"
)

// Said is how one dialect says something.
type Said struct {
	Dialect      protocol.Dialect
	Text         string   // empty: it cannot be said
	Also         []string // other ways that the dialect has
	Nearest      bool     // Text is not the same, but what comes closest
	Capabilities []string // what the server must announce for Text
	Lacks        []string // words of Text that the dialect does not have
	Cite         string   // where the word is defined or, if it is Nearest, advised
}

// Comparison is how each dialect says a word or a line.
type Comparison struct {
	Title string // a line as it is compared: without its tag; a word with its arguments
	Kind  protocol.Kind
	Said  []Said // oldest dialect first
}

// Compare returns how each dialect says a line or a word: a word once for each of its
// uses. It follows what words became, in both directions. It returns nil if the text does
// not begin with a word of the protocol.
func Compare(text string) []Comparison {
	if out := compareWord(text); out != nil {
		return out
	}
	words := fields(strings.TrimRight(text, "\r\n"))
	if len(words) > 1 && words[0] == protocol.TagUntagged {
		return compareResponse(words)
	}
	for range 2 { // with its tag, or without
		if s := commandOf(words); s.row != nil {
			return []Comparison{compare(s, "")}
		}
		words = words[min(1, len(words)):]
	}
	return nil
}

// compareWord compares each use of a word, with its arguments as the RFCs name them.
func compareWord(name string) []Comparison {
	var out []Comparison
	for r := range protocol.All() {
		if strings.EqualFold(r.Name, name) && r.Kind != protocol.Term {
			s := saying{r, fields(r.Name + " " + r.Syntax)}
			out = append(out, compare(s, ""))
		}
	}
	return out
}

// compareResponse compares untagged data: "* FLAGS (…)" or "* 3 STORE (…)".
func compareResponse(words []string) []Comparison {
	before := 1
	if words[1] != "" && strings.Trim(words[1], "0123456789") == "" && len(words) > 2 {
		before = 2
	}
	s := saying{protocol.Lookup(protocol.Response, words[before]), words[before:]}
	if s.row == nil {
		return nil
	}
	return []Comparison{compare(s, strings.Join(words[:before], " ")+" ")}
}

func compare(s saying, before string) Comparison {
	x := Comparison{Title: before + s.String(), Kind: s.row.Kind}
	all, same := s.others()
	for _, d := range protocol.Dialects() {
		said := sayIn(d, all, same)
		if said.Text != "" {
			said.Text = before + said.Text
		}
		for i := range said.Also {
			said.Also[i] = before + said.Also[i]
		}
		x.Said = append(x.Said, said)
	}
	return x
}

// sayIn returns how a dialect says something; all are the ways to say it, the given one
// first, and those after the first ones, same of them, are of older dialects.
func sayIn(d protocol.Dialect, all []saying, same int) Said {
	out, part := Said{Dialect: d}, Said{Dialect: d}
	for i, v := range all {
		if !v.in(d) {
			continue
		}
		said := v.itemsIn(d)
		switch {
		case len(said.Lacks) > 0 || said.Nearest:
			if part.Text == "" || len(part.Lacks) > len(said.Lacks) {
				part = said
			}
		case out.Text == "":
			out = said
		case i < same:
			out.Also = append(append(out.Also, said.Text), said.Also...)
		}
	}
	if out.Text != "" {
		return out
	}
	if n, cite, ok := nearest(d, all); ok {
		if said := n.itemsIn(d); len(said.Lacks) == 0 {
			said.Nearest, said.Cite = true, cite.String()
			return said
		}
	}
	for _, v := range all[:same] {
		if c := v.capability(); c != "" && d.Includes(protocol.IMAP4rev1) && v.row.Until == protocol.UnknownDialect {
			return Said{Dialect: d, Text: v.String(), Capabilities: []string{c}, Cite: v.row.Ref.String()}
		}
	}
	return part
}
