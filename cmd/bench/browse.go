package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// What is measured of what people browse captures with. Those of keys are measured while a capture is
// read, and, as afterwards says, when all of it has been.
const (
	firstRows quantity = "first"   // seconds until there are rows
	keyMedian quantity = "key p50" // seconds from a key to what it changes, or from a request to its answer
	keyP99    quantity = "key p99"
	keyMost   quantity = "key max"
)

// afterwards returns the quantity that is q once all has been read.
func (q quantity) afterwards() quantity { return q + " afterwards" }

const (
	// browseBytes is the size of the capture: five million transactions, and a connection for some 40.
	browseBytes = 1_600_000_000
	browseConns = 64
	// browseKeys is how many keys are pressed, or windows of rows asked for, while a capture is read,
	// and again afterwards; browsePause is the time between two.
	browseKeys  = 400
	browsePause = 80 * time.Millisecond
	quickKeys   = 60
	quickPause  = 5 * time.Millisecond
)

// times are how long things took.
type times []time.Duration

// into puts the median, the 99th percentile and the largest into a sample, if there are any.
func (t times) into(s sample, as func(quantity) quantity) {
	if len(t) == 0 {
		return
	}
	slices.Sort(t)
	for q, share := range map[quantity]float64{keyMedian: 0.5, keyP99: 0.99, keyMost: 1} {
		s[as(q)] = t[max(int(math.Ceil(share*float64(len(t))))-1, 0)].Seconds()
	}
}

// A pace says how many keys are pressed, and how fast.
type pace struct {
	keys  int
	pause time.Duration
}

// browsers returns the programs that show a capture.
func (b *bench) browsers(file string) []contender {
	p := pace{browseKeys, browsePause}
	if b.quick {
		p = pace{quickKeys, quickPause}
	}
	program := b.programs[imapscopeDir]
	return []contender{
		{name: "inspect", title: "imapscope inspect", run: func(ctx context.Context) (sample, error) { return p.inspect(ctx, program, file) }},
		{name: "web", title: "imapscope web", run: func(ctx context.Context) (sample, error) { return p.web(ctx, program, file) }},
	}
}

// measureBrowse measures how soon inspect and web show a capture, and how soon they answer.
func (b *bench) measureBrowse(ctx context.Context) (table, error) {
	captures, err := b.generate(ctx, spec{bytes: min(b.max, browseBytes), conns: browseConns, dialect: "imap2", mix: "short"})
	if err != nil {
		return table{}, err
	}
	defer remove(captures)
	list := b.browsers(captures[0].file)
	r, err := alternate(ctx, b.rounds, list, b.log)
	if err != nil {
		return table{}, err
	}
	return browseTable(list, r, captures[0]), nil
}

// browseTable returns the table of what shows a capture.
func browseTable(list []contender, r runs, c capture) table {
	t := table{
		head: []string{"", "first rows, ms", "p50 ms", "p99 ms", "max ms", "peak MB"},
		note: fmt.Sprintf("A capture of %s in IMAP2, of short commands, %d connections at once. First rows: from the start of the program until there are transactions to see. The others: from a key on a terminal (moves, tabs, filters, searches and orders, at most %d a second) until the screen shows what it does; of web, from a request for 100 rows anywhere until its answer. There is no other program to compare with: sngrep is for SIP, and termshark shows what tshark has read.",
			formatSize(c.bytes), c.conns, int(time.Second/browsePause)),
	}
	ms := func(v float64) string { return figure(v * 1e3) }
	for _, k := range list {
		same := func(q quantity) quantity { return q }
		for _, row := range []struct {
			title string
			as    func(quantity) quantity
		}{{", while it reads", same}, {", when it has read all", quantity.afterwards}} {
			t.rows = append(t.rows, []string{k.title + row.title,
				r.cell(k.name, row.as(firstRows), ms), r.cell(k.name, row.as(keyMedian), ms), r.cell(k.name, row.as(keyP99), ms), r.cell(k.name, row.as(keyMost), ms),
				r.cell(k.name, row.as(peak), func(n float64) string { return fmt.Sprintf("%.0f", n/1e6) })})
		}
	}
	return t
}
