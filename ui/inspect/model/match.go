package model

import (
	"context"
	"iter"

	"imapscope/capture"
	"imapscope/decode/archive"
	"imapscope/decode/filter"
)

// Matching yields the transactions from an index on that f matches, of one connection or (0)
// of any, in order, until ctx is done. It has a reader of its own, and changes nothing that is
// on the screen. Rows for which the filter fails are left out; f counts them.
func (m *Model) Matching(ctx context.Context, f *filter.Filter, conn capture.ConnID, from int) iter.Seq2[int, archive.Row] {
	return func(yield func(int, archive.Row) bool) {
		reader := m.rowReader()
		var row filter.Row
		for i, r := range m.Each(ctx, from, m.Len()) {
			if conn != 0 && r.Conn != conn {
				continue
			}
			if f != nil {
				reader.fill(&row, i, &r, f.Deep())
				if !f.Match(&row) {
					continue
				}
			}
			if !yield(i, r) {
				return
			}
		}
	}
}

// Matcher compares single transactions with a filter. It has a reader of its own, and is used
// by one goroutine at a time.
type Matcher struct {
	reader *rowReader
	filter *filter.Filter
	row    filter.Row
}

// Matcher returns a Matcher of a filter. It matches everything if f is nil.
func (m *Model) Matcher(f *filter.Filter) *Matcher {
	return &Matcher{reader: m.rowReader(), filter: f.Clone()}
}

// Match reports whether the filter matches the transaction of an index.
func (x *Matcher) Match(i int, r *archive.Row) bool {
	if x.filter == nil {
		return true
	}
	x.reader.fill(&x.row, i, r, x.filter.Deep())
	return x.filter.Match(&x.row)
}

// Failed returns the number of transactions for which the filter failed, and the first error.
func (x *Matcher) Failed() (int, error) { return x.filter.Failed(), x.filter.Err() }
