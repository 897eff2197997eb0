package report

import (
	"bytes"
	"io"
)

// packed writes a page, of which data is packed while what follows is made. What is written
// after data that is not packed yet waits for it.
type packed struct {
	to      io.Writer
	packers chan *packer // that pack nothing now
	waiting []*pack      // in the order of the page
}

// pack is data that is being packed, and what follows it.
type pack struct {
	id    string
	text  chan string
	after bytes.Buffer
}

// newPacked returns a packed that writes to w and packs with n goroutines at the same time.
func newPacked(w io.Writer, n int) *packed {
	p := &packed{to: w, packers: make(chan *packer, n)}
	for range n {
		p.packers <- new(packer)
	}
	return p
}

// Write implements io.Writer.
func (p *packed) Write(b []byte) (int, error) {
	if n := len(p.waiting); n > 0 {
		return p.waiting[n-1].after.Write(b)
	}
	return p.to.Write(b)
}

// data packs data, of which it keeps no more than a copy.
func (p *packed) data(id string, b []byte) error {
	if len(p.waiting) == cap(p.packers) {
		if err := p.settle(); err != nil {
			return err
		}
	}
	x := &pack{id: id, text: make(chan string, 1)}
	p.waiting = append(p.waiting, x)
	own, by := bytes.Clone(b), <-p.packers
	go func() {
		text := by.pack(own)
		p.packers <- by
		x.text <- text
	}()
	return nil
}

// settle writes the first data that waits, and what follows it.
func (p *packed) settle() error {
	x := p.waiting[0]
	p.waiting = p.waiting[1:]
	if err := data(p.to, x.id, <-x.text); err != nil {
		return err
	}
	_, err := x.after.WriteTo(p.to)
	return err
}

// finish writes what waits.
func (p *packed) finish() error {
	for len(p.waiting) > 0 {
		if err := p.settle(); err != nil {
			return err
		}
	}
	return nil
}
