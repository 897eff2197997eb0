package lesson

import (
	"regexp"
	"strings"
)

// Markdown that a lesson cannot have, by how a line begins.
var notOurs = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`^#`), `this heading is of another level; a step begins with "## " and its heading`},
	{regexp.MustCompile(`^\|`), "a table cannot be shown; use a list"},
	{regexp.MustCompile(`^>`), "a quotation cannot be shown; remove the >"},
	{regexp.MustCompile(`^\d+[.)] `), `a numbered list cannot be shown; begin each item with "- "`},
	{regexp.MustCompile(`^[*+] `), `begin an item with "- "`},
	{regexp.MustCompile(`^(---+|===+|\*\*\*+|___+)$`), "a rule cannot be shown; remove it"},
	{regexp.MustCompile(`^!?\[[^\]]*\]:`), "a link cannot be shown; remove it"},
	{regexp.MustCompile(`^ +- `), `a list in a list cannot be shown; begin each item with "- "`},
	{regexp.MustCompile(`^    `), "an indented line is not code here; write `code`"},
}

var (
	fence = regexp.MustCompile("^(```|~~~)")
	html  = regexp.MustCompile(`<[A-Za-z/!?]`)
	link  = regexp.MustCompile(`\]\(`)
)

// text returns the blocks of a step's lines, the first of which is line number first.
func (p *parser) text(first int, list []string) []Block {
	var out []Block
	var open []string // of the block being read
	item, from := false, 0
	end := func() {
		if len(open) > 0 {
			out = append(out, Block{Item: item, Spans: p.spans(from, strings.Join(open, " "))})
		}
		open, item = nil, false
	}
	fenced := false // within a block of another kind, which is a single fault
	for i, s := range list {
		at := first + i
		s = strings.ReplaceAll(s, "\t", "    ")
		if fence.MatchString(s) {
			if fenced = !fenced; fenced {
				p.fault(at, "this block is of another kind; write code as `code`, and ```step for what a step asks")
			}
			continue
		}
		if fenced {
			continue
		}
		if strings.TrimSpace(s) == "" {
			end()
			continue
		}
		if what := foreign(s, item); what != "" {
			p.fault(at, "%s", what)
			continue
		}
		rest, isItem := strings.CutPrefix(s, "- ")
		if isItem {
			end()
			item = true
		}
		if len(open) == 0 {
			from = at
		}
		open = append(open, strings.Join(strings.Fields(rest), " "))
	}
	end()
	return out
}

// foreign returns what is wrong with a line that a lesson cannot have. Within an item the
// continuation lines may be indented.
func foreign(s string, item bool) string {
	for _, n := range notOurs {
		if item && n.pattern.String() == `^    ` {
			continue
		}
		if n.pattern.MatchString(s) {
			return n.what
		}
	}
	return ""
}

// spans splits a paragraph, which begins at a line, into its styles.
func (p *parser) spans(line int, s string) []Span {
	var out []Span
	plain := func(t string) {
		switch {
		case t == "":
			return
		case html.MatchString(t):
			p.fault(line, "HTML cannot be shown; write < within `code`")
		case link.MatchString(t):
			p.fault(line, "a link cannot be shown; write the title and the address")
		}
		out = append(out, Span{Text: t})
	}
	from := 0
	for i := 0; i < len(s); i++ {
		style, mark := Code, s[i]
		switch {
		case mark == '`':
		case mark == '*' && strings.HasPrefix(s[i:], "**"):
			p.fault(line, "** is not supported; write *emphasis*")
			return out
		case mark == '*' && i+1 < len(s) && s[i+1] != ' ':
			style = Emphasis
		default:
			continue
		}
		n := strings.IndexByte(s[i+1:], mark)
		if n < 0 {
			p.fault(line, "this %c is not closed; close it, or write it within `code`", mark)
			return out
		}
		if n == 0 {
			p.fault(line, "there is nothing within %c%c; remove it", mark, mark)
			return out
		}
		plain(s[from:i])
		out = append(out, Span{Text: s[i+1 : i+1+n], Style: style})
		i += n + 1
		from = i + 1
	}
	plain(s[from:])
	return out
}
