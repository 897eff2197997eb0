package pcap

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// TestManyGaps checks that waiting for missing bytes costs the same for each connection,
// however many others wait, and that what waits is bounded.
func TestManyGaps(t *testing.T) {
	for _, n := range []int{500, 1000, 2000} {
		r := newRecorder(t)
		a := NewAssembler(Options{}, r)
		now := time.Unix(1, 0)
		send := func(port int, seq, ack uint32, flags byte, data string) {
			now = now.Add(100 * time.Millisecond)
			ip, _ := tcp4(netip.AddrPortFrom(client4.Addr(), uint16(port)), server4, seq, ack, flags, data, 0)
			frame, size := ethernet(ip, 0)
			if err := a.Packet(&Packet{Time: now, Link: layers.LinkTypeEthernet, Data: frame, Length: size}); err != nil {
				t.Fatal(err)
			}
			if len(a.waits.conns) > 301 { // 30 s of packets
				t.Fatalf("%d connections wait", len(a.waits.conns))
			}
		}
		for port := 1; port <= n; port++ {
			send(port, 1, 0, flagSYN, "")
			send(port, 10, 1, flagACK, "after the gap")
		}
		if err := a.Flush(); err != nil {
			t.Fatal(err)
		}
		if st := a.Stats(); st.Lost != int64(8*n) || st.Taken != int64(n) {
			t.Errorf("%d connections: %+v", n, st)
		}
		if looks := a.waits.looks; looks > int64(n) || looks < int64(n)-301 {
			t.Errorf("%d connections were looked at %d times", n, looks)
		}
	}
}
