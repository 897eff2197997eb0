package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// heading begins the section of the help topic that write writes; the next heading ends it.
const heading = "## The proxy compared with others\n"

// columnsPerTable is how many columns fit a line of 80 with the contenders' titles.
const columnsPerTable = 4

// report is everything that came of a run.
type report struct {
	Machine  string               `json:"machine"`
	Sizes    sizes                `json:"sizes"`
	Rows     []string             `json:"rows"`   // names, in the table's order
	Titles   map[string]string    `json:"titles"` // by name
	Rounds   map[string][]figures `json:"rounds"` // by name
	contends map[string]contender
}

// column is one of the table's.
type column struct {
	title  string
	figure figure
	to     string // if not "", the ratio to this contender in the same round
	unit   float64
	format string
}

func columns() []column {
	return []column{
		{title: "bulk MB/s", figure: bulk, unit: 1e6, format: "%.0f"},
		{title: "×", figure: bulk, to: copying, unit: 1, format: "%.2f"},
		{title: "NOOP p50", figure: p50, unit: 1e-6, format: "%.0f"},
		{title: "×", figure: p50, to: copying, unit: 1, format: "%.2f"},
		{title: "NOOP p99", figure: p99, unit: 1e-6, format: "%.0f"},
		{title: "conns/s", figure: conns, unit: 1, format: "%.0f"},
		{title: "CPU s/GB", figure: cpu, unit: 1, format: "%.2f"},
		{title: "KiB/idle", figure: idle, unit: 1 << 10, format: "%.1f"},
	}
}

// aim is what imapscope wants to reach, decoding and recording.
type aim struct {
	text   string
	figure figure
	to     string
	met    func(v float64) bool
	format string
	unit   float64
}

func aims() []aim {
	return []aim{
		{"at least 0.8 of the copying relay's throughput", bulk, copying, func(v float64) bool { return v >= 0.8 }, "%.2f", 1},
		{"round trips within 1.15 of the copying relay's", p50, copying, func(v float64) bool { return v <= 1.15 }, "%.2f", 1},
		{"at least 8 times mitmproxy's throughput", bulk, python, func(v float64) bool { return v >= 8 }, "%.1f", 1},
		{"less than 64 KiB for an idle plaintext connection", idle, "", func(v float64) bool { return v < 64<<10 }, "%.1f KiB", 1 << 10},
	}
}

// value is the median over the rounds that have it: those in which nothing was lost.
func (r *report) value(name string, f figure, to string) (float64, bool) {
	var all []float64
	for i, x := range r.Rounds[name] {
		v, ok := x[f]
		if !ok {
			continue
		}
		if to != "" {
			if i >= len(r.Rounds[to]) || r.Rounds[to][i][f] == 0 {
				continue
			}
			v /= r.Rounds[to][i][f]
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		return 0, false
	}
	return median(all), true
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// losses says in how many rounds, and how much of all that passed in them, a copy
// missed something; "" if there were none.
func (r *report) losses(name string) string {
	rounds, sum := 0, figures{}
	var speed []float64
	for _, x := range r.Rounds[name] {
		if _, ok := x[passed]; !ok {
			continue
		}
		rounds++
		for _, k := range []figure{passed, undecoded, unrecorded} {
			sum[k] += x[k]
		}
		if v, ok := x[bulk.lossy()]; ok {
			speed = append(speed, v)
		}
	}
	if rounds == 0 {
		return ""
	}
	said := fmt.Sprintf("%s missed bytes in %d of %d rounds, %.1f %% not decoded",
		r.contends[name].title, rounds, len(r.Rounds[name]), 100*sum[undecoded]/sum[passed])
	if r.contends[name].records {
		said += fmt.Sprintf(", %.1f %% not recorded", 100*sum[unrecorded]/sum[passed])
	}
	if len(speed) > 0 {
		said += fmt.Sprintf(", at %.0f MB/s; what counts of these rounds is bulk slowed down until it missed none", median(speed)/1e6)
	}
	return said + ". "
}

// write writes the section of the help topic, its heading included.
func (r *report) write(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(heading + "\n" + wrap("Over loopback, with proxy, client and server on the same cores; "+
		"'go run ./proxy/bench' measures this (Linux, some minutes). A ratio (×) is to the relay with a buffer "+
		"in the same round.", ""))
	for part := range slices.Chunk(columns(), columnsPerTable) {
		r.writeTable(&b, part)
	}
	r.writeNotes(&b)
	_, err := w.Write(b.Bytes())
	return err
}

// writeTable writes some columns of the table, indented as examples in help topics are.
func (r *report) writeTable(b *bytes.Buffer, part []column) {
	fmt.Fprintf(b, "\n    %-35s", "")
	for _, c := range part {
		fmt.Fprintf(b, " %9s", c.title)
	}
	b.WriteByte('\n')
	for _, name := range r.Rows {
		fmt.Fprintf(b, "    %-35s", r.contends[name].title)
		for _, c := range part {
			cell := "–"
			if v, ok := r.value(name, c.figure, c.to); ok {
				cell = fmt.Sprintf(c.format, v/c.unit)
			}
			fmt.Fprintf(b, " %9s", cell)
		}
		b.WriteByte('\n')
	}
}

// wrap breaks a text into lines of at most 80 columns; indent begins all but the first.
func wrap(text, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > 80:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String() + "\n"
}

// writeNotes writes how it was measured, and which aims were met.
func (r *report) writeNotes(out *bytes.Buffer) {
	s := r.Sizes
	b := new(strings.Builder)
	fmt.Fprintf(b, "NOOP p50 and p99: microseconds of a round trip, median and 99th percentile; KiB/idle: memory for each idle connection. Medians of %d rounds, each contender once a round: %d MB of mails fetched, %d NOOPs, %d connections "+
		"that come and go, %d that stay. ", s.Rounds, s.Bytes/1e6, s.Noops, s.Conns, s.Idle)
	lossless := true
	for _, name := range r.Rows {
		if said := r.losses(name); said != "" {
			lossless = false
			b.WriteString(said)
		}
	}
	if lossless {
		b.WriteString("Nothing that passed was missing from what was decoded and recorded. ")
	}
	if v, ok := r.value(recording, disk, ""); ok {
		fmt.Fprintf(b, "The disk itself writes %.0f MB/s. ", v/1e6)
	}
	fmt.Fprintf(b, "%s.", r.Machine)
	out.WriteString("\n" + wrap(b.String(), "") + "\nAims, decoding and recording:\n\n")
	for _, a := range aims() {
		v, ok := r.value(recording, a.figure, a.to)
		line := fmt.Sprintf("- %s: not met, "+a.format, a.text, v/a.unit)
		switch {
		case !ok:
			line = fmt.Sprintf("- %s: not measured", a.text)
		case a.met(v):
			line = fmt.Sprintf("- %s: met, "+a.format, a.text, v/a.unit)
		}
		out.WriteString(wrap(line, "  "))
	}
}

// replaceIn puts the section into a topic that has one.
func (r *report) replaceIn(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(text, []byte("\n"+heading))
	if !ok {
		return fmt.Errorf("%s: no line %q where the section belongs", name, strings.TrimSpace(heading))
	}
	b := bytes.NewBuffer(append(slices.Clip(before), '\n'))
	if err := r.write(b); err != nil {
		return err
	}
	if i := bytes.Index(rest, []byte("\n## ")); i >= 0 {
		b.Write(rest[i:])
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}
