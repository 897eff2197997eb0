package model

import (
	"math"

	"imapscope/decode"
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
	taken int      // how many of the transactions to show are in the order
	open  []uint32 // those of them that were running: their keys change
	moved int      // of the matches that are in the order
}

// Sort shows the transactions in another order, and keeps them in it as more arrive.
func (l *List) Sort(by SortBy, desc bool) {
	l.sorted = nil
	if by == ByArrival {
		return
	}
	l.sorted = &sorted{Order: Order{Desc: desc}, by: by}
	l.Arrange()
}

// Sorted reports whether the order is not that of arrival.
func (l *List) Sorted() bool { return l.sorted != nil }

// Arrange puts what has arrived, and what has changed, where it belongs in the order.
func (l *List) Arrange() {
	s := l.sorted
	if s == nil {
		return
	}
	if l.hits != nil {
		if moved := l.hits.Moved(); moved != s.moved { // from the beginning
			*s = sorted{Order: Order{Desc: s.Desc}, by: s.by, moved: moved}
		}
	}
	n := l.unsortedLen()
	if s.by == ByFinding || s.by == ByMarks {
		s.update(l.key) // they can change at any time
	}
	if n == s.taken && len(s.open) == 0 {
		return
	}
	more := make([]entry, 0, n-s.taken+len(s.open))
	place := func(i int) {
		r := l.model.Archive.Row(i)
		more = append(more, entry{l.keyOf(i, &r), uint32(i)})
		if r.Running {
			s.open = append(s.open, uint32(i))
		}
	}
	if was := s.open; len(was) > 0 {
		s.remove(was)
		s.open = nil
		for _, i := range was {
			place(int(i))
		}
	}
	for ; s.taken < n; s.taken++ {
		place(l.unsortedAt(s.taken))
	}
	s.add(more)
}

// resort sorts again from the beginning, because others are shown.
func (l *List) resort() {
	if s := l.sorted; s != nil {
		l.Sort(s.by, s.Desc)
	}
}

func (l *List) key(i int) Key {
	r := l.model.Archive.Row(i)
	return l.keyOf(i, &r)
}

// keyOf returns what a transaction is sorted by.
func (l *List) keyOf(i int, r *archive.Row) Key {
	m := l.model
	switch l.sorted.by {
	case ByMarks:
		return Key{Num: m.signs(i, r)}
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
func (m *Model) signs(i int, r *archive.Row) int64 {
	n := int64(len(m.Marks.Flags(i)))
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

// Timed reports whether the exchange time of a transaction is known.
func Timed(r *archive.Row) bool { return r.Elapsed != 0 || !r.Running && r.Status != "" }

// The words for how a transaction ended, where it has no status.
const (
	StillRunning = "…"
	NoResponse   = "lost"
	NoRequest    = "orphan"
	NoStatus     = "none"
)

// StatusOf returns how a transaction ended, in a word.
func StatusOf(r *archive.Row) string {
	switch {
	case r.Running:
		return StillRunning
	case r.Outcome == decode.Abandoned:
		return NoResponse
	case r.Outcome == decode.Orphan:
		return NoRequest
	case r.Status == "":
		return NoStatus
	}
	return r.Status
}
