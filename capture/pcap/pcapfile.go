package pcap

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// The pcap format: a header of 24 bytes, then records of a 16-byte header
// and a frame (draft-ietf-opsawg-pcap).
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	pcapHeader    = 24
	recordHeader  = 16
	pcapMajor     = 2
	linkTypeMask  = 0xffff // above it: the length of a frame check sequence
	swappedBefore = 3      // 2.0 to 2.2 have the two lengths the other way round
)

type pcapFile struct {
	*input
	order
	link    layers.LinkType
	unit    int64 // nanoseconds in a sub-second count
	swapped bool  // length on the wire first
}

// order reads integers in the file's byte order.
type order struct{ big bool }

func (o order) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if o.big {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func (o order) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if o.big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (o order) u64(b []byte) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if o.big {
		v = bits.ReverseBytes64(v)
	}
	return v
}

// openPcap reads the file header, whose magic has been recognised.
func openPcap(in *input, o order, unit int64) (format, error) {
	if err := in.need(pcapHeader); err != nil {
		return nil, in.broken("the file header", err)
	}
	h := in.rest()
	major, minor := o.u16(h[4:]), o.u16(h[6:])
	if major != pcapMajor {
		return nil, in.fail(fmt.Sprintf("pcap version %d.%d, not %d", major, minor, pcapMajor), convert, nil)
	}
	f := &pcapFile{input: in, order: o, unit: unit, swapped: minor < swappedBefore}
	f.link = layers.LinkType(o.u32(h[20:]) & linkTypeMask)
	in.advance(pcapHeader)
	return f, nil
}

func (f *pcapFile) next(p *Packet) error {
	if err := f.need(recordHeader); err != nil {
		if err == io.EOF {
			return err
		}
		return f.brokenPacket(recordHeader, err)
	}
	h := f.rest()
	captured, length := f.u32(h[8:]), f.u32(h[12:])
	if f.swapped {
		captured, length = length, captured
	}
	if captured > MaxFrame {
		return f.failPacket(tooLong(captured), nil)
	}
	size := recordHeader + int(captured)
	if err := f.need(size); err != nil {
		return f.brokenPacket(size, err)
	}
	h = f.rest()
	p.Offset = f.offset()
	p.Time = time.Unix(int64(f.u32(h)), int64(f.u32(h[4:]))*f.unit).UTC()
	p.Link = f.link
	p.Data = h[recordHeader:size:size]
	p.Length = wireLength(length, captured)
	p.Iface = 0
	p.Comment = ""
	f.advance(size)
	return nil
}

func tooLong(bytes uint32) string {
	return fmt.Sprintf("record claims %d bytes, a capture cut or damaged here", bytes)
}

// wireLength returns the length on the wire that a record claims, but no less than
// what was captured.
func wireLength(length, captured uint32) int {
	return int(min(max(length, captured), math.MaxInt32))
}
