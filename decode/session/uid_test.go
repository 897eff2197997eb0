package session

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"imapscope/decode/syntax"
)

// TestNumbersAndUIDs compares what a Mailbox infers with the truth: the identifiers of all
// messages, of which the server reports some. What was reported is known, and nothing that
// is inferred is wrong.
func TestNumbersAndUIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		next := uint32(1)
		var truth []uint32
		arrive := func() {
			next += rapid.SampledFrom([]uint32{0, 0, 0, 1, 5}).Draw(t, "gap")
			truth = append(truth, next)
			next++
		}
		for range rapid.IntRange(0, 12).Draw(t, "messages") {
			arrive()
		}
		b := &Mailbox{}
		b.exists(uint32(len(truth)))
		if rapid.Bool().Draw(t, "announced") {
			b.UIDNext = next
			b.next = b.nextNumber()
		}
		said := make(map[uint32]bool) // by identifier
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			step := rapid.SampledFrom([]string{"uid", "uid", "flags", "all", "expunge", "vanish", "arrive"}).Draw(t, "step")
			k := 0
			switch {
			case step == "arrive":
				arrive()
				b.exists(uint32(len(truth)))
				continue
			case len(truth) == 0:
				continue
			case step == "all":
				b.identifyAll(truth)
				for _, u := range truth {
					said[u] = true
				}
				continue
			default:
				k = rapid.IntRange(0, len(truth)-1).Draw(t, "message")
			}
			switch step {
			case "uid":
				b.identify(uint32(k+1), truth[k])
				b.used(truth[k])
				said[truth[k]] = true
			case "flags":
				b.note(uint32(k + 1))
			case "expunge":
				b.expunge(uint32(k + 1))
				truth = slices.Delete(truth, k, k+1)
			case "vanish":
				end := rapid.IntRange(k+1, len(truth)).Draw(t, "end")
				b.vanish(sequenceOf(truth[k:end]))
				truth = slices.Delete(slices.Clone(truth), k, end)
			}
		}
		if int(b.Exists) != len(truth) {
			t.Fatalf("%d messages, want %d", b.Exists, len(truth))
		}
		for k, u := range truth {
			n := uint32(k + 1)
			if got, ok := b.Number(u); ok && got != n || !ok && said[u] {
				t.Fatalf("UID %d is message %d, %v, want %d of %v", u, got, ok, n, truth)
			}
			if got, ok := b.UID(n); ok && got != u || !ok && said[u] {
				t.Fatalf("message %d has UID %d, %v, want %d of %v", n, got, ok, u, truth)
			}
		}
		for _, u := range []uint32{0, next, next + 1, math.MaxUint32} {
			if n, ok := b.Number(u); ok {
				t.Fatalf("UID %d, which was never assigned, is message %d", u, n)
			}
		}
	})
}

// TestInferredFromUIDNext checks that a mailbox without gaps needs no report at all.
func TestInferredFromUIDNext(t *testing.T) {
	b := &Mailbox{UIDNext: 6}
	b.exists(5)
	b.next = b.nextNumber()
	if n, ok := b.Number(3); n != 3 || !ok {
		t.Errorf("UID 3: %d, %v", n, ok)
	}
	b.expunge(2)
	if n, ok := b.Number(2); ok {
		t.Errorf("UID 2: %d", n)
	}
	if n, ok := b.Number(5); n != 4 || !ok {
		t.Errorf("UID 5: %d, %v", n, ok)
	}
	if u, ok := b.UID(3); u != 4 || !ok {
		t.Errorf("message 3: %d, %v", u, ok)
	}
}

// TestDisorderedUIDs checks that a server that breaks the rule of ascending identifiers does
// no harm.
func TestDisorderedUIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &Mailbox{}
		b.exists(rapid.Uint32Range(0, 30).Draw(t, "exists"))
		number := rapid.OneOf(rapid.Uint32Range(0, 40), rapid.Just(uint32(math.MaxUint32)))
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			n, u := number.Draw(t, "number"), number.Draw(t, "uid")
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				b.identify(n, u)
				b.used(u)
			case 2:
				b.expunge(n)
			case 3:
				b.vanish(syntax.Sequence{{First: n, Last: u}, {First: u, Last: u}})
			case 4:
				b.exists(n)
			}
			b.Number(u)
			b.UID(n)
			last, count := int64(-1), 0
			for m := range b.From(0) {
				if int64(m.Number) <= last {
					t.Fatalf("message %d after %d", m.Number, last)
				}
				last = int64(m.Number)
				count++
			}
			if count != b.Len() {
				t.Fatalf("%d messages, and %d are counted", count, b.Len())
			}
		}
	})
}

// TestAttackUIDs counts the steps of finding identifiers in a mailbox as large as one can
// be: they grow like n log n.
func TestAttackUIDs(t *testing.T) {
	for _, n := range []int{1 << 12, 1 << 14, MaxKnown} {
		b := &Mailbox{}
		b.exists(uint32(n))
		for k := range uint32(n) {
			b.identify(k+1, 3*k+1)
		}
		for k := range uint32(n) {
			if got, ok := b.Number(3*k + 1); got != k+1 || !ok {
				t.Fatalf("UID %d: %d, %v", 3*k+1, got, ok)
			}
			if got, ok := b.UID(k + 1); got != 3*k+1 || !ok {
				t.Fatalf("message %d: %d, %v", k+1, got, ok)
			}
		}
		for k := n - 2; k >= 0; k -= 2 {
			b.vanish(syntax.Sequence{{First: 3*uint32(k) + 1, Last: 3*uint32(k) + 1}})
		}
		if got, ok := b.Number(4); got != 1 || !ok || b.Len() != n/2 {
			t.Errorf("UID 4: %d, %v; %d messages", got, ok, b.Len())
		}
		if per := float64(b.messages.steps) / float64(n) / math.Log2(float64(n)); per > 20 {
			t.Errorf("%d messages took %d steps, %.1f n log n", n, b.messages.steps, per)
		}
	}
}
