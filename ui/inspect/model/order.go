package model

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// Key is what a row is sorted by: the number, then the text.
type Key struct {
	Num  int64
	Text string
}

// Order is rows sorted by their keys. Rows with equal keys stay in the order of their
// indexes, in both directions.
type Order struct {
	Desc bool // largest first
	rows []entry
}

// entry is a row's index, and the key that it had when it was sorted.
type entry struct {
	Key
	i uint32
}

// Len returns the number of rows.
func (o *Order) Len() int { return len(o.rows) }

// At returns the index of a row; 0 if there is none.
func (o *Order) At(row int) int {
	if row < 0 || row >= len(o.rows) {
		return 0
	}
	return int(o.rows[row].i)
}

// Place returns the row of an index with a key, or the row before which it would be.
func (o *Order) Place(i int, k Key) int {
	want := entry{k, uint32(i)}
	at := sort.Search(len(o.rows), func(n int) bool { return o.compare(o.rows[n], want) >= 0 })
	if at < len(o.rows) && o.rows[at].i == want.i {
		return at
	}
	// Its key may have changed since it was sorted.
	if n := slices.IndexFunc(o.rows, func(e entry) bool { return e.i == want.i }); n >= 0 {
		return n
	}
	return at
}

// Set sorts the indexes below n.
func (o *Order) Set(n int, key func(i int) Key) {
	o.rows = o.rows[:0]
	for i := range n {
		o.rows = append(o.rows, entry{key(i), uint32(i)})
	}
	slices.SortFunc(o.rows, o.compare)
}

// add puts more rows where they belong.
func (o *Order) add(more []entry) {
	slices.SortFunc(more, o.compare)
	i, k := len(o.rows)-1, len(more)-1
	o.rows = append(o.rows, more...)
	for at := len(o.rows) - 1; k >= 0; at-- {
		if i >= 0 && o.compare(o.rows[i], more[k]) > 0 {
			o.rows[at] = o.rows[i]
			i--
			continue
		}
		o.rows[at] = more[k]
		k--
	}
}

// remove removes rows by their indexes.
func (o *Order) remove(indexes []uint32) {
	gone := make(map[uint32]bool, len(indexes))
	for _, i := range indexes {
		gone[i] = true
	}
	o.rows = slices.DeleteFunc(o.rows, func(e entry) bool { return gone[e.i] })
}

// update sorts all rows again if the key of one has changed.
func (o *Order) update(key func(i int) Key) {
	changed := false
	for n := range o.rows {
		e := &o.rows[n]
		if k := key(int(e.i)); k != e.Key {
			e.Key, changed = k, true
		}
	}
	if changed {
		slices.SortFunc(o.rows, o.compare)
	}
}

func (o *Order) compare(a, b entry) int {
	c := cmp.Compare(a.Num, b.Num)
	if c == 0 {
		c = strings.Compare(a.Text, b.Text)
	}
	if o.Desc {
		c = -c
	}
	return cmp.Or(c, cmp.Compare(a.i, b.i))
}
