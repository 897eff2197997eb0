package print

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/mattn/go-runewidth"

	"imapscope/capture"
	"imapscope/ui/view"
)

// widest is how wide a column of rows may be; the last one may be any width.
const widest = 22

// table makes lines of rows, columns under each other; empty columns are left
// out. The first column is a number.
func table(rows []view.Row) []string {
	var width [len(view.Row{})]int
	last := 0
	for _, r := range rows {
		for i, c := range r {
			width[i] = max(width[i], min(runewidth.StringWidth(c), widest))
			if c != "" {
				last = max(last, i)
			}
		}
	}
	out := make([]string, len(rows))
	for k, r := range rows {
		var b strings.Builder
		for i, c := range r[:last+1] {
			if width[i] == 0 {
				continue
			}
			if i > 0 {
				b.WriteString("  ")
			}
			switch {
			case i == 0:
				b.WriteString(runewidth.FillLeft(c, width[i]))
			case i == last:
				b.WriteString(c)
			default:
				b.WriteString(runewidth.FillRight(runewidth.Truncate(c, widest, "…"), width[i]))
			}
		}
		out[k] = strings.TrimRight(b.String(), " ")
	}
	return out
}

// Stats writes the closing table: a line per command, then the sums.
func Stats(w io.Writer, s *view.Stats) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "\ncommand\tcount\tOK\tNO\tBAD\tother\tp50 ms\tp90 ms\tp99 ms\tmax ms\toctets ->\toctets <-\t")
	var all int
	for _, c := range s.Commands {
		all += c.Count
		name := view.Inert(c.Command)
		if name == "" {
			name = "(none)"
		}
		other := c.Count - c.Status["OK"] - c.Status["NO"] - c.Status["BAD"]
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%d\t", name, c.Count, c.Status["OK"], c.Status["NO"], c.Status["BAD"], other)
		for _, q := range []float64{50, 90, 99, 100} {
			if d, ok := c.Latency(q); ok {
				fmt.Fprintf(tw, "%.3f\t", float64(d.Microseconds())/1000)
			} else {
				fmt.Fprint(tw, "-\t")
			}
		}
		fmt.Fprintf(tw, "%d\t%d\t\n", c.Octets[capture.ClientToServer], c.Octets[capture.ServerToClient])
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d connections, %d transactions, %d orphans; %d octets ->, %d octets <-, lost %d and %d\n",
		s.Connections, all, s.Orphans, s.Octets[0], s.Octets[1], s.Lost[0], s.Lost[1])
	return err
}
