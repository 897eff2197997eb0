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
// indexes, in both directions. The rows are in blocks, so that one comes or goes in the time that a
// block takes, not all of millions.
type Order struct {
	Desc   bool      // largest first
	blocks [][]entry // none is empty
	starts []int     // the row that each block begins with
	n      int
	texts  texts
	stop   *atomic.Bool // once it is set, the order is no longer wanted; nil: it always is
}

// maxBlock is how many rows a block has at most.
const maxBlock = 1024

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
func (o *Order) Len() int { return o.n }

// At returns the index of a row; 0 if there is none.
func (o *Order) At(row int) int {
	if row < 0 || row >= o.n {
		return 0
	}
	b := o.block(row)
	return int(o.blocks[b][row-o.starts[b]].i)
}

// block returns the block of a row that there is.
func (o *Order) block(row int) int {
	b, found := slices.BinarySearch(o.starts, row)
	if !found {
		b--
	}
	return b
}

// Next returns the first row after another one, or before it, whose index is in a set; after the
// last row comes the first, and at the end the other one itself. It returns false if there is none.
func (o *Order) Next(row int, back bool, in Set) (int, bool) {
	if row < 0 || row >= o.n {
		return 0, false
	}
	b := o.block(row)
	at := row - o.starts[b]
	for range o.n {
		switch {
		case !back && at+1 < len(o.blocks[b]):
			at++
		case !back:
			b, at = (b+1)%len(o.blocks), 0
		case at > 0:
			at--
		default:
			b = (b + len(o.blocks) - 1) % len(o.blocks)
			at = len(o.blocks[b]) - 1
		}
		if in.has(o.blocks[b][at].i) {
			return o.starts[b] + at, true
		}
	}
	return 0, false
}

// A Set is a set of indexes, a bit each. The zero Set is empty.
type Set struct{ bits []uint64 }

// newSet returns an empty Set for indexes below n.
func newSet(n int) Set { return Set{make([]uint64, (n+63)/64)} }

// add adds an index; one for which there is no room is left out.
func (s Set) add(i uint32) {
	if int(i/64) < len(s.bits) {
		s.bits[i/64] |= 1 << (i % 64)
	}
}

func (s Set) has(i uint32) bool { return int(i/64) < len(s.bits) && s.bits[i/64]&(1<<(i%64)) != 0 }

// Place returns the row of an index with a key, or the row before which it would be.
func (o *Order) Place(i int, k Key) int {
	b, at, found := o.find(o.entry(i, k))
	if !found {
		// Its key may have changed since it was sorted.
		for c, block := range o.blocks {
			if n := slices.IndexFunc(block, func(e entry) bool { return int(e.i) == i }); n >= 0 {
				return o.starts[c] + n
			}
		}
	}
	if b == len(o.blocks) {
		return o.n
	}
	return o.starts[b] + at
}

// find returns where an entry is or, if it is not found, where it belongs: a block and a place in it.
// The block is len(o.blocks) if there is none; otherwise the place may be that after its last entry.
func (o *Order) find(e entry) (b, at int, found bool) {
	// The first block whose last entry is not less.
	b = sort.Search(len(o.blocks), func(n int) bool {
		block := o.blocks[n]
		return o.compare(block[len(block)-1], e) >= 0
	})
	if b == len(o.blocks) {
		return b, 0, false
	}
	at, found = slices.BinarySearchFunc(o.blocks[b], e, o.compare)
	return b, at, found
}

// Set sorts the indexes below n.
func (o *Order) Set(n int, key func(i int) Key) {
	o.texts = texts{}
	all := make([]entry, 0, n)
	for i := range n {
		all = append(all, o.entry(i, key(i)))
	}
	slices.SortFunc(all, o.compare)
	o.fill(all)
}

// fill makes entries, which are sorted, the only ones. It keeps them: the blocks are parts of them.
func (o *Order) fill(all []entry) {
	o.blocks, o.n = o.blocks[:0], len(all)
	for block := range slices.Chunk(all, maxBlock) {
		o.blocks = append(o.blocks, block)
	}
	o.count()
}

// count sets what depends on the lengths of the blocks.
func (o *Order) count() {
	o.starts = o.starts[:0]
	n := 0
	for _, block := range o.blocks {
		o.starts = append(o.starts, n)
		n += len(block)
	}
	o.n = n
}

// add puts more rows where they belong. It keeps them if they are the first.
func (o *Order) add(more []entry) {
	slices.SortFunc(more, o.compare)
	if o.stopped() {
		return
	}
	if o.n == 0 {
		o.fill(more)
		return
	}
	for len(more) > 0 {
		b, at, _ := o.find(more[0])
		if b == len(o.blocks) { // after all others
			n := min(len(more), maxBlock)
			if last := len(o.blocks[b-1]); last+n > maxBlock {
				o.blocks = append(o.blocks, slices.Clone(more[:n]))
				more = more[n:]
				continue
			}
			b--
			at = len(o.blocks[b])
		}
		// Those before the next entry of the block, as many as fit.
		n := 1
		for room := max(maxBlock-len(o.blocks[b]), 1); n < min(len(more), room); n++ {
			if at < len(o.blocks[b]) && o.compare(more[n], o.blocks[b][at]) > 0 {
				break
			}
			if at == len(o.blocks[b]) && b+1 < len(o.blocks) {
				break
			}
		}
		o.insert(b, at, more[:n])
		more = more[n:]
	}
	o.count()
}

// insert puts entries into a block, and divides it if it becomes too large.
func (o *Order) insert(b, at int, more []entry) {
	block := slices.Insert(o.blocks[b], at, more...)
	o.blocks[b] = block
	if len(block) > maxBlock {
		o.blocks[b] = slices.Clone(block[:len(block)/2])
		o.blocks = slices.Insert(o.blocks, b+1, slices.Clone(block[len(block)/2:]))
	}
}

// remove removes entries, with the keys with which they were added.
func (o *Order) remove(gone []entry) {
	for _, e := range gone {
		b, at, found := o.find(e)
		if !found {
			continue
		}
		if o.blocks[b] = slices.Delete(o.blocks[b], at, at+1); len(o.blocks[b]) == 0 {
			o.blocks = slices.Delete(o.blocks, b, b+1)
		}
	}
	o.count()
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
