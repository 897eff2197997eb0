package redact

import (
	"imapscope/capture"
	"imapscope/decode"
)

// Mask is a capture.Sink that passes everything on to another Sink with each byte of
// a secret replaced by Hidden: lengths, offsets and times do not change, and a Decoder
// finds the same transactions.
//
//	proxy ─> capture.Queue ─> Mask ─> pcap.Recorder
//
// A client's bytes are passed on once it is known what they are: at the end of
// their line, or at once within a literal. Once a connection has had a secret, the
// server's texts are searched for it, each when it is complete and until the
// connection ends; data that is not human-readable text (above all, mail) is not.
// What the other side sends in the meantime waits too, so that the captured order
// is kept. Chunks that need no change and do not have to wait are not copied.
//
// When in doubt, it hides:
//
//   - a secret that breaks off, and a text that breaks off;
//   - what a client sent after a loss, or in the middle of a connection, up to the
//     first line that is surely a command;
//   - all texts of a server, if more may be secret than is known: bytes of
//     a secret were lost (before login, any bytes), or there were too many secrets.
//
// The spaces of a text, and of a line in the place of a command, are kept, because
// its words may be read as a tag. When hidden, a secret tag may be the same as
// another one: then the Decoder may confuse the two.
//
// Beyond MaxHeld bytes of a connection, what the other side sends overtakes what is
// held. If that is not enough, the beginning of a line decides about the rest.
//
// TLS records are passed on as they are, unless WithoutTLS was called, and the keys that would open them, which are
// secrets too, are dropped. What follows the OK to COMPRESS (RFC 4978) cannot be read: it
// becomes a Gap, at the end of the direction.
//
// The methods must not be called concurrently.
type Mask struct {
	next  capture.Sink
	noTLS bool
	users bool
	conns map[capture.ConnID]*conn
	pool  decode.Pool
}

// MaxHeld is the largest number of bytes of a connection that a Mask holds; each
// chunk counts for 128 bytes more than it has.
const MaxHeld = 256 << 10

// NewMask returns a Mask that passes on to next.
func NewMask(next capture.Sink) *Mask {
	return &Mask{next: next, conns: make(map[capture.ConnID]*conn)}
}

// WithoutTLS makes the Mask leave out TLS too: it becomes a Gap, as compressed bytes do. It
// returns the Mask.
func (m *Mask) WithoutTLS() *Mask {
	m.noTLS = true
	return m
}

// WithUsers makes the Mask name users in Notes, where it hides their names together with their
// passwords. It returns the Mask.
func (m *Mask) WithUsers() *Mask {
	m.users = true
	return m
}

// Event implements capture.Sink. An event that belongs to no open connection is not
// passed on, nor are Secrets. An event other than Data waits for the bytes held of its connection.
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
		if k.unreadable() {
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
	k := &conn{id: c.ID, next: m.next, noTLS: m.noTLS, users: m.users, pool: m.pool.Buffers()}
	k.dec = decode.New(decode.Options{MidStream: c.MidStream, Pool: &m.pool})
	k.client.init(c.MidStream, m.pool.Buffers())
	if c.MidStream {
		k.server.lose(m.pool.Buffers())
	}
	m.conns[c.ID] = k
}
