package redact

import (
	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// Mask is a capture.Sink that passes everything on to another
// Sink with each byte of a secret replaced by Hidden: lengths, offsets and times
// stay true, and a Decoder makes the same transactions of it.
//
//	proxy ─> capture.Queue ─> Mask ─> pcap.Recorder
//
// A client's bytes are handed on once it is known what they are: with the end of
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
//   - all texts of a server, once more may be secret than is known of: bytes of
//     a secret were lost (before login, any bytes), or there were too many.
//
// Of a line that stands where a command is due, and of a text, the spaces stay,
// for its words may be taken for a tag. A secret's tag may be the same as another
// when it is hidden: then the Decoder may confuse these two.
//
// Past MaxHeld bytes of a connection, what the other side sends overtakes what is
// held. If that does not help, the beginning of a line decides about the rest.
//
// TLS records are handed on as they are. What follows the OK to COMPRESS (RFC
// 4978) cannot be read: it becomes a Gap, at the end of the direction.
//
// The methods must not be called concurrently.
type Mask struct {
	next  capture.Sink
	conns map[capture.ConnID]*conn
	pool  wire.Pool
}

// MaxHeld is how many bytes of a connection a Mask holds at most, a chunk
// counting for 128 more than it has.
const MaxHeld = 256 << 10

// NewMask returns a Mask before next.
func NewMask(next capture.Sink) *Mask {
	return &Mask{next: next, conns: make(map[capture.ConnID]*conn)}
}

// Event implements capture.Sink. What belongs to no open connection is not passed
// on. Whatever is not Data waits behind the bytes that are held of its connection.
func (m *Mask) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		m.open(e.Info)
		return m.next.Event(e)
	}
	k := m.conns[e.Conn]
	if k == nil {
		return nil
	}
	switch e.Kind {
	case capture.Data:
		return k.data(e)
	case capture.Gap:
		if k.up == decode.Compression {
			k.drop(e.Dir, e.Off, e.N)
			return nil
		}
		k.lost(e.Dir, e.Time, e.N)
		return k.pass(e)
	case capture.HalfClosed:
		if err := k.reportDropped(e.Dir, e.Time); err != nil {
			return err
		}
		return k.pass(e)
	case capture.Closed:
		delete(m.conns, e.Conn)
		if err := k.close(e.Time, e.Cause); err != nil {
			return err
		}
		return m.next.Event(e)
	}
	return k.pass(e)
}

func (m *Mask) open(c *capture.Conn) {
	k := &conn{id: c.ID, next: m.next, pool: &m.pool}
	k.dec = decode.New(decode.Options{MidStream: c.MidStream, Pool: &m.pool})
	k.client.init(c.MidStream, &m.pool)
	if c.MidStream {
		k.server.lose(&m.pool)
	}
	m.conns[c.ID] = k
}
