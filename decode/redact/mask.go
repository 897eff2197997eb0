package redact

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// Mask is a capture.Sink and capture.Noter that hands everything on to another
// Sink with each octet of a secret replaced by Hidden: lengths, offsets and times
// stay true, and a Decoder makes the same transactions of it.
//
//	proxy ─> capture.Queue ─> Mask ─> pcap.Recorder
//
// A client's octets are handed on once it is known what they are: with the end of
// their line, or at once within a literal. When a connection has had a secret, a
// server's texts are looked through for it, each with its end and as long as the
// connection lasts; what is not meant for human eyes (mail, above all) is not.
// What the other side sends meanwhile waits too, so that the order stays as it was
// captured. Chunks that need no change and have not to wait are not copied.
//
// When in doubt, it hides:
//
//   - a secret that breaks off, and a text that does;
//   - what a client sent from a loss, or the middle of a connection, up to the
//     first line that is surely a command;
//   - all texts of a server, once more may be secret than is known of: octets of
//     a secret were lost (before login, any octets), or there were too many.
//
// Of a line that stands where a command is due, and of a text, the spaces stay,
// for its words may be taken for a tag. A secret's tag may be the same as another
// when it is hidden: then the Decoder may confuse these two.
//
// Past MaxHeld octets of a connection, what the other side sends overtakes what is
// held. If that does not help, the beginning of a line decides about the rest.
//
// TLS records are handed on as they are. What follows the OK to COMPRESS (RFC
// 4978) cannot be read: it is told as lost, at the end of the connection.
//
// The methods must not be called concurrently.
type Mask struct {
	next  capture.Sink
	conns map[capture.ConnID]*conn
	pool  wire.Pool
}

var _ capture.Noter = (*Mask)(nil)

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

// End implements capture.Ender. Where octets are held back that would be overtaken, the
// end is told with Close.
func (m *Mask) End(id capture.ConnID, dir capture.Direction, t time.Time, cause error) error {
	e, ok := m.next.(capture.Ender)
	k := m.conns[id]
	if !ok || k == nil || len(k.queue.pieces) > 0 {
		return nil
	}
	return e.End(id, dir, t, cause)
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
