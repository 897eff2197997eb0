package redact

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// Mask is a capture.Sink and capture.Noter that hands everything on to another
// Sink with each octet of a secret replaced by Hidden, so that lengths, offsets,
// literals and the transactions that a Decoder makes of it stay the same.
//
//	Queue ─> Mask ─> Recorder
//
// A client's octet is handed on once it is known to be no secret: with the end of
// its line, or at once within a literal. Once a connection has a secret, a
// server's text is looked through for it, line by line and as long as the
// connection lasts; data (mail, above all) is not. What comes meanwhile from the
// other side waits too, so that the order stays as it was captured. Chunks that
// need no change and have not to wait are handed on as they are, not copied.
//
// When in doubt, it hides: a line that breaks off, octets that were passed over
// because framing was lost, texts once not every octet of a secret was captured
// (or there are too many secrets to look for).
// Hidden are whole words then, the spaces between them stay.
//
// Past MaxHeld octets of a connection, what the other side sent passes what is
// held; if that does not help, the beginning of the line decides: what follows
// it is handed on, hidden if it may be secret.
//
// TLS records are handed on as they are. What follows the OK to a COMPRESS
// (RFC 4978) cannot be read, so it is not handed on: it is told as lost.
//
// The methods must not be called concurrently.
type Mask struct {
	next  capture.Sink
	conns map[capture.ConnID]*conn
	pool  wire.Pool
}

// MaxHeld is how many octets of a connection a Mask holds at most, a chunk
// counting for 128 more than it has.
const MaxHeld = 256 << 10

// NewMask is a Mask before next.
func NewMask(next capture.Sink) *Mask {
	return &Mask{next: next, conns: make(map[capture.ConnID]*conn)}
}

// Open implements capture.Sink.
func (m *Mask) Open(c capture.Conn) error {
	k := &conn{id: c.ID, next: m.next, pool: &m.pool}
	k.dec = decode.New(decode.Options{MidStream: c.MidStream, Pool: &m.pool})
	k.client.init(c.MidStream, &m.pool)
	if c.MidStream {
		k.server.lose(&m.pool)
	}
	m.conns[c.ID] = k
	return m.next.Open(c)
}

// Chunk implements capture.Sink. What belongs to no open connection is not
// handed on.
func (m *Mask) Chunk(c capture.Chunk) error {
	k := m.conns[c.Conn]
	if k == nil {
		return nil
	}
	return k.chunk(c)
}

// Note implements capture.Noter.
func (m *Mask) Note(id capture.ConnID, t time.Time, text string) error {
	k := m.conns[id]
	if k == nil || text == "" {
		return nil
	}
	if len(k.queue.pieces) == 0 {
		return note(m.next, id, t, text)
	}
	k.queue.push(piece{Chunk: capture.Chunk{Conn: id, Time: t}, note: text})
	return k.relieve()
}

// Close implements capture.Sink.
func (m *Mask) Close(id capture.ConnID, t time.Time, cause error) error {
	k := m.conns[id]
	if k == nil {
		return nil
	}
	delete(m.conns, id)
	if err := k.close(t, cause); err != nil {
		return err
	}
	return m.next.Close(id, t, cause)
}

// note hands a remark on to a Sink that takes them.
func note(s capture.Sink, id capture.ConnID, t time.Time, text string) error {
	if n, ok := s.(capture.Noter); ok {
		return n.Note(id, t, text)
	}
	return nil
}
