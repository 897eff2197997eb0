package pcap

import (
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// The pcapng format (draft-ietf-opsawg-pcapng): blocks of type, total length,
// body, total length again, in the byte order their section's header shows.
const (
	blockSection   = 0x0a0d0d0a // the same in both byte orders
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
	blockSecrets   = 10

	blockOverhead = 12
	// maxBlock is the largest block that is held in memory: a frame and more
	// options than any program writes. A larger one is skipped or rejected.
	maxBlock = 2 * MaxFrame

	byteOrderMagic = 0x1a2b3c4d
	ngMajor        = 1
)

type ngFile struct {
	*input
	order
	ifaces []iface                        // of this section
	last   time.Time                      // of the packet before; the Unix epoch before any
	blocks [blockEnhanced + 1]blockReader // by type; without read: skipped
}

// iface holds the contents of an Interface Description Block.
type iface struct {
	link    layers.LinkType
	snaplen uint32
	clock   clock
	ours    bool // it is a Recorder's
}

// blockReader reads one block's body. The block is in memory, starts at the
// current offset, and is not yet consumed. read reports whether p is filled.
type blockReader struct {
	name string // with its article
	min  int    // bytes of body
	read func(f *ngFile, body []byte, p *Packet) (bool, error)
}

func openNG(in *input) (format, error) {
	return &ngFile{
		input: in,
		last:  time.Unix(0, 0).UTC(),
		blocks: [...]blockReader{
			blockInterface: {"an interface description block", 8, (*ngFile).readInterface},
			blockPacket:    {"a packet block", 20, (*ngFile).readObsolete},
			blockSimple:    {"a simple packet block", 4, (*ngFile).readSimple},
			blockEnhanced:  {"an enhanced packet block", 20, (*ngFile).readEnhanced},
		},
	}, nil
}

func (f *ngFile) next(p *Packet) error {
	for {
		if err := f.need(8); err != nil {
			if err == io.EOF {
				return err
			}
			return f.broken("a block's header", err)
		}
		kind := f.u32(f.rest())
		if kind == blockSection {
			if err := f.readSection(); err != nil {
				return err
			}
			continue
		}
		if kind == blockSecrets {
			if err := f.readSecrets(); err != nil {
				return err
			}
			continue
		}
		found, err := f.readBlock(kind, p)
		if found || err != nil {
			return err
		}
	}
}

// readSection reads a Section Header Block and forgets the section before it.
func (f *ngFile) readSection() error {
	const body = 16 // byte order, version, length of the section
	if err := f.need(8 + body); err != nil {
		return f.broken("a section header", err)
	}
	h := f.rest()
	f.order = order{}
	if f.u32(h[8:]) != byteOrderMagic {
		f.order = order{big: true}
	}
	if f.u32(h[8:]) != byteOrderMagic {
		return f.failBlock("section header without a byte order, a capture damaged here", nil)
	}
	if major := f.u16(h[12:]); major != ngMajor {
		return f.failBlock(fmt.Sprintf("pcapng version %d.%d, not %d", major, f.u16(h[14:]), ngMajor), nil)
	}
	total := f.u32(h[4:])
	if total < blockOverhead+body {
		return f.failBlock(badTotal("a section header", total), nil)
	}
	f.ifaces = f.ifaces[:0]
	return f.skipBlock("a section header", total)
}

// readBlock reads or skips one block that is not a section header.
func (f *ngFile) readBlock(kind uint32, p *Packet) (bool, error) {
	total := f.u32(f.rest()[4:])
	b := blockReader{}
	if kind < uint32(len(f.blocks)) {
		b = f.blocks[kind]
	}
	if b.read == nil {
		return false, f.skipBlock(fmt.Sprintf("a block of type 0x%08x", kind), total)
	}
	if total < blockOverhead+uint32(b.min) || total%4 != 0 {
		return false, f.failBlock(badTotal(b.name, total), nil)
	}
	if total > maxBlock {
		return false, f.failPacket(tooLong(total), nil)
	}
	size := int(total)
	if err := f.need(size); err != nil {
		if kind == blockInterface {
			return false, f.broken(b.name, err)
		}
		return false, f.brokenPacket(size, err)
	}
	block := f.rest()[:size:size]
	if again := f.u32(block[size-4:]); again != total {
		return false, f.failBlock(fmt.Sprintf("%s claims %d bytes at its start and %d at its end, a capture damaged here", b.name, total, again), nil)
	}
	found, err := b.read(f, block[8:size-4], p)
	if err != nil {
		return false, err
	}
	f.advance(size)
	return found, nil
}

// skipBlock skips a block of any size without buffering it.
func (f *ngFile) skipBlock(name string, total uint32) error {
	if total < blockOverhead || total%4 != 0 {
		return f.failBlock(badTotal(name, total), nil)
	}
	at := f.fail("", "", nil) // keeps the offset, for an error after part of the block is consumed
	if err := f.skip(int64(total)); err != nil {
		e := f.broken(fmt.Sprintf("%s of %d bytes", name, total), err)
		e.Offset = at.Offset
		return e
	}
	return nil
}

func badTotal(name string, total uint32) string {
	return fmt.Sprintf("%s claims a length of %d bytes, a capture damaged here", name, total)
}

func (f *ngFile) readInterface(body []byte, _ *Packet) (bool, error) {
	i := iface{
		link:    layers.LinkType(f.u16(body)),
		snaplen: f.u32(body[4:]),
		clock:   newClock(),
	}
	for o := (options{order: f.order, rest: body[8:]}); o.next(); {
		i.clock.option(&o)
		i.ours = i.ours || o.code == optName && string(o.value) == recordedName
	}
	f.ifaces = append(f.ifaces, i)
	return false, nil
}

func (f *ngFile) readEnhanced(body []byte, p *Packet) (bool, error) {
	stamp := uint64(f.u32(body[4:]))<<32 | uint64(f.u32(body[8:]))
	return f.frame(p, f.u32(body), stamp, f.u32(body[12:]), f.u32(body[16:]), body[20:])
}

func (f *ngFile) readObsolete(body []byte, p *Packet) (bool, error) {
	stamp := uint64(f.u32(body[4:]))<<32 | uint64(f.u32(body[8:]))
	return f.frame(p, uint32(f.u16(body)), stamp, f.u32(body[12:]), f.u32(body[16:]), body[20:])
}

// readSimple reads a block without time, interface and captured length: it gets
// the time of the packet before it, the first interface, and that interface's
// capture length.
func (f *ngFile) readSimple(body []byte, p *Packet) (bool, error) {
	if len(f.ifaces) == 0 {
		return false, f.failPacket(noInterface(0, 0), nil)
	}
	length := f.u32(body)
	captured := length
	if snaplen := f.ifaces[0].snaplen; snaplen != 0 {
		captured = min(captured, snaplen)
	}
	if err := f.fits(captured, body[4:]); err != nil {
		return false, err
	}
	f.put(p, 0, f.last, captured, length, body[4:])
	p.Comment, p.Recorded, p.Sender = "", f.ifaces[0].ours, SenderUnknown
	return true, nil
}

// frame fills p from a packet block; rest is the frame, padding and options.
func (f *ngFile) frame(p *Packet, id uint32, stamp uint64, captured, length uint32, rest []byte) (bool, error) {
	if int64(id) >= int64(len(f.ifaces)) {
		return false, f.failPacket(noInterface(id, len(f.ifaces)), nil)
	}
	if err := f.fits(captured, rest); err != nil {
		return false, err
	}
	f.last = f.ifaces[id].clock.time(stamp)
	f.put(p, int(id), f.last, captured, length, rest)
	p.Comment, p.Recorded, p.Sender = "", f.ifaces[id].ours, SenderUnknown
	if padded := int(captured+3) &^ 3; padded < len(rest) {
		found := options{order: f.order, rest: rest[padded:]}
		p.Comment = comments(found)
		if p.Recorded {
			p.Sender = sender(found)
		}
	}
	return true, nil
}

func (f *ngFile) put(p *Packet, id int, t time.Time, captured, length uint32, rest []byte) {
	p.Offset = f.offset()
	p.Time = t
	p.Link = f.ifaces[id].link
	p.Data = rest[:captured:captured]
	p.Length = wireLength(length, captured)
	p.Iface = id
}

func (f *ngFile) fits(captured uint32, rest []byte) error {
	if captured > MaxFrame {
		return f.failPacket(tooLong(captured), nil)
	}
	if int(captured) > len(rest) {
		return f.failPacket(fmt.Sprintf("record claims %d bytes in a block with room for %d, a capture damaged here", captured, len(rest)), nil)
	}
	return nil
}

func noInterface(id uint32, known int) string {
	return fmt.Sprintf("captured on interface %d, but %d are described", id, known)
}
