package print

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"imapscope/capture"
	"imapscope/ui/view"
)

// Comparison holds the differences between two recordings, or between a recording and its
// replay.
type Comparison struct {
	A, B     string // names of the two sides: "recorded", "now"
	Sessions []Compared
	Broken   []string // limits that were not kept, one line each
	Accepted int      // differences and errors that a baseline has accepted
}

// Compared is one session of the first side.
type Compared struct {
	Conn        capture.Conn
	Exchanges   int // that were compared
	Divergences []view.Divergence
	LeftOut     []string // omissions, one line each
	Trouble     []string // errors, one line each
}

// Totals returns how many sessions and exchanges were compared, how many exchanges differ,
// and the number of errors.
func (c *Comparison) Totals() (sessions, exchanges, diverged, trouble int) {
	for i := range c.Sessions {
		s := &c.Sessions[i]
		sessions++
		exchanges += s.Exchanges
		diverged += len(s.Divergences)
		trouble += len(s.Trouble)
	}
	trouble += len(c.Broken)
	return sessions, exchanges, diverged, trouble
}

// place returns a human-readable place of a divergence.
func (s *Compared) place(d *view.Divergence) string {
	at := fmt.Sprintf("connection %d of %s", s.Conn.ID, view.Inert(s.Conn.Origin))
	if d == nil {
		return at
	}
	if d.N == 0 {
		return at + ", outside any command"
	}
	return fmt.Sprintf("%s, transaction %d: %s", at, d.N, d.Request)
}

// Write writes the differences in a format: text, jsonl, junit (name is the suite's), or
// nothing in any other.
func (c *Comparison) Write(out io.Writer, format, name string, o TextOptions) error {
	w := bufio.NewWriter(out)
	var err error
	switch format {
	case "text":
		err = c.WriteText(w, o)
	case "jsonl":
		err = c.WriteJSON(w)
	case "junit":
		err = c.WriteJUnit(w, name)
	}
	return errors.Join(err, w.Flush())
}

// WriteText writes the differences side by side.
func (c *Comparison) WriteText(w io.Writer, o TextOptions) error {
	t := NewText(w, o)
	width := o.Width
	if width <= 0 {
		width = 100
	}
	for i := range c.Sessions {
		s := &c.Sessions[i]
		for k := range s.Divergences {
			c.one(t, s, &s.Divergences[k], width)
		}
		for _, l := range s.Trouble {
			t.printf("%s: %s\n", s.place(nil), t.pen.bad.Sprint(view.Inert(l)))
		}
		for _, l := range s.LeftOut {
			t.printf("%s: left out: %s\n", s.place(nil), view.Inert(l))
		}
		if len(s.Trouble)+len(s.LeftOut) > 0 {
			t.printf("\n")
		}
	}
	for _, l := range c.Broken {
		t.printf("%s\n", t.pen.bad.Sprint("limit: ", view.Inert(l)))
	}
	sessions, exchanges, diverged, trouble := c.Totals()
	switch {
	case diverged == 0 && trouble == 0:
		t.printf("%s in %s compared: the same\n", view.Count(exchanges, "exchange"), view.Count(sessions, "session"))
	default:
		t.printf("%s in %s compared: %s", view.Count(exchanges, "exchange"), view.Count(sessions, "session"), differ(diverged))
		if trouble > 0 {
			t.printf(", %s", view.Count(trouble, "failure"))
		}
		t.printf("\n")
	}
	if c.Accepted > 0 {
		t.printf("%s accepted\n", view.Count(c.Accepted, "known difference"))
	}
	return t.err
}

func differ(n int) string {
	if n == 1 {
		return "1 differs"
	}
	return fmt.Sprintf("%d differ", n)
}

// one writes one divergence: what it is about, and both sides.
func (c *Comparison) one(t *Text, s *Compared, d *view.Divergence, width int) {
	t.printf("%s\n", t.pen.bold.Sprint(t.cut(s.place(d), 0)))
	if d.Note != "" {
		t.printf("  %s\n", t.pen.bad.Sprint(d.Note))
	}
	first := 6
	for _, x := range d.Differences {
		first = max(first, view.Width(x.Path))
	}
	first = min(first, width/3)
	half := max((width-first-6)/2, 12)
	t.printf("  %s  %s  %s\n", strings.Repeat(" ", first), t.pen.faint.Sprint(pad(c.A, half)), t.pen.faint.Sprint(c.B))
	for i, x := range d.Differences {
		if i == maxShown && !t.o.Verbose {
			t.printf("  … and %s (-v shows all)\n", view.Count(len(d.Differences)-i, "difference"))
			break
		}
		a, b := x.A, x.B
		if !x.InA {
			a = "–"
		}
		if !x.InB {
			b = "–"
		}
		left, right := columnsOf(a, half), columnsOf(b, half)
		name := view.Fit(x.Path, first, "…")
		for i := 0; i < max(len(left), len(right)); i++ {
			l, r := "", ""
			if i < len(left) {
				l = left[i]
			}
			if i < len(right) {
				r = right[i]
			}
			t.printf("  %s  %s  %s\n", pad(name, first), t.pen.no.Sprint(pad(l, half)), t.pen.bad.Sprint(r))
			name = ""
		}
	}
	t.printf("\n")
}

func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(n-view.Width(s), 0))
}

const (
	// maxLines is the maximum number of lines of a side of a difference.
	maxLines = 3
	// maxShown is the maximum number of differences of an exchange that are shown.
	maxShown = 12
)

// columnsOf returns a text in lines of a given width.
func columnsOf(s string, width int) []string {
	var out []string
	for s != "" {
		line := view.Fit(s, width, "")
		if line == "" {
			break
		}
		if len(out) == maxLines-1 && len(line) < len(s) {
			return append(out, view.Fit(s, width, "…"))
		}
		out, s = append(out, line), s[len(line):]
	}
	return out
}

// WriteJSON writes a line for each difference, each error and each omission, and one for
// the totals.
func (c *Comparison) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range c.Sessions {
		s := &c.Sessions[i]
		for _, d := range s.Divergences {
			d.Conn = s.Conn.ID
			if err := encodeDivergence(enc, &d); err != nil {
				return err
			}
		}
		for _, l := range s.Trouble {
			if err := enc.Encode(remarkLine{"failure", s.Conn.ID, quoted(l)}); err != nil {
				return err
			}
		}
		for _, l := range s.LeftOut {
			if err := enc.Encode(remarkLine{"left-out", s.Conn.ID, quoted(l)}); err != nil {
				return err
			}
		}
	}
	for _, l := range c.Broken {
		if err := enc.Encode(limitLine{"limit", quoted(l)}); err != nil {
			return err
		}
	}
	sessions, exchanges, diverged, trouble := c.Totals()
	return enc.Encode(struct {
		Type      string `json:"type"`
		Sessions  int    `json:"sessions"`
		Exchanges int    `json:"exchanges"`
		Diverged  int    `json:"diverged"`
		Failures  int    `json:"failures"`
		Accepted  int    `json:"accepted"`
	}{"comparison", sessions, exchanges, diverged, trouble, c.Accepted})
}

// remarkLine is the JSON object of a remark about a connection.
type remarkLine struct {
	Type string         `json:"type"`
	Conn capture.ConnID `json:"conn"`
	Text quoted         `json:"text"`
}

// encodeDivergence writes a line for each difference of an exchange.
func encodeDivergence(enc *json.Encoder, d *view.Divergence) error {
	type line struct {
		Type      string         `json:"type"`
		Conn      capture.ConnID `json:"conn"`
		N         int            `json:"n"`
		Tag       quoted         `json:"tag"`
		Request   quoted         `json:"request"`
		Path      quoted         `json:"path"`
		A         *quoted        `json:"a"`
		B         *quoted        `json:"b"`
		Variation string         `json:"variation"`
		Note      quoted         `json:"note"`
	}
	side := func(in bool, s string) *quoted {
		if !in {
			return nil
		}
		q := quoted(s)
		return &q
	}
	for _, x := range d.Differences {
		err := enc.Encode(line{"difference", d.Conn, d.N, quoted(d.Tag), quoted(d.Request), quoted(x.Path), side(x.InA, x.A), side(x.InB, x.B), x.Variation, quoted(d.Note)})
		if err != nil {
			return err
		}
	}
	return nil
}

// limitLine is the JSON object of a limit that was not kept.
type limitLine struct {
	Type string `json:"type"`
	Text quoted `json:"text"`
}

// WriteJUnit writes a test case for each exchange that differs and for each error, and one
// for all exchanges that are the same.
func (c *Comparison) WriteJUnit(w io.Writer, name string) error {
	s := junitSuite{Name: name}
	for i := range c.Sessions {
		x := &c.Sessions[i]
		for k := range x.Divergences {
			d := &x.Divergences[k]
			m := &junitMessage{Message: fmt.Sprintf("answered differently: %d differences", len(d.Differences)), Type: "difference"}
			for _, y := range d.Differences {
				m.Text += fmt.Sprintf("%s: %s %q, %s %q\n", y.Path, c.A, y.A, c.B, y.B)
			}
			s.add(junitCase{Class: "imapscope.exchange", Name: x.place(d), Failure: m})
		}
		for _, l := range x.Trouble {
			s.add(junitCase{Class: "imapscope.session", Name: x.place(nil) + ": " + view.Inert(l), Failure: &junitMessage{Message: view.Inert(l), Type: "failure"}})
		}
		for _, l := range x.LeftOut {
			s.add(junitCase{Class: "imapscope.session", Name: x.place(nil) + ": left out", Skipped: &junitMessage{Message: view.Inert(l)}})
		}
		if same := x.Exchanges - len(x.Divergences); same > 0 {
			s.add(junitCase{Class: "imapscope.session", Name: fmt.Sprintf("%s: %s the same", x.place(nil), view.Count(same, "exchange"))})
		}
	}
	for _, l := range c.Broken {
		s.add(junitCase{Class: "imapscope.limit", Name: view.Inert(l), Failure: &junitMessage{Message: view.Inert(l), Type: "limit"}})
	}
	return s.write(w)
}
