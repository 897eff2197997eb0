package print

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fatih/color"

	"imapscope/capture"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// MaxKept is how many findings of one rule are kept; further ones are counted.
const MaxKept = 1000

// Findings collects findings by rule, for a report at the end.
type Findings struct {
	groups map[findingKey]*findingGroup
	conns  map[capture.ConnID]capture.Conn // of kept findings
	at     uint64                          // where in the source what is added now was found
	few    bool                            // only those are kept that WriteText shows unless it is verbose
	others bool                            // a finding that was not kept for that reason is about another connection
}

// findingKey is what the findings of a group share: a finding may differ from its rule.
type findingKey struct{ id, severity, verdict string }

type findingGroup struct {
	rule  view.Rule
	count int
	kept  []keptFinding
}

// keptFinding is a finding, and where in the source it was found, if that is known.
type keptFinding struct {
	view.Finding
	at uint64
}

// severities lists the severities, the worst first.
var severities = []string{"error", "warning", "note"}

// Add adds a finding about a connection.
func (f *Findings) Add(c capture.Conn, x view.Finding) {
	if f.groups == nil {
		f.groups = make(map[findingKey]*findingGroup)
		f.conns = make(map[capture.ConnID]capture.Conn)
	}
	key := findingKey{x.ID, x.Severity, x.Verdict}
	g := f.groups[key]
	if g == nil {
		g = &findingGroup{rule: x.Rule}
		f.groups[key] = g
	}
	g.count++
	if len(g.kept) < f.most() {
		g.kept = append(g.kept, keptFinding{x, f.at})
		f.conns[c.ID] = c
	}
}

// onlyCount counts a finding, and reports true, if enough of the same rule are kept.
func (f *Findings) onlyCount(x *lint.Finding) bool {
	g := f.groups[findingKey{x.Rule.ID, x.Severity.String(), x.Verdict.String()}]
	if g == nil || len(g.kept) < f.most() {
		return false
	}
	if f.few && !f.others && g.count < MaxKept {
		_, kept := f.conns[x.Conn]
		f.others = !kept
	}
	g.count++
	return true
}

// most returns how many findings of one rule are kept.
func (f *Findings) most() int {
	if f.few {
		return shownOfRule
	}
	return MaxKept
}

// merge adds the findings of parts of a source, in the order of the source. The findings of all
// parts are then as if they had been added to one.
func (f *Findings) merge(parts []*Findings) {
	f.groups, f.conns = make(map[findingKey]*findingGroup), make(map[capture.ConnID]capture.Conn)
	for _, part := range parts {
		f.others = f.others || part.others
		for key, g := range part.groups {
			all := f.groups[key]
			if all == nil {
				all = &findingGroup{rule: g.rule}
				f.groups[key] = all
			}
			all.count += g.count
			all.kept = append(all.kept, g.kept...)
		}
	}
	for _, g := range f.groups {
		slices.SortStableFunc(g.kept, func(a, b keptFinding) int { return cmp.Compare(a.at, b.at) })
		g.kept = slices.Clip(g.kept[:min(len(g.kept), MaxKept)])
		for _, x := range g.kept {
			for _, part := range parts {
				if c, ok := part.conns[x.Conn]; ok {
					f.conns[c.ID] = c
				}
			}
		}
	}
}

// Count returns the number of findings of a severity.
func (f *Findings) Count(severity string) int {
	n := 0
	for _, g := range f.groups {
		if g.rule.Severity == severity {
			n += g.count
		}
	}
	return n
}

// sorted returns the groups, the most serious first.
func (f *Findings) sorted() []*findingGroup {
	var out []*findingGroup
	for _, g := range f.groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *findingGroup) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, a.rule.Severity), slices.Index(severities, b.rule.Severity)),
			cmp.Compare(a.rule.ID, b.rule.ID), cmp.Compare(a.rule.Verdict, b.rule.Verdict),
		)
	})
	return out
}

// shownOfRule is how many findings of a rule are shown as text, unless it is verbose.
const shownOfRule = 3

// WriteText writes the findings as human-readable text: rule by rule, the most serious
// first, each with the line in question and carets under the bytes.
func (f *Findings) WriteText(w io.Writer, o TextOptions) error {
	t := NewText(w, o)
	width := o.Width
	if width <= 0 {
		width = 100
	}
	for _, g := range f.sorted() {
		r := g.rule
		t.printf("%s %s %s", t.severity(r.Severity).Sprint(r.Severity), t.pen.bold.Sprint(r.ID+" "+r.Title), t.pen.faint.Sprint("("+r.Verdict+")"))
		if g.count > 1 {
			t.printf(", %d times", g.count)
		}
		t.printf("\n")
		for _, l := range view.Wrap(r.Explanation, width-2) {
			t.printf("  %s\n", l)
		}
		t.printf("  %s\n", t.pen.faint.Sprint(r.Cite))
		shown := len(g.kept)
		if !o.Verbose {
			shown = min(shown, shownOfRule)
		}
		for i := range shown {
			f.one(t, &g.kept[i].Finding, width)
		}
		if n := g.count - shown; n > 0 {
			t.printf("  … and %d more\n", n)
		}
		for i, l := range view.Wrap("What to do: "+r.Advice, width-2) {
			if i > 0 {
				l = "  " + l
			}
			t.printf("  %s\n", l)
		}
		t.printf("\n")
	}
	return t.err
}

func (f *Findings) one(t *Text, x *view.Finding, width int) {
	t.printf("\n  %s: %s\n", f.place(x), x.Message)
	if x.Before+x.At+x.After == "" {
		return
	}
	arrow := "→ "
	if x.From == "server" {
		arrow = "← "
	}
	before := x.Before
	room := width - 6
	if at := view.Width(before); at+min(view.Width(x.At), room/2) > room { // its end matters
		before = "…" + view.FitEnd(before, room/2)
	}
	line := view.Fit(before+x.At+x.After, room, "…")
	t.printf("    %s%s\n", arrow, line)
	if x.Pointed {
		under := max(min(view.Width(x.At), room-view.Width(before)), 1)
		t.printf("      %s%s\n", strings.Repeat(" ", view.Width(before)), t.pen.bad.Sprint(strings.Repeat("^", under)))
	}
}

// Finding implements Printer.
func (t *Text) Finding(x *view.Finding, here bool) error {
	t.about(x.Conn)
	pen := t.severity(x.Severity)
	where := ""
	switch {
	case !here && x.Txn > 0:
		where = fmt.Sprintf("transaction %s: ", view.Number(x.Conn, x.Txn, t.conns > 1))
	case !here:
		where = "the connection: "
	}
	text := fmt.Sprintf("! %s%s %s (%s): %s", where, x.ID, x.Title, x.Verdict, x.Message)
	lines := []string{text}
	if t.o.Width > 0 {
		lines = view.Wrap(text, max(t.o.Width-margin-2, 20))
	}
	for i, l := range lines {
		if i > 0 {
			l = "  " + l
		}
		t.printf("%s%s\n", strings.Repeat(" ", margin), pen.Sprint(l))
	}
	return t.err
}

func (t *Text) severity(s string) *color.Color {
	switch s {
	case "error":
		return t.pen.bad
	case "warning":
		return t.pen.no
	}
	return t.pen.faint
}

// place returns the human-readable place of a finding.
func (f *Findings) place(x *view.Finding) string {
	c := f.conns[x.Conn]
	s := fmt.Sprintf("connection %d of %s", x.Conn, view.Inert(c.Origin))
	if x.Txn > 0 {
		s += ", transaction " + view.Number(x.Conn, x.Txn, f.others || len(f.conns) > 1)
	}
	return s
}

// findingLine is a finding as JSON.
type findingLine struct {
	Type     string         `json:"type"`
	ID       string         `json:"id"`
	Severity string         `json:"severity"`
	Verdict  string         `json:"verdict"`
	Conn     capture.ConnID `json:"conn"`
	N        int            `json:"n"`
	From     string         `json:"from"`
	Offset   int64          `json:"offset"`
	Length   int64          `json:"length"`
	Message  quoted         `json:"message"`
	Citation string         `json:"citation"`
	MadeBy   quoted         `json:"made_by,omitempty"`
	After    quoted         `json:"after,omitempty"`
	Leg      string         `json:"leg,omitempty"`
}

// Finding implements Printer.
func (j *JSON) Finding(x *view.Finding, _ bool) error {
	return j.enc.Encode(findingLine{
		"finding", x.ID, x.Severity, x.Verdict, x.Conn, x.Txn, x.From, x.Offset, x.Length, quoted(x.Message), x.Cite, quoted(x.MadeBy), quoted(x.Since), x.Leg,
	})
}
