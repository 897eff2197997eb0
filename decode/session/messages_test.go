package session

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMessagesAreAList compares the tree with a sorted list of numbers.
func TestMessagesAreAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tree messages
		var list []uint32
		sizes := make(map[uint32]int64) // by number
		number := rapid.OneOf(rapid.Uint32Range(1, 40), rapid.SampledFrom([]uint32{math.MaxUint32, math.MaxUint32 - 1}))
		for step := range rapid.IntRange(1, 120).Draw(t, "steps") {
			n := number.Draw(t, "number")
			i, known := slices.BinarySearch(list, n)
			switch rapid.SampledFrom([]string{"add", "add", "remove", "cut"}).Draw(t, "step") {
			case "add":
				if !known {
					list = slices.Insert(list, i, n)
					sizes[n] = int64(step)
					tree.add(Message{Number: n, Size: int64(step)})
				}
			case "remove":
				gone, was := tree.remove(n)
				if was != known || known && (gone.Number != n || gone.Size != sizes[n]) {
					t.Fatalf("removed %d: %+v, %v", n, gone, was)
				}
				after := list[i:]
				if known {
					after = list[i+1:]
				}
				list = slices.Clone(list[:i])
				moved := make(map[uint32]int64)
				for _, k := range after {
					list = append(list, k-1)
					moved[k-1] = sizes[k]
				}
				for k, v := range moved {
					sizes[k] = v
				}
			case "cut":
				tree.cut(n)
				list = list[:i]
			}
			if tree.count != len(list) {
				t.Fatalf("%d messages, want %d", tree.count, len(list))
			}
		}
		from := number.Draw(t, "from")
		i, _ := slices.BinarySearch(list, from)
		var got []uint32
		for m := range tree.from(from) {
			got = append(got, m.Number)
		}
		if !slices.Equal(got, list[i:]) && len(got)+len(list[i:]) > 0 {
			t.Fatalf("from %d: %v, want %v", from, got, list[i:])
		}
		for _, n := range list {
			if m := tree.find(n); m == nil || m.Number != n || m.Size != sizes[n] {
				t.Fatalf("message %d: %+v", n, m)
			}
		}
	})
}

// TestAttackExpunge counts the steps of adding every message and removing them all again, in
// orders that are bad for a list: they grow like n log n.
func TestAttackExpunge(t *testing.T) {
	for name, remove := range map[string]func(k, n int) uint32{
		"first":    func(_, _ int) uint32 { return 1 },
		"last":     func(k, n int) uint32 { return uint32(n - k) },
		"middle":   func(k, n int) uint32 { return uint32(n-k+1) / 2 },
		"unknown":  func(k, n int) uint32 { return 1 },
		"backward": func(k, n int) uint32 { return uint32(n - k) },
	} {
		for _, n := range []int{1 << 12, 1 << 14, MaxKnown} {
			var tree messages
			for k := range n {
				number := uint32(k + 1)
				switch name {
				case "unknown":
					number += MaxKnown
				case "backward":
					number = uint32(n - k)
				}
				tree.add(Message{Number: number})
			}
			for k := range n {
				_, known := tree.remove(remove(k, n))
				if known == (name == "unknown") {
					t.Fatalf("%s: %v at %d", name, known, k)
				}
			}
			if per := float64(tree.steps) / float64(n) / math.Log2(float64(n)); per > 8 {
				t.Errorf("%s: %d messages took %d steps, %.1f n log n", name, n, tree.steps, per)
			}
			if nodes := len(tree.nodes); nodes > n+1 {
				t.Errorf("%s: %d nodes for %d messages", name, nodes, n)
			}
		}
	}
}

func BenchmarkExpunge(b *testing.B) {
	box := &Mailbox{}
	box.exists(math.MaxUint32)
	for n := range uint32(MaxKnown) {
		box.note(n + 1)
	}
	b.ReportAllocs()
	for b.Loop() {
		box.expunge(1)
		box.note(MaxKnown)
	}
}
