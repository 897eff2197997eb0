package pcap

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"imapscope/capture"
)

// TestConnectionsWithOneSlotAreKeptApart: connections between the same ports of different hosts
// have one place among the recent ones, as have some of more connections than there are places.
func TestConnectionsWithOneSlotAreKeptApart(t *testing.T) {
	t.Run("one port", func(t *testing.T) {
		interleave(t, 200, func(i int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + i)}), 40000)
		})
	})
	t.Run("many ports", func(t *testing.T) {
		interleave(t, 600, func(i int) netip.AddrPort {
			return netip.AddrPortFrom(client4.Addr(), uint16(40000+3*i))
		})
	})
}

// interleave assembles the connections of some clients, of which each sends and receives one line
// at a time, and checks that each has its own.
func interleave(t *testing.T, conns int, client func(i int) netip.AddrPort) {
	const lines = 4
	rec := newRecorder(t)
	a := NewAssembler(Options{MaxConns: conns}, rec)
	at := time.Unix(0, 0).UTC()
	packet := func(src, dst netip.AddrPort, seq uint32, data string) {
		at = at.Add(time.Microsecond)
		frame, length := ethernet(tcp4(src, dst, seq, 0, 0, data, 0))
		if err := a.Packet(&Packet{Time: at, Link: layers.LinkTypeEthernet, Data: frame, Length: length}); err != nil {
			t.Fatal(err)
		}
	}
	text := func(i, n int) string { return fmt.Sprintf("%03d %d\r\n", i, n) }
	for n := range lines {
		for i := range conns {
			seq := uint32(n * len(text(i, n)))
			packet(client(i), server4, 100+seq, text(i, n))
			packet(server4, client(i), 900+seq, text(i, n))
		}
	}
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	if s := a.Stats(); s.Taken != int64(conns) || s.Lost != 0 || s.Retransmitted != 0 {
		t.Errorf("%+v, not %d connections of which all is there", s, conns)
	}
	for i := range conns {
		want := text(i, 0) + text(i, 1) + text(i, 2) + text(i, 3)
		for dir, got := range rec.data[capture.ConnID(i+1)] {
			if got.String() != want {
				t.Fatalf("connection %d, direction %d: %q, not %q", i+1, dir, got.String(), want)
			}
		}
	}
}
