package print

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"imapscope/capture"
	"imapscope/proxy/conform"
	"imapscope/ui/view"
)

// Conformance is what a server did with the sessions of the RFCs.
type Conformance struct {
	*conform.Report

	Strict bool // a SHOULD counts as a MUST
}

// Write writes the results in a format: text, jsonl, junit (name is the suite's), or nothing
// in any other.
func (c *Conformance) Write(out io.Writer, format, name string, o TextOptions) error {
	w := bufio.NewWriter(out)
	var err error
	switch format {
	case "text":
		err = c.writeText(w, o)
	case "jsonl":
		err = c.writeJSON(w, o.Options)
	case "junit":
		err = c.writeJUnit(w, name, o.Options)
	}
	return errors.Join(err, w.Flush())
}

func (c *Conformance) writeText(w io.Writer, o TextOptions) error {
	t := NewText(w, o)
	long := 0
	for _, r := range c.Results {
		long = max(long, view.Width(view.Inert(r.Name)))
	}
	for _, r := range c.Results {
		name := pad(view.Inert(r.Name), long)
		if r.Skipped != "" {
			t.printf("%s  %s  %s\n", name, t.pen.faint.Sprint("skipped "), view.Inert(r.Skipped))
			continue
		}
		n := r.Grades(c.Strict)
		grade, pen := conform.OK, t.pen.ok
		switch {
		case n[conform.Failure] > 0:
			grade, pen = conform.Failure, t.pen.bad
		case n[conform.Warning] > 0:
			grade, pen = conform.Warning, t.pen.no
		}
		t.printf("%s  %s  %s%s\n", name, pen.Sprint(pad(grade.String(), 8)), view.Inert(r.Title), others(n))
		for _, s := range r.Steps {
			c.step(t, r, s)
		}
	}
	for i := range c.Findings {
		c.finding(t, &c.Findings[i])
	}
	for _, l := range c.Trouble {
		t.printf("%s\n", t.pen.bad.Sprint("not undone: ", view.Inert(l)))
	}
	t.printf("\n%s\n", c.summary())
	return t.err
}

// others returns how many steps of a script ended in a way other than OK.
func others(n [conform.NotRun + 1]int) string {
	list := gradeCounts(n)
	if len(list) == 0 {
		return ""
	}
	return ": " + strings.Join(list, ", ")
}

func gradeCounts(n [conform.NotRun + 1]int) (list []string) {
	for g := conform.Failure; g <= conform.NotRun; g++ {
		switch {
		case n[g] == 0:
		case g == conform.Warning || g == conform.Remark:
			list = append(list, view.Count(n[g], g.String()))
		default:
			list = append(list, fmt.Sprintf("%d %s", n[g], g))
		}
	}
	return list
}

// step writes a step that did not pass; in verbose mode, any.
func (c *Conformance) step(t *Text, r *conform.Result, s *conform.StepResult) {
	g := s.Grade(c.Strict)
	pen := t.pen.plain
	switch g {
	case conform.OK, conform.NotRun:
		if !t.o.Verbose {
			return
		}
		pen = t.pen.faint
	case conform.Failure:
		pen = t.pen.bad
	case conform.Warning:
		pen = t.pen.no
	case conform.Remark:
		if !t.o.Verbose {
			return
		}
	}
	t.printf("    %s  %s\n", pen.Sprint(pad(g.String(), 8)), t.cut(view.Inert(s.String()), 14))
	if g == conform.OK {
		return
	}
	const in = "              "
	if cite := s.Ref.String(); cite != "" && g != conform.NotRun {
		t.printf("%s%s %s\n", in, s.Level, cite)
	}
	for _, why := range s.Reasons {
		t.printf("%s%s\n", in, pen.Sprint(view.Inert(why)))
	}
	if g == conform.NotRun {
		return
	}
	at := fmt.Sprintf("%s, line %d", view.Inert(r.Name), s.Line)
	if s.Conn > 0 {
		at += fmt.Sprintf(", connection %d", s.Conn)
	}
	t.printf("%s%s\n", in, t.pen.faint.Sprint(at))
	for i, m := range s.Messages {
		if i == maxShown && !t.o.Verbose {
			t.printf("%s… and %s (-v shows all)\n", in, view.Count(len(s.Messages)-i+s.Omitted, "message"))
			break
		}
		arrow, side := "→", t.pen.up
		if m.Dir == capture.ServerToClient {
			arrow, side = "←", t.pen.down
		}
		t.printf("%s%s %s\n", in, side.Sprint(arrow), t.cut(t.o.Line(m).Text, len(in)+2))
	}
}

// finding writes what the rules found wrong with the server.
func (c *Conformance) finding(t *Text, f *conform.Finding) {
	times := ""
	if f.Count > 1 {
		times = fmt.Sprintf(", %d times", f.Count)
	}
	t.printf("%s  %s: %s\n", f.Rule.ID, t.pen.bad.Sprint("failed"), view.Inert(f.Rule.Title))
	t.printf("              %s\n", f.Rule.Ref)
	t.printf("              %s (connection %d, transaction %d%s)\n", view.Inert(f.Message), f.Conn, f.Txn, times)
}

// summary returns the line at the end.
func (c *Conformance) summary() string {
	t := c.Totals(c.Strict)
	line := fmt.Sprintf("%s: %s, %d skipped; ", c.Dialect, view.Count(t.Scripts, "script"), t.Skipped)
	line += fmt.Sprintf("%s, %d ok", view.Count(sum(t.Steps), "step"), t.Steps[conform.OK])
	for _, s := range gradeCounts(t.Steps) {
		line += ", " + s
	}
	if t.Findings > 0 {
		line += "; " + view.Count(t.Findings, "rule") + " broken"
	}
	return line
}

func sum(n [conform.NotRun + 1]int) (all int) {
	for _, x := range n {
		all += x
	}
	return all
}

// Lines of JSON.
type (
	conformStep struct {
		Type    string         `json:"type"`
		Script  quoted         `json:"script"`
		Line    int            `json:"line"`
		Step    quoted         `json:"step"`
		Level   string         `json:"level"`
		Cite    string         `json:"cite"`
		Result  string         `json:"result"`
		Reasons []quoted       `json:"reasons"`
		Conn    capture.ConnID `json:"conn"`
		Lines   []quoted       `json:"lines"`
	}
	conformSkipped struct {
		Type   string `json:"type"`
		Script quoted `json:"script"`
		Text   quoted `json:"text"`
	}
	conformFinding struct {
		Type    string         `json:"type"`
		Rule    string         `json:"rule"`
		Message quoted         `json:"message"`
		Cite    string         `json:"cite"`
		Conn    capture.ConnID `json:"conn"`
		Txn     int            `json:"txn"`
		Count   int            `json:"count"`
	}
	conformTotals struct {
		Type     string   `json:"type"`
		Dialect  string   `json:"dialect"`
		Scripts  int      `json:"scripts"`
		Skipped  int      `json:"skipped_scripts"`
		OK       int      `json:"ok"`
		Failed   int      `json:"failed"`
		Warnings int      `json:"warnings"`
		Remarks  int      `json:"remarks"`
		NotRun   int      `json:"skipped"`
		Findings int      `json:"findings"`
		Trouble  []quoted `json:"trouble"`
	}
)

func quotedAll(list []string) []quoted {
	out := make([]quoted, len(list))
	for i, s := range list {
		out[i] = quoted(s)
	}
	return out
}

// writeJSON writes a line for each step, each script that was skipped and each finding, and
// one for the totals.
func (c *Conformance) writeJSON(w io.Writer, o view.Options) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range c.Results {
		if r.Skipped != "" {
			if err := enc.Encode(conformSkipped{"conform-skipped", quoted(r.Name), quoted(r.Skipped)}); err != nil {
				return err
			}
		}
		for _, s := range r.Steps {
			l := conformStep{
				"conform-step", quoted(r.Name), s.Line, quoted(s.String()), s.Level.String(), s.Ref.String(),
				s.Grade(c.Strict).String(), quotedAll(s.Reasons), s.Conn, quotedAll(exchange(s, o)),
			}
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
	}
	for _, f := range c.Findings {
		l := conformFinding{"conform-finding", f.Rule.ID, quoted(f.Message), f.Rule.Ref.String(), f.Conn, f.Txn, f.Count}
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	t := c.Totals(c.Strict)
	n := t.Steps
	return enc.Encode(conformTotals{
		"conformance", c.Dialect.String(), t.Scripts, t.Skipped, n[conform.OK], n[conform.Failure], n[conform.Warning],
		n[conform.Remark], n[conform.NotRun], t.Findings, quotedAll(c.Trouble),
	})
}

// exchange returns what a failed step sent and received, a line each.
func exchange(s *conform.StepResult, o view.Options) (lines []string) {
	for _, m := range s.Messages {
		side := "C: "
		if m.Dir == capture.ServerToClient {
			side = "S: "
		}
		lines = append(lines, side+o.Line(m).Text)
	}
	return lines
}

// writeJUnit writes a test case for each step, and one for each finding.
func (c *Conformance) writeJUnit(w io.Writer, name string, o view.Options) error {
	s := junitSuite{Name: name}
	for _, r := range c.Results {
		class := "imapscope.conform." + r.Name
		if r.Skipped != "" {
			s.add(junitCase{Class: class, Name: r.Title, Skipped: &junitMessage{Message: r.Skipped}})
		}
		for _, x := range r.Steps {
			one := junitCase{Class: class, Name: x.String()}
			m := &junitMessage{Message: strings.Join(x.Reasons, "; "), Type: x.Level.String()}
			m.Text = strings.TrimSpace(x.Ref.String() + "\n" + strings.Join(exchange(x, o), "\n"))
			switch x.Grade(c.Strict) {
			case conform.OK:
			case conform.Failure:
				one.Failure = m
			default:
				one.Skipped = m
			}
			s.add(one)
		}
	}
	for _, f := range c.Findings {
		m := &junitMessage{Message: f.Message, Type: f.Severity.String(), Text: f.Rule.Ref.String()}
		s.add(junitCase{Class: "imapscope." + f.Verdict.String(), Name: f.Rule.ID + " " + f.Rule.Title, Failure: m})
	}
	return s.write(w)
}
