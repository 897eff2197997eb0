package print

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"imapscope/capture"
	"imapscope/proxy/mirror"
	"imapscope/ui/load"
	"imapscope/ui/view"
)

// Mirrored prints what a mirror finds while traffic passes: how the second server answered
// differently. Its methods must not be called concurrently, nor while the same writer is in use.
type Mirrored struct {
	text *Text         // or
	json *json.Encoder // nil without JSON
	opts view.Options
	w    *bufio.Writer
}

// NewMirrored returns a Mirrored that writes to w in the format text or jsonl.
func NewMirrored(w *bufio.Writer, format string, o TextOptions) *Mirrored {
	m := &Mirrored{opts: o.Options, w: w}
	if format == "jsonl" {
		m.json = json.NewEncoder(w)
		m.json.SetEscapeHTML(false)
		return m
	}
	m.text = NewText(w, o)
	return m
}

// Difference prints a line for each difference, the first server's value before the second's:
//
//	≠ 1/4 FETCH 1:3 FLAGS: message 3 FLAGS: \Seen | no flags
func (m *Mirrored) Difference(d *mirror.Difference) error {
	note := ""
	if d.Again > 0 {
		note = fmt.Sprintf("and %s that were shown before", view.Count(d.Again, "difference"))
	}
	x := m.opts.Divergence(d.Conn, d.First, d.Second, note, d.List)
	if m.json != nil {
		if err := encodeDivergence(m.json, &x); err != nil {
			return err
		}
		return m.w.Flush()
	}
	place := fmt.Sprintf("%d, outside any command", x.Conn)
	if x.N > 0 {
		place = fmt.Sprintf("%d/%d %s", x.Conn, x.N, view.Fit(x.Request, maxRequest, "…"))
	}
	for i, y := range x.Differences {
		if i == maxShown && !m.text.o.Verbose {
			m.text.printf("%s %s: … and %s (-v shows all)\n", m.text.pen.bad.Sprint("≠"), place, view.Count(len(x.Differences)-i, "difference"))
			break
		}
		a, b := y.A, y.B
		if !y.InA {
			a = "–"
		}
		if !y.InB {
			b = "–"
		}
		m.text.printf("%s %s: %s: %s | %s\n", m.text.pen.bad.Sprint("≠"), place, y.Path,
			m.text.pen.no.Sprint(view.Fit(a, maxSide, "…")), m.text.pen.bad.Sprint(view.Fit(b, maxSide, "…")))
	}
	if m.text.err != nil {
		return m.text.err
	}
	return m.w.Flush()
}

// The most columns of a request, and of either side of a difference, in a line.
const (
	maxRequest = 60
	maxSide    = 160
)

// Ended prints that a connection is no longer mirrored.
func (m *Mirrored) Ended(conn capture.ConnID, why string) error {
	if m.json != nil {
		if err := m.json.Encode(remarkLine{"mirror-ended", conn, quoted(why)}); err != nil {
			return err
		}
		return m.w.Flush()
	}
	m.text.printf("%s connection %d is no longer mirrored: %s\n", m.text.pen.bad.Sprint("≠"), conn, view.Inert(why))
	if m.text.err != nil {
		return m.text.err
	}
	return m.w.Flush()
}

// Mirror writes what a mirror has compared: latencies by command, and totals.
func Mirror(to io.Writer, r *mirror.Report) error {
	w := bufio.NewWriter(to)
	if len(r.Latency) > 0 {
		fmt.Fprintf(w, "\n%-14s %8s  %8s %8s  %8s %8s\n", "", "", "first", "", "second", "")
		fmt.Fprintf(w, "%-14s %8s  %8s %8s  %8s %8s\n", "command", "count", "p50 ms", "p99", "p50 ms", "p99")
	}
	for _, c := range r.Latency {
		fmt.Fprintf(w, "%-14s %8d  %8s %8s  %8s %8s\n", view.Inert(c.Command), c.Sent.TotalCount(),
			load.MillisAt(c.Recorded, 50), load.MillisAt(c.Recorded, 99), load.MillisAt(c.Sent, 50), load.MillisAt(c.Sent, 99))
	}
	compared := r.Same + r.Different
	fmt.Fprintf(w, "\nmirror: %d of %s compared: ", compared, view.Count(int(r.Commands), "command"))
	switch {
	case compared == 0:
		fmt.Fprint(w, "none")
	case r.Different == 0:
		fmt.Fprint(w, "the same")
	default:
		fmt.Fprintf(w, "%d the same, %s", r.Same, differ(int(r.Different)))
	}
	fmt.Fprintf(w, "; %d of %s\n", r.Mirrored, view.Count(int(r.Connections), "connection"))
	if r.Repeated > 0 {
		fmt.Fprintf(w, "mirror: %s not shown again\n", view.Count(int(r.Repeated), "difference"))
	}
	for _, c := range r.Skipped {
		fmt.Fprintf(w, "mirror: %s not compared: %s\n", view.Count(int(c.N), "command"), view.Inert(c.Why))
	}
	for _, c := range r.Ended {
		fmt.Fprintf(w, "mirror: %s no longer mirrored: %s\n", view.Count(int(c.N), "connection"), view.Inert(c.Why))
	}
	return w.Flush()
}

// MirrorJSON writes a line for the latencies of each command, and one for the totals.
func MirrorJSON(to io.Writer, r *mirror.Report) error {
	w := bufio.NewWriter(to)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	ms := load.JSONMillisAt
	for _, c := range r.Latency {
		if err := enc.Encode(struct {
			Type      string   `json:"type"`
			Command   quoted   `json:"command"`
			Count     int64    `json:"count"`
			FirstP50  *float64 `json:"first_p50"`
			FirstP99  *float64 `json:"first_p99"`
			SecondP50 *float64 `json:"second_p50"`
			SecondP99 *float64 `json:"second_p99"`
		}{"mirror-latency", quoted(c.Command), c.Sent.TotalCount(), ms(c.Recorded, 50), ms(c.Recorded, 99), ms(c.Sent, 50), ms(c.Sent, 99)}); err != nil {
			return err
		}
	}
	type reason struct {
		Why   quoted `json:"why"`
		Count int64  `json:"count"`
	}
	reasons := func(list []mirror.Count) []reason {
		out := make([]reason, 0, len(list))
		for _, c := range list {
			out = append(out, reason{quoted(c.Why), c.N})
		}
		return out
	}
	if err := enc.Encode(struct {
		Type        string   `json:"type"`
		Connections int64    `json:"connections"`
		Mirrored    int64    `json:"mirrored"`
		Commands    int64    `json:"commands"`
		Same        int64    `json:"same"`
		Different   int64    `json:"different"`
		Repeated    int64    `json:"repeated"`
		Skipped     []reason `json:"skipped"`
		Ended       []reason `json:"ended"`
	}{"mirror", r.Connections, r.Mirrored, r.Commands, r.Same, r.Different, r.Repeated, reasons(r.Skipped), reasons(r.Ended)}); err != nil {
		return err
	}
	return w.Flush()
}
