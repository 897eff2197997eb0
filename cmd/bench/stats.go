package main

import (
	"context"
	"fmt"
	"io"
	"slices"
)

// A quantity is something that is measured.
type quantity string

const (
	cpuTime  quantity = "cpu"    // seconds of processor time, user and system
	wallTime quantity = "wall"   // seconds
	peak     quantity = "memory" // bytes resident at most
)

// A sample is what was measured in one run. A quantity that was not measured is not there.
type sample map[quantity]float64

// A contender is something that is measured together with others.
type contender struct {
	name  string // unique among them
	title string // in the table
	bytes int64  // of the capture that it reads; 0 if there is none
	run   func(context.Context) (sample, error)
}

// runs are the samples of each contender, by its name, one for each round.
type runs map[string][]sample

// alternate runs each contender once a round, in the next round from the next one on, and
// reports progress to log.
func alternate(ctx context.Context, rounds int, list []contender, log io.Writer) (runs, error) {
	r := runs{}
	for round := range rounds {
		for i := range list {
			c := list[(i+round)%len(list)]
			fmt.Fprintf(log, "round %d of %d: %s\n", round+1, rounds, c.title)
			s, err := c.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.title, err)
			}
			r[c.name] = append(r[c.name], s)
		}
	}
	return r, nil
}

// A spread is where the values of several rounds lie.
type spread struct{ least, median, most float64 }

// spreadOf returns the spread of values, at least one, which it sorts.
func spreadOf(values []float64) spread {
	slices.Sort(values)
	n := len(values)
	return spread{values[0], (values[(n-1)/2] + values[n/2]) / 2, values[n-1]}
}

// of returns the spread of a quantity; not ok if no round has it.
func (r runs) of(name string, q quantity) (s spread, ok bool) {
	var values []float64
	for _, sample := range r[name] {
		if v, ok := sample[q]; ok {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return spread{}, false
	}
	return spreadOf(values), true
}

// ratio returns the spread of a contender's quantity divided by that of another one in the
// same round; not ok if no round has both.
func (r runs) ratio(name, to string, q quantity) (s spread, ok bool) {
	var values []float64
	for i, sample := range r[name] {
		if i >= len(r[to]) {
			break
		}
		v, ok := sample[q]
		base, ok2 := r[to][i][q]
		if ok && ok2 && base != 0 {
			values = append(values, v/base)
		}
	}
	if len(values) == 0 {
		return spread{}, false
	}
	return spreadOf(values), true
}

// differs reports whether a ratio is further from 1 than its values are from each other:
// what is left if noise explains all else. One round alone shows no noise, so it never does.
func (s spread) differs() bool {
	return s.least != s.most && max(s.median-1, 1-s.median) > s.most-s.least
}
