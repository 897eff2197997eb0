package layer

import (
	"time"

	"golang.org/x/crypto/cryptobyte"

	"imapscope/capture"
)

// broken is a record of which a part was not captured, but whose end is known; or any record
// of a dark layer, so that it is not kept.
type broken struct {
	left  int  // bytes still to come
	whole bool // it was captured so far
	total int
	off   int64
	kind  uint8
	tail  []byte // the last bytes that were captured, at most maxTail
}

// search is the search for the next record after a loss.
type search struct {
	on       bool
	off      int64  // where it began
	captured int64  // bytes since then that were captured and are in no record
	tail     []byte // the last bytes before buf, at most maxTail
}

// lose handles a loss.
func (t *TLS) lose(h *tlsHalf, when time.Time, n int64) {
	if n <= 0 {
		return
	}
	if h.search.on {
		h.discard(len(h.buf))
		h.lost(n)
		return
	}
	if h.broken.left == 0 && len(h.buf) >= headerLen {
		t.breakRecord(h)
	}
	if b := &h.broken; b.left > 0 {
		k := min(int64(b.left), n)
		b.left, b.tail, b.whole = b.left-int(k), b.tail[:0], false
		h.off += k
		n -= k
		if b.left > 0 {
			return
		}
		t.endBroken(h, when)
	}
	if n > 0 {
		t.startSearch(h, when, n)
	}
}

// breakRecord has the unfinished record be a broken one. What was captured of it is read if
// it is in the clear: the hello may be in front.
func (t *TLS) breakRecord(h *tlsHalf) {
	b := h.buf
	total := recordLen(b)
	h.broken = broken{left: total - len(b), total: total, off: h.off, kind: b[0], tail: h.broken.tail[:0]}
	h.off += int64(len(b))
	h.buf = h.buf[:0]
	if h.params == nil && b[0] == typeHandshake && t.dark == "" {
		t.handshake(h, b[headerLen:])
		t.salvage(h)
	}
}

// salvage reads the front of a hello whose end is lost: it is enough to open what follows.
func (t *TLS) salvage(h *tlsHalf) {
	m := h.msgs.buf
	switch {
	case len(m) <= 4 || !t.needsHello(h):
	case m[0] == msgClientHello && h.dir == capture.ClientToServer:
		t.readClientHello(cryptobyte.String(m[4:]))
	case m[0] == msgServerHello && h.dir == capture.ServerToClient:
		if retry, _ := t.readServerHello(cryptobyte.String(m[4:])); !retry && t.bothHellos() {
			t.startTLS13()
		}
	}
	t.breakTranscript()
}

// skip consumes the rest of a broken record.
func (t *TLS) skip(h *tlsHalf, when time.Time, p []byte) []byte {
	b := &h.broken
	k := min(b.left, len(p))
	b.tail = keepTail(b.tail, p[:k])
	b.left -= k
	h.off += int64(k)
	if b.left == 0 {
		t.endBroken(h, when)
	}
	return p[k:]
}

// keepTail appends p to tail and returns the last maxTail bytes.
func keepTail(tail, p []byte) []byte {
	p = p[max(0, len(p)-maxTail):]
	if over := len(tail) + len(p) - maxTail; over > 0 {
		tail = tail[:copy(tail, tail[over:])]
	}
	return append(tail, p...)
}

// endBroken reports a broken record. It used up a sequence number.
func (t *TLS) endBroken(h *tlsHalf, when time.Time) {
	b := &h.broken
	if b.whole {
		t.darkRecord(h, when, b.off, b.total, b.kind)
		return
	}
	t.partial(h, when, b.off, int64(b.total), b.kind)
	h.msgs.breakOff()
	switch {
	case t.dark != "":
	case h.params == nil:
		if t.needsHello(h) {
			t.goDark(when, NoHello)
		} else if b.kind == typeChangeCipherSpec {
			t.changeCipherSpec(h)
		}
	case h.tls13() && b.kind != typeApplicationData: // in the clear
	default:
		h.seq++
		h.unsure = true
		over := headerLen
		if h.cur != nil {
			h.cur.passed(b.tail)
			over = h.cur.overhead()
		}
		t.missed(h, when, b.kind, int64(b.total-over))
	}
}

// needsHello reports whether a loss in this direction may have taken its hello.
func (t *TLS) needsHello(h *tlsHalf) bool {
	if h.dir == capture.ClientToServer {
		return t.hello == nil || !t.hello.client
	}
	return t.hello == nil || !t.hello.server
}

// partial reports bytes of a record that was not wholly captured.
func (t *TLS) partial(h *tlsHalf, when time.Time, off, n int64, kind uint8) {
	name := "encrypted"
	if h.params == nil {
		name = "incomplete"
	}
	t.facts.Records[h.dir]++
	t.rec = Record{
		Dir: h.dir, Time: when, Off: off, Len: n, Plain: h.plain,
		Type: kind, What: name, Fault: Partial,
	}
	t.sink.Record(&t.rec)
}

// startSearch begins to look for a record, after n bytes were lost where one should begin.
func (t *TLS) startSearch(h *tlsHalf, when time.Time, n int64) {
	if t.dark == "" && h.params == nil && t.needsHello(h) {
		t.goDark(when, NoHello)
	}
	h.beginSearch()
	h.discard(len(h.buf))
	h.lost(n)
}

func (h *tlsHalf) beginSearch() {
	h.search = search{on: true, off: h.off, tail: h.search.tail[:0]}
	h.unsure = true
	h.msgs.breakOff()
}

// offTrack begins to look for a record, where what should be a header is none.
func (t *TLS) offTrack(h *tlsHalf, when time.Time, head []byte) {
	if t.dark == "" && h.params == nil && t.needsHello(h) {
		why := NoHello
		if h.off == 0 && h.dir == capture.ClientToServer && head[0]&0x80 != 0 && head[2] == 1 {
			why = UnknownVersion // a ClientHello of SSL 2
		}
		t.goDark(when, why)
	}
	h.buf = append(h.buf[:0], head...)
	h.beginSearch()
}

// discard drops the first n bytes of buf: they are in no record.
func (h *tlsHalf) discard(n int) {
	s := &h.search
	s.tail = keepTail(s.tail, h.buf[:n])
	s.captured += int64(n)
	h.off += int64(n)
	h.buf = h.buf[:copy(h.buf, h.buf[n:])]
}

// lost counts n bytes that were not captured.
func (h *tlsHalf) lost(n int64) {
	h.off += n
	h.search.tail = h.search.tail[:0]
}
