package inspect

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

// list is the transactions that are shown: all there are, or those that a filter or
// the choice of a connection leaves. What matches is looked for in the background,
// and there as soon as it is found.
type list struct {
	data *data

	limit int // how many of all are taken notice of: it stands still while paused

	source string         // of the filter
	filter *filter.Filter // nil: none
	conn   capture.ConnID // 0: any
	hits   *scan          // nil if all are shown

	search *scan // of what is searched for, among all
	gen    atomic.Uint64
}

func newList(d *data) *list { return &list{data: d} }

// Len is how many are shown.
func (l *list) Len() int {
	if l.hits == nil {
		return l.limit
	}
	return l.hits.below(l.limit)
}

// at is the number, among all, of a transaction that is shown.
func (l *list) at(i int) int {
	if l.hits == nil {
		return i
	}
	return l.hits.get(i)
}

// row is where a transaction stands in what is shown: its place, or that of the
// first behind it.
func (l *list) row(n int) int {
	if l.hits == nil {
		return n
	}
	return l.hits.place(n)
}

// extend takes notice of all that has come.
func (l *list) extend() {
	l.limit = l.data.len()
	for _, s := range []*scan{l.hits, l.search} {
		if s != nil {
			s.upTo(l.limit)
		}
	}
}

// waiting is how many have come that no notice is taken of.
func (l *list) waiting() int { return l.data.len() - l.limit }

// version changes when a scan has found something or is through.
func (l *list) version() uint64 { return l.gen.Load() }

func (l *list) narrowed() bool { return l.hits != nil }

// narrow shows only what f matches, of one connection or any.
func (l *list) narrow(source string, f *filter.Filter, conn capture.ConnID) {
	if l.hits != nil {
		l.hits.stop()
		l.hits = nil
	}
	l.source, l.filter, l.conn = source, f, conn
	if f == nil && conn == 0 {
		return
	}
	l.hits = l.scan(f, conn)
}

func (l *list) only(c capture.ConnID) { l.narrow(l.source, l.filter, c) }

func (l *list) scan(f *filter.Filter, conn capture.ConnID) *scan {
	s := &scan{data: l.data, reader: l.data.rowReader(), filter: f.Clone(), conn: conn, gen: &l.gen, more: make(chan struct{}, 1)}
	s.goal.Store(int64(l.limit))
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.done.Add(1)
	go s.run(ctx)
	return s
}

func (l *list) stop() {
	for _, s := range []*scan{l.hits, l.search} {
		if s != nil {
			s.stop()
		}
	}
}

// summary is what is shown of what.
func (l *list) summary() string {
	if l.hits == nil {
		return number(l.limit)
	}
	var why []string
	if l.conn != 0 {
		why = append(why, fmt.Sprintf("connection %d", l.conn))
	}
	if l.source != "" {
		why = append(why, "filter "+l.source)
	}
	s := fmt.Sprintf("%s of %s, %s", number(l.Len()), number(l.limit), strings.Join(why, ", "))
	if n := l.hits.looked(); n < l.limit {
		s += fmt.Sprintf(", looked at %d %%", 100*n/l.limit)
	}
	return s
}

// scan looks for transactions that match, from the first on, as far as upTo said.
type scan struct {
	data   *data
	reader *rowReader
	filter *filter.Filter
	conn   capture.ConnID
	gen    *atomic.Uint64

	goal   atomic.Int64
	more   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu   sync.Mutex
	hits []uint32
	at   int // looked at so far
}

// scanStep is how many transactions are looked at before what was found is told.
const scanStep = 2048

func (s *scan) run(ctx context.Context) {
	defer s.done.Done()
	var row filter.Row
	found := make([]uint32, 0, scanStep)
	for at := 0; ; {
		end := min(at+scanStep, int(s.goal.Load()))
		found = found[:0]
		for i, r := range s.data.each(ctx, at, end) {
			if s.conn != 0 && r.Conn != s.conn {
				continue
			}
			if s.filter != nil {
				s.reader.fill(&row, i, &r)
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

// upTo says how many transactions there are to look at.
func (s *scan) upTo(n int) {
	if s.goal.Swap(int64(n)) != int64(n) {
		select {
		case s.more <- struct{}{}:
		default:
		}
	}
}

func (s *scan) stop() {
	s.cancel()
	s.done.Wait()
}

// looked is how many were looked at.
func (s *scan) looked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// below is how many of the hits are below a number.
func (s *scan) below(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := len(s.hits); k == 0 || int(s.hits[k-1]) < n {
		return k
	}
	return sort.Search(len(s.hits), func(i int) bool { return int(s.hits[i]) >= n })
}

func (s *scan) get(i int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < 0 || i >= len(s.hits) {
		return 0
	}
	return int(s.hits[i])
}

// place is where a number stands among the hits, or would.
func (s *scan) place(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearch(s.hits, uint32(n))
	return i
}
