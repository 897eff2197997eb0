package archive

import (
	"math"
	"math/rand/v2"
	"testing"
)

// someRow returns a row with ordinary numbers, and some that are as large as they can be.
func someRow(rng *rand.Rand, was *row) row {
	r := row{
		time: was.time + rng.Int64N(1e9) - 1e8, elapsed: rng.Int64N(1e7), bytes: [2]int64{rng.Int64N(100), rng.Int64N(1e5)},
		conn: rng.Uint32N(1000), n: 1 + rng.Uint32N(1000), first: place{rng.Uint32N(10), rng.Uint32N(5000)},
		command: uint16(rng.Uint32N(3)), user: was.user, mailbox: was.mailbox, status: uint8(rng.IntN(len(statuses))),
	}
	r.at = place{r.first.page + rng.Uint32N(2), rng.Uint32N(5000)}
	switch rng.IntN(8) {
	case 0:
		r.time, r.elapsed, r.outcome = noTime, -1, uint8(rng.IntN(3))
	case 1:
		r.time, r.elapsed, r.lost = math.MaxInt64, math.MaxInt64, math.MaxInt64
		r.literals, r.ambiguous, r.conn, r.n = math.MaxUint32, math.MaxUint32, math.MaxUint32, math.MaxUint32
		r.first, r.at = place{math.MaxUint32, 0}, place{0, math.MaxUint32}
		r.user, r.mailbox = elsewhere, elsewhere
	case 2:
		r.bytes, r.literals = [2]int64{math.MaxInt64, math.MaxInt64}, 1
	}
	return r
}

// Rows that are packed are the rows that were added, wherever one begins to read; a part in which
// one runs is not packed.
func TestPackedRowsAreTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var list rows
	var want []row
	const n, runs = 10*rowsPart + 7, 3*rowsPart + 5
	for i := range n {
		x := someRow(rng, &row{time: int64(i) * 1e9, user: uint16(i / 100)})
		want = append(want, x)
		if got := list.add(x); got != uint32(i) {
			t.Fatal(got, i)
		}
		if i != runs {
			list.end(i)
		}
	}
	for i := range list.parts {
		if loose := list.parts[i].loose != nil; loose != (i == runs/rowsPart || i == n/rowsPart) {
			t.Errorf("part %d: loose is %v", i, loose)
		}
	}
	for i := range want {
		if got := list.get(i); got != want[i] {
			t.Fatalf("row %d: %+v, want %+v", i, got, want[i])
		}
		end := i - i%rowsPart + rowsPart
		at := i
		for k, r := range list.some(i, n+1) {
			if k != at || *r != want[k] {
				t.Fatalf("row %d: %+v, want %d: %+v", k, *r, at, want[k])
			}
			at++
		}
		if at != min(end, n) {
			t.Fatalf("from %d on there are rows up to %d", i, at)
		}
	}
	for _, i := range []int{-1, n} {
		for k := range list.some(i, i+1) {
			t.Errorf("there is a row %d", k)
		}
	}
}
