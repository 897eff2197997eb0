package mirror

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"imapscope/decode/diff"
	"imapscope/decode/protocol"
	"imapscope/proxy/replay"
)

// Report is what was compared.
type Report struct {
	Connections int64 // of clients
	Mirrored    int64 // of them, those that were continued to the second server
	Commands    int64 // that the first server answered
	Same        int64
	Different   int64
	// Repeated is how many differences were not reported, because they were reported before in
	// the same place.
	Repeated int64
	Skipped  []Count // commands that were not played, by Reason
	Ended    []Count // connections whose mirroring ended early, by why
	Latency  []*replay.Latencies
	// Err is why the decoding of the traffic ended early.
	Err error
}

// Count is how often there was a reason.
type Count struct {
	Why string
	N   int64
}

// Failed reports whether something differs, or was not compared although it should have been.
func (r *Report) Failed() bool { return r.Different > 0 || len(r.Ended) > 0 || r.Err != nil }

// EndedEarly returns how many connections' mirroring ended early.
func (r *Report) EndedEarly() (n int64) {
	for _, c := range r.Ended {
		n += c.N
	}
	return n
}

// NotPlayed returns how many commands were skipped.
func (r *Report) NotPlayed() (n int64) {
	for _, c := range r.Skipped {
		n += c.N
	}
	return n
}

// Other is among the commands of Latency for those that are not known.
const Other = "(other)"

// The bounds of what is remembered.
const (
	maxFresh   = 1 << 16 // differences, for Repeated
	maxRemarks = 64      // reasons that connections end
	maxUsers   = 1 << 14 // who were refused
)

// tally gathers a Report.
type tally struct {
	one sync.Mutex // held while the Options' functions are called

	mu      sync.Mutex
	r       Report
	by      map[*protocol.Row]*replay.Latencies
	known   map[uint64]bool
	seed    maphash.Seed
	refused map[string]int
}

func (t *tally) init() {
	t.by, t.known, t.seed, t.refused = make(map[*protocol.Row]*replay.Latencies), make(map[uint64]bool), maphash.MakeSeed(), make(map[string]int)
}

// serial calls one function at a time.
func (t *tally) serial(f func()) {
	t.one.Lock()
	defer t.one.Unlock()
	f()
}

func (t *tally) add(f func(*Report)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.r)
}

func (t *tally) fail(err error) { t.add(func(r *Report) { r.Err = cmp.Or(r.Err, err) }) }

func (t *tally) skip(why Reason) { t.skipped(why, 1) }

func (t *tally) skipped(why Reason, n int64) {
	t.add(func(r *Report) { count(&r.Skipped, string(why), n) })
}

func (t *tally) ended(why string) { t.add(func(r *Report) { count(&r.Ended, why, 1) }) }

// count counts a reason; those beyond the limit as one.
func count(list *[]Count, why string, n int64) {
	if len(*list) >= maxRemarks {
		why = "other reasons"
	}
	i := slices.IndexFunc(*list, func(c Count) bool { return c.Why == why })
	if i < 0 {
		i = len(*list)
		*list = append(*list, Count{Why: why})
	}
	(*list)[i].N += n
}

// compared counts a command that was compared.
func (t *tally) compared(row *protocol.Row, differs bool, second, first time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if differs {
		t.r.Different++
	} else {
		t.r.Same++
	}
	h := t.by[row]
	if h == nil {
		name := Other
		if row != nil {
			name = row.Name
		}
		h = replay.NewLatencies(name)
		t.by[row] = h
		t.r.Latency = append(t.r.Latency, h)
	}
	h.Add(second, first)
}

// fresh returns those of the differences in one place that were not reported before, and how many
// were.
func (t *tally) fresh(where string, list []diff.Difference) (fresh []diff.Difference, again int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range list {
		var h maphash.Hash
		h.SetSeed(t.seed)
		for _, s := range []string{where, d.Path, d.A, d.B} {
			_, _ = h.WriteString(s)
			_ = h.WriteByte(0)
		}
		key := h.Sum64()
		if t.known[key] {
			again++
			continue
		}
		if len(t.known) < maxFresh {
			t.known[key] = true
		}
		fresh = append(fresh, d)
	}
	t.r.Repeated += int64(again)
	return fresh, again
}

func (t *tally) refuse(user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.refused[user]; known || len(t.refused) < maxUsers {
		t.refused[user]++
	}
}

func (t *tally) refusedOf(user string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refused[user]
}

// report returns a copy, with the histograms as they are: those are complete once nothing plays.
func (t *tally) report() *Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.r
	r.Skipped, r.Ended, r.Latency = slices.Clone(r.Skipped), slices.Clone(r.Ended), slices.Clone(r.Latency)
	return &r
}
