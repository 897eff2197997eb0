package layer

import (
	"bytes"
	"time"
)

// seekStep is how many bytes a search considers at a time.
const seekStep = 4 << 10

// seek looks for a record in what comes, and returns what follows the first one that is
// certain. If keys are missing, it returns what waits.
func (t *TLS) seek(h *tlsHalf, when time.Time, p []byte) []byte {
	taken := 0
	for {
		rest, found := t.scan(h, when, false)
		switch {
		case found && len(rest) <= taken:
			return p[taken-len(rest):]
		case found: // part of it came before p
			return append(bytes.Clone(rest), p[taken:]...)
		case t.wait.on || taken == len(p):
			return p[taken:]
		}
		k := min(seekStep, len(p)-taken)
		h.buf = append(h.buf, p[taken:taken+k]...)
		taken += k
	}
}

// finish ends a direction.
func (t *TLS) finish(h *tlsHalf, when time.Time) {
	for h.search.on {
		rest, found := t.scan(h, when, true)
		if found {
			rest = t.feed(h, when, bytes.Clone(rest))
		}
		if t.wait.on {
			t.wait.push(piece{dir: h.dir, when: when, n: int64(len(rest))}, rest)
			t.goDark(when, WantsKeys)
		} else if !found {
			h.discard(len(h.buf))
			t.endSearch(h, when, 1)
			return
		}
	}
	switch n := len(h.buf); {
	case h.broken.left > 0:
		h.broken.total -= h.broken.left
		h.broken.whole = false
		t.endBroken(h, when)
	case n > 0:
		t.partial(h, when, h.off, int64(n), h.buf[0])
	}
}

// scan looks for a record in buf. If it finds one, it handles it, and returns what follows,
// which is valid until buf changes. What cannot begin a record is discarded; if no more will
// come, so is what only begins one.
func (t *TLS) scan(h *tlsHalf, when time.Time, last bool) (rest []byte, found bool) {
	at := 0
	for ; len(h.buf)-at >= headerLen; at++ {
		n := recordLen(h.buf[at:])
		whole := at+n <= len(h.buf)
		if n <= headerLen || !whole && last || whole && !t.triable(h, h.buf[at:at+n]) {
			continue
		}
		h.discard(at)
		at = 0
		if n > len(h.buf) {
			return nil, false
		}
		switch t.try(h, when, h.buf[:n]) {
		case certain:
			rest = h.buf[n:]
			h.off += int64(n)
			h.buf = h.buf[:0]
			return rest, true
		case needsKeys:
			t.block(h, when)
			return nil, false
		}
	}
	h.discard(at)
	return nil, false
}

// triable reports whether it can be found out if b is a record. Before the ServerHello nothing
// but what is in the clear can.
func (t *TLS) triable(h *tlsHalf, b []byte) bool {
	return t.dark != "" || h.params != nil || t.hello != nil && t.hello.server || h.isClear(b)
}

// verdict is what a search makes of bytes that look like a record.
type verdict uint8

const (
	unlikely verdict = iota
	certain
	needsKeys
)

// try handles what looks like a record if it certainly is one: it authenticates, or it is
// in the clear and right to its last byte.
func (t *TLS) try(h *tlsHalf, when time.Time, b []byte) verdict {
	if t.tried > MaxTried && t.dark == "" {
		t.goDark(when, TooMuchLost)
	}
	if t.dark != "" {
		t.endSearch(h, when, 0)
		return t.handled(h, when, b)
	}
	if h.isClear(b) {
		t.endSearch(h, when, 0)
		return t.handled(h, when, b)
	}
	if v := t.keysFor(h, when); v != certain {
		return v
	}
	if h.cur != nil {
		h.cur.passed(h.search.tail)
	}
	wasClear, before, due := h.params == nil, h.cur, h.seq
	plain, ok := t.openNear(h, t.arena.room(len(b)), b)
	if !ok && t.lacksNext(h) {
		return needsKeys
	}
	if !ok {
		return unlikely
	}
	lost := int64(h.good - 1)
	switch {
	case h.stage == handshook:
		lost = 0
	case wasClear:
		lost-- // the Finished
	case h.cur == before:
		lost -= int64(due)
	case before != nil && before.stage == traffic && h.tls13():
		lost++ // and as many as there were before the KeyUpdate
	}
	t.endSearch(h, when, lost)
	t.deliver(h, when, b, plain)
	return certain
}

func (t *TLS) handled(h *tlsHalf, when time.Time, b []byte) verdict {
	if !t.record(h, when, b) {
		return needsKeys
	}
	return certain
}

// isClear reports whether b is a record in the clear, where one may be.
func (h *tlsHalf) isClear(b []byte) bool {
	body := b[headerLen:]
	switch b[0] {
	case typeChangeCipherSpec:
		return len(body) == 1 && body[0] == 1 && (h.params == nil || h.tls13() && h.stage == handshook)
	case typeHandshake:
		return h.params == nil && tiled(body)
	}
	return false
}

// keysFor finds the keys to try a record with: certain if there are any.
func (t *TLS) keysFor(h *tlsHalf, when time.Time) verdict {
	if h.cur != nil || h.trial || h.params == nil && t.following(h) != nil {
		return certain
	}
	next := h
	if h.params == nil {
		next = &tlsHalf{dir: h.dir, params: t.hello}
	}
	switch why := t.findKeys(next); {
	case why == "":
		return certain
	case why == WantsKeys && t.keys != nil:
		return needsKeys
	default:
		t.goDark(when, why)
		return unlikely
	}
}

// endSearch ends a search that found a record, and reports what is missing before it: so
// many records with application data, perhaps.
func (t *TLS) endSearch(h *tlsHalf, when time.Time, lost int64) {
	s := &h.search
	s.on = false
	missing := h.off - s.off
	if s.captured > 0 {
		t.partial(h, when, s.off, missing, typeApplicationData)
	}
	if lost <= 0 || t.dark != "" || h.params == nil || h.stage != traffic {
		return
	}
	over := int64(headerLen)
	if h.cur != nil {
		over = int64(h.cur.overhead())
	}
	t.gap(h, when, missing-lost*over)
}
