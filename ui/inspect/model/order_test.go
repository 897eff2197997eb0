package model

import (
	"math/rand/v2"
	"slices"
	"testing"

	"imapscope/decode/filter"
)

// TestOrder checks that rows are where their keys put them, however they arrived, that
// equal keys keep the order of arrival in both directions, and that an index is found again.
func TestOrder(t *testing.T) {
	for _, desc := range []bool{false, true} {
		rng := rand.New(rand.NewPCG(1, 2))
		keys := make([]Key, 500)
		for i := range keys {
			keys[i] = Key{Num: rng.Int64N(20), Text: string(rune('a' + rng.IntN(3)))}
		}
		grown := Order{Desc: desc}
		for i := 0; i < len(keys); i += 7 {
			var more []entry
			for k := i; k < min(i+7, len(keys)); k++ {
				more = append(more, grown.entry(k, keys[k]))
			}
			grown.add(more)
		}
		whole := Order{Desc: desc}
		whole.Set(len(keys), func(i int) Key { return keys[i] })
		if !slices.Equal(indexes(&grown), indexes(&whole)) {
			t.Fatalf("desc %t: grown in steps it is another order than sorted at once", desc)
		}
		for row := 1; row < whole.Len(); row++ {
			a, b := whole.At(row-1), whole.At(row)
			switch less, more := keys[a], keys[b]; {
			case less == more && a > b:
				t.Errorf("desc %t: %d is before %d, which arrived earlier", desc, a, b)
			case desc:
				less, more = more, less
				fallthrough
			default:
				if less.Num > more.Num || less.Num == more.Num && less.Text > more.Text {
					t.Errorf("desc %t: %v is before %v", desc, keys[a], keys[b])
				}
			}
		}
		for i, k := range keys {
			if row := whole.Place(i, k); whole.At(row) != i {
				t.Errorf("%d is not in row %d", i, row)
			}
			if row := whole.Place(i, Key{Num: 99}); whole.At(row) != i {
				t.Errorf("%d is not found once its key has changed", i)
			}
		}
		whole.remove([]entry{whole.entry(3, keys[3]), whole.entry(4, keys[4]), whole.entry(499, keys[499])})
		if whole.Len() != len(keys)-3 || slices.Contains(indexes(&whole), 4) {
			t.Error("removed rows are still there")
		}
	}
}

// indexes returns the indexes of an order, row by row.
func indexes(o *Order) (list []int) {
	for row := range o.Len() {
		list = append(list, o.At(row))
	}
	return list
}

// TestOrderOfManyBlocks holds an order that grows and shrinks by many rows at a time, which divides
// its blocks and empties them, against one that is sorted at once.
func TestOrderOfManyBlocks(t *testing.T) {
	const n = 20 * maxBlock
	for name, num := range map[string]func(i int) int64{
		"as they arrive":     func(i int) int64 { return int64(i) },
		"against it":         func(i int) int64 { return int64(-i) },
		"all the same":       func(int) int64 { return 7 },
		"in any order":       func(i int) int64 { return int64(i) * 7919 % 10007 },
		"few places":         func(i int) int64 { return int64(i / 3000) },
		"between two others": func(i int) int64 { return int64(i % 2 * 1000) },
	} {
		key := func(i int) Key { return Key{Num: num(i)} }
		var grown, whole Order
		for i := 0; i < n; {
			var more []entry
			for range min(1+i%3000, n-i) {
				more = append(more, grown.entry(i, key(i)))
				i++
			}
			grown.add(more)
		}
		whole.Set(n, key)
		if !slices.Equal(indexes(&grown), indexes(&whole)) {
			t.Errorf("%s: grown in steps it is another order than sorted at once", name)
		}
		var gone []entry
		for i := range n {
			if row := grown.Place(i, key(i)); grown.At(row) != i {
				t.Fatalf("%s: %d is not in row %d", name, i, row)
			}
			if i%5 > 0 {
				gone = append(gone, grown.entry(i, key(i)))
			}
		}
		grown.remove(gone)
		want := slices.DeleteFunc(indexes(&whole), func(i int) bool { return i%5 > 0 })
		if !slices.Equal(indexes(&grown), want) {
			t.Errorf("%s: after most rows were removed it is another order", name)
		}
		in := newSet(n)
		in.add(uint32(want[7]))
		in.add(uint32(want[len(want)-2]))
		in.add(1) // removed
		for _, x := range []struct {
			from, to int
			back     bool
		}{{0, 7, false}, {7, len(want) - 2, false}, {len(want) - 2, 7, false}, {len(want) - 1, 7, false}, {7, len(want) - 2, true}, {len(want) - 2, 7, true}} {
			if row, ok := grown.Next(x.from, x.back, in); !ok || row != x.to {
				t.Errorf("%s: from row %d, back %t: row %d, not %d", name, x.from, x.back, row, x.to)
			}
		}
		if row, ok := grown.Next(3, false, newSet(n)); ok {
			t.Errorf("%s: row %d is in the empty set", name, row)
		}
		for _, block := range grown.blocks {
			if len(block) == 0 || len(block) > maxBlock {
				t.Errorf("%s: a block has %d rows", name, len(block))
			}
		}
	}
}

// TestSortedList checks each order of a capture's transactions, alone and with a filter.
func TestSortedList(t *testing.T) {
	m := sample(t)
	for by, first := range map[SortBy]int{ByElapsed: 9, ByOctets: 2, ByTime: 15, ByNumber: 15} {
		m.List.Sort(by, true)
		if got := m.List.At(0); got != first {
			t.Errorf("by %d, the first is %d, want %d", by, got, first)
		}
		if row := m.List.Row(first); row != 0 || !m.List.Shows(first) {
			t.Errorf("by %d, %d is in row %d", by, first, row)
		}
	}
	m.List.Sort(ByCommand, false)
	var commands []string
	for row := range m.List.Len() {
		commands = append(commands, m.Archive.Row(m.List.At(row)).Command)
	}
	if len(commands) != 16 || !slices.IsSorted(commands) || commands[0] != "CHECK" {
		t.Errorf("by command: %q", commands)
	}
	f, err := filter.Compile(`command == "STORE"`)
	if err != nil {
		t.Fatal(err)
	}
	m.List.Sort(ByElapsed, true)
	m.List.Narrow(`command == "STORE"`, f, 0)
	await(t, "all were looked at", func() bool { m.List.Arrange(); return !m.List.Looking() && m.List.Len() == 3 })
	if got := []int{m.List.At(0), m.List.At(1), m.List.At(2)}; !slices.Equal(got, []int{5, 4, 13}) && !slices.Equal(got, []int{5, 13, 4}) {
		t.Errorf("of three that match, by exchange time: %d", got)
	}
	m.List.Narrow("", nil, 0)
	m.Marks.ToggleMark(7)
	m.List.Sort(ByMarks, true)
	if got := m.List.At(0); got != 7 {
		t.Errorf("%d is first, not the one that is marked", got)
	}
	m.Marks.ToggleMark(7)
	m.Marks.ToggleBookmark(8)
	m.List.Arrange()
	if got := m.List.At(0); got != 8 {
		t.Errorf("%d is first, not the one with a bookmark", got)
	}
	m.List.Sort(ByArrival, false)
	if m.List.Sorted() || m.List.At(3) != 3 || m.List.Row(5) != 5 {
		t.Error("the order of arrival does not come back")
	}
}

// Many transactions are sorted in the background, as few are at once: none is shown until then.
func TestSortedLater(t *testing.T) {
	m := sample(t)
	want := sample(t)
	m.List.atOnce = 3
	sorted := func() bool { m.List.Arrange(); return !m.List.Sorting() }
	shown := func(l *List) (list []int) {
		for row := range l.Len() {
			list = append(list, l.At(row))
		}
		return list
	}
	for by := ByMarks; by <= ByFinding; by++ {
		for _, desc := range []bool{true, false} {
			m.List.Sort(by, desc)
			if !m.List.Sorting() || m.List.Len() != 0 {
				t.Fatalf("by %d: %d are shown at once", by, m.List.Len())
			}
			await(t, "it is sorted", sorted)
			want.List.Sort(by, desc)
			if got, want := shown(m.List), shown(want.List); !slices.Equal(got, want) {
				t.Errorf("by %d, desc %t: %d, want %d", by, desc, got, want)
			}
		}
	}
	m.List.Sort(ByMarks, true)
	await(t, "it is sorted", sorted)
	m.Marks.ToggleMark(7)
	m.List.Arrange()
	if !m.List.Sorting() || m.List.Len() != 16 {
		t.Errorf("after a mark: %d are shown while it is sorted again", m.List.Len())
	}
	await(t, "it is sorted again", sorted)
	if got := m.List.At(0); got != 7 {
		t.Errorf("%d is first, not the one that is marked", got)
	}
	m.List.Arrange()
	if m.List.Sorting() {
		t.Error("it is sorted again, though nothing has changed")
	}
	m.List.Sort(ByTime, true) // replaces one that is not ready
	m.List.Sort(ByOctets, true)
	await(t, "the last one is sorted", sorted)
	want.List.Sort(ByOctets, true)
	if got, want := shown(m.List), shown(want.List); !slices.Equal(got, want) {
		t.Errorf("%d, want %d", got, want)
	}
	m.List.Sort(ByTime, true)
	m.List.Stop()
}

// BenchmarkSort sorts a million rows, and adds ten to as many.
func BenchmarkSort(b *testing.B) {
	const n = 1_000_000
	rng := rand.New(rand.NewPCG(1, 2))
	keys := make([]Key, n+10)
	for i := range keys {
		keys[i] = Key{Num: rng.Int64()}
	}
	b.Run("whole", func(b *testing.B) {
		var o Order
		for b.Loop() {
			o.Set(n, func(i int) Key { return keys[i] })
		}
	})
	b.Run("add", func(b *testing.B) {
		var o Order
		o.Set(n, func(i int) Key { return keys[i] })
		b.ReportAllocs()
		for b.Loop() {
			var more []entry
			for i := n; i < n+10; i++ {
				more = append(more, o.entry(i, keys[i]))
			}
			o.add(slices.Clone(more))
			o.remove(more)
		}
	})
}
