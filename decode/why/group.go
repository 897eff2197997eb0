package why

import (
	"strings"

	"imapscope/capture"
	"imapscope/decode/lint"
)

// Group is reasons that are alike: those of one kind, severity and verdict whose sentences
// differ only in numbers, in times and in what is in quotes. So a fault of five hundred
// connections is one thing to read.
type Group struct {
	Reason          // the first of them; Further is that of all
	Others []Reason // the others, in their order
}

// Groups puts reasons that are alike together, in the order of the first of each group.
func Groups(list []Reason) []Group {
	var out []Group
	at := make(map[groupKey]int)
	for i := range list {
		x := &list[i]
		k := keyOf(x)
		if g, ok := at[k]; ok {
			out[g].Others = append(out[g].Others, *x)
			out[g].Further += x.Further
			continue
		}
		at[k] = len(out)
		out = append(out, Group{Reason: *x})
	}
	return out
}

// groupKey is what reasons that are alike have in common.
type groupKey struct {
	kind     *Kind
	severity lint.Severity
	verdict  Verdict
	account  bool
	shape    string
}

func keyOf(x *Reason) groupKey {
	return groupKey{x.Kind, x.Severity, x.Verdict, x.Account != "", shape(x.Sentence)}
}

// Numbering numbers the groups of reasons that come one by one. The zero value is ready to use.
type Numbering struct{ numbers map[groupKey]int }

// maxNumbered is how many groups a Numbering distinguishes.
const maxNumbered = 1 << 16

// Number returns the number of the group of a reason: the first group has 1. Beyond maxNumbered
// groups it is 0.
func (n *Numbering) Number(x *Reason) int {
	if n.numbers == nil {
		n.numbers = make(map[groupKey]int)
	}
	k := keyOf(x)
	if n.numbers[k] == 0 && len(n.numbers) < maxNumbered {
		n.numbers[k] = len(n.numbers) + 1
	}
	return n.numbers[k]
}

// Conns returns the connections that a group is about, each once, in the order of its
// reasons. An account's are those that show the reason.
func (g *Group) Conns() []capture.ConnID {
	var out []capture.ConnID
	seen := make(map[capture.ConnID]bool)
	add := func(id capture.ConnID) {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	reason := func(r *Reason) {
		add(r.Conn)
		for i := range r.Evidence {
			if r.Account != "" {
				add(r.Evidence[i].Conn)
			}
		}
	}
	reason(&g.Reason)
	for i := range g.Others {
		reason(&g.Others[i])
	}
	return out
}

// units are what may follow a number, and differs with it.
var units = [...]string{"ms", "s", "min", "h", "d", "day", "days", "hour", "hours", "minutes", "seconds", "byte", "bytes", "KB", "MB", "GB", "KiB", "MiB", "GiB"}

// shape returns a sentence without its numbers, their units, and what is in quotes.
func shape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"':
			end := strings.IndexByte(s[i+1:], '"')
			if end < 0 {
				end = len(s) - i - 2
			}
			b.WriteString(`""`)
			i += end + 2
		case digit(c):
			for i < len(s) && (digit(s[i]) || i+1 < len(s) && digit(s[i+1]) && strings.IndexByte(".,:-", s[i]) >= 0) {
				i++
			}
			i += unit(s[i:])
			b.WriteByte('#')
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

// unit returns how many bytes at the beginning of a text are a space and a unit.
func unit(s string) int {
	if s == "" || s[0] != ' ' {
		return 0
	}
	word := s[1:]
	if end := strings.IndexAny(word, " ,;:."); end >= 0 {
		word = word[:end]
	}
	for _, u := range units {
		if word == u {
			return 1 + len(u)
		}
	}
	return 0
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
