package model

import (
	"context"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"imapscope/capture"
	"imapscope/decode/archive"
	"imapscope/decode/filter"
)

// Scan looks for transactions that match, from the first on, as far as upTo allows. What was
// running is compared again once it has ended.
type Scan struct {
	model  *Model
	reader *rowReader
	filter *filter.Filter
	conn   capture.ConnID
	gen    *atomic.Uint64

	goal   atomic.Int64
	more   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup

	open []running // what was running when it was looked at; of run

	mu     sync.Mutex
	hits   []uint32
	moved  int    // how often hits changed other than at its end
	runs   int    // len(open)
	again  bool   // open is to be looked at again
	as     uint64 // the archive's Version when that was done last
	at     int    // Looked at so far
	failed int    // the number of rows for which the filter failed
	err    error  // for the first of them
}

// running is a transaction that was running, and whether it matched.
type running struct {
	i   uint32
	hit bool
}

// scanStep is how many transactions are looked at before their matches are published.
const scanStep = 2048

func (s *Scan) run(ctx context.Context) {
	defer s.done.Done()
	var row filter.Row
	found := make([]uint32, 0, scanStep)
	for at := 0; ; {
		s.lookAgain(&row)
		end := min(at+scanStep, int(s.goal.Load()))
		found = found[:0]
		for i, r := range s.model.Each(ctx, at, end) {
			hit := s.matches(&row, i, &r)
			if hit {
				found = append(found, uint32(i))
			}
			if r.Running && s.filter != nil {
				s.open = append(s.open, running{uint32(i), hit})
			}
		}
		if ctx.Err() != nil {
			return
		}
		if end > at {
			s.mu.Lock()
			s.hits = append(s.hits, found...)
			s.at, s.runs = end, len(s.open)
			s.failed, s.err = s.filter.Failed(), s.filter.Err()
			s.mu.Unlock()
			s.gen.Add(1)
			at = end
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-s.more:
		}
	}
}

// matches reports whether a transaction matches.
func (s *Scan) matches(row *filter.Row, i int, r *archive.Row) bool {
	if s.conn != 0 && r.Conn != s.conn {
		return false
	}
	if s.filter == nil {
		return true
	}
	s.reader.fill(row, i, r, s.filter.Deep())
	return s.filter.Match(row)
}

// lookAgain compares what was running and has ended, if upTo has asked for it.
func (s *Scan) lookAgain(row *filter.Row) {
	s.mu.Lock()
	again := s.again
	s.mu.Unlock()
	if !again {
		return
	}
	as := s.model.Version() // before the rows are read
	var come []uint32
	gone := make(map[uint32]bool)
	s.open = slices.DeleteFunc(s.open, func(o running) bool {
		r := s.model.Archive.Row(int(o.i))
		if r.Running {
			return false
		}
		switch hit := s.matches(row, int(o.i), &r); {
		case hit && !o.hit:
			come = append(come, o.i)
		case !hit && o.hit:
			gone[o.i] = true
		}
		return true
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.as, s.again, s.runs = as, false, len(s.open)
	s.failed, s.err = s.filter.Failed(), s.filter.Err()
	if len(come)+len(gone) > 0 {
		s.hits = slices.DeleteFunc(s.hits, func(i uint32) bool { return gone[i] })
		s.hits = append(s.hits, come...)
		slices.Sort(s.hits)
		s.moved++
	}
	s.gen.Add(1)
}

// upTo sets how many transactions there are to look at.
func (s *Scan) upTo(n int) {
	s.mu.Lock()
	if s.runs > 0 && s.as != s.model.Version() {
		s.again = true
	}
	again := s.again
	s.mu.Unlock()
	if s.goal.Swap(int64(n)) != int64(n) || again {
		select {
		case s.more <- struct{}{}:
		default:
		}
	}
}

// Stop ends the scan.
func (s *Scan) Stop() {
	s.cancel()
	s.done.Wait()
}

// Looked returns how many were looked at: one less than all as long as some are to be looked at
// again.
func (s *Scan) Looked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.again {
		return s.at - 1
	}
	return s.at
}

// Moved returns a number that changes when matches have come or gone before the last one.
func (s *Scan) Moved() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.moved
}

// Below returns how many of the matches are below an index.
func (s *Scan) Below(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := len(s.hits); k == 0 || int(s.hits[k-1]) < n {
		return k
	}
	return sort.Search(len(s.hits), func(i int) bool { return int(s.hits[i]) >= n })
}

// Get returns a match: a number among all transactions; 0 if there is none.
func (s *Scan) Get(i int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < 0 || i >= len(s.hits) {
		return 0
	}
	return int(s.hits[i])
}

// Set returns the matches that are below an index.
func (s *Scan) Set(n int) Set {
	set := newSet(n)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.hits {
		if int(i) < n {
			set.add(i)
		}
	}
	return set
}

// Place returns where an index is among the matches, or would be.
func (s *Scan) Place(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearch(s.hits, uint32(n))
	return i
}
