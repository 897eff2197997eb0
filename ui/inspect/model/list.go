package model

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"imapscope/capture"
	"imapscope/decode/filter"
)

// List is the transactions that are shown: all there are, or those that match a filter
// and belong to a chosen connection. Matches are looked for in the background, and shown
// as soon as they are found.
type List struct {
	model *Model

	limit int // how many of all are shown at most: it does not grow while paused

	source string         // of the filter
	filter *filter.Filter // nil: none
	conn   capture.ConnID // 0: any
	hits   *Scan          // nil if all are shown

	search *Scan // what is searched for, among all
	gen    atomic.Uint64
}

func newList(m *Model) *List { return &List{model: m} }

// Len returns how many are shown.
func (l *List) Len() int {
	if l.hits == nil {
		return l.limit
	}
	return l.hits.Below(l.limit)
}

// At returns the index, among all, of a transaction that is shown.
func (l *List) At(i int) int {
	if l.hits == nil {
		return i
	}
	return l.hits.Get(i)
}

// Row returns the row of a transaction: its own, or that of the first one after it.
func (l *List) Row(n int) int {
	if l.hits == nil {
		return n
	}
	return l.hits.Place(n)
}

// Extend includes all that has arrived.
func (l *List) Extend() {
	l.limit = l.model.Len()
	for _, s := range []*Scan{l.hits, l.search} {
		if s != nil {
			s.upTo(l.limit)
		}
	}
}

// Waiting returns how many have arrived that are not included.
func (l *List) Waiting() int { return l.model.Len() - l.limit }

// Version changes when a scan has found something or has ended.
func (l *List) Version() uint64 { return l.gen.Load() }

// Narrowed reports whether some transactions may be hidden.
func (l *List) Narrowed() bool { return l.hits != nil }

// Narrow shows only what f matches, of one connection or (0) of any.
func (l *List) Narrow(source string, f *filter.Filter, conn capture.ConnID) {
	if l.hits != nil {
		l.hits.Stop()
		l.hits = nil
	}
	l.source, l.filter, l.conn = source, f, conn
	if f == nil && conn == 0 {
		return
	}
	l.hits = l.startScan(f, conn)
}

// Only shows only what matches of one connection.
func (l *List) Only(c capture.ConnID) { l.Narrow(l.source, l.filter, c) }

func (l *List) startScan(f *filter.Filter, conn capture.ConnID) *Scan {
	s := &Scan{model: l.model, reader: l.model.rowReader(), filter: f.Clone(), conn: conn, gen: &l.gen, more: make(chan struct{}, 1)}
	s.goal.Store(int64(l.limit))
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.done.Add(1)
	go s.run(ctx)
	return s
}

// Stop ends all scans.
func (l *List) Stop() {
	for _, s := range []*Scan{l.hits, l.search} {
		if s != nil {
			s.Stop()
		}
	}
}

// Summary returns how many are shown of how many, and why.
func (l *List) Summary() string {
	if l.hits == nil {
		return Number(l.limit)
	}
	var why []string
	if l.conn != 0 {
		why = append(why, fmt.Sprintf("connection %d", l.conn))
	}
	if l.source != "" {
		why = append(why, "filter "+l.source)
	}
	s := fmt.Sprintf("%s of %s, %s%s", Number(l.Len()), Number(l.limit), l.failure(), strings.Join(why, ", "))
	if n := l.hits.Looked(); n < l.limit {
		s += fmt.Sprintf(", looked at %d %%", 100*n/l.limit)
	}
	return s
}

// Failed returns the number of transactions for which the filter failed, which are not
// shown, and the first error.
func (l *List) Failed() (n int, err error) {
	if l.hits == nil {
		return 0, nil
	}
	l.hits.mu.Lock()
	defer l.hits.mu.Unlock()
	return l.hits.failed, l.hits.err
}

// failure returns the part of the summary about a filter that failed.
func (l *List) failure() string {
	n, err := l.Failed()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("filter failed on %s (%s), ", Number(n), strings.TrimPrefix(err.Error(), "filter, "))
}

// Scan looks for transactions that match, from the first on, as far as upTo allows.
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

	mu     sync.Mutex
	hits   []uint32
	at     int   // Looked at so far
	failed int   // the number of rows for which the filter failed
	err    error // for the first of them
}

// scanStep is how many transactions are looked at before their matches are published.
const scanStep = 2048

func (s *Scan) run(ctx context.Context) {
	defer s.done.Done()
	var row filter.Row
	found := make([]uint32, 0, scanStep)
	for at := 0; ; {
		end := min(at+scanStep, int(s.goal.Load()))
		found = found[:0]
		for i, r := range s.model.Each(ctx, at, end) {
			if s.conn != 0 && r.Conn != s.conn {
				continue
			}
			if s.filter != nil {
				s.reader.fill(&row, i, &r, s.filter.Deep())
				if !s.filter.Match(&row) {
					continue
				}
			}
			found = append(found, uint32(i))
		}
		if ctx.Err() != nil {
			return
		}
		if end > at {
			s.mu.Lock()
			s.hits = append(s.hits, found...)
			s.at = end
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

// upTo sets how many transactions there are to look at.
func (s *Scan) upTo(n int) {
	if s.goal.Swap(int64(n)) != int64(n) {
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

// Looked returns how many were looked at.
func (s *Scan) Looked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
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

// Place returns where an index is among the matches, or would be.
func (s *Scan) Place(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearch(s.hits, uint32(n))
	return i
}

// Conn returns the connection that is chosen; 0 if none is.
func (l *List) Conn() capture.ConnID { return l.conn }

// Source returns the expression of the filter.
func (l *List) Source() string { return l.source }

// Limit returns how many transactions there are to show.
func (l *List) Limit() int { return l.limit }

// Looking reports whether not all transactions have been compared with the filter yet.
func (l *List) Looking() bool { return l.hits != nil && l.hits.Looked() < l.limit }

// Shows reports whether a transaction is among those shown.
func (l *List) Shows(i int) bool {
	row := l.Row(i)
	return row < l.Len() && l.At(row) == i
}

// Search begins to look for what f matches among all transactions; nil ends it.
func (l *List) Search(f *filter.Filter) {
	if l.search != nil {
		l.search.Stop()
		l.search = nil
	}
	if f != nil {
		l.search = l.startScan(f, 0)
	}
}

// Searched returns the search that was begun last; nil if there is none.
func (l *List) Searched() *Scan { return l.search }
