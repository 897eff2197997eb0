package redact

import (
	"bytes"

	"imapscope/capture"
	"imapscope/decode/session"
)

// queue holds events of a connection, in capture order: bytes that are not decided
// yet, and what came after them.
type queue struct {
	pieces []piece
	cost   int // bytes held, and pieceCost for each piece
}

// piece is an event, or what is left of one.
type piece struct {
	capture.Event       // its Data is our own
	at            int64 // position of its direction before it, as the Decoder counts
}

// pieceCost is the cost of a piece in addition to its bytes.
const pieceCost = 128

// push adds an event; at is the position of its direction before it.
func (q *queue) push(e *capture.Event, at int64) {
	p := piece{Event: *e, at: at}
	p.Data = bytes.Clone(p.Data)
	q.pieces = append(q.pieces, p)
	q.cost += len(p.Data) + pieceCost
}

// release passes on what is before decided, in either direction. What came later
// waits for what is held, unless it may overtake it.
func (q *queue) release(next capture.Sink, decided [2]int64, overtake bool) error {
	if len(q.pieces) > 0 && !overtake && q.pieces[0].waits(decided) {
		return nil // as mostly: the others are not looked at
	}
	var err error
	kept := q.pieces[:0]
	for i := range q.pieces {
		p := &q.pieces[i]
		if err == nil && (len(kept) == 0 || overtake) {
			n := int(min(max(decided[p.Dir]-p.at, 0), int64(len(p.Data))))
			whole := n == len(p.Data) && decided[p.Dir] >= p.at
			if n > 0 || whole {
				err = p.pass(next, n)
				q.cost -= n
			}
			if whole {
				q.cost -= pieceCost
				continue
			}
		}
		kept = append(kept, *p)
	}
	clear(q.pieces[len(kept):])
	q.pieces = kept
	if len(kept) == 0 && cap(kept) > sparePieces {
		q.pieces = nil
	}
	return err
}

// waits reports whether nothing of the event can be passed on yet.
func (p *piece) waits(decided [2]int64) bool {
	return decided[p.Dir] < p.at || decided[p.Dir] == p.at && len(p.Data) > 0
}

// sparePieces is the number of pieces that a connection keeps room for.
const sparePieces = 64

// pass passes on the event with the first n of its bytes.
func (p *piece) pass(next capture.Sink, n int) error {
	rest := p.Data[n:]
	p.Data = p.Data[:n]
	err := next.Event(&p.Event)
	p.Data = rest
	p.Off += int64(n)
	p.at += int64(n)
	return err
}

// each calls f with every run of bytes held between from and to, and with the
// position of its first.
func (q *queue) each(dir capture.Direction, from, to int64, f func(at int64, b []byte)) {
	for i := range q.pieces {
		p := &q.pieces[i]
		a, b := max(from, p.at), min(to, p.at+int64(len(p.Data)))
		if p.Dir == dir && a < b {
			f(a, p.Data[a-p.at:b-p.at])
		}
	}
}

// gather appends what is held between from and to.
func (q *queue) gather(buf []byte, dir capture.Direction, from, to int64) []byte {
	q.each(dir, from, to, func(_ int64, b []byte) { buf = append(buf, b...) })
	return buf
}

// edit is a change to the bytes between two positions.
type edit struct {
	dir      capture.Direction
	from, to int64
	how      change
	put      byte
}

type change uint8

const (
	// hideAll leaves nothing.
	hideAll change = iota
	// hideLine leaves line ends.
	hideLine
	// hideText leaves spaces too: the number of words stays the same.
	hideText
	// hideEchoes leaves all but the secrets that are known.
	hideEchoes
	// hideRepeats is hideEchoes, also where there are secrets that are not known.
	hideRepeats
	// putByte replaces the byte.
	putByte
)

// Hidden replaces a byte of a secret. A "*" would be a tag, or cancel an
// AUTHENTICATE; and it is not part of an atom in later dialects.
const Hidden = '#'

// apply makes the edits; those of bytes that were already passed on have no
// effect.
func (q *queue) apply(edits []edit, known *session.Words) {
	for _, e := range edits {
		if e.how == hideEchoes && known.All() {
			e.how = hideText
		}
		if e.how == hideEchoes || e.how == hideRepeats {
			b := q.gather(nil, e.dir, e.from, e.to)
			first := e.to - int64(len(b))
			for _, s := range known.Kept().Find(string(b)) {
				q.hide(e.dir, first+int64(s.Start), first+int64(s.End), hideAll)
			}
			continue
		}
		if e.how == putByte {
			q.each(e.dir, e.from, e.to, func(_ int64, b []byte) { b[0] = e.put })
			continue
		}
		q.hide(e.dir, e.from, e.to, e.how)
	}
}

func (q *queue) hide(dir capture.Direction, from, to int64, how change) {
	q.each(dir, from, to, func(_ int64, b []byte) {
		for i, c := range b {
			eol := c == '\r' || c == '\n'
			if how >= hideLine && eol || how == hideText && c == ' ' {
				continue
			}
			b[i] = Hidden
		}
	})
}
