package model

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
)

// Key is what a row is sorted by: the number, then the text.
type Key struct {
	Num  int64
	Text string
}

// Order is rows sorted by their keys. Rows with equal keys stay in the order of their
// indexes, in both directions.
type Order struct {
	Desc  bool // largest first
	rows  []entry
	texts texts
	stop  *atomic.Bool // once it is set, the order is no longer wanted; nil: it always is
}

func (o *Order) stopped() bool { return o.stop != nil && o.stop.Load() }

// entry is a row's index, and the key that it had when it was sorted: there may be millions.
type entry struct {
	num  int64
	text uint32 // among Order.texts
	i    uint32
}

// texts are the texts of keys, each once: there are few. The zero value has the empty one.
type texts struct {
	list []string // without the empty one, from 1
	of   map[string]uint32
}

// number returns the number of a text.
func (x *texts) number(s string) uint32 {
	if s == "" {
		return 0
	}
	n, ok := x.of[s]
	if !ok {
		if x.of == nil {
			x.of = make(map[string]uint32)
		}
		x.list = append(x.list, s)
		n = uint32(len(x.list))
		x.of[s] = n
	}
	return n
}

// compare compares two texts by their numbers.
func (x *texts) compare(a, b uint32) int {
	switch {
	case a == b:
		return 0
	case a == 0:
		return -1
	case b == 0:
		return 1
	}
	return strings.Compare(x.list[a-1], x.list[b-1])
}

// entry returns the entry of an index with a key.
func (o *Order) entry(i int, k Key) entry { return entry{k.Num, o.texts.number(k.Text), uint32(i)} }

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
	want := o.entry(i, k)
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
	o.rows, o.texts = slices.Grow(o.rows[:0], n), texts{}
	for i := range n {
		o.rows = append(o.rows, o.entry(i, key(i)))
	}
	slices.SortFunc(o.rows, o.compare)
}

// add puts more rows where they belong. It keeps them.
func (o *Order) add(more []entry) {
	slices.SortFunc(more, o.compare)
	if len(o.rows) == 0 {
		o.rows = more
		return
	}
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

func (o *Order) compare(a, b entry) int {
	if o.stopped() { // so that sorting ends soon
		return 0
	}
	c := cmp.Compare(a.num, b.num)
	if c == 0 {
		c = o.texts.compare(a.text, b.text)
	}
	if o.Desc {
		c = -c
	}
	return cmp.Or(c, cmp.Compare(a.i, b.i))
}
