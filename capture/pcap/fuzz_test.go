package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/iotest"

	"imapscope/capture/shared"
)

// FuzzReader: any bytes end in io.EOF or a FileError; offsets rise; frames
// lie in the file; the buffer is no larger than what has arrived calls for;
// and how the bytes arrive makes no difference.
func FuzzReader(f *testing.F) {
	for _, o := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, magic := range []uint32{magicMicro, magicNano} {
			f.Add(newBuilder(o).header(magic, 1).record(1, 1, "abcd").record(2, 2, "").Bytes())
			f.Add(newBuilder(o).header(magic, 1).u32(1, 1, 1300000000, 4).str("abcd").Bytes())
		}
		b := newBuilder(o).section().iface(1, 3, newBuilder(o).option(optTSResol, "\x8a"))
		b.enhanced(0, 1, "abcd", 9, b.option(optComment, "hello"))
		b.block(blockSimple, b.body().u32(3).str("abc").String()).block(0xbad, "skipped.")
		b.block(blockPacket, b.body().u16(0, 0).u32(0, 5, 3, 9).str("old\x00").String())
		f.Add(append(b.Bytes(), b.Bytes()...))
		f.Add(b.u32(blockEnhanced, 1300000000).Bytes())
	}
	for _, p := range packers(f) {
		f.Add(p.pack(f, newBuilder(binary.LittleEndian).header(magicMicro, 1).record(1, 1, "abcd").Bytes()))
	}
	if names, err := filepath.Glob(filepath.Join(shared.Dir(), "captures", "lab", "raw-[hmp]*")); err == nil {
		for _, name := range names {
			if b, err := os.ReadFile(name); err == nil {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole := walk(t, bytes.NewReader(in), len(in))
		if pieces := walk(t, iotest.HalfReader(bytes.NewReader(in)), len(in)); whole != pieces {
			t.Errorf("%+v when read at once, %+v in pieces", whole, pieces)
		}
	})
}

// outcome is the result of reading a file to its end.
type outcome struct {
	packets, bytes int
	err            string
}

func walk(t *testing.T, r io.Reader, size int) outcome {
	var o outcome
	rd, err := NewReader(r, "f")
	last := int64(-1)
	var p Packet
	for err == nil {
		if err = rd.Next(&p); err != nil {
			break
		}
		o.packets++
		o.bytes += len(p.Data)
		if p.Number != int64(o.packets) || p.Offset <= last || p.Length < len(p.Data) || len(p.Data) > MaxFrame {
			t.Fatalf("packet %d: %+v after offset %d", o.packets, p, last)
		}
		last = p.Offset
		// Of what was unpacked, the window's own position says how much arrived.
		if arrived := rd.base + int64(rd.hi); int64(cap(rd.buf)) > max(firstBuffer, 2*arrived) {
			t.Fatalf("a buffer of %d bytes for %d that arrived, of a file of %d", cap(rd.buf), arrived, size)
		}
	}
	var fe *FileError
	if err != io.EOF && !errors.As(err, &fe) {
		t.Fatalf("neither the end nor a FileError: %v", err)
	}
	o.err = err.Error()
	return o
}

// TestNoAllocationByClaim: a small file that claims much costs little.
func TestNoAllocationByClaim(t *testing.T) {
	le := binary.LittleEndian
	for name, in := range map[string][]byte{
		"pcap, believable":   newBuilder(le).header(magicMicro, 1).u32(1, 1, MaxFrame, MaxFrame).str("abcd").Bytes(),
		"pcap, absurd":       newBuilder(le).header(magicMicro, 1).u32(1, 1, 0xfffffff0, 4).str("abcd").Bytes(),
		"pcapng, believable": newBuilder(le).section().iface(1, 0, "").u32(blockEnhanced, maxBlock).str("abcd").Bytes(),
		"pcapng, skipped":    newBuilder(le).section().u32(0xbad, 0xfffffff0).str("abcd").Bytes(),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := read(bytes.NewReader(in), "f")
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatal("no error")
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 4*firstBuffer {
				t.Errorf("%d bytes allocated for a file of %d", used, len(in))
			}
		})
	}
}
