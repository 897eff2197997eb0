package print

import (
	"fmt"
	"io"
	"strings"

	"imapscope/decode/coverage"
	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

// CoverageOptions configure what is written of a coverage.
type CoverageOptions struct {
	TextOptions
	Missing bool // only what was not exercised
}

// Coverage writes what recordings exercise: for each dialect the groups, and in each what was
// exercised how often, and what was not.
func Coverage(w io.Writer, list []*coverage.Report, o CoverageOptions) error {
	t := NewText(w, o.TextOptions)
	if o.Width <= 0 {
		t.o.Width = 100
	}
	for i, r := range list {
		if i > 0 {
			t.printf("\n")
		}
		n, of := r.Total()
		t.printf("%s\n", t.pen.bold.Sprintf("%s, %s: %d of %d exercised (%d %%)", r.Dialect, view.Count(r.Connections, "connection"), n, of, percent(n, of)))
		for _, g := range r.Groups {
			t.covered(g, o.Missing)
		}
	}
	return t.err
}

// percent returns a part of a whole in percent, rounded down: all is 100, and nothing less is.
func percent(n, of int) int { return 100 * n / max(of, 1) }

// covered writes a group.
func (t *Text) covered(g *coverage.Group, missing bool) {
	n := g.Exercised()
	if missing && n == len(g.Items) {
		return
	}
	t.printf("\n%s: %d of %d (%d %%)\n", g.Name, n, len(g.Items), percent(n, len(g.Items)))
	var done, not []string
	for i := range g.Items {
		x := &g.Items[i]
		if x.Count > 0 {
			done = append(done, counted(x))
		} else {
			not = append(not, nonBreaking(x.Name))
		}
	}
	if len(done) > 0 && !missing {
		t.list("", done)
	}
	if len(not) > 0 {
		t.list("not exercised: ", not)
	}
}

// list writes a list, indented and wrapped between its items.
func (t *Text) list(head string, items []string) {
	const indent = 2
	for _, line := range view.Wrap(head+strings.Join(items, ", "), max(t.o.Width-indent, 20)) {
		line = strings.ReplaceAll(line, glue, " ")
		if head != "" {
			line = t.pen.faint.Sprint(line)
		}
		t.printf("%*s%s\n", indent, "", line)
	}
}

// glue holds words together where a list is wrapped: no name of ours has it.
const glue = "\x00"

func nonBreaking(s string) string { return strings.ReplaceAll(view.Inert(s), " ", glue) }

// counted returns an item with its count, and how a command was answered if not always with
// success.
func counted(x *coverage.Item) string {
	s := fmt.Sprintf("%s %d", x.Name, x.Count)
	if len(x.Answers) > 1 || len(x.Answers) == 1 && protocol.StatusEffect(x.Answers[0].Status) != protocol.Succeeds {
		var each []string
		for _, a := range x.Answers {
			status := a.Status
			if status == "" {
				status = "unanswered"
			}
			each = append(each, fmt.Sprintf("%s %d", status, a.Count))
		}
		s += " (" + strings.Join(each, ", ") + ")"
	}
	return nonBreaking(s)
}

// Coverage writes a line for each item, each group and each dialect.
func (j *JSON) Coverage(list []*coverage.Report, missing bool) error {
	for _, r := range list {
		for _, g := range r.Groups {
			if err := j.coverageGroup(r, g, missing); err != nil {
				return err
			}
		}
		n, of := r.Total()
		if err := j.enc.Encode(struct {
			Type        string `json:"type"`
			Dialect     string `json:"dialect"`
			Connections int    `json:"connections"`
			Exercised   int    `json:"exercised"`
			Of          int    `json:"of"`
			Percent     int    `json:"percent"`
		}{"coverage", r.Dialect.String(), r.Connections, n, of, percent(n, of)}); err != nil {
			return err
		}
	}
	return nil
}

func (j *JSON) coverageGroup(r *coverage.Report, g *coverage.Group, missing bool) error {
	for i := range g.Items {
		x := &g.Items[i]
		if missing && x.Count > 0 {
			continue
		}
		answers := make(map[string]int64)
		for _, a := range x.Answers {
			answers[a.Status] = a.Count
		}
		if err := j.enc.Encode(struct {
			Type    string           `json:"type"`
			Dialect string           `json:"dialect"`
			Group   string           `json:"group"`
			Name    string           `json:"name"`
			Count   int64            `json:"count"`
			Answers map[string]int64 `json:"answers,omitempty"`
			Cite    string           `json:"cite,omitempty"`
		}{"coverage-item", r.Dialect.String(), g.Name, x.Name, x.Count, answers, x.Cite}); err != nil {
			return err
		}
	}
	n := g.Exercised()
	return j.enc.Encode(struct {
		Type      string `json:"type"`
		Dialect   string `json:"dialect"`
		Group     string `json:"group"`
		Exercised int    `json:"exercised"`
		Of        int    `json:"of"`
		Percent   int    `json:"percent"`
	}{"coverage-group", r.Dialect.String(), g.Name, n, len(g.Items), percent(n, len(g.Items))})
}
