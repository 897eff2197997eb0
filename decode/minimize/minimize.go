package minimize

import (
	"context"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// Options configures Minimize.
type Options struct {
	Test   Test
	Width  int // how many trials a Test gets at most; 0 means 1
	Trials int // after how many the search ends; 0: when it is done

	// Progress, if not nil, is called after each Test.
	Progress func(trials int, best *Recording)

	// Dialect is what the connections speak, unless it is protocol.UnknownDialect.
	Dialect protocol.Dialect
	// Whole keeps transactions whole: neither untagged responses nor parts of messages are dropped
	// alone.
	Whole bool
}

// Result is the result of a search.
type Result struct {
	*Recording
	Trials int
	Spent  bool // no trials were left: the Recording may not be minimal
}

// Minimize returns the smallest part of a recording that passes the test, which the recording
// itself must pass. If the test or ctx ends the search, the error is returned with the best
// result so far.
func Minimize(ctx context.Context, r *Recording, o Options) (Result, error) {
	s := &search{Options: o, best: r}
	err := s.run(ctx)
	return Result{Recording: s.best, Trials: s.trials, Spent: s.spent}, err
}

// run drops what it can until nothing more can be dropped.
func (s *search) run(ctx context.Context) error {
	stages := []func(context.Context) (bool, error){s.dropConns, s.dropUnits}
	if !s.Whole {
		stages = append(stages, s.dropSingles, s.dropParts)
	}
	for changed := true; changed && !s.spent; {
		changed = false
		for _, stage := range stages {
			did, err := stage(ctx)
			if err != nil {
				return err
			}
			changed = changed || did
		}
	}
	return nil
}

// dropConns drops connections.
func (s *search) dropConns(ctx context.Context) (bool, error) {
	return s.dropBy(ctx, func(f *fact) (int, bool) { return int(f.conn), true })
}

// dropUnits drops transactions and what is outside any.
func (s *search) dropUnits(ctx context.Context) (bool, error) {
	return s.dropBy(ctx, func(f *fact) (int, bool) { return f.unit, !f.structural() })
}

// dropSingles drops untagged responses, losses and remarks.
func (s *search) dropSingles(ctx context.Context) (bool, error) {
	return s.dropBy(ctx, func(f *fact) (int, bool) { return f.id, f.single && !f.structural() })
}

// dropBy drops facts that have a number in common, if they have one.
func (s *search) dropBy(ctx context.Context, number func(*fact) (n int, ok bool)) (bool, error) {
	from := s.best
	var atoms []int
	seen := make(map[int]int)
	for i := range from.facts {
		n, ok := number(&from.facts[i])
		if _, known := seen[n]; ok && !known {
			seen[n] = len(atoms)
			atoms = append(atoms, n)
		}
	}
	return s.drop(ctx, len(atoms), func(gone []int) *Recording {
		dropped := make([]bool, len(atoms))
		for _, i := range gone {
			dropped[i] = true
		}
		return from.where(func(f *fact) bool {
			n, ok := number(f)
			return !ok || !dropped[seen[n]]
		})
	})
}

// Request returns a number for the request that begins at a position of a connection of the
// client. It is the same in every part of a recording; 0 if there is none.
func (r *Recording) Request(conn capture.ConnID, off int64) int {
	return r.places().id(conn, capture.ClientToServer, off)
}

// Conns returns the numbers of the recording's connections, in the order of their beginnings.
func (r *Recording) Conns() []capture.ConnID {
	var out []capture.ConnID
	for i := range r.facts {
		if f := &r.facts[i]; f.kind == capture.Opened {
			out = append(out, f.conn)
		}
	}
	return out
}
