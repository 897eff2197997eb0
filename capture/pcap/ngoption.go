package pcap

import (
	"math/bits"
	"time"
)

// Option codes of pcapng that are read.
const (
	optEnd       = 0
	optComment   = 1
	optName      = 2 // if_name, of an interface
	optFlags     = 2 // epb_flags, of a packet
	optTSResol   = 9
	optTSOffset  = 14
	optionHeader = 4
)

// options iterates over the options of a block: code, length, value padded to
// four. A list that is truncated or overruns its block ends there; it is never an
// error, because the block's own data is complete.
type options struct {
	order
	rest  []byte // not yet read
	code  uint16 // of the current option
	value []byte
}

func (o *options) next() bool {
	if len(o.rest) < optionHeader {
		return false
	}
	o.code = o.u16(o.rest)
	size := int(o.u16(o.rest[2:]))
	body := o.rest[optionHeader:]
	if o.code == optEnd || size > len(body) {
		return false
	}
	o.value = body[:size]
	o.rest = body[min((size+3)&^3, len(body)):]
	return true
}

// comments returns the text of all comments, one per line.
func comments(o options) string {
	text := ""
	for o.next() {
		if o.code != optComment {
			continue
		}
		if text != "" {
			text += "\n"
		}
		text += string(o.value)
	}
	return text
}

// sender returns the direction of a packet of a recording.
func sender(o options) Sender {
	for o.next() {
		if o.code == optFlags && len(o.value) == 4 {
			if s := Sender(o.u32(o.value) & 3); s <= SenderServer {
				return s
			}
		}
	}
	return SenderUnknown
}

const nanosecond = 1e9

// clock converts an interface's timestamps to times.
type clock struct {
	binary bool   // units of 2^-exp seconds, not 10^-exp
	exp    uint8  // 0 to 127
	unit   uint64 // 10^exp where it fits
	offset int64  // seconds added
}

// newClock returns a clock that counts microseconds, the default without an option.
func newClock() clock { return clock{exp: 6, unit: 1e6} }

// option applies if_tsresol and if_tsoffset, and ignores any other option.
func (c *clock) option(o *options) {
	switch {
	case o.code == optTSResol && len(o.value) == 1:
		c.binary, c.exp = o.value[0]&0x80 != 0, o.value[0]&0x7f
		c.unit = power10(min(int(c.exp), 19))
	case o.code == optTSOffset && len(o.value) == 8:
		c.offset = int64(o.u64(o.value))
	}
}

// time returns the time of a timestamp, truncated to nanoseconds.
func (c *clock) time(stamp uint64) time.Time {
	var sec, nsec uint64
	if c.binary {
		sec, nsec = binaryFraction(stamp, uint(c.exp))
	} else {
		sec, nsec = c.decimalFraction(stamp)
	}
	return time.Unix(int64(sec)+c.offset, int64(nsec)).UTC()
}

// binaryFraction splits a count of 2^-exp seconds.
func binaryFraction(stamp uint64, exp uint) (sec, nsec uint64) {
	if exp >= 64 {
		hi, _ := bits.Mul64(stamp, nanosecond)
		return 0, hi >> (exp - 64)
	}
	hi, lo := bits.Mul64(stamp&(1<<exp-1), nanosecond)
	return stamp >> exp, hi<<(64-exp) | lo>>exp
}

// decimalFraction splits a count of 10^-exp seconds.
func (c *clock) decimalFraction(stamp uint64) (sec, nsec uint64) {
	switch {
	case c.exp <= 9:
		return stamp / c.unit, stamp % c.unit * (nanosecond / c.unit)
	case c.exp <= 19:
		return stamp / c.unit, stamp % c.unit / (c.unit / nanosecond)
	case c.exp <= 28:
		return 0, stamp / power10(int(c.exp)-9)
	default: // no timestamp of 64 bits reaches a nanosecond
		return 0, 0
	}
}

// power10 returns 10^n, for n up to 19.
func power10(n int) uint64 {
	v := uint64(1)
	for range n {
		v *= 10
	}
	return v
}
