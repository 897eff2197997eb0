package pcap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"imapscope/capture"
)

// benchCapture is n bytes of capture with the frame sizes of a mail session:
// many short ones, most bytes in full segments.
func benchCapture(ng bool, n int) []byte {
	b := newBuilder(binary.LittleEndian)
	rng := rand.New(rand.NewPCG(1, 2))
	if ng {
		b.section().iface(1, 0, "")
	} else {
		b.header(magicMicro, 1)
	}
	b.Grow(n + 4096)
	round := newBuilder(b.o)
	for range 64 { // more than a compressor's window
		for _, size := range []int{66, 1514, 1514, 120} {
			frame := mailText(rng, size)
			if ng {
				round.enhanced(0, 1, frame, uint32(len(frame)), "")
			} else {
				round.record(1, 1, frame)
			}
		}
	}
	for b.Len() < n {
		b.Write(round.Bytes())
	}
	return b.Bytes()
}

// mailText is n bytes that compress about as mail does.
func mailText(rng *rand.Rand, n int) string {
	words := strings.Fields("the a message of from to subject received by with for 1987 flags envelope body and literal")
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%s %x ", words[rng.IntN(len(words))], rng.IntN(1<<16))
	}
	return b.String()[:n]
}

// BenchmarkReader is the floor under every verb: packets and nothing else, out
// of a file in the page cache.
func BenchmarkReader(b *testing.B) {
	const size = 256 << 20
	for _, c := range []struct {
		name string
		ng   bool
	}{{"pcap", false}, {"pcapng", true}} {
		b.Run(c.name, func(b *testing.B) {
			name := filepath.Join(b.TempDir(), "bench")
			if err := os.WriteFile(name, benchCapture(c.ng, size), 0o600); err != nil {
				b.Fatal(err)
			}
			benchFile(b, name)
		})
	}
	for _, p := range packers(b) {
		b.Run(p.name, func(b *testing.B) {
			name := filepath.Join(b.TempDir(), "bench")
			if err := os.WriteFile(name, p.pack(b, benchCapture(false, size/16)), 0o600); err != nil {
				b.Fatal(err)
			}
			benchFile(b, name)
		})
	}
}

// benchFile counts the speed in bytes of capture, unpacked.
func benchFile(b *testing.B, name string) {
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	packets := 0
	for b.Loop() {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		r, err := NewReader(f, name)
		if err != nil {
			b.Fatal(err)
		}
		var p Packet
		for packets = 0; ; packets++ {
			if err := r.Next(&p); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(r.offset())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(packets), "ns/packet")
}

// TestNoAllocationPerPacket: frames are slices of the buffer.
func TestNoAllocationPerPacket(t *testing.T) {
	for _, ng := range []bool{false, true} {
		r, err := NewReader(bytes.NewReader(benchCapture(ng, 4<<20)), "f")
		if err != nil {
			t.Fatal(err)
		}
		var p Packet
		for range 2000 { // until the buffer has grown
			if err := r.Next(&p); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(1000, func() {
			if err := r.Next(&p); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("pcapng %v: %v allocations per packet", ng, n)
		}
	}
}

// BenchmarkAssembler is frames of one connection, in order and with every
// hundredth late, by the size of their payload.
func BenchmarkAssembler(b *testing.B) {
	for _, size := range []int{1460, 100} {
		for _, late := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d bytes, late %t", size, late), func(b *testing.B) {
				const frames = 10000
				data := strings.Repeat("x", size)
				packets := make([]Packet, frames)
				for i := range packets {
					f, n := seg{from: 'S', flags: "A", seq: uint32(1 + i*size), ack: 1, data: data}.frame()
					packets[i] = Packet{Time: time.Unix(1, int64(i)*1000), Link: layers.LinkTypeEthernet, Data: f, Length: n}
				}
				if late {
					for i := 0; i+1 < frames; i += 100 {
						packets[i], packets[i+1] = packets[i+1], packets[i]
					}
				}
				b.SetBytes(int64(frames * size))
				b.ReportAllocs()
				for b.Loop() {
					a := NewAssembler(Options{}, nothing{})
					for i := range packets {
						if err := a.Packet(&packets[i]); err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}

type nothing struct{}

func (nothing) Event(*capture.Event) error { return nil }
