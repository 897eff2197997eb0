package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
)

const (
	// growthConns is the number of connections at once in captures of growing size.
	growthConns = 64
	// connsBytes is the size of captures with a growing number of connections.
	connsBytes = 100_000_000
	// tsharkMost is the size of the largest capture that tshark has to read: it takes a
	// second and 50 MB of memory for some 10 MB.
	tsharkMost = 100_000_000
)

// growing returns the captures whose size grows up to most bytes, and those whose number of
// connections does.
func growing(most int64, quick bool) (sizes, conns []spec) {
	steps := []int64{10_000_000, 100_000_000, 1_000_000_000, 4_000_000_000}
	numbers := []int{10, 1000, 50_000}
	if quick {
		steps, numbers = []int64{100_000}, []int{2, 20}
	}
	steps = slices.DeleteFunc(steps, func(n int64) bool { return n >= most })
	steps = append(steps, most)
	for _, n := range steps {
		sizes = append(sizes, spec{bytes: n, conns: growthConns, dialect: "imap2"})
	}
	for _, n := range numbers {
		conns = append(conns, spec{bytes: min(most, connsBytes), conns: n, dialect: "imap2"})
	}
	return sizes, conns
}

// A grown is a row of the table of growth.
type grown struct {
	title   string
	nominal int64           // bytes that were asked for
	bytes   int64           // of the file
	names   [readers]string // of contenders, "" where one does not run
}

// readers is the number of programs that read each capture.
const readers = 4

// readersOf returns the contenders that read a capture: gopacket alone, decode, check, and
// tshark if it is installed and is to run.
func (b *bench) readersOf(c capture, withTshark bool) (list [readers]contender) {
	list[0] = command(bare, "gopacket alone", c.size, b.programs[reassembleDir], c.file)
	for _, v := range verbs() {
		switch v.name {
		case "decode --format none":
			list[1] = b.contender(v, b.programs[imapscopeDir], c)
		case "check":
			list[2] = b.contender(v, b.programs[imapscopeDir], c)
		}
	}
	if program := program("tshark"); program != "" && withTshark {
		list[3] = tsharkOn(tshark, program, c)
	}
	return list
}

// measureGrowth measures how time and memory grow with captures.
func (b *bench) measureGrowth(ctx context.Context) (table, error) {
	sizes, conns := growing(b.max, b.quick)
	captures, err := b.generate(ctx, slices.Concat(sizes, conns)...)
	if err != nil {
		return table{}, err
	}
	defer remove(captures)
	var list []contender
	var rows []grown
	for i, c := range captures {
		row := grown{title: formatSize(c.bytes), nominal: c.bytes, bytes: c.size}
		if i >= len(sizes) {
			row.title = grouped(c.conns) + " connections"
		}
		for n, k := range b.readersOf(c, i < len(sizes) && c.bytes <= tsharkMost) {
			if k.run == nil {
				continue
			}
			k.name += " " + row.title
			k.title += ", " + row.title
			row.names[n] = k.name
			list = append(list, k)
		}
		rows = append(rows, row)
	}
	r, err := alternate(ctx, b.rounds, list, b.log)
	if err != nil {
		return table{}, err
	}
	return growthTable(rows[:len(sizes)], rows[len(sizes):], r), nil
}

// grouped returns a number of less than a million with its thousands set off: 50,000.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// growthTable returns the table of growth: below each series how much the last row is of
// the first one. Series are neither empty.
func growthTable(sizes, conns []grown, r runs) table {
	t := table{
		head: []string{"", "gopacket", "MB", "decode", "MB", "check", "MB", "tshark", "MB"},
		note: fmt.Sprintf("CPU seconds per GB, and peak memory; `decode` with `--format none`. Captures in IMAP2: of growing size with %d connections at once; of %s with ever more connections at once. Growth is from the first row to the last one measured.",
			growthConns, formatSize(conns[0].nominal)),
	}
	for _, series := range [][]grown{sizes, conns} {
		for _, g := range series {
			row := []string{g.title}
			for _, name := range g.names {
				row = append(row,
					r.cell(name, cpuTime, func(s float64) string { return figure(s / float64(g.bytes) * 1e9) }),
					r.cell(name, peak, func(n float64) string { return fmt.Sprintf("%.0f", n/1e6) }))
			}
			t.rows = append(t.rows, row)
		}
		t.rows = append(t.rows, growthRow(series, r))
	}
	return t
}

// growthRow returns the row with what the last of a series takes compared with the first:
// per byte, and memory; of tshark, the last that it read.
func growthRow(series []grown, r runs) []string {
	first := series[0]
	row := []string{"growth, ×"}
	for i, from := range first.names {
		end := first
		for _, g := range series {
			if g.names[i] != "" {
				end = g
			}
		}
		cpu, ok := r.ratio(end.names[i], from, cpuTime)
		mem, ok2 := r.ratio(end.names[i], from, peak)
		if !ok || !ok2 || end.names[i] == from {
			row = append(row, absentCell, absentCell)
			continue
		}
		row = append(row, figure(cpu.median*float64(first.bytes)/float64(end.bytes)), figure(mem.median))
	}
	return row
}
