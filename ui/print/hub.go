package print

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"imapscope/capture/hub"
	"imapscope/ui/view"
)

// A Grant is a credential of a hub.
type Grant struct {
	Role string
	Name string // of a sensor
	File string
	New  bool // it was made now; else the user has had it
}

// Grants writes which credentials there are, and where.
func Grants(w io.Writer, grants []Grant) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, g := range grants {
		who, state := g.Role, "new"
		if g.Name != "" {
			who += " " + view.Inert(g.Name)
		}
		if !g.New {
			state = "as before"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", who, state, view.Inert(g.File))
	}
	return tw.Flush()
}

// HubStats writes what a hub holds: a table, or JSON lines.
func HubStats(w io.Writer, s *hub.Stats, lines bool) error {
	if lines {
		return hubLines(w, s)
	}
	fmt.Fprintf(w, "%s, %s bytes", view.Count(int(s.Messages), "message"), short(int64(s.Bytes)))
	if !s.First.IsZero() {
		fmt.Fprintf(w, ", from %s to %s", view.Stamp(s.First), view.Stamp(s.Last))
	}
	fmt.Fprintf(w, "; %s\nkept for %s, in at most %s bytes; %s removed so far\n", view.Count(s.Readers, "reader"),
		limit(s.Limits.MaxAge > 0, age(s.Limits.MaxAge)), limit(s.Limits.MaxBytes > 0, short(s.Limits.MaxBytes)), view.Count(int(s.Removed), "message"))
	fmt.Fprintf(w, "%s of %s\n", view.Count(s.Connections, "connection"), view.Count(len(s.Sensors), "sensor"))
	if s.Others > 0 {
		fmt.Fprintf(w, "%s under subjects of no sensor\n", view.Count(s.Others, "message"))
	}
	if s.Partial {
		fmt.Fprintln(w, "there are more connections: the table is not complete")
	}
	if len(s.Sensors) == 0 {
		return nil
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "\nmessages\tconnections\tfirst\tlast\t  sensor")
	for _, x := range s.Sensors {
		fmt.Fprintf(tw, "%d\t%d\t%s\t%s\t  %s\n", x.Messages, x.Connections, stampOf(x.First), stampOf(x.Last), view.Inert(x.Sensor))
	}
	return tw.Flush()
}

// limit returns a limit, or that there is none.
func limit(is bool, text string) string {
	if is {
		return text
	}
	return "(no limit)"
}

// age returns a duration in days, if it is a number of days.
func age(d time.Duration) string {
	if day := 24 * time.Hour; d >= day && d%day == 0 {
		return view.Count(int(d/day), "day")
	}
	return d.String()
}

// stampOf returns a time, or "-" for none.
func stampOf(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return view.Stamp(t)
}

// hubLine is the line of a hub, and sensorLine that of a sensor.
type hubLine struct {
	Type        string     `json:"type"` // hub
	Messages    uint64     `json:"messages"`
	Bytes       uint64     `json:"bytes"`
	Sensors     int        `json:"sensors"`
	Connections int        `json:"connections"`
	Readers     int        `json:"readers"`
	Removed     uint64     `json:"removed"`
	Others      int        `json:"others"`
	Partial     bool       `json:"partial"`
	First       *time.Time `json:"first,omitempty"`
	Last        *time.Time `json:"last,omitempty"`
	MaxBytes    int64      `json:"max_bytes"`
	MaxAge      float64    `json:"max_age_s"`
}

type sensorLine struct {
	Type        string     `json:"type"` // sensor
	Sensor      quoted     `json:"sensor"`
	Messages    uint64     `json:"messages"`
	Connections int        `json:"connections"`
	First       *time.Time `json:"first,omitempty"`
	Last        *time.Time `json:"last,omitempty"`
}

// hubLines writes what a hub holds as JSON lines: one for the hub, and one for each sensor.
func hubLines(w io.Writer, s *hub.Stats) error {
	enc := json.NewEncoder(w)
	if err := enc.Encode(hubLine{
		Type: "hub", Messages: s.Messages, Bytes: s.Bytes, Sensors: len(s.Sensors), Connections: s.Connections, Readers: s.Readers,
		Removed: s.Removed, Others: s.Others, Partial: s.Partial, First: known(s.First), Last: known(s.Last),
		MaxBytes: s.Limits.MaxBytes, MaxAge: s.Limits.MaxAge.Seconds(),
	}); err != nil {
		return err
	}
	for _, x := range s.Sensors {
		line := sensorLine{"sensor", quoted(x.Sensor), x.Messages, x.Connections, known(x.First), known(x.Last)}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// known returns a time, or nil if it is zero.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
