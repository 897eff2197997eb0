package archive

import (
	"iter"
	"math"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// Row is the part of a transaction that is in memory: enough for a list, and to order or
// filter it by numbers and names. The rest is in Reader.Txn.
type Row struct {
	Conn capture.ConnID
	N    int // in its connection, as in decode.Transaction

	// Running reports whether it has not ended. Outcome, Status and Elapsed are zero
	// then, and the numbers are those so far.
	Running bool
	Outcome decode.Outcome
	Status  string // OK, NO, BAD, or empty
	Command string

	User, Mailbox string

	Time    time.Time     // of the request's first byte, to the nanosecond from 1678 to 2261
	Elapsed time.Duration // 0 unless it was completed

	Octets    [2]int64 // by direction
	Lost      int64
	Literals  int
	Ambiguous int
}

// place is where an entry begins in a connection's journal.
type place struct{ page, off uint32 }

// row is the stored form of a Row.
type row struct {
	time      int64 // nanoseconds since 1970, noTime if there is none
	elapsed   int64
	bytes     [2]int64
	lost      int64
	conn      uint32 // among Archive.conns
	n         uint32
	literals  uint32
	ambiguous uint32
	first     place // of its first entry
	at        place // of its own entry, once it has ended
	command   uint16
	user      uint16
	mailbox   uint16
	status    uint8
	outcome   uint8
}

const (
	running = 1<<8 - 1 // an outcome: none yet
	noTime  = math.MinInt64
)

// statuses are the statuses of tagged responses; none is the first.
var statuses = func() []string {
	list := []string{""}
	for row := range protocol.Of(protocol.Completion) {
		list = append(list, row.Name)
	}
	return list
}()

// fill sets what is known of a transaction so far.
func (a *Archive) fill(r *row, t *decode.Transaction) {
	r.time = nanoseconds(t.Time)
	r.bytes, r.lost = t.Octets, t.Lost
	r.literals, r.ambiguous = clip32(len(t.Literals)+t.MoreLits), clip32(t.Ambiguous)
	r.command, r.user, r.mailbox = a.names.number(t.Command), a.names.number(t.User), a.names.number(t.Mailbox)
}

// end sets what is known once it has ended.
func (r *row) end(t *decode.Transaction) {
	r.outcome = uint8(t.Outcome)
	for i, s := range statuses {
		if s == t.Status {
			r.status = uint8(i)
		}
	}
	if d, ok := t.Elapsed(); ok {
		r.elapsed = int64(d)
	}
}

func nanoseconds(t time.Time) int64 {
	switch y := t.Year(); {
	case t.IsZero():
		return noTime
	case y < 1678:
		return noTime + 1
	case y > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

func clip32(n int) uint32 { return uint32(min(n, math.MaxUint32)) }

// public fills out, and reports whether all names of the row are in names.
func (r *row) public(out *Row, a *Archive, names []string) (whole bool) {
	*out = Row{
		Conn: a.conns[r.conn].info.ID, N: int(r.n),
		Running: r.outcome == running,
		Status:  statuses[r.status],
		Octets:  r.bytes, Lost: r.lost, Literals: int(r.literals), Ambiguous: int(r.ambiguous),
		Elapsed: time.Duration(r.elapsed),
	}
	if !out.Running {
		out.Outcome = decode.Outcome(r.outcome)
	}
	if r.time != noTime {
		out.Time = time.Unix(0, r.time).UTC()
	}
	whole = true
	for _, w := range [...]struct {
		n  uint16
		to *string
	}{{r.command, &out.Command}, {r.user, &out.User}, {r.mailbox, &out.Mailbox}} {
		if w.n == elsewhere {
			whole = false
			continue
		}
		*w.to = names[w.n]
	}
	return whole
}

// Row returns the Row of the ith transaction, or the zero Row if there is none.
func (a *Archive) Row(i int) Row {
	for _, r := range a.Rows(i, i+1) {
		return r
	}
	return Row{}
}

// Rows yields the rows of the transactions numbered from up to, but not including, to;
// those beyond Len are left out. Each is as of when it is yielded, or shortly before.
func (a *Archive) Rows(from, to int) iter.Seq2[int, Row] {
	return func(yield func(int, Row) bool) {
		var part [rowsPart]Row
		var rest *Reader
		for at := max(from, 0); at < to; {
			n, elsewhere := a.copyRows(part[:min(rowsPart-at%rowsPart, to-at)], at)
			if n == 0 {
				return
			}
			for k := range part[:n] {
				if elsewhere&(1<<k) != 0 {
					if rest == nil {
						rest = a.Reader()
					}
					rest.addNames(at+k, &part[k])
				}
				if !yield(at+k, part[k]) {
					return
				}
			}
			at += n
		}
	}
}

// copyRows fills out from row number at on, as far as there are rows and those of one part go;
// elsewhere has a bit for each row that has names which are not in memory.
func (a *Archive) copyRows(out []Row, at int) (n int, elsewhere uint64) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for i, r := range a.rows.some(at, at+len(out)) {
		if !r.public(&out[i-at], a, a.names.list) {
			elsewhere |= 1 << (i - at)
		}
		n++
	}
	return n, elsewhere
}
