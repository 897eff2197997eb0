package layer

import (
	"time"

	"imapscope/capture"
)

// MaxInflateWrite is how many bytes a call of Write of a Deflate should have at most: they
// expand to about 1 MiB of plaintext at most, 1032 bytes for each (a match of 258 bytes in
// two bits), which is in memory until the next call.
const MaxInflateWrite = 1 << 10

// Deflate is the layer that COMPRESS DEFLATE starts (RFC 4978): both directions are
// DEFLATE streams (RFC 1951), from the first byte after the CRLF of its OK.
//
// A recording may hold plain text instead, if a proxy ended the layer. So the first bytes
// are held until they can only be one of the two; see guess.
//
// A gap ends inflating in its direction, because what follows refers to the missing bytes, and
// so does damage. The other direction goes on. The layer is dark when both have ended.
type Deflate struct {
	sink Sink
	mode mode
	dirs [2]inflated

	guesses [2]guess
	held    []heldBytes // while mode is undecided
}

// mode is what the bytes are.
type mode uint8

const (
	undecided mode = iota
	compressed
	text
)

// inflated is one direction of a Deflate.
type inflated struct {
	*inflater
	off   int64 // in the stream below
	plain int64 // in the stream above
	fault Fault // why nothing more is inflated
}

// heldBytes are what waits for the decision: bytes, or the number of those that were lost.
type heldBytes struct {
	dir  capture.Direction
	t    time.Time
	p    []byte
	lost int64
}

// NewDeflate returns a Deflate that passes what it finds to sink.
func NewDeflate(sink Sink) *Deflate { return &Deflate{sink: sink} }

var _ Layer = (*Deflate)(nil)

// Write implements Layer. The DEFLATE data of a call is one Record. While the bytes are text,
// Plain receives p itself.
func (d *Deflate) Write(dir capture.Direction, t time.Time, p []byte) {
	if len(p) == 0 {
		return
	}
	for i := range d.dirs {
		if f := d.dirs[i].inflater; f != nil {
			f.compact()
		}
	}
	if d.mode == undecided {
		// What is held before the decision is short: a guess is made after maxGuess bytes.
		d.held = append(d.held, heldBytes{dir: dir, t: t, p: append([]byte(nil), p...)})
		if m := d.guesses[dir].write(p); m != undecided {
			d.decide(t, m)
		}
		return
	}
	d.pass(dir, t, p)
}

// decide passes on what was held.
func (d *Deflate) decide(t time.Time, m mode) {
	d.mode = m
	if m == text {
		d.sink.Text(t)
	}
	for _, h := range d.held {
		if h.lost > 0 {
			d.lose(h.dir, h.t, h.lost)
		} else {
			d.pass(h.dir, h.t, h.p)
		}
	}
	d.held, d.guesses = nil, [2]guess{}
}

// pass passes on bytes of a direction, whatever they are.
func (d *Deflate) pass(dir capture.Direction, t time.Time, p []byte) {
	if d.mode == text {
		d.sink.Plain(dir, t, p)
		return
	}
	x := &d.dirs[dir]
	r := Record{Dir: dir, Time: t, Off: x.off, Len: int64(len(p)), Plain: x.plain, What: "deflate", Fault: x.fault}
	x.off += r.Len
	if x.fault != "" {
		d.sink.Record(&r)
		return
	}
	if x.inflater == nil {
		x.inflater = new(inflater)
	}
	out, err := x.inflate(p)
	r.N = int64(len(out))
	x.plain += r.N
	if err != nil {
		r.Fault = Malformed
	}
	d.sink.Record(&r)
	if len(out) > 0 {
		d.sink.Plain(dir, t, out)
	}
	if err != nil {
		d.end(dir, t, Malformed)
	}
}

// Lost implements Layer.
func (d *Deflate) Lost(dir capture.Direction, t time.Time, n int64) {
	if n <= 0 {
		return
	}
	if d.mode != undecided {
		d.lose(dir, t, n)
		return
	}
	d.guesses[dir].lost = true
	for i := len(d.held) - 1; i >= 0; i-- {
		if h := &d.held[i]; h.dir == dir {
			if h.lost > 0 {
				h.lost += n
				return
			}
			break
		}
	}
	d.held = append(d.held, heldBytes{dir: dir, t: t, lost: n})
}

// lose passes on that bytes of a direction were lost.
func (d *Deflate) lose(dir capture.Direction, t time.Time, n int64) {
	if d.mode == text {
		d.sink.Gap(dir, t, n)
		return
	}
	x := &d.dirs[dir]
	x.off += n
	if x.fault == "" {
		d.end(dir, t, Partial)
	}
}

// end gives a direction up. How many bytes of its text are missing is not known: a Gap of
// one byte is reported, once.
func (d *Deflate) end(dir capture.Direction, t time.Time, why Fault) {
	x := &d.dirs[dir]
	x.fault, x.inflater = why, nil
	d.sink.Gap(dir, t, 1)
	if d.dark() {
		reason := DataLost
		if why == Malformed {
			reason = BadData
		}
		d.sink.Dark(t, reason)
	}
}

// dark reports whether both directions have ended.
func (d *Deflate) dark() bool { return d.dirs[0].fault != "" && d.dirs[1].fault != "" }

// Retry implements Layer. There is nothing that could come later.
func (d *Deflate) Retry(time.Time) {}

// Close implements Layer. What is still held is the beginning of a line or of DEFLATE data.
func (d *Deflate) Close(t time.Time) {
	if d.mode != undecided || len(d.held) == 0 {
		return
	}
	m := text
	for i := range d.guesses {
		if d.guesses[i].last() == compressed {
			m = compressed
		}
	}
	d.decide(t, m)
}

// Clone returns a copy that passes what it finds to sink and goes on independently.
func (d *Deflate) Clone(sink Sink) *Deflate {
	c := *d
	c.sink = sink
	for i := range c.dirs {
		if f := d.dirs[i].inflater; f != nil {
			c.dirs[i].inflater = f.clone()
		}
		c.guesses[i] = d.guesses[i].clone()
	}
	c.held = append([]heldBytes(nil), d.held...)
	return &c
}
