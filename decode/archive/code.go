package archive

import (
	"encoding/binary"
	"errors"
	"time"
)

// coder writes one entry of a journal: numbers of variable length, times relative to a
// base, names by number.
type coder struct {
	b     []byte
	names *names
	base  time.Time
}

func (c *coder) uint(n uint64) { c.b = binary.AppendUvarint(c.b, n) }
func (c *coder) int(n int64)   { c.b = binary.AppendVarint(c.b, n) }

func (c *coder) bytes(p []byte) {
	c.uint(uint64(len(p)))
	c.b = append(c.b, p...)
}

func (c *coder) text(s string) {
	c.uint(uint64(len(s)))
	c.b = append(c.b, s...)
}

// name writes a word that is likely to be repeated.
func (c *coder) name(s string) {
	n := c.names.number(s)
	c.uint(uint64(n))
	if n == elsewhere {
		c.text(s)
	}
}

// time writes a time with nanoseconds, in any year; the zero time takes one byte.
func (c *coder) time(t time.Time) {
	if t.IsZero() {
		c.uint(0)
		return
	}
	c.uint(uint64(t.Nanosecond()) + 1)
	c.int(t.Unix() - c.base.Unix())
}

// flags writes up to eight booleans.
func (c *coder) flags(is ...bool) {
	f := byte(0)
	for i, b := range is {
		if b {
			f |= 1 << i
		}
	}
	c.b = append(c.b, f)
}

// decoder reads what a coder wrote. After the first invalid value, everything is
// zero and broken is set, because a disk may fail.
type decoder struct {
	b      []byte
	names  []string
	base   time.Time
	broken bool
}

var errBroken = errors.New("the contents of the spool file differ from what was written to it")

func (d *decoder) err() error {
	if d.broken {
		return errBroken
	}
	return nil
}

func (d *decoder) fail() {
	d.broken, d.b = true, nil
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) int() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

// count returns a number of things that take at least one byte each, so that nothing
// is allocated by a number alone.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

// bytes returns a part of the input.
func (d *decoder) bytes() []byte {
	n := d.count()
	p := d.b[:n:n]
	d.b = d.b[n:]
	return p
}

func (d *decoder) text() string { return string(d.bytes()) }

func (d *decoder) name() string {
	n := d.uint()
	switch {
	case n == elsewhere:
		return d.text()
	case n >= uint64(len(d.names)):
		d.fail()
		return ""
	}
	return d.names[n]
}

func (d *decoder) time() time.Time {
	n := d.uint()
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(d.int()+d.base.Unix(), int64(n-1)).UTC()
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}
