package main

import (
	"context"
	"fmt"
	"os"
)

// starts is how often a program starts for one figure.
const starts = 10

// started returns a contender that runs a program with one argument several times, and has
// the mean of what that took.
func started(name, title, program, arg string) contender {
	one := command(name, title, 0, program, arg)
	return contender{name: name, title: title, run: func(ctx context.Context) (sample, error) {
		sum := sample{}
		for range starts {
			s, err := one.run(ctx)
			if err != nil {
				return nil, err
			}
			sum[wallTime] += s[wallTime] / starts
			sum[cpuTime] += s[cpuTime] / starts
			sum[peak] = max(sum[peak], s[peak])
		}
		return sum, nil
	}}
}

// measureStart measures how long programs take to start, and what they take of the disk.
func (b *bench) measureStart(ctx context.Context) (table, error) {
	list := []contender{started("imapscope", "imapscope version", b.programs[imapscopeDir], "version")}
	files := []string{b.programs[imapscopeDir]}
	for _, p := range []struct{ program, arg string }{{"tshark", "--version"}, {"haproxy", "-v"}, {"mitmdump", "--version"}} {
		if file := program(p.program); file != "" {
			list = append(list, started(p.program, p.program+" "+p.arg, file, p.arg))
			files = append(files, file)
		}
	}
	r, err := alternate(ctx, b.rounds, list, b.log)
	if err != nil {
		return table{}, err
	}
	t := table{
		head: []string{"", "ms", "CPU ms", "peak MB", "size, MB"},
		note: "imapscope is one static file; the size of others is without their libraries and data.",
	}
	for i, c := range list {
		info, err := os.Stat(files[i])
		if err != nil {
			return table{}, err
		}
		ms := func(v float64) string { return figure(v * 1e3) }
		t.rows = append(t.rows, []string{c.title, r.cell(c.name, wallTime, ms), r.cell(c.name, cpuTime, ms),
			r.cell(c.name, peak, func(n float64) string { return fmt.Sprintf("%.0f", n/1e6) }),
			figure(float64(info.Size()) / 1e6)})
	}
	return t, nil
}
