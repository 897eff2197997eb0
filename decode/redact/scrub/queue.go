package scrub

import (
	"iter"
	"slices"

	"imapscope/capture"
)

// piece is an event with its own copy of the bytes.
type piece struct {
	capture.Event
	at  int64  // its position in its direction
	seq uint64 // its number in capture order, of both directions
}

// pieceCost is what a piece counts for besides its bytes.
const pieceCost = 128

func (p *piece) end() int64 { return p.at + int64(len(p.Data)) }
func (p *piece) cost() int  { return len(p.Data) + pieceCost }

// queue holds the pieces of one direction, in order of position. All it does takes time
// in proportion to the pieces concerned, not to those held.
type queue struct {
	pieces []piece
	gone   int // pieces before it were removed
	work   int // pieces looked at in runs, or moved, so far
}

func (q *queue) push(p piece) { q.pieces = append(q.pieces, p) }

// first returns the first piece, or nil.
func (q *queue) first() *piece {
	if q.gone == len(q.pieces) {
		return nil
	}
	return &q.pieces[q.gone]
}

// sparePieces is the number of pieces that an empty queue keeps room for.
const sparePieces = 16

// pop removes the first piece.
func (q *queue) pop() {
	q.pieces[q.gone] = piece{}
	q.gone++
	switch left := len(q.pieces) - q.gone; {
	case left == 0 && cap(q.pieces) > sparePieces:
		*q = queue{work: q.work}
	case left < q.gone: // moves less than was removed
		q.work += copy(q.pieces, q.pieces[q.gone:])
		clear(q.pieces[left:])
		q.pieces, q.gone = q.pieces[:left], 0
	}
}

// runs returns every run of bytes held between from and to, with its position.
func (q *queue) runs(from, to int64) iter.Seq2[int64, []byte] {
	return func(yield func(int64, []byte) bool) {
		held := q.pieces[q.gone:]
		n, _ := slices.BinarySearchFunc(held, from, func(p piece, from int64) int {
			if p.end() <= from {
				return -1
			}
			return 1
		})
		for i := n; i < len(held) && held[i].at < to; i++ {
			q.work++
			p := &held[i]
			a, b := max(from, p.at), min(to, p.end())
			if a < b && !yield(a, p.Data[a-p.at:b-p.at]) {
				return
			}
		}
	}
}
