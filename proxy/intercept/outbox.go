package intercept

import (
	"bytes"
	"time"

	"imapscope/decode/protocol"
)

// maxWaiting is how many bytes of a direction wait to be written; beyond it, reading stops.
const maxWaiting = 256 << 10

// itemCost is how many bytes an item counts for beside those that are sent of it.
const itemCost = 512

// An outbox holds what is to be written in one direction, in order.
type outbox struct {
	items []item
	base  []item // the memory of items, for when there are new ones
	size  int    // bytes of items
	busy  bool   // a goroutine writes
	over  bool   // nothing is written any more
	cut   bool   // a side was reset: nothing is waited for
	timer *time.Timer
	due   bool // the first item's time has come
}

// An item is bytes, or something else that happens in its place in a direction.
type item struct {
	data     []byte
	lent     bool // data is part of what the pump has read
	notes    []note
	inserted *Inserted     // a command of the user's own: what follows waits for its answer
	msg      *pending      // a message whose bytes follow from its gate and shapes
	wait     time.Duration // before anything after it
	await    bool          // the server's "+" must come
	txn      int           // the number of the transaction that waits for it, at least
	of       string        // the tag of the request that waits for it, or of which data is sent after that
	end      End
}

// pending is a message that agents have acted on.
type pending struct {
	out     []byte
	tag     string
	txn     int // its transaction's number, at least
	changed []note
	shapes  []Shape
	held    Gate
	request bool
	row     *protocol.Row // of a request
	owes    owed          // of a request, as it came
	number  int           // of a request: as command.n
	altered bool          // out differs from what came
	plus    []int         // places after which the client got its "+" from the engine
}

// add appends bytes that were not touched. They are copied, unless they are lent: then own does
// that, for those that are still to be written.
func (b *outbox) add(p []byte, lent bool) {
	if b.over || len(p) == 0 {
		return
	}
	if n := len(b.items); n > 0 && b.items[n-1].extend(p, lent) {
		b.size += len(p)
		return
	}
	if !lent {
		p = bytes.Clone(p)
	}
	b.push(item{data: p, lent: lent})
}

// extend makes the bytes of an item longer by p, if it is one of bytes alone and that is possible
// without moving many.
func (i *item) extend(p []byte, lent bool) bool {
	n := len(i.data)
	switch {
	case i.msg != nil || i.wait > 0 || i.await || i.of != "" || i.end != 0 || i.lent != lent || n == 0:
		return false
	case !lent && n < maxWaiting:
		i.data = append(i.data, p...)
		return true
	case lent && cap(i.data) > n && &i.data[:n+1][n] == &p[0]: // p is what follows in memory
		i.data = i.data[:n+len(p)]
		return true
	}
	return false
}

// own copies the lent bytes.
func (b *outbox) own() {
	for n := range b.items {
		if i := &b.items[n]; i.lent {
			i.data, i.lent = bytes.Clone(i.data), false
		}
	}
}

func (b *outbox) push(i item) {
	if b.over {
		return
	}
	b.size += i.size()
	if len(b.items) == 0 {
		if b.base == nil {
			b.base = make([]item, 0, 4)
		}
		b.items = b.base
	}
	b.items = append(b.items, i)
}

// size returns what an item counts for.
func (i *item) size() int {
	if i.msg != nil {
		return len(i.msg.out) + itemCost
	}
	return len(i.data) + itemCost
}

// pop removes the first item.
func (b *outbox) pop() {
	b.size -= b.items[0].size()
	b.items[0] = item{}
	b.items = b.items[1:]
	b.due = false
}

// drop removes all items.
func (b *outbox) drop() {
	b.items, b.size, b.due = nil, 0, false
	b.stop()
}

// stop stops the time that the first item waits for.
func (b *outbox) stop() {
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
}
