package pcap

import (
	"bytes"
	"context"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"imapscope/capture"
	"imapscope/samples/traffic"
)

// BenchmarkSource is everything below the decoder: reading a capture of many
// connections at once, and putting them together.
func BenchmarkSource(b *testing.B) {
	for _, c := range []struct {
		name string
		o    traffic.Options
	}{
		{"mixed", traffic.Options{Conns: 64}},
		{"headers", traffic.Options{Conns: 64, Mix: traffic.Headers}},
		{"bodies", traffic.Options{Conns: 64, Mix: traffic.Bodies}},
		{"1000 connections", traffic.Options{Conns: 1000}},
		{"late and lost", traffic.Options{Conns: 64, ReorderPercent: 1, LossPercent: 0.1}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.o.Bytes = 64 << 20
			var file bytes.Buffer
			sum, err := traffic.Write(&file, c.o)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(file.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if err := Stream(bytes.NewReader(file.Bytes()), "traffic", Options{}).Run(context.Background(), nothing{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(sum.Packets), "ns/packet")
		})
	}
}

// TestNoAllocationInOrder checks that data in order goes from the frame to the sink without a copy.
func TestNoAllocationInOrder(t *testing.T) {
	const runs = 1000
	var packets []Packet
	for i := range uint32(runs + 1) {
		s := seg{from: 'S', flags: "A", seq: 1 + 10*(i/2), ack: 1 + 10*(i/2), data: "0123456789"}
		if i%2 == 1 { // the client answers
			s.from, s.ack = 'C', s.ack+10
		}
		frame, n := s.frame()
		packets = append(packets, Packet{Link: layers.LinkTypeEthernet, Data: frame, Length: n})
	}
	bytes := &counting{}
	a := NewAssembler(Options{}, bytes)
	next := 0
	if n := testing.AllocsPerRun(runs, func() {
		if err := a.Packet(&packets[next]); err != nil {
			t.Fatal(err)
		}
		next++
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
	if bytes.n != 10*(runs+1) || bytes.lost != 0 {
		t.Errorf("%d bytes, %d lost", bytes.n, bytes.lost)
	}
}

// counting is a sink that counts.
type counting struct{ n, lost int64 }

func (s *counting) Event(e *capture.Event) error {
	s.n += int64(len(e.Data))
	if e.Kind == capture.Gap {
		s.lost += e.N
	}
	return nil
}
