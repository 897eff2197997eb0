package model

import (
	"iter"
	"maps"
	"math"
	"slices"
	"sync/atomic"

	"imapscope/decode/archive"
)

// SortBy is what transactions are sorted by.
type SortBy int

// What transactions can be sorted by.
const (
	ByArrival SortBy = iota // not sorted
	ByMarks                 // what the user and the proxy marked
	ByNumber                // connection, then number
	ByTime
	ByCommand
	ByStatus
	ByElapsed
	ByOctets
	ByFinding // severity of the worst
)

// sorted is the transactions that are shown, in another order than that of their arrival.
type sorted struct {
	Order
	by    SortBy
	taken int     // how many of the transactions to show are in the order
	open  []entry // those of them that were running, as they are in the order: their keys change
	moved int     // of the matches that are in the order

	// What the keys are that can change at any time, by index, without those that are 0: few
	// transactions have a finding or a mark.
	marked map[uint32]int64
	as     uint64 // the archive's Version when they were looked at
	marks  Marks  // and what the user had marked

	next *next // a new order that is being made; nil if none is
}

// next is an order that is made in the background.
type next struct {
	order atomic.Pointer[sorted] // once it is complete
	stop  atomic.Bool            // it is no longer wanted
}

// atOnce is how many transactions are sorted while a key or a drawing waits for it, and aStep how
// many are put into an order of more: that takes some milliseconds.
const (
	atOnce = 1 << 14
	aStep  = 1 << 11
)

// behind is the share of an order that the rest may have before all is sorted again in the
// background: so often that the steps do not fall further behind, and so rarely that sorting takes
// no more than some times as long as it does once.
const behind = 1.0 / 16

// changes reports whether the key of a transaction can change after it has ended.
func (s *sorted) changes() bool { return s.by == ByFinding || s.by == ByMarks }

// Sort shows the transactions in another order, and keeps them in it as more arrive. Many are
// sorted in the background: none is shown until then.
func (l *List) Sort(by SortBy, desc bool) {
	l.stopSorting()
	l.sorted = nil
	if by == ByArrival {
		return
	}
	l.sorted = newSorted(by, desc)
	l.Arrange()
}

func newSorted(by SortBy, desc bool) *sorted {
	return &sorted{Order: Order{Desc: desc}, by: by, marked: make(map[uint32]int64)}
}

// Sorted reports whether the order is not that of arrival.
func (l *List) Sorted() bool { return l.sorted != nil }

// Sorting reports whether an order is being made in the background.
func (l *List) Sorting() bool { return l.sorted != nil && l.sorted.next != nil }

// Next returns the next row of the order, or the one before, whose transaction is in a set: see
// Order.Next. It returns false if the order is that of arrival.
func (l *List) Next(row int, back bool, in Set) (int, bool) {
	if l.sorted == nil {
		return 0, false
	}
	return l.sorted.Next(row, back, in)
}

// Arrange puts what has arrived, and what has changed, where it belongs in the order.
func (l *List) Arrange() {
	s := l.sorted
	if s == nil {
		return
	}
	if s.next != nil {
		made := s.next.order.Load()
		if made == nil {
			return
		}
		made.stop = nil
		*s = *made
	}
	moved := 0
	if l.hits != nil {
		moved = l.hits.Moved()
	}
	again := moved != s.moved // from the beginning
	if m := l.model; s.changes() && (s.as != m.Version() || !s.marks.equal(&m.Marks)) {
		s.as, s.marks = m.Version(), m.Marks.clone()
		again = again || s.taken > l.atOnce || !maps.Equal(l.markedNow(), s.marked)
	}
	n := l.unsortedLen()
	later := again && n > l.atOnce || n-s.taken > max(l.atOnce, int(behind*float64(s.taken)))
	if again || later {
		fresh := newSorted(s.by, s.Desc)
		fresh.moved, fresh.as, fresh.marks = moved, s.as, s.marks
		if later {
			l.sortLater(fresh, n)
			return
		}
		*s = *fresh
	}
	if s.taken > l.atOnce && n-s.taken > aStep {
		n = s.taken + aStep
		l.gen.Add(1) // the rest with the next drawing
	}
	if len(s.open) > 0 || n > s.taken {
		l.place(s, l.hits, n)
	}
}

// sortLater makes an order in the background, for Arrange to adopt.
func (l *List) sortLater(fresh *sorted, n int) {
	x, hits := new(next), l.hits
	fresh.stop = &x.stop
	l.sorted.next = x
	l.sorters.Go(func() {
		if l.place(fresh, hits, n); !x.stop.Load() {
			x.order.Store(fresh)
			l.gen.Add(1)
		}
	})
}

// stopSorting ends what is done in the background.
func (l *List) stopSorting() {
	if l.Sorting() {
		l.sorted.next.stop.Store(true)
	}
}

// place puts the transactions to show up to n where they belong in an order, and those that were
// running.
func (l *List) place(s *sorted, hits *Scan, n int) {
	more := make([]entry, 0, n-s.taken)
	put := func(i int, r *archive.Row) {
		k := l.keyOf(s, i, r)
		e := s.entry(i, k)
		more = append(more, e)
		if s.changes() && k.Num != 0 {
			s.marked[uint32(i)] = k.Num
		}
		if r.Running {
			s.open = append(s.open, e)
		}
	}
	l.placeOpen(s, put)
	for i, r := range l.rows(hits, s.taken, n) {
		if s.stopped() {
			return
		}
		put(i, &r)
	}
	s.taken = n
	s.add(more)
}

// placeOpen takes those that were running out of an order, and has them put where they belong now, if
// that is elsewhere; of very many, a part each time.
func (l *List) placeOpen(s *sorted, put func(i int, r *archive.Row)) {
	was := s.open[:min(len(s.open), aStep)]
	s.open = slices.Clone(s.open[len(was):])
	var gone []entry
	for _, e := range was {
		r := l.model.Archive.Row(int(e.i))
		if r.Running && s.entry(int(e.i), l.keyOf(s, int(e.i), &r)) == e {
			s.open = append(s.open, e)
			continue
		}
		gone = append(gone, e)
		put(int(e.i), &r)
	}
	s.remove(gone)
}

// markedNow returns what sorted.marked would be.
func (l *List) markedNow() map[uint32]int64 {
	s, marked := l.sorted, make(map[uint32]int64)
	for i, r := range l.rows(l.hits, 0, s.taken) {
		if k := l.keyOf(s, i, &r); k.Num != 0 {
			marked[uint32(i)] = k.Num
		}
	}
	return marked
}

// rows yields transactions that are shown, by their places in the order of arrival, with their
// index among all; hits are those that match, nil if all are shown. Neighbours are read together.
func (l *List) rows(hits *Scan, from, to int) iter.Seq2[int, archive.Row] {
	if hits == nil {
		return l.model.Archive.Rows(from, to)
	}
	return func(yield func(int, archive.Row) bool) {
		for k := from; k < to; {
			want := hits.Get(k)
			for i, r := range l.model.Archive.Rows(want, want+neighbours) {
				if i < want {
					continue
				}
				if i > want { // matches have gone: see Scan.Moved
					break
				}
				if k++; !yield(i, r) || k == to {
					return
				}
				want = hits.Get(k)
			}
		}
	}
}

// neighbours is how many transactions after a match are read along with it.
const neighbours = 64

// resort sorts again from the beginning, because others are shown.
func (l *List) resort() {
	if s := l.sorted; s != nil {
		l.Sort(s.by, s.Desc)
	}
}

func (l *List) key(i int) Key {
	r := l.model.Archive.Row(i)
	return l.keyOf(l.sorted, i, &r)
}

// keyOf returns what a transaction is sorted by.
func (l *List) keyOf(s *sorted, i int, r *archive.Row) Key {
	m := l.model
	switch s.by {
	case ByMarks:
		return Key{Num: m.signs(&s.marks, i, r)}
	case ByNumber:
		return Key{Num: int64(r.Conn)<<32 | int64(r.N)}
	case ByTime:
		if r.Time.IsZero() {
			return Key{Num: math.MinInt64}
		}
		return Key{Num: r.Time.UnixNano()}
	case ByCommand:
		return Key{Text: r.Command}
	case ByStatus:
		return Key{Text: StatusOf(r)}
	case ByElapsed:
		if !Timed(r) {
			return Key{Num: -1}
		}
		return Key{Num: int64(r.Elapsed)}
	case ByOctets:
		return Key{Num: r.Octets[0] + r.Octets[1]}
	case ByFinding:
		return Key{Num: severity(m.Worst(r))}
	}
	return Key{Num: int64(i)}
}

// signs returns a number that grows with what is marked on a transaction.
func (m *Model) signs(marks *Marks, i int, r *archive.Row) int64 {
	n := int64(len(marks.Flags(i)))
	if m.Differs != nil && m.Differs(r) {
		n++
	}
	if m.Deed(r) != "" {
		n++
	}
	return n
}

func severity(s string) int64 {
	switch s {
	case "error":
		return 3
	case "warning":
		return 2
	case "":
		return 0
	}
	return 1
}
