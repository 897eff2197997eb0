package print

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"imapscope/ui/view"
)

// Baseline are differences that are accepted: a file that people review, as they review a
// golden file.
//
//	# comment
//	1/7 UID FETCH | message 3 FLAGS | "\\Seen" | -
//
// is that in transaction 7 of connection 1, a UID FETCH, the first side has flags of message 3
// that the second side has not. A failure has only a text after the connection.
type Baseline struct {
	lines []string
	seen  map[string]bool
}

// maxBaseline is how many lines a baseline may have.
const maxBaseline = 1_000_000

// ReadBaseline reads a baseline.
func ReadBaseline(r io.Reader) (*Baseline, error) {
	b := &Baseline{seen: make(map[string]bool)}
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case !strings.Contains(line, " | "):
			return nil, fmt.Errorf("line %d is not of the form CONNECTION/TRANSACTION COMMAND | PATH | FIRST | SECOND", n)
		case len(b.lines) == maxBaseline:
			return nil, fmt.Errorf("more than %d lines", maxBaseline)
		}
		b.lines = append(b.lines, line)
		b.seen[line] = false
	}
	return b, in.Err()
}

// Accept removes what the baseline accepts from a comparison.
func (b *Baseline) Accept(c *Comparison) {
	for i := range c.Sessions {
		s := &c.Sessions[i]
		kept := s.Divergences[:0]
		for _, d := range s.Divergences {
			d.Differences = slices.DeleteFunc(d.Differences, func(x view.Difference) bool { return c.accepted(b, differenceLine(&d, x)) })
			if len(d.Differences) > 0 {
				kept = append(kept, d)
			}
		}
		s.Divergences = kept
		s.Trouble = slices.DeleteFunc(s.Trouble, func(t string) bool { return c.accepted(b, troubleLine(s, t)) })
	}
}

func (c *Comparison) accepted(b *Baseline, line string) bool {
	if _, ok := b.seen[line]; !ok {
		return false
	}
	b.seen[line] = true
	c.Accepted++
	return true
}

// Stale returns the lines that nothing matched.
func (b *Baseline) Stale() []string {
	return slices.DeleteFunc(slices.Clone(b.lines), func(l string) bool { return b.seen[l] })
}

// WriteBaseline writes what differs as a baseline.
func (c *Comparison) WriteBaseline(to io.Writer) error {
	w := bufio.NewWriter(to)
	fmt.Fprintln(w, "# Differences that are accepted: remove the lines of those that are not.")
	for i := range c.Sessions {
		s := &c.Sessions[i]
		for k := range s.Divergences {
			d := &s.Divergences[k]
			for _, x := range d.Differences {
				fmt.Fprintln(w, differenceLine(d, x))
			}
		}
		for _, t := range s.Trouble {
			fmt.Fprintln(w, troubleLine(s, t))
		}
	}
	return w.Flush()
}

func differenceLine(d *view.Divergence, x view.Difference) string {
	side := func(in bool, text string) string {
		if !in {
			return "-"
		}
		return strconv.Quote(text)
	}
	word := d.Request // without its tag, which differs from run to run
	if _, rest, ok := strings.Cut(d.Request, " "); ok && d.N > 0 {
		word = rest
	}
	return fmt.Sprintf("%d/%d %s | %s | %s | %s", d.Conn, d.N, strconv.Quote(word), strconv.Quote(x.Path), side(x.InA, x.A), side(x.InB, x.B))
}

func troubleLine(s *Compared, text string) string {
	return fmt.Sprintf("%d | %s", s.Conn.ID, strconv.Quote(view.Inert(text)))
}
