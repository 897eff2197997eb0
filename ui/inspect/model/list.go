package model

import (
	"context"
	"fmt"
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
	sorted *sorted        // nil: in the order of arrival
	atOnce int            // see the constant

	sorters sync.WaitGroup // what sorts in the background

	search *Scan // what is searched for, among all
	gen    atomic.Uint64
}

func newList(m *Model) *List { return &List{model: m, atOnce: atOnce} }

// Len returns how many are shown.
func (l *List) Len() int {
	if l.sorted != nil {
		return l.sorted.Len()
	}
	return l.unsortedLen()
}

// unsortedLen is Len in the order of arrival.
func (l *List) unsortedLen() int {
	if l.hits == nil {
		return l.limit
	}
	return l.hits.Below(l.limit)
}

// At returns the index, among all, of a transaction that is shown.
func (l *List) At(i int) int {
	if l.sorted != nil {
		return l.sorted.At(i)
	}
	return l.unsortedAt(i)
}

// unsortedAt is At in the order of arrival.
func (l *List) unsortedAt(i int) int {
	if l.hits == nil {
		return i
	}
	return l.hits.Get(i)
}

// Row returns the row of a transaction: its own, or that of the first one after it.
func (l *List) Row(n int) int {
	if l.sorted != nil {
		if n < 0 || n >= l.model.Len() {
			return 0
		}
		return l.sorted.Place(n, l.key(n))
	}
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
	l.Arrange()
}

// Waiting returns how many have arrived that are not included.
func (l *List) Waiting() int { return l.model.Len() - l.limit }

// Version changes when a scan has found something or has ended, and when a new order is there.
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
	if f != nil || conn != 0 {
		l.hits = l.startScan(f, conn)
	}
	l.resort()
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

// Stop ends all scans, and what is sorted.
func (l *List) Stop() {
	l.stopSorting()
	l.sorters.Wait()
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
	n := l.hits.Looked() // before what was found
	s := fmt.Sprintf("%s of %s, %s%s", Number(l.Len()), Number(l.limit), l.failure(), strings.Join(why, ", "))
	if n < l.limit {
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

// Conn returns the connection that is chosen; 0 if none is.
func (l *List) Conn() capture.ConnID { return l.conn }

// Source returns the expression of the filter.
func (l *List) Source() string { return l.source }

// Limit returns how many transactions there are to show.
func (l *List) Limit() int { return l.limit }

// Looking reports whether not all transactions have been compared with the filter yet.
func (l *List) Looking() bool { return l.hits != nil && l.hits.Looked() < l.limit }

// Looked returns how many of Limit have been compared with the filter. To learn whether a
// list is complete, ask this before Len: matches may come in between.
func (l *List) Looked() int {
	if l.hits == nil {
		return l.limit
	}
	return l.hits.Looked()
}

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
