package layer

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"imapscope/capture"
)

// maxMessage bounds a handshake message that is put together from several records. A
// longer one is named and not read.
const maxMessage = 128 << 10

// maxNamed bounds the handshake messages that Record.What names.
const maxNamed = 8

// The handshake messages that are read (RFC 8446, section 4; RFC 5246, section 7.4).
const (
	msgHelloRequest    = 0
	msgClientHello     = 1
	msgServerHello     = 2
	msgTicket          = 4
	msgEncrypted       = 8
	msgCertificate     = 11
	msgServerHelloDone = 14
	msgKeyExchange     = 16
	msgFinished        = 20
	msgKeyUpdate       = 24
)

func messageName(kind uint8) string {
	switch kind {
	case msgHelloRequest:
		return "hello request"
	case msgClientHello:
		return "client hello"
	case msgServerHello:
		return "server hello"
	case msgTicket:
		return "new session ticket"
	case 5:
		return "end of early data"
	case msgEncrypted:
		return "encrypted extensions"
	case msgCertificate:
		return "certificate"
	case 12:
		return "server key exchange"
	case 13:
		return "certificate request"
	case msgServerHelloDone:
		return "server hello done"
	case 15:
		return "certificate verify"
	case msgKeyExchange:
		return "client key exchange"
	case msgFinished:
		return "finished"
	case 22:
		return "certificate status"
	case msgKeyUpdate:
		return "key update"
	case 25:
		return "compressed certificate"
	}
	return ""
}

// messages puts the handshake messages of one direction together.
type messages struct {
	buf  []byte // an unfinished message
	skip int    // bytes still to come of a message over maxMessage
	kind uint8  // of the message that is skipped
	lost bool   // where a message begins is unknown
}

// reset forgets an unfinished message: a record of another type ends it.
func (m *messages) reset() { m.buf, m.skip, m.lost = m.buf[:0], 0, false }

// begun reports whether a message is unfinished.
func (m *messages) begun() bool { return len(m.buf) > 0 || m.skip > 0 }

// breakOff records that bytes are missing.
func (m *messages) breakOff() { m.reset(); m.lost = true }

// what collects the names of messages in a record.
type what struct {
	first string
	more  []string
	n     int
}

func (w *what) add(name string) {
	w.n++
	switch {
	case w.n == 1:
		w.first = name
	case w.n <= maxNamed:
		w.more = append(w.more, name)
	case w.n == maxNamed+1:
		w.more = append(w.more, "…")
	}
}

func (w *what) String() string {
	switch w.n {
	case 0:
		return "handshake"
	case 1:
		return w.first
	}
	return w.first + ", " + strings.Join(w.more, ", ")
}

// handshake reads the handshake messages in a record and returns what they are.
func (t *TLS) handshake(h *tlsHalf, p []byte) string {
	m := &h.msgs
	if m.lost {
		t.breakTranscript()
		if !tiled(p) {
			return "handshake"
		}
		m.reset()
	}
	var w what
	for len(p) > 0 {
		if m.skip > 0 {
			k := min(m.skip, len(p))
			m.skip, p = m.skip-k, p[k:]
			w.add(nameOf(m.kind))
			continue
		}
		message, rest, whole := m.next(p)
		p = rest
		if !whole {
			m.name(&w)
			break
		}
		w.add(t.message(h, message))
	}
	return w.String()
}

// next returns the next message, if p ends it, and the bytes that follow it.
func (m *messages) next(p []byte) (message, rest []byte, whole bool) {
	if len(m.buf) == 0 && len(p) >= 4 {
		if n := 4 + int(p[1])<<16 + int(p[2])<<8 + int(p[3]); n <= len(p) {
			return p[:n], p[n:], true
		}
	}
	if k := 4 - len(m.buf); k > 0 {
		k = min(k, len(p))
		m.buf, p = append(m.buf, p[:k]...), p[k:]
		if len(m.buf) < 4 {
			return nil, nil, false
		}
	}
	n := 4 + int(m.buf[1])<<16 + int(m.buf[2])<<8 + int(m.buf[3])
	if n > maxMessage {
		m.kind = m.buf[0]
		m.skip = n - 4 - len(p) // a record is shorter than maxMessage
		m.buf = m.buf[:0]
		return nil, nil, false
	}
	k := min(n-len(m.buf), len(p))
	m.buf, p = append(m.buf, p[:k]...), p[k:]
	if len(m.buf) < n {
		return nil, nil, false
	}
	message = m.buf
	m.buf = m.buf[:0]
	return message, p, true
}

// name adds the name of the unfinished message.
func (m *messages) name(w *what) {
	if m.skip > 0 {
		w.add(nameOf(m.kind))
	} else if len(m.buf) > 0 {
		w.add(nameOf(m.buf[0]))
	}
}

func nameOf(kind uint8) string {
	if name := messageName(kind); name != "" {
		return name
	}
	return fmt.Sprintf("handshake message %d", kind)
}

// tiled reports whether p is known messages from its first byte to its last, maxNamed at the
// most.
func tiled(p []byte) bool {
	for i := 0; i < maxNamed && len(p) >= 4 && messageName(p[0]) != ""; i++ {
		n := 4 + int(p[1])<<16 + int(p[2])<<8 + int(p[3])
		if n > len(p) {
			return false
		}
		p = p[n:]
		if len(p) == 0 {
			return true
		}
	}
	return false
}

// message reads a handshake message with its header, and returns its name.
func (t *TLS) message(h *tlsHalf, message []byte) string {
	kind, name := message[0], nameOf(message[0])
	body := cryptobyte.String(message[4:])
	client := h.dir == capture.ClientToServer
	ok := true
	switch {
	case kind == msgClientHello && client:
		ok = t.readClientHello(body)
	case kind == msgServerHello && !client:
		var retry bool
		if retry, ok = t.readServerHello(body); retry {
			name = "hello retry request"
		} else {
			t.startTLS13()
		}
	case kind == msgEncrypted && !client:
		ok = t.readEncryptedExtensions(body)
	case kind == msgTicket && !client:
		ok = t.readTicket(body)
	case kind == msgCertificate && !client:
		ok = t.readCertificate(body)
	case kind == msgServerHelloDone && !client && t.hello != nil:
		t.hello.done = true
	case kind == msgKeyExchange && client:
		ok = t.readKeyExchange(body)
	case kind == msgFinished && h.tls13():
		h.enter(nil, traffic)
	case kind == msgKeyUpdate && h.tls13() && h.cur != nil:
		h.enter(h.cur.updated(h.params.suite), traffic)
	}
	t.transcribe(kind, message)
	if !ok {
		name += " (malformed)"
	}
	return name
}

// startTLS13 has both directions expect handshake keys after a ServerHello of TLS 1.3.
func (t *TLS) startTLS13() {
	if t.hello == nil || t.hello.version < version13 { // nil: it is malformed, and the first hello
		return
	}
	for i := range t.halves {
		h := &t.halves[i]
		h.params = t.hello
		h.enter(nil, handshook)
	}
}

// changeCipherSpec has the rest of a direction protected by what was negotiated. In TLS 1.3
// the message means nothing (RFC 8446, section 5).
func (t *TLS) changeCipherSpec(h *tlsHalf) {
	hs := t.hello
	if hs == nil || !hs.server || hs.version >= version13 {
		return
	}
	if h.dir == capture.ServerToClient && !hs.done {
		t.facts.Resumed = true
	}
	h.msgs.reset()
	h.params = hs
	h.enter(nil, traffic)
}

// alert reads an alert and returns what it is.
func (t *TLS) alert(h *tlsHalf, p []byte) string {
	if len(p) != 2 {
		return "alert (malformed)"
	}
	name := alertName(p[1])
	t.facts.Alert = h.dir.String() + ": " + name
	return "alert: " + name
}

// alertName returns the name of an alert (RFC 8446, section 6; RFC 5246, section 7.2).
func alertName(code byte) string {
	if name := alertNames[code]; name != "" {
		return name
	}
	return fmt.Sprintf("alert %d", code)
}

var alertNames = map[byte]string{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
	22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure",
	41: "no_certificate", 42: "bad_certificate", 43: "unsupported_certificate",
	44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
	47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
	51: "decrypt_error", 60: "export_restriction", 70: "protocol_version",
	71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
	90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
	110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
	113: "bad_certificate_status_response", 114: "bad_certificate_hash_value",
	115: "unknown_psk_identity", 116: "certificate_required", 120: "no_application_protocol",
}
