package hub

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/klauspost/compress/zstd"

	"imapscope/capture"
)

// A message is a version, flags, and a body that may be compressed. The body is about one
// connection: the sequence number of its first fact, the connection, and the facts.
//
//	body   sequence  start  addresses  midstream  fact…
//	fact   kind, direction and more  time  fields of the kind
//
// Numbers are varints, texts and addresses have their length before them. A time is the seconds
// since that of the fact before (of the connection's start, for the first), and nanoseconds.
const version = 1

const flagZstd = 1

const (
	// MaxMessage is the greatest size of a message, in bytes: that of NATS's own default.
	MaxMessage = 1 << 20
	// maxBody is the greatest size of a body, in bytes. Data that does not fit is divided.
	maxBody = 256 << 10
	// maxText is the greatest length of a Note, in bytes. More of it is cut off.
	maxText = 8 << 10
	// bodyFull is the size from which on a body takes no more facts.
	bodyFull = 64 << 10
	// worthPacking is the size from which on a body is compressed.
	worthPacking = 256
	// factCost is the most that a fact's fields take, without its data or text.
	factCost = 64
)

var errMessage = errors.New("not a well-formed message")

// body is a message that is being written.
type body struct {
	seq  uint64 // of the first fact
	n    uint64 // facts
	b    []byte
	last time.Time
}

// begin begins a body about a connection.
func (w *body) begin(c *capture.Conn, seq uint64) {
	w.seq, w.n = seq, 0
	b := binary.AppendUvarint(w.b[:0], seq)
	w.last = time.Unix(0, 0)
	w.b = b
	w.time(c.Start)
	w.addr(c.Client)
	w.addr(c.Server)
	mid := byte(0)
	if c.MidStream {
		mid = 1
	}
	w.b = append(w.b, mid)
}

func (w *body) time(t time.Time) {
	w.b = binary.AppendVarint(w.b, t.Unix()-w.last.Unix())
	w.b = binary.AppendUvarint(w.b, uint64(t.Nanosecond()))
	w.last = t
}

func (w *body) addr(a netip.AddrPort) {
	b, _ := a.MarshalBinary() // it returns no error
	w.b = append(append(w.b, byte(len(b))), b...)
}

// fits reports whether a fact with so many bytes can be added.
func (w *body) fits(n int) bool { return len(w.b)+n+factCost <= maxBody }

// add adds a fact, whose bytes fit.
func (w *body) add(e *capture.Event) {
	w.n++
	w.b = append(w.b, byte(e.Kind)|byte(e.Dir)<<4)
	w.time(e.Time)
	switch e.Kind {
	case capture.Data:
		w.b = binary.AppendVarint(w.b, e.Off)
		w.b = binary.AppendUvarint(w.b, uint64(len(e.Data)))
		w.b = append(w.b, e.Data...)
	case capture.Gap, capture.Again:
		w.b = binary.AppendVarint(w.b, e.Off)
		w.b = binary.AppendVarint(w.b, e.N)
	case capture.HalfClosed, capture.Closed:
		w.b = append(w.b, byte(e.Cause))
	case capture.Note:
		text := e.Text[:min(len(e.Text), maxText)]
		w.b = binary.AppendUvarint(w.b, uint64(len(text)))
		w.b = append(w.b, text...)
	}
}

// packer compresses bodies, one at a time.
type packer struct{ enc *zstd.Encoder }

func newPacker() (*packer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(maxBody), zstd.WithLowerEncoderMem(true))
	return &packer{enc}, err
}

// pack returns the message with a body, in memory of its own.
func (p *packer) pack(body []byte) []byte {
	if len(body) >= worthPacking {
		out := p.enc.EncodeAll(body, append(make([]byte, 0, len(body)/2), version, flagZstd))
		if len(out) < len(body)+2 {
			return out
		}
	}
	return append(append(make([]byte, 0, len(body)+2), version, 0), body...)
}

// unpacker reads messages, one at a time.
type unpacker struct {
	dec *zstd.Decoder
	buf []byte
}

func newUnpacker() (*unpacker, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderLowmem(true))
	return &unpacker{dec: dec}, err
}

func (u *unpacker) close() { u.dec.Close() }

// unpack returns the body of a message, which is valid until the next call.
func (u *unpacker) unpack(message []byte) ([]byte, error) {
	if len(message) < 2 || len(message) > MaxMessage {
		return nil, errMessage
	}
	if message[0] != version {
		return nil, fmt.Errorf("a message of version %d; this program reads version %d", message[0], version)
	}
	rest := message[2:]
	switch message[1] {
	case 0:
	case flagZstd:
		out, err := u.dec.DecodeAll(rest, u.buf[:0])
		if err != nil {
			return nil, errMessage
		}
		u.buf, rest = out, out
	default:
		return nil, errMessage
	}
	if len(rest) > maxBody {
		return nil, errMessage
	}
	return rest, nil
}

// parser reads a body. After an error it is at the end.
type parser struct {
	b    []byte
	last time.Time
	bad  bool
}

// read returns the sequence number of the first fact, and the connection, without its number.
func (p *parser) read(body []byte) (seq uint64, c capture.Conn, err error) {
	p.b, p.bad, p.last = body, false, time.Unix(0, 0)
	seq = p.uvarint()
	c.Start = p.time()
	c.Client, c.Server = p.addr(), p.addr()
	c.MidStream = p.byte() == 1
	if p.bad || seq > 1<<62 {
		return 0, c, errMessage
	}
	return seq, c, nil
}

// more reports whether a fact follows.
func (p *parser) more() bool { return len(p.b) > 0 && !p.bad }

// fact reads a fact. Its bytes are those of the body.
func (p *parser) fact(e *capture.Event) error {
	k := p.byte()
	*e = capture.Event{Kind: capture.Kind(k & 15), Dir: capture.Direction(k >> 4 & 1), Time: p.time()}
	switch e.Kind {
	case capture.Opened:
	case capture.Data:
		e.Off = p.varint()
		e.Data = p.bytes(p.uvarint())
		p.bad = p.bad || e.Off < 0
	case capture.Gap:
		e.Off, e.N = p.varint(), p.varint()
		p.bad = p.bad || e.Off < 0 || e.N <= 0 || e.N > 1<<60
	case capture.Again:
		e.Off, e.N = p.varint(), p.varint()
		p.bad = p.bad || e.N < 0 || e.N > 1<<60
	case capture.HalfClosed, capture.Closed:
		e.Cause = capture.Cause(p.byte())
		p.bad = p.bad || e.Cause == 0 || e.Cause > capture.Idle
	case capture.Note:
		e.Text = string(p.bytes(min(p.uvarint(), maxText+1)))
		p.bad = p.bad || len(e.Text) > maxText
	default:
		p.bad = true
	}
	if p.bad || k>>5 != 0 {
		p.bad = true
		return errMessage
	}
	return nil
}

func (p *parser) byte() byte {
	if len(p.b) == 0 {
		p.bad = true
		return 0
	}
	c := p.b[0]
	p.b = p.b[1:]
	return c
}

func (p *parser) uvarint() uint64 {
	v, n := binary.Uvarint(p.b)
	return v & p.skip(n)
}

func (p *parser) varint() int64 {
	v, n := binary.Varint(p.b)
	return v & int64(p.skip(n))
}

// skip goes on by n bytes. It returns the mask of the number they hold: none if it is wrong.
func (p *parser) skip(n int) uint64 {
	if n <= 0 {
		p.bad = true
		return 0
	}
	p.b = p.b[n:]
	return ^uint64(0)
}

func (p *parser) bytes(n uint64) []byte {
	if n > uint64(len(p.b)) {
		p.bad = true
		return nil
	}
	out := p.b[:n:n]
	p.b = p.b[n:]
	return out
}

// maxSeconds bounds a time to the years that Go prints.
const maxSeconds = 1 << 38

func (p *parser) time() time.Time {
	delta, nano := p.varint(), p.uvarint()
	s := p.last.Unix() + delta
	if delta > maxSeconds || delta < -maxSeconds || s > maxSeconds || s < -maxSeconds || nano > 999_999_999 {
		p.bad = true
		return p.last
	}
	p.last = time.Unix(s, int64(nano))
	return p.last
}

func (p *parser) addr() netip.AddrPort {
	var a netip.AddrPort
	if a.UnmarshalBinary(p.bytes(uint64(p.byte()))) != nil {
		p.bad = true
	}
	return a
}
