package pcap

import (
	"context"
	"io"
)

// patient reads from a reader whose Read may block for ever and cannot be
// interrupted, such as standard input: when ctx is done, Read returns, and the
// goroutine that waits is abandoned.
type patient struct {
	ctx  context.Context
	got  chan arrival
	back chan []byte // buffers that may be filled again
	last arrival
	rest []byte // of last, not yet read
}

// arrival is the result of one Read.
type arrival struct {
	buf []byte
	n   int
	err error
}

const patientBuffer = 64 << 10

func newPatient(ctx context.Context, r io.Reader) *patient {
	p := &patient{ctx: ctx, got: make(chan arrival), back: make(chan []byte, 2)}
	p.back <- make([]byte, patientBuffer)
	p.back <- make([]byte, patientBuffer)
	go p.fetch(r)
	return p
}

// fetch reads ahead by at most two buffers.
func (p *patient) fetch(r io.Reader) {
	for {
		var a arrival
		select {
		case a.buf = <-p.back:
		case <-p.ctx.Done():
			return
		}
		a.n, a.err = r.Read(a.buf)
		select {
		case p.got <- a:
		case <-p.ctx.Done():
			return
		}
		if a.err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		if p.last.err != nil {
			return 0, p.last.err
		}
		if p.last.buf != nil {
			p.back <- p.last.buf
		}
		p.last = arrival{}
		select {
		case p.last = <-p.got:
			p.rest = p.last.buf[:p.last.n]
		case <-p.ctx.Done():
			p.last.err = p.ctx.Err()
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	if len(p.rest) > 0 {
		return n, nil
	}
	return n, p.last.err
}
