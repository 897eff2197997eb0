package layer

import (
	"encoding/hex"
	"slices"
	"time"

	"imapscope/capture"
)

// Limits of a TLS.
const (
	// MaxWaiting is how many bytes of a connection wait for keys. Beyond it the layer is
	// dark, because they came too late.
	MaxWaiting = 1 << 20
	// MaxPieces is how many pieces those bytes may be in: runs of one direction that were
	// captured at the same time. Beyond it the same happens.
	MaxPieces = 1 << 16
	// MaxWaitingAll is how many bytes of all connections that share a Keys wait. Beyond it
	// a connection that has to wait is dark at once.
	MaxWaitingAll = 64 << 20
	// MaxAhead is how many sequence numbers are tried to find the place after a loss.
	MaxAhead = 64
	// MaxTried is how many bytes are decrypted in vain to find the place after a loss.
	// Beyond it the layer is dark. Each try counts as tryCost bytes more.
	MaxTried = 64 << 20
	tryCost  = 512
)

// maxWrong is after how many failures, with no success before, the keys are taken to be wrong.
const maxWrong = 8

const (
	headerLen = 5
	// maxRecord is the longest record with its header: TLS 1.2 allows 2,048 bytes more
	// than the plaintext's 2^14 (RFC 5246, section 6.2.3).
	maxRecord = headerLen + 1<<14 + 2048
	// maxTail is how much of the end of a record that was not opened is kept: a block of
	// ciphertext and the longest MAC after it.
	maxTail = 16 + 64
)

// The content types of records (RFC 8446, section 5.1).
const (
	typeChangeCipherSpec = 20
	typeAlert            = 21
	typeHandshake        = 22
	typeApplicationData  = 23
	typeHeartbeat        = 24
)

// TLS opens the TLS of a connection, versions 1.0 to 1.3, with the secrets of a key log.
//
// While keys are missing, what was captured waits, both directions in capture order, and
// Retry goes on once they have come. Then every record is reported as if they had been there
// at once.
type TLS struct {
	keys   *Keys
	sink   Sink
	facts  Facts
	halves [2]tlsHalf
	hello  *handshake // the latest; nil before a hello
	wait   waiting
	dark   Reason
	tried  int
	arena  arena
	rec    Record
}

var _ Layer = (*TLS)(nil)

// NewTLS returns a TLS that opens what its keys allow and reports to the sink. The caller
// adds to keys at any time; if keys is nil, none will come, and nothing waits for them.
func NewTLS(keys *Keys, sink Sink) *TLS {
	t := &TLS{keys: keys, sink: sink}
	t.halves[1].dir = capture.ServerToClient
	return t
}

// Facts returns what is known of the session so far.
func (t *TLS) Facts() Facts {
	f := t.facts
	f.Names = slices.Clone(f.Names)
	f.KeyIDs = t.keyIDs()
	return f
}

// keyIDs returns by which words a key log names the session.
func (t *TLS) keyIDs() []string {
	hs := t.hello
	if hs == nil || !hs.client {
		return nil
	}
	ids := []string{hex.EncodeToString(hs.clientRandom[:])}
	if first := t.keys.first(hs); first != hs.clientRandom {
		ids = append(ids, hex.EncodeToString(first[:]))
	}
	if hs.exchanged {
		ids = append(ids, hex.EncodeToString(hs.premasterID[:]))
	}
	return ids
}

// Write consumes the next bytes of one direction, captured at when. It does not keep p.
func (t *TLS) Write(dir capture.Direction, when time.Time, p []byte) {
	t.arena.reset()
	if t.wait.on {
		t.wait.push(piece{dir: dir, when: when, n: int64(len(p))}, p)
		t.checkWaiting(when)
		return
	}
	if rest := t.feed(&t.halves[dir], when, p); t.wait.on {
		t.wait.push(piece{dir: dir, when: when, n: int64(len(rest))}, rest)
		t.checkWaiting(when)
	}
}

// Lost records that the next n bytes of one direction were not captured.
func (t *TLS) Lost(dir capture.Direction, when time.Time, n int64) {
	t.arena.reset()
	if t.wait.on {
		t.wait.push(piece{dir: dir, when: when, n: n, lost: true}, nil)
		t.checkWaiting(when)
		return
	}
	t.lose(&t.halves[dir], when, n)
}

// Retry tries again to open what waits for keys.
func (t *TLS) Retry(time.Time) {
	t.arena.reset()
	if t.wait.on {
		t.resume()
	}
}

// Close ends the layer: what still waits for keys will never be opened.
func (t *TLS) Close(when time.Time) {
	t.arena.reset()
	if t.wait.on {
		t.goDark(when, WantsKeys)
	}
	for i := range t.halves {
		t.finish(&t.halves[i], when)
	}
}

// goDark gives up, and reports what waited without opening it.
func (t *TLS) goDark(when time.Time, why Reason) {
	t.dark = why
	t.sink.Dark(when, why)
	if t.wait.on {
		t.resume()
	}
	t.arena = arena{} // a dark connection should cost little
	for i := range t.halves {
		h := &t.halves[i]
		h.msgs, h.cur, h.after = messages{}, nil, nil
	}
}

// resume goes on with what waits, until it must wait again.
func (t *TLS) resume() {
	w := &t.wait
	w.on = false
	h := &t.halves[w.dir]
	t.feed(h, h.when, nil)
	for !w.on && len(w.pieces) > 0 {
		p, data := w.front()
		if p.lost {
			w.pop(0)
			t.lose(&t.halves[p.dir], p.when, p.n)
			continue
		}
		rest := t.feed(&t.halves[p.dir], p.when, data)
		w.pop(len(rest))
	}
	if !w.on {
		*w = waiting{counted: w.counted}
		t.count()
		return
	}
	if w.used > 0 {
		w.data = w.data[:copy(w.data, w.data[w.used:])]
		w.used = 0
	}
}

// block has everything wait until there are keys for a direction.
func (t *TLS) block(h *tlsHalf, when time.Time) {
	h.when = when
	t.wait.on, t.wait.dir = true, h.dir
}

// checkWaiting gives up if too much waits.
func (t *TLS) checkWaiting(when time.Time) {
	w := &t.wait
	t.count()
	switch {
	case len(w.data)-w.used+len(t.halves[0].buf)+len(t.halves[1].buf) > MaxWaiting || len(w.pieces) > MaxPieces:
		t.goDark(when, TooLate)
	case t.keys.tooMany():
		t.goDark(when, TooMany)
	}
}

// count adds up what waits over all connections.
func (t *TLS) count() {
	if n := int64(cap(t.wait.data)); t.keys != nil && n != t.wait.counted {
		t.keys.wait(n - t.wait.counted)
		t.wait.counted = n
	}
}

// waiting is what waits for keys, in capture order.
type waiting struct {
	on     bool
	dir    capture.Direction // which needs keys first
	pieces []piece
	data   []byte
	used   int // of data

	counted int64 // bytes of it that its Keys count
}

// piece is a run of bytes, or of lost bytes, of one direction.
type piece struct {
	dir  capture.Direction
	lost bool
	when time.Time
	n    int64
}

func (w *waiting) push(p piece, data []byte) {
	if p.n <= 0 {
		return
	}
	w.data = append(w.data, data...)
	if n := len(w.pieces); n > 0 {
		if last := &w.pieces[n-1]; last.dir == p.dir && last.lost == p.lost && last.when.Equal(p.when) {
			last.n += p.n
			return
		}
	}
	w.pieces = append(w.pieces, p)
}

// front returns the first piece and its bytes.
func (w *waiting) front() (piece, []byte) {
	p := w.pieces[0]
	if p.lost {
		return p, nil
	}
	return p, w.data[w.used : w.used+int(p.n)]
}

// pop removes the first piece, but for its last rest bytes.
func (w *waiting) pop(rest int) {
	p := &w.pieces[0]
	if !p.lost {
		w.used += int(p.n) - rest
	}
	if p.n = int64(rest); rest == 0 {
		w.pieces = w.pieces[1:]
	}
}

// arena holds plaintext until the next call of a method.
type arena struct{ free, all []byte }

const (
	minArena = 4 << 10
	maxArena = 128 << 10
)

func (a *arena) reset() { a.free = a.all[:0] }

// room returns an empty slice with room for n bytes.
func (a *arena) room(n int) []byte {
	if cap(a.free)-len(a.free) < n {
		a.all = make([]byte, 0, max(n, minArena, min(2*cap(a.all), maxArena)))
		a.free = a.all
	}
	return a.free[len(a.free):]
}

// use keeps the n bytes that were put where room said.
func (a *arena) use(n int) { a.free = a.free[:len(a.free)+n] }
