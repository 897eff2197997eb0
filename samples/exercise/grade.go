package exercise

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/decode/lint"
)

// Points are given for the place of a fault, for who causes it, and for what it is: each is
// Full, Half or 0. They are counted in halves, so that sums are exact.
type Points int

// The points of one part of an answer.
const (
	Half Points = 1
	Full Points = 2
	// Most is the maximum of an answer.
	Most = 3 * Full
)

// String returns the points as a decimal number: "2.5".
func (p Points) String() string { return strconv.FormatFloat(p.Float(), 'f', -1, 64) }

// Float returns the points as a number: Full is 1.
func (p Points) Float() float64 { return float64(p) / float64(Full) }

// Grade is the judgement of a student's answer about one recording.
type Grade struct {
	Key    *Key
	Answer *Answer // nil: there is none

	Where, Who, What Points
	Also             *Also  // what the answer names is true, but is not the fault
	Says             string // why the points are as they are
}

// Points returns the sum.
func (g *Grade) Points() Points { return g.Where + g.Who + g.What }

// Found reports whether the student named the place of the fault.
func (g *Grade) Found() bool { return g.Where == Full }

// Grade judges an answer about the recording of the key; nil is no answer.
func (k *Key) Grade(a *Answer) Grade {
	g := Grade{Key: k, Answer: a}
	if a == nil {
		g.Says = "no answer"
		return g
	}
	at, placed := place(a.Transaction)
	if g.Also = k.alsoTrue(at, a.What); g.Also != nil {
		g.Where, g.What = Half, Half
		g.Says = fmt.Sprintf("%s is true there, too (%s), but the fault is %s", g.Also.Rule, g.Also.Place(), k.short())
		if r, ok := lint.Lookup(g.Also.Rule); ok && sameWord(a.Who, r.Verdict.String()) {
			g.Who = Half
		}
		return g
	}
	var says [3]string
	g.Where, says[0] = k.where(a.Transaction, at, placed)
	g.Who, says[1] = k.who(a.Who)
	g.What, says[2] = k.what(a.What)
	g.Says = strings.Join(slices.DeleteFunc(says[:], func(s string) bool { return s == "" }), "; ")
	if g.Points() == Most {
		g.Says = "right"
	}
	return g
}

// short returns the fault in a few words.
func (k *Key) short() string { return fmt.Sprintf("%s at %s", k.Kind, k.Place()) }

// Place returns the fault's transaction as imapscope shows it: "2/7", or "2" for a fault
// outside any.
func (k *Key) Place() string { return placed(k.Conn, k.N) }

// Place returns its transaction: "2/7", or "2" outside any.
func (a *Also) Place() string { return placed(a.Conn, a.N) }

func placed(conn uint64, n int) string {
	if n == 0 {
		return strconv.FormatUint(conn, 10)
	}
	return fmt.Sprintf("%d/%d", conn, n)
}

// alsoTrue returns what else is true of a connection by a rule, at the place if possible; nil if
// nothing. A key has one example of each rule on each connection.
func (k *Key) alsoTrue(at Place, what string) *Also {
	var found *Also
	for i := range k.Also {
		x := &k.Also[i]
		if x.Conn != at.Conn || !sameWord(what, x.Rule) && !sameWord(what, x.Title) {
			continue
		}
		if x.N == at.N {
			return x
		}
		found = x
	}
	return found
}

func (k *Key) where(text string, at Place, ok bool) (Points, string) {
	switch {
	case strings.TrimSpace(text) == "":
		return 0, "no transaction is named; it is " + k.Place()
	case !ok:
		return 0, fmt.Sprintf("%q is not a transaction such as 2/7; it is %s", text, k.Place())
	case at.Conn != k.Conn:
		return 0, "it is another connection: " + k.Place()
	case at.N == k.N, at.N == k.Found && k.Found > 0:
		return Full, ""
	case at.N == 0:
		return Half, "the connection is right; the transaction is " + k.Place()
	case k.N == 0:
		return Half, "the connection is right, but the fault is in none of its transactions"
	}
	return Half, "the connection is right, but the transaction is " + k.Place()
}

func (k *Key) who(text string) (Points, string) {
	switch {
	case strings.TrimSpace(text) == "":
		return 0, "no side is named; it is the " + k.By
	case sameWord(text, k.By):
		return Full, ""
	}
	return 0, "it is the " + k.By
}

// what judges a rule or a kind: the kind of the fault, and the rules that find it, are right;
// another kind that the same rule finds is half right.
func (k *Key) what(text string) (Points, string) {
	full := fmt.Sprintf("it is %s (%s)", k.Kind, k.Rule)
	if strings.TrimSpace(text) == "" {
		return 0, "no kind or rule is named; " + full
	}
	rules := []string{k.Rule}
	if kind, err := Lookup(k.Kind); err == nil {
		rules = append(rules, kind.Rules...)
	}
	named := func(r string) bool { return sameWord(text, r) }
	if sameWord(text, k.Kind) || sameWord(text, k.Title) || slices.ContainsFunc(rules, named) {
		return Full, ""
	}
	for _, other := range Kinds() {
		if sameWord(text, other.Name) && slices.Contains(other.Rules, k.Rule) {
			return Half, fmt.Sprintf("the rule is right, but %s", full)
		}
	}
	return 0, full
}

// sameWord compares what a student wrote with a word: letter case, spaces, hyphens and the
// article do not matter.
func sameWord(a, b string) bool { return b != "" && folded(a) == folded(b) }

func folded(s string) string {
	s = strings.ToLower(strings.Trim(strings.TrimSpace(s), ".\"'"))
	s = strings.TrimPrefix(s, "the ")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t-_'’", r) }), "-")
}

// Student is what one student handed in, judged.
type Student struct {
	Name     string
	Grades   []Grade // of every recording, in the order of the keys
	Problems []Problem
}

// Points returns the sum of all grades.
func (s *Student) Points() Points {
	var sum Points
	for i := range s.Grades {
		sum += s.Grades[i].Points()
	}
	return sum
}

// GradeStudent judges the answers of one student. Of several answers about a recording the first
// counts, and the others are Problems, as are those about a recording without a key.
func GradeStudent(name string, keys []Key, answers []Answer, problems []Problem) Student {
	s := Student{Name: name, Problems: problems}
	by := make([]*Answer, len(keys))
	for i := range answers {
		a := &answers[i]
		k := slices.IndexFunc(keys, func(k Key) bool { return k.names(a.Recording) })
		switch {
		case k < 0:
			s.Problems = append(s.Problems, Problem{a.File, a.Line, fmt.Sprintf("there is no recording %q; this class has %s", a.Recording, span(keys))})
		case by[k] != nil:
			s.Problems = append(s.Problems, Problem{a.File, a.Line, fmt.Sprintf("a second answer about %s does not count; the first is in %s:%d", keys[k].File, by[k].File, by[k].Line)})
		default:
			by[k] = a
		}
	}
	for i := range keys {
		s.Grades = append(s.Grades, keys[i].Grade(by[i]))
	}
	slices.SortStableFunc(s.Problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return s
}

// names reports whether a student's recording is that of the key: "01.pcapng", "01", "1".
func (k *Key) names(text string) bool {
	bare := func(s string) string {
		s = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), ".pcapng")
		return strings.TrimLeft(strings.TrimSuffix(s, "."), "0")
	}
	return bare(text) != "" && bare(text) == bare(k.File)
}

// span returns the recordings of a class: "01.pcapng to 12.pcapng".
func span(keys []Key) string {
	if len(keys) == 1 {
		return keys[0].File
	}
	return fmt.Sprintf("%s to %s", keys[0].File, keys[len(keys)-1].File)
}

// Tally counts the grades of one recording over all students.
type Tally struct {
	Key                *Key
	Answered, Found    int
	Who, What, Perfect int // how many got the full point, and all of them
	Points             Points
}

// Tallies returns one Tally for each recording.
func Tallies(keys []Key, students []Student) []Tally {
	out := make([]Tally, len(keys))
	for i := range keys {
		t := &out[i]
		t.Key = &keys[i]
		for k := range students {
			g := &students[k].Grades[i]
			t.Points += g.Points()
			for _, c := range []struct {
				n  *int
				is bool
			}{{&t.Answered, g.Answer != nil}, {&t.Found, g.Found()}, {&t.Who, g.Who == Full}, {&t.What, g.What == Full}, {&t.Perfect, g.Points() == Most}} {
				if c.is {
					*c.n++
				}
			}
		}
	}
	return out
}
