package print

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

// widest holds the maximum widths of the columns of rows; narrow, those on terminals with
// less than a hundred columns. A subject takes the remaining width.
var (
	widest = [len(view.Row{})]int{view.ColNumber: 10, view.ColDate: 20, view.ColFrom: 20, view.ColFlags: 24, view.ColRest: 30}
	narrow = [len(view.Row{})]int{view.ColNumber: 6, view.ColDate: 15, view.ColFrom: 16, view.ColFlags: 14, view.ColRest: 12}
)

// twoDates is the maximum width of a date that is followed by the same in another zone.
const twoDates = 38

// minSubject is the minimum width of a subject, however narrow the terminal is.
const minSubject = 12

// table returns rows as lines with aligned columns, without empty columns. Lines fit in
// width, if that is not 0.
func table(rows []view.Row, width int) []string {
	var cols [len(view.Row{})]int
	most := widest
	if 0 < width && width < 90 {
		most = narrow
	}
	for _, r := range rows {
		if strings.HasSuffix(r[view.ColDate], ")") {
			most[view.ColDate] = twoDates
		}
	}
	for _, r := range rows {
		for i, c := range r {
			w := view.Width(c)
			if most[i] > 0 {
				w = min(w, most[i])
			}
			cols[i] = max(cols[i], w)
		}
	}
	if width > 0 {
		left := width
		for i, w := range cols {
			if i != view.ColSubject && w > 0 {
				left -= w + len(gap)
			}
		}
		cols[view.ColSubject] = min(cols[view.ColSubject], max(left, minSubject))
	}
	out := make([]string, len(rows))
	for k, r := range rows {
		var cells []string
		for i, c := range r {
			switch c = view.Fit(c, cols[i], "…"); {
			case cols[i] == 0:
			case i == view.ColNumber:
				cells = append(cells, strings.Repeat(" ", max(cols[i]-view.Width(c), 0))+c)
			default:
				cells = append(cells, view.Pad(c, cols[i]))
			}
		}
		out[k] = strings.TrimRight(strings.Join(cells, gap), " ")
	}
	return out
}

// gap separates two columns.
const gap = "  "

// short returns a number in at most five digits: 99999, 190.3M.
func short(n int64) string {
	if n < 100_000 {
		return strconv.FormatInt(n, 10)
	}
	v, units := float64(n)/1000, "kMGT"
	for v >= 1000 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	return fmt.Sprintf("%.1f%c", v, units[0])
}

// Stats writes the final table: a line per command, then the totals.
func Stats(w io.Writer, s *view.Stats) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "\ncommand\tcount\tOK\tNO\tBAD\tother\tp50 ms\tp90\tp99\tmax\tbytes →\t←\t")
	var all int
	for _, c := range s.Commands {
		all += c.Count
		name := view.Inert(c.Command)
		if name == "" {
			name = "(none)"
		}
		other := c.Count - c.Status[protocol.OK] - c.Status[protocol.NO] - c.Status[protocol.BAD]
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%d\t", name, c.Count, c.Status[protocol.OK], c.Status[protocol.NO], c.Status[protocol.BAD], other)
		for _, q := range []float64{50, 90, 99, 100} {
			if d, ok := c.Latency(q); ok {
				fmt.Fprintf(tw, "%s\t", millis(d))
			} else {
				fmt.Fprint(tw, "-\t")
			}
		}
		fmt.Fprintf(tw, "%s\t%s\t\n", short(c.Octets[capture.ClientToServer]), short(c.Octets[capture.ServerToClient]))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	legs := ""
	if s.ServerLegs > 0 {
		legs = fmt.Sprintf(" (and %s, not counted)", view.Count(s.ServerLegs, "server leg"))
	}
	_, err := fmt.Fprintf(w, "\n%s%s, %s, %s; %d bytes →, %d bytes ←; not captured: %d →, %d ←\n",
		view.Count(s.Connections, "connection"), legs, view.Count(all, "transaction"), view.Count(s.Orphans, "orphan"),
		s.Octets[0], s.Octets[1], s.Lost[0], s.Lost[1])
	if x := &s.Times; err == nil && x.RoundTrips > 0 {
		_, err = fmt.Fprintf(w, "%s; requests %s, server %s, transfer %s, client's pauses %s; pipelining would save %s at most\n",
			view.Count(x.RoundTrips, "round trip"), view.Duration(x.Request), view.Duration(x.Server), view.Duration(x.Transfer),
			view.Duration(x.Pause), view.Duration(x.Saves))
	}
	if err != nil {
		return err
	}
	for i := range s.Layers {
		if t := &s.Layers[i]; t.Connections > 0 {
			if _, err := fmt.Fprintf(w, "%s, in %s\n", view.LayerSum(&t.LayerCount), view.Count(t.Connections, "connection")); err != nil {
				return err
			}
		}
	}
	for i, line := range s.Logins.Lines() {
		head := "        "
		if i == 0 {
			head = "logins: "
		}
		if _, err := fmt.Fprintln(w, head+line); err != nil {
			return err
		}
	}
	if err := grammar(w, &s.Grammar); err != nil {
		return err
	}
	return Accounts(w, s.Accounts.Result())
}
