package minimize

import (
	"context"
	"slices"
)

// Test returns the first of several trials that still shows what is looked for, or -1 if none
// does. An error ends the search.
type Test func(ctx context.Context, trials []*Recording) (first int, err error)

// One returns a Test that looks at one trial after the other.
func One(shown func(*Recording) bool) Test {
	return func(ctx context.Context, trials []*Recording) (int, error) {
		return slices.IndexFunc(trials, shown), ctx.Err()
	}
}

// search is the state of a search for the smallest recording.
type search struct {
	Options
	best   *Recording
	trials int // that counted: those behind the first that passed do not
	spent  bool
}

// try tests several recordings, and returns the first that passes; -1 if none does, or if no
// more trials are left.
func (s *search) try(ctx context.Context, list []*Recording) (int, error) {
	if s.Trials > 0 && s.trials+len(list) > s.Trials {
		list = list[:max(s.Trials-s.trials, 0)]
		s.spent = true
	}
	if len(list) == 0 {
		return -1, ctx.Err()
	}
	first, err := s.Test(ctx, list)
	if err != nil {
		return -1, err
	}
	if first < 0 {
		s.trials += len(list)
	} else {
		s.trials += first + 1
		s.best = list[first]
	}
	if s.Progress != nil {
		s.Progress(s.trials, s.best)
	}
	return first, nil
}

// drop drops as many of n atoms as it can: without returns the recording without those that
// are given, in order, or nil if there can be none. It reports whether there are any that it dropped.
//
// Pieces of all the atoms that are left are tried, from the last to the first, because what
// comes late is needed less; first all, then halves, quarters and so on, at last each alone
// until none can go.
func (s *search) drop(ctx context.Context, n int, without func(atoms []int) *Recording) (changed bool, err error) {
	left, gone := make([]int, n), []int(nil)
	for i := range left {
		left[i] = i
	}
	for size := n; size > 0 && !s.spent; {
		swept := false
		for end := len(left); end > 0 && !s.spent; {
			next := 0
			var trials []*Recording
			var pieces [][]int
			for to := end; to > 0 && len(trials) < max(s.Width, 1); to -= size {
				piece := left[max(to-size, 0):to]
				next = max(to-size, 0)
				if trial := without(slices.Sorted(slices.Values(slices.Concat(gone, piece)))); trial != nil {
					pieces = append(pieces, piece)
					trials = append(trials, trial)
				}
			}
			first, err := s.try(ctx, trials)
			if err != nil {
				return changed, err
			}
			if end = next; first >= 0 {
				changed, swept = true, true
				gone = append(gone, pieces[first]...)
				end, _ = slices.BinarySearch(left, pieces[first][0])
				left = slices.Delete(slices.Clone(left), end, end+len(pieces[first]))
			}
		}
		switch {
		case size > 1:
			size = min((size+1)/2, max(len(left), 1))
		case !swept:
			return changed, nil
		}
	}
	return changed, nil
}
