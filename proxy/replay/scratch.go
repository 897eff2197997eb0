package replay

import (
	"imapscope/decode"
	"imapscope/decode/script"
)

// scratch is memory that the sessions of a load use one after the other.
type scratch struct {
	buf      []byte // for reading
	group    []part // of the message that is being sent
	decoders decode.Pool
	now      script.Follow // of Played
	pairs    []Pair        // of Played
	begun    []int64       // of watch

	starts map[int]int64 // recorded exchanges, where their request began now
	base   map[int]int   // "+" before them
	given  map[int]bool  // recorded exchanges that are no longer waited for
	pair   map[int]int   // of out.Pairs, by recorded exchange

	// The game's lock must be held for these.
	byStart map[int64]int   // exchanges by where their request began
	place   map[int64]int   // where in s.Order a request is, by where it began
	strays  map[int64]stray // requests that were answered with an unknown tag
}

// readBytes is how much is read at once.
const readBytes = 32 << 10

func newScratch() *scratch {
	return &scratch{
		buf:    make([]byte, readBytes),
		starts: make(map[int]int64), base: make(map[int]int), given: make(map[int]bool), pair: make(map[int]int),
		byStart: make(map[int64]int), place: make(map[int64]int), strays: make(map[int64]stray),
	}
}

// forget drops what is known of the exchanges of a session.
func (m *scratch) forget() {
	clear(m.starts)
	clear(m.base)
	clear(m.given)
	clear(m.pair)
	clear(m.byStart)
	clear(m.place)
	clear(m.strays)
}

// reset makes m ready for the next session; x is the result of the last one, which must not be
// used any more.
func (m *scratch) reset(x *Played) {
	m.forget()
	m.now, m.pairs, m.begun = x.Now, x.Pairs[:0], m.begun[:0]
	m.now.Reset()
}
