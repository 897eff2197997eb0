package breakage

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteTable writes results as a table for people, and how many there are of each outcome.
func WriteTable(w io.Writer, results []*Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range results {
		outcome := string(r.Outcome)
		if r.Outcome == Hung {
			outcome = fmt.Sprintf("%s %.1fs", r.Outcome, float64(r.HungMS)/1000)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Fault, outcome, r.Why)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	count := map[Outcome]int{}
	for _, r := range results {
		count[r.Outcome]++
	}
	_, err := fmt.Fprintf(w, "%d faults:", len(results))
	for _, o := range []Outcome{Recovered, Ended, Hung, Lost, Doubled, Unknown} {
		if count[o] > 0 && err == nil {
			_, err = fmt.Fprintf(w, " %d %s", count[o], o)
		}
	}
	if err == nil {
		_, err = fmt.Fprintln(w)
	}
	return err
}
