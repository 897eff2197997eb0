package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"
)

// builder writes captures byte by byte, right or wrong.
type builder struct {
	bytes.Buffer
	o binary.ByteOrder
}

func newBuilder(o binary.ByteOrder) *builder { return &builder{o: o} }

func (b *builder) u16(vs ...uint16) *builder {
	for _, v := range vs {
		binary.Write(b, b.o, v)
	}
	return b
}

func (b *builder) u32(vs ...uint32) *builder {
	for _, v := range vs {
		binary.Write(b, b.o, v)
	}
	return b
}

func (b *builder) str(s string) *builder { b.WriteString(s); return b }

// header returns a pcap file header of the usual version.
func (b *builder) header(magic uint32, link uint32) *builder {
	return b.u32(magic).u16(2, 4).u32(0, 0, 65535, link)
}

// record returns a pcap record of a frame that was captured whole.
func (b *builder) record(sec, sub uint32, frame string) *builder {
	return b.u32(sec, sub, uint32(len(frame)), uint32(len(frame))).str(frame)
}

// block returns a pcapng block of a type and body, padded.
func (b *builder) block(kind uint32, body string) *builder {
	for len(body)%4 != 0 {
		body += "\x00"
	}
	total := uint32(len(body) + 12)
	return b.u32(kind, total).str(body).u32(total)
}

// body builds what goes inside a block, in the same byte order.
func (b *builder) body() *builder { return newBuilder(b.o) }

func (b *builder) section() *builder {
	return b.block(blockSection, b.body().u32(byteOrderMagic).u16(1, 0).u32(0xffffffff, 0xffffffff).String())
}

func (b *builder) iface(link uint16, snaplen uint32, options string) *builder {
	return b.block(blockInterface, b.body().u16(link, 0).u32(snaplen).str(options).String())
}

func (b *builder) option(code uint16, value string) string {
	n := len(value)
	for len(value)%4 != 0 {
		value += "\x00"
	}
	return b.body().u16(code, uint16(n)).str(value).String()
}

func (b *builder) enhanced(iface uint32, stamp uint64, frame string, length uint32, options string) *builder {
	body := b.body().u32(iface, uint32(stamp>>32), uint32(stamp), uint32(len(frame)), length).str(frame)
	for body.Len()%4 != 0 {
		body.WriteByte(0)
	}
	return b.block(blockEnhanced, body.str(options).String())
}

// read returns all packets of a capture and the error that ended it, with Data
// copied.
func read(r io.Reader, name string) ([]Packet, error) {
	rd, err := NewReader(r, name)
	if err != nil {
		return nil, err
	}
	var all []Packet
	for {
		var p Packet
		if err := rd.Next(&p); err == io.EOF {
			return all, nil
		} else if err != nil {
			return all, err
		}
		p.Data = bytes.Clone(p.Data)
		all = append(all, p)
	}
}

func unix(sec, nsec int64) time.Time { return time.Unix(sec, nsec).UTC() }

func orders(t *testing.T, f func(t *testing.T, o binary.ByteOrder)) {
	t.Helper()
	for _, o := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		t.Run(o.String(), func(t *testing.T) { f(t, o) })
	}
}

func TestPcap(t *testing.T) {
	orders(t, func(t *testing.T, o binary.ByteOrder) {
		for _, c := range []struct {
			magic uint32
			unit  int64
		}{{magicMicro, 1000}, {magicNano, 1}} {
			b := newBuilder(o).header(c.magic, 1<<28|276).
				record(1700000000, 123456, "first").
				u32(1600000000, 999999999, 3, 90).str("cut"). // time runs back, and beyond its unit
				record(0, 0, "")
			want := []Packet{
				{Number: 1, Offset: 24, Time: unix(1700000000, 123456*c.unit), Link: layers.LinkTypeLinuxSLL2, Data: []byte("first"), Length: 5},
				{Number: 2, Offset: 45, Time: unix(1600000000, 999999999*c.unit), Link: layers.LinkTypeLinuxSLL2, Data: []byte("cut"), Length: 90},
				{Number: 3, Offset: 64, Time: unix(0, 0), Link: layers.LinkTypeLinuxSLL2, Data: []byte{}, Length: 0},
			}
			got, err := read(&b.Buffer, "x")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		}
	})
}

func TestPcapOldVersionSwapsLengths(t *testing.T) {
	b := newBuilder(binary.BigEndian).u32(magicMicro).u16(2, 2).u32(0, 0, 96, 1).u32(1, 2, 90, 3).str("abc")
	got, err := read(&b.Buffer, "x")
	if err != nil || len(got) != 1 || string(got[0].Data) != "abc" || got[0].Length != 90 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestLengthOnTheWire: a length below what was captured is no reason to lose
// bytes.
func TestLengthOnTheWire(t *testing.T) {
	b := newBuilder(binary.LittleEndian).header(magicMicro, 1).u32(1, 2, 3, 1).str("abc").u32(1, 2, 0, 0xffffffff)
	got, err := read(&b.Buffer, "x")
	if err != nil || len(got) != 2 || got[0].Length != 3 || got[1].Length != 1<<31-1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	le := binary.LittleEndian
	two := func() *builder { return newBuilder(le).header(magicMicro, 1).record(1, 1, "abcd").record(2, 2, "efgh") }
	ng := func() *builder { return newBuilder(le).section().iface(1, 0, "") }
	for _, c := range []struct {
		name  string
		in    string
		reads int
		want  string
		cut   bool
	}{
		{"empty", "", 0, "f: empty: 0 bytes; a capture has a header at least", true},
		{"tiny", "\xd4\xc3", 0, "f: not a capture: 2 bytes", false},
		{"cut in the header", two().String()[:20], 0, "f: cut inside the file header; nothing before it", true},
		{"cut in a record header", two().String()[:50], 1,
			"f: packet 2 at offset 44: the capture is cut here, after 6 of 16 bytes; the packet before it was read", true},
		{"cut in a frame", two().String()[:62], 1,
			"f: packet 2 at offset 44: the capture is cut here, after 18 of 20 bytes; the packet before it was read", true},
		{"absurd record", two().u32(3, 3, 1300000000, 1300000000).str("xxxx").String(), 2,
			"f: packet 3 at offset 64: record claims 1300000000 bytes, a capture cut or damaged here; the 2 packets before it were read", false},
		{"pcap version", newBuilder(le).u32(magicMicro).u16(3, 0).u32(0, 0, 0, 1).String(), 0,
			"f: pcap version 3.0, not 2; " + convert, false},
		{"modified pcap", "\x34\xcd\xb2\xa1\x02\x00\x04\x00", 0,
			"f: not a pcap or pcapng file: a \"modified\" pcap file (Kuznetzov's), whose records differ; " + convert, false},
		{"snoop", "snoop\x00\x00\x00\x00\x00\x00\x02", 0,
			"f: not a pcap or pcapng file: a snoop file; " + convert, false},
		{"http", "HTTP/1.1 404 Not Found\r\n", 0, "f: not a pcap or pcapng file: an HTTP response; download it again", false},
		{"text", "a001 LOGIN fred secret\r\n", 0, "f: not a capture: text; " + captureHint, false},
		{"text, cut in a character", "caf\xc3\xa9 caf\xc3", 0, "f: not a capture: text; " + captureHint, false},
		{"unknown", "\x01\x02\x03\x04\x05", 0, "f: not a pcap or pcapng file: it begins 01 02 03 04 05; if it is a capture, " + convert, false},
		{"pcapng: cut block", ng().enhanced(0, 1, "abcd", 4, "").String()[:60], 0,
			"f: packet 1 at offset 48: the capture is cut here, after 12 of 36 bytes; nothing before it", true},
		{"pcapng: cut in a block's header", ng().String() + "\x06\x00", 0,
			"f: offset 48: cut inside a block's header; nothing before it", true},
		{"pcapng: cut in a skipped block", ng().block(0xbad, strings.Repeat("x", 40)).String()[:70], 0,
			"f: offset 48: cut inside a block of type 0x00000bad of 52 bytes; nothing before it", true},
		{"pcapng: cut in an interface", ng().String()[:36], 0, "f: offset 28: cut inside an interface description block; nothing before it", true},
		{"pcapng: no interface", newBuilder(le).section().enhanced(0, 1, "abcd", 4, "").String(), 0,
			"f: packet 1 at offset 28: captured on interface 0, but 0 are described; nothing before it", false},
		{"pcapng: simple without interface", newBuilder(le).section().block(blockSimple, "\x04\x00\x00\x00abcd").String(), 0,
			"f: packet 1 at offset 28: captured on interface 0, but 0 are described; nothing before it", false},
		{"pcapng: lengths disagree", ng().u32(blockEnhanced, 36, 0, 0, 0, 4, 4).str("abcd").u32(32).String(), 0,
			"f: offset 48: an enhanced packet block claims 36 bytes at its start and 32 at its end, a capture damaged here; nothing before it", false},
		{"pcapng: length too short", ng().u32(blockEnhanced, 8).String(), 0,
			"f: offset 48: an enhanced packet block claims a length of 8 bytes, a capture damaged here; nothing before it", false},
		{"pcapng: length not padded", ng().u32(0xbad, 13).String(), 0,
			"f: offset 48: a block of type 0x00000bad claims a length of 13 bytes, a capture damaged here; nothing before it", false},
		{"pcapng: absurd length", ng().enhanced(0, 0, "ab", 2, "").u32(blockEnhanced, 1300000000).String(), 1,
			"f: packet 2 at offset 84: record claims 1300000000 bytes, a capture cut or damaged here; the packet before it was read", false},
		{"pcapng: frame past its block", ng().block(blockEnhanced, newBuilder(le).u32(0, 0, 0, 99, 99).str("abcd").String()).String(), 0,
			"f: packet 1 at offset 48: record claims 99 bytes in a block with room for 4, a capture damaged here; nothing before it", false},
		{"pcapng: absurd frame", ng().block(blockEnhanced, newBuilder(le).u32(0, 0, 0, 0xfffffffe, 0).str("abcd").String()).String(), 0,
			"f: packet 1 at offset 48: record claims 4294967294 bytes, a capture cut or damaged here; nothing before it", false},
		{"pcapng: no byte order", newBuilder(le).u32(blockSection, 28, 1, 2, 3, 4, 28).String(), 0,
			"f: section header without a byte order, a capture damaged here; nothing before it", false},
		{"pcapng: version", newBuilder(le).block(blockSection, newBuilder(le).u32(byteOrderMagic).u16(2, 7).u32(0, 0).String()).String(), 0,
			"f: pcapng version 2.7, not 1; nothing before it", false},
		{"pcapng: section cut", ng().section().String()[:60], 0, "f: offset 48: cut inside a section header; nothing before it", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in))} {
				got, err := read(r, "f")
				var fe *FileError
				if !errors.As(err, &fe) {
					t.Fatalf("no FileError: %v", err)
				}
				if err.Error() != c.want {
					t.Errorf("got  %s\nwant %s", err, c.want)
				}
				if len(got) != c.reads {
					t.Errorf("%d packets before it, want %d", len(got), c.reads)
				}
				if errors.Is(err, io.ErrUnexpectedEOF) != c.cut {
					t.Errorf("Is(ErrUnexpectedEOF) = %v", !c.cut)
				}
			}
		})
	}
}

// TestErrorStays checks that a reader does not continue past damage.
func TestErrorStays(t *testing.T) {
	b := newBuilder(binary.LittleEndian).header(magicMicro, 1).u32(1, 1, 1<<30, 0).record(1, 1, "abcd")
	r, err := NewReader(&b.Buffer, "f")
	if err != nil {
		t.Fatal(err)
	}
	var p Packet
	first := r.Next(&p)
	if again := r.Next(&p); first == nil || first != again {
		t.Errorf("%v, then %v", first, again)
	}
}

// TestReadError checks that an error of the file system is returned.
func TestReadError(t *testing.T) {
	b := newBuilder(binary.LittleEndian).header(magicMicro, 1).record(1, 1, "abcd")
	broken := errors.New("input/output error")
	got, err := read(io.MultiReader(&b.Buffer, iotest.ErrReader(broken)), "f")
	if len(got) != 1 || !errors.Is(err, broken) {
		t.Errorf("%d packets, %v", len(got), err)
	}
	if want := "f: packet 2 at offset 44: cannot read on: input/output error; the packet before it was read"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestNoPackets(t *testing.T) {
	for _, b := range []*builder{
		newBuilder(binary.BigEndian).header(magicNano, 1),
		newBuilder(binary.BigEndian).section(),
		newBuilder(binary.BigEndian).section().iface(1, 0, ""),
	} {
		if got, err := read(&b.Buffer, "f"); err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	}
}

// TestLongFrames: frames far above the first buffer, up to the limit, however
// they arrive.
func TestLongFrames(t *testing.T) {
	b := newBuilder(binary.LittleEndian).header(magicMicro, 1)
	var want []string
	for _, n := range []int{0, 1, 70000, 262144, 5, MaxFrame, 1500} {
		want = append(want, strings.Repeat(fmt.Sprint(n%7), n))
		b.record(1, 1, want[len(want)-1])
	}
	for _, r := range []io.Reader{bytes.NewReader(b.Bytes()), iotest.HalfReader(bytes.NewReader(b.Bytes())), iotest.DataErrReader(bytes.NewReader(b.Bytes()))} {
		got, err := read(r, "f")
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d packets, %v", len(got), err)
		}
		for i := range want {
			if string(got[i].Data) != want[i] {
				t.Errorf("frame %d differs", i)
			}
		}
	}
}

// TestNoProgress checks that a Read that never returns data is an error, not a hang.
func TestNoProgress(t *testing.T) {
	_, err := read(readerFunc(func([]byte) (int, error) { return 0, nil }), "f")
	if !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
