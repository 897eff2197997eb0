package layer

// findKeys finds the keys of the records that come next. It returns why there are none.
func (t *TLS) findKeys(h *tlsHalf) Reason {
	hs := h.params
	switch {
	case !hs.client || !hs.server:
		return NoHello
	case hs.version < version10 || hs.version > version13:
		return UnknownVersion
	case hs.suite == nil || (hs.suiteID>>8 == 0x13) != (hs.version == version13):
		return UnknownSuite
	case hs.compressed:
		return Compressed
	}
	if hs.version < version13 {
		master := hs.master(t.keys)
		if master == nil {
			return WantsKeys
		}
		h.cur = newEpoch12(hs, master, h.dir)
		return ""
	}
	secret := t.keys.trafficSecret(hs.clientRandom, h.dir)
	if h.stage == handshook {
		if s := t.keys.handshakeSecret(hs.clientRandom, h.dir); s != nil {
			h.cur = newEpoch13(hs.suite, s, handshook)
			return ""
		}
		if secret != nil {
			h.trial = true
			return ""
		}
		return WantsKeys
	}
	if secret == nil {
		return WantsKeys
	}
	h.cur = newEpoch13(hs.suite, secret, traffic)
	return ""
}

// following returns the keys that would be used after the current ones, or nil: the records
// that announce the change may have been lost.
func (t *TLS) following(h *tlsHalf) *epoch {
	if h.after != nil {
		return h.after
	}
	hs := h.params
	switch {
	case h.tls13() && h.stage == handshook:
		if s := t.keys.trafficSecret(hs.clientRandom, h.dir); s != nil {
			h.after = newEpoch13(hs.suite, s, traffic)
		}
	case h.tls13():
		h.after = h.cur.updated(hs.suite)
	case t.hello != nil && t.hello != hs && t.hello.server: // of the first handshake, or of a renegotiation
		next := tlsHalf{dir: h.dir, params: t.hello}
		if t.findKeys(&next) == "" {
			h.after = next.cur
		}
	}
	return h.after
}

// open decrypts a record with the sequence number that is due, or, if records may be
// missing before it, with those near it.
func (t *TLS) open(h *tlsHalf, b []byte) ([]byte, bool) {
	dst := t.arena.room(len(b))
	if h.cur != nil {
		if plain, ok := h.cur.open(dst, h.seq, b); ok {
			t.accept(h, h.seq, plain)
			return plain, true
		}
	}
	switch {
	case h.unsure:
		return t.openNear(h, dst, b)
	case h.trial, h.msgs.lost && h.stage == handshook:
		return t.openWith(h, t.following(h), dst, 0, 0, b)
	}
	return nil, false
}

// openNear tries the sequence numbers near the last record that was opened, then those of
// the keys that follow.
func (t *TLS) openNear(h *tlsHalf, dst, b []byte) ([]byte, bool) {
	if plain, ok := t.openWith(h, h.cur, dst, h.good, h.good+MaxAhead, b); ok {
		return plain, true
	}
	return t.openWith(h, t.following(h), dst, 0, MaxAhead, b)
}

// openWith tries a range of sequence numbers of one set of keys.
func (t *TLS) openWith(h *tlsHalf, e *epoch, dst []byte, from, to uint64, b []byte) ([]byte, bool) {
	if e == nil {
		return nil, false
	}
	for seq := from; seq <= to && t.tried <= MaxTried; seq++ {
		t.tried += len(b) + tryCost
		if e != h.cur && seq == 1 {
			e.passed(h.search.tail)
		}
		plain, ok := e.open(dst, seq, b)
		if !ok {
			continue
		}
		if e != h.cur {
			h.enter(e, e.stage)
			if h.params == nil || !h.tls13() {
				h.params = t.hello
			}
		}
		t.accept(h, seq, plain)
		return plain, true
	}
	if e == h.after && !h.tls13() {
		h.after = nil // passed changed it
	}
	return nil, false
}

// accept records that a record was opened.
func (t *TLS) accept(h *tlsHalf, seq uint64, plain []byte) {
	t.arena.use(len(plain))
	h.seq, h.good, h.unsure = seq+1, seq+1, false
}
