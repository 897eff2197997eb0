package pcap

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// packer is a compressor of one kind.
type packer struct {
	name string
	open func(io.Writer) flushCloser
}

type flushCloser interface {
	io.WriteCloser
	Flush() error
}

func packers(t testing.TB) []packer {
	return []packer{
		{"gzip", func(w io.Writer) flushCloser { return gzip.NewWriter(w) }},
		{"zstd", func(w io.Writer) flushCloser {
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
			if err != nil {
				t.Fatal(err)
			}
			return z
		}},
	}
}

func (p packer) pack(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := p.open(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func plainCapture() []byte {
	return newBuilder(binary.LittleEndian).header(magicMicro, 1).
		record(1, 1, "abcd").record(2, 2, strings.Repeat("efgh", 30000)).Bytes()
}

func TestCompressed(t *testing.T) {
	ps := packers(t)
	skippable := append([]byte("\x53\x2a\x4d\x18\x04\x00\x00\x00skip"), ps[1].pack(t, plainCapture())...)
	members := append(ps[0].pack(t, plainCapture()[:60]), ps[0].pack(t, plainCapture()[60:])...)
	for name, in := range map[string][]byte{
		"gzip":                 ps[0].pack(t, plainCapture()),
		"zstd":                 ps[1].pack(t, plainCapture()),
		"zstd in gzip":         ps[0].pack(t, ps[1].pack(t, plainCapture())),
		"gzip in gzip":         ps[0].pack(t, ps[0].pack(t, plainCapture())),
		"two gzip members":     members,
		"zstd, skippable head": skippable,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(bytes.NewReader(in), "f")
			if err != nil || len(got) != 2 || len(got[1].Data) != 120000 || got[1].Offset != 44 {
				t.Errorf("%d packets, %v", len(got), err)
			}
		})
	}
}

func TestCompressedTooOften(t *testing.T) {
	p := packers(t)[0]
	_, err := read(bytes.NewReader(p.pack(t, p.pack(t, p.pack(t, plainCapture())))), "f")
	if err == nil || err.Error() != "f: compressed more than twice; decompress it first" {
		t.Error(err)
	}
}

// TestCompressedCut checks that packets that are complete before a cut are read, and a cut
// compressed file is never a clean end.
func TestCompressedCut(t *testing.T) {
	for _, p := range packers(t) {
		t.Run(p.name, func(t *testing.T) {
			var out bytes.Buffer
			w := p.open(&out)
			w.Write(plainCapture()[:44])
			w.Flush()
			whole := out.Len()
			w.Write(plainCapture()[44:])
			w.Close()
			for n := 4; n < out.Len(); n++ {
				got, err := read(bytes.NewReader(out.Bytes()[:n]), "f")
				var fe *FileError
				if !errors.As(err, &fe) || !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("cut to %d of %d bytes: %d packets, %v", n, out.Len(), len(got), err)
				}
				if n >= whole && len(got) == 0 {
					t.Fatalf("cut to %d bytes, %d hold the first packet, which was not read: %v", n, whole, err)
				}
			}
		})
	}
}

func TestCompressedDamaged(t *testing.T) {
	for _, p := range packers(t) {
		in := p.pack(t, plainCapture())
		in[len(in)-6] ^= 0x55 // in gzip's and zstd's checksum or just before
		in[len(in)-2] ^= 0x55
		_, err := read(bytes.NewReader(in), "f")
		var fe *FileError
		if !errors.As(err, &fe) {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}

// TestWindowTooLarge: a frame header that asks for a window above what is
// granted, or for as much by naming the size of its content.
func TestWindowTooLarge(t *testing.T) {
	for name, header := range map[string]string{
		"window":  "\x00" + "\x98", // 1<<29
		"content": "\xa0" + "\x00\x00\x00\x20",
	} {
		in := "\x28\xb5\x2f\xfd" + header + "\x01\x00\x00"
		_, err := read(strings.NewReader(in), "f")
		if err == nil || !strings.Contains(err.Error(), "zstd -d --long=31") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLivePipe checks that a packet is returned as soon as its last byte was
// written, in every compression.
func TestLivePipe(t *testing.T) {
	le := binary.LittleEndian
	pcapHead, ngHead := newBuilder(le).header(magicMicro, 1).Bytes(), newBuilder(le).section().iface(1, 0, "").Bytes()
	pcapNext, ngNext := newBuilder(le).record(1, 1, "abcd").Bytes(), newBuilder(le).enhanced(0, 1, "abcd", 4, "").Bytes()
	plain := packer{"plain", func(w io.Writer) flushCloser { return noFlush{w} }}
	for _, p := range append(packers(t), plain) {
		for name, c := range map[string][2][]byte{"pcap": {pcapHead, pcapNext}, "pcapng": {ngHead, ngNext}} {
			t.Run(p.name+" "+name, func(t *testing.T) {
				pr, pw := io.Pipe()
				defer pr.Close()
				ready := make(chan int)
				go func() {
					rd, err := NewReader(pr, "-")
					var n int
					var p Packet
					for ; err == nil; n++ {
						if err = rd.Next(&p); err == nil {
							ready <- n
						}
					}
					close(ready)
				}()
				w := p.open(pw)
				w.Write(c[0])
				w.Flush()
				for i := range 5 {
					w.Write(c[1])
					w.Flush()
					select {
					case <-ready:
					case <-time.After(5 * time.Second):
						t.Fatalf("packet %d was written, and not read", i+1)
					}
				}
				pw.Close()
				if _, open := <-ready; open {
					t.Error("a packet that was never written")
				}
			})
		}
	}
}

type noFlush struct{ io.Writer }

func (noFlush) Flush() error { return nil }
func (noFlush) Close() error { return nil }
