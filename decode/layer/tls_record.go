package layer

import (
	"encoding/binary"
	"time"

	"imapscope/capture"
)

// tlsHalf is one direction of a TLS.
type tlsHalf struct {
	dir   capture.Direction
	off   int64     // in the stream below, of buf, or of what comes next
	plain int64     // in the stream above
	buf   []byte    // an unfinished record; during a search, what may hold one
	when  time.Time // of the last byte of a record that waits for keys

	params *handshake // what the keys are of; nil while in the clear
	cur    *epoch     // nil until its keys are there
	after  *epoch     // derived from what follows cur, in case that was lost; nil until needed
	stage  stage
	trial  bool   // the handshake's keys are unknown: records are tried with the next ones
	opened bool   // a record was opened with cur
	seq    uint64 // of the next record
	good   uint64 // after the last record that was opened
	unsure bool   // seq may be wrong: a record was lost, or failed
	owed   int64  // about how many bytes records that were not opened hold, before stage is traffic

	msgs   messages
	broken broken
	search search
}

// enter has the next record begin with new keys; nil if they are to be found.
func (h *tlsHalf) enter(e *epoch, s stage) {
	h.cur, h.after, h.stage = e, nil, s
	h.seq, h.good, h.owed, h.trial, h.unsure, h.opened = 0, 0, 0, false, false, false
}

func (h *tlsHalf) tls13() bool { return h.params != nil && h.params.version >= version13 }

// feed consumes bytes of one direction. If keys are missing, it returns those that wait.
func (t *TLS) feed(h *tlsHalf, when time.Time, p []byte) []byte {
	for {
		switch {
		case h.broken.left > 0:
			p = t.skip(h, when, p)
			if h.broken.left > 0 {
				return nil
			}
		case h.search.on:
			p = t.seek(h, when, p)
			if h.search.on || t.wait.on {
				return p
			}
		default:
			record, rest, state := h.frame(p)
			switch state {
			case noHeader:
				t.offTrack(h, when, record)
			case unfinished:
				if t.dark != "" && len(h.buf) >= headerLen { // its content is of no use
					t.breakRecord(h)
					h.broken.whole = true
				}
				return nil
			case framed:
				if !t.record(h, when, record) {
					h.buf = append(h.buf[:0], record...)
					t.block(h, when)
					return rest
				}
				h.buf = h.buf[:0]
				h.off += int64(len(record))
			}
			p = rest
		}
	}
}

// framing is what frame found.
type framing uint8

const (
	unfinished framing = iota
	framed
	noHeader // what should be a header is none
)

// frame returns the next record, and the bytes that follow it. A record that is whole in p
// is not copied.
func (h *tlsHalf) frame(p []byte) (record, rest []byte, state framing) {
	if len(h.buf) == 0 && len(p) >= headerLen {
		if n := recordLen(p); n == 0 {
			return p[:headerLen], p[headerLen:], noHeader
		} else if n <= len(p) {
			return p[:n], p[n:], framed
		}
	}
	if k := headerLen - len(h.buf); k > 0 {
		k = min(k, len(p))
		h.buf, p = append(h.buf, p[:k]...), p[k:]
		if len(h.buf) < headerLen {
			return nil, nil, unfinished
		}
	}
	n := recordLen(h.buf)
	if n == 0 {
		return h.buf, p, noHeader
	}
	k := min(n-len(h.buf), len(p))
	h.buf, p = append(h.buf, p[:k]...), p[k:]
	if len(h.buf) < n {
		return nil, nil, unfinished
	}
	return h.buf, p, framed
}

// recordLen returns the length of a record with its header, or 0 if it is no header.
func recordLen(b []byte) int {
	n := headerLen + int(binary.BigEndian.Uint16(b[3:]))
	if b[0] < typeChangeCipherSpec || b[0] > typeHeartbeat || b[1] != 3 || b[2] > 4 || n > maxRecord {
		return 0
	}
	return n
}

// record handles a whole record. It returns false if keys are missing that may come.
func (t *TLS) record(h *tlsHalf, when time.Time, b []byte) bool {
	switch {
	case t.dark != "" && b[0] == typeAlert && len(b) == headerLen+2:
		// It is not encrypted, which would make it longer: the side has no keys yet.
		t.emit(h, when, b, t.alert(h, b[headerLen:]), "")
	case t.dark != "":
		t.darkRecord(h, when, h.off, len(b), b[0])
	case h.params == nil || h.tls13() && b[0] != typeApplicationData:
		return t.clearRecord(h, when, b)
	default:
		return t.sealedRecord(h, when, b)
	}
	return true
}

// darkFault is the fault of a record that cannot be opened.
func (t *TLS) darkFault() Fault {
	if t.dark == WantsKeys || t.dark == TooLate || t.dark == TooMany {
		return NoKeys
	}
	return Fault(t.dark)
}

// darkRecord reports a record that cannot be opened.
func (t *TLS) darkRecord(h *tlsHalf, when time.Time, off int64, n int, kind uint8) {
	t.facts.Records[h.dir]++
	t.rec = Record{
		Dir: h.dir, Time: when, Off: off, Len: int64(n), Plain: h.plain,
		Type: kind, What: sealedName(h, kind), Fault: t.darkFault(),
	}
	t.sink.Record(&t.rec)
}

// sealedName returns what is known of an encrypted record from its type.
func sealedName(h *tlsHalf, kind uint8) string {
	switch {
	case kind == typeChangeCipherSpec:
		return "change cipher spec"
	case kind == typeApplicationData && h.params != nil && !h.tls13():
		return "application data"
	case kind == typeHandshake:
		return "encrypted handshake"
	case kind == typeAlert:
		return "encrypted alert"
	}
	return "encrypted"
}

// clearRecord handles a record that is not encrypted.
func (t *TLS) clearRecord(h *tlsHalf, when time.Time, b []byte) bool {
	early := h.dir == capture.ClientToServer && t.hello != nil && t.hello.early
	if b[0] == typeApplicationData && early {
		t.facts.Early = true
		t.emit(h, when, b, "encrypted", Early)
		return true
	}
	if b[0] == typeApplicationData && !t.bothHellos() || t.lacksHello(h, b) {
		t.goDark(when, NoHello)
		return t.record(h, when, b)
	}
	if b[0] == typeApplicationData || b[0] == typeHandshake && h.tls13() { // it must be encrypted
		t.emit(h, when, b, "not encrypted", Malformed)
		return true
	}
	t.emit(h, when, b, t.content(h, b[0], b[headerLen:]), "")
	return true
}

// lacksHello reports whether a record begins a handshake message that only follows the hello
// of its direction, which was not seen.
func (t *TLS) lacksHello(h *tlsHalf, b []byte) bool {
	if b[0] != typeHandshake || len(b) == headerLen || h.msgs.begun() || h.params != nil || !t.needsHello(h) {
		return false
	}
	kind := b[headerLen]
	return kind != msgHelloRequest && kind != msgClientHello+byte(h.dir)
}

func (t *TLS) bothHellos() bool { return t.hello != nil && t.hello.client && t.hello.server }

// content reads what a record holds and returns what it is.
func (t *TLS) content(h *tlsHalf, kind uint8, p []byte) string {
	if kind == typeHandshake {
		return t.handshake(h, p)
	}
	switch kind {
	case typeChangeCipherSpec:
		t.changeCipherSpec(h)
		return "change cipher spec"
	case typeAlert:
		return t.alert(h, p)
	case typeApplicationData:
		return "application data"
	case typeHeartbeat:
		return "heartbeat"
	}
	return "unknown"
}

// sealedRecord handles an encrypted record. It returns false if keys are missing that may
// come.
func (t *TLS) sealedRecord(h *tlsHalf, when time.Time, b []byte) bool {
	if h.cur == nil && !h.trial {
		switch why := t.findKeys(h); {
		case why == WantsKeys && t.keys != nil:
			return false
		case why != "":
			t.goDark(when, why)
			return t.record(h, when, b)
		}
		if h.seq > 0 && h.cur != nil { // the first record was broken
			h.cur.passed(h.broken.tail)
		}
	}
	was, owed := h.stage, h.owed
	plain, ok := t.open(h, b)
	if !ok && t.lacksNext(h) {
		return false
	}
	if !ok {
		t.failed(h, when, b)
		return true
	}
	if was == handshook && h.stage == traffic && h.good > 1 { // the first were among those left closed
		t.gap(h, when, owed)
	}
	t.deliver(h, when, b, plain)
	return true
}

// lacksNext reports whether a record was not tried with the keys that follow the handshake's,
// for they have not come, though it may be protected with them.
func (t *TLS) lacksNext(h *tlsHalf) bool {
	return h.tls13() && h.stage == handshook && (h.unsure || h.msgs.lost) && t.keys != nil &&
		t.keys.trafficSecret(h.params.clientRandom, h.dir) == nil
}

// deliver reports a record that was opened, and its plaintext.
func (t *TLS) deliver(h *tlsHalf, when time.Time, b, plain []byte) {
	t.facts.Opened = true
	kind := b[0]
	if h.tls13() {
		n := len(plain)
		for n > 0 && plain[n-1] == 0 { // padding
			n--
		}
		if n == 0 {
			t.emit(h, when, b, "encrypted", Malformed)
			return
		}
		kind, plain = plain[n-1], plain[:n-1]
	}
	h.opened = true
	if kind != typeHandshake {
		h.msgs.reset() // RFC 8446, section 5.1: a message's records follow each other
	}
	if kind != typeApplicationData {
		t.fill(h, when, b, kind, t.content(h, kind, plain), "")
		t.sink.Record(&t.rec)
		return
	}
	t.fill(h, when, b, kind, "application data", "")
	t.rec.N = int64(len(plain))
	t.sink.Record(&t.rec)
	if len(plain) > 0 {
		h.plain += int64(len(plain))
		t.sink.Plain(h.dir, when, plain)
	}
}

// failed reports a record that could not be opened.
func (t *TLS) failed(h *tlsHalf, when time.Time, b []byte) {
	fault := BadTag
	switch {
	case t.isEarly(h):
		t.facts.Early = true
		t.emit(h, when, b, "encrypted", Early)
		return
	case h.trial:
		t.emit(h, when, b, "encrypted", NoKeys)
		h.owed += int64(len(b))
		return
	case h.blind():
		fault = Partial // the part before it
	default:
		t.facts.Failed++
	}
	t.emit(h, when, b, sealedName(h, b[0]), fault)
	h.seq++
	h.unsure = true
	h.cur.passed(b)
	h.msgs.breakOff()
	t.missed(h, when, b[0], int64(len(b)-h.cur.overhead()))
	switch {
	case !t.facts.Opened && t.facts.Failed >= maxWrong:
		t.goDark(when, WrongKeys)
	case t.tried > MaxTried:
		t.goDark(when, TooMuchLost)
	}
}

// isEarly reports whether a record that the keys do not open is 0-RTT data: it comes before
// what the handshake's keys open.
func (t *TLS) isEarly(h *tlsHalf) bool {
	return h.dir == capture.ClientToServer && h.tls13() && h.params.early && h.stage == handshook && !h.opened
}

// blind reports whether a record cannot be opened for want of the one before it.
func (h *tlsHalf) blind() bool {
	c, ok := h.cur.opener.(*sealedCBC)
	return ok && c.chained && c.noIV
}

// missed reports that a record of that type with about n bytes of plaintext was not opened, if
// they may be application data.
func (t *TLS) missed(h *tlsHalf, when time.Time, kind uint8, n int64) {
	switch {
	case kind != typeApplicationData:
	case h.stage == traffic:
		t.gap(h, when, n)
	default:
		h.owed += n
	}
}

// emit reports a record without plaintext.
func (t *TLS) emit(h *tlsHalf, when time.Time, b []byte, name string, fault Fault) {
	t.fill(h, when, b, b[0], name, fault)
	t.sink.Record(&t.rec)
}

// fill counts a record and sets what is reported of it.
func (t *TLS) fill(h *tlsHalf, when time.Time, b []byte, kind uint8, name string, fault Fault) {
	t.facts.Records[h.dir]++
	t.rec = Record{
		Dir: h.dir, Time: when, Off: h.off, Len: int64(len(b)), Plain: h.plain,
		Type: kind, What: name, Fault: fault,
	}
}

// gap reports that about n bytes of plaintext are missing.
func (t *TLS) gap(h *tlsHalf, when time.Time, n int64) {
	n = max(n, 1)
	t.sink.Gap(h.dir, when, n)
	h.plain += n
}
