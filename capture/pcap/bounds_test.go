package pcap

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"imapscope/capture"
)

// TestForget checks that with too many connections the least recently seen one is forgotten.
func TestForget(t *testing.T) {
	r := newRecorder(t)
	a := NewAssembler(Options{MaxConns: 2}, r)
	for port := uint16(1); port <= 4; port++ {
		ip, _ := tcp4(netip.AddrPortFrom(client4.Addr(), port), server4, 1, 0, flagSYN, "", 0)
		data, n := ethernet(ip, 0)
		if err := a.Packet(&Packet{Time: time.Unix(int64(port), 0), Link: layers.LinkTypeEthernet, Data: data, Length: n}); err != nil {
			t.Fatal(err)
		}
	}
	if r.closed[1] != capture.Idle || r.closed[2] != capture.Idle || r.closed[3] != 0 {
		t.Errorf("closed: %v", r.closed)
	}
	if len(a.conns) > 2 {
		t.Errorf("%d connections remembered", len(a.conns))
	}
}

// TestHeldIsBounded checks that data that arrives too early is not kept without limit.
func TestHeldIsBounded(t *testing.T) {
	r := newRecorder(t)
	a := NewAssembler(Options{MaxHeld: 64 << 10}, r)
	big := strings.Repeat("x", 1400)
	for port := uint16(1); port <= 50; port++ {
		from := netip.AddrPortFrom(client4.Addr(), port)
		for i := range 10 {
			ip, _ := tcp4(from, server4, uint32(1000+i*1400), 1, flagACK, big, 0)
			if i == 0 {
				ip, _ = tcp4(from, server4, 1, 1, flagACK, "x", 0)
			}
			data, n := ethernet(ip, 0)
			if err := a.Packet(&Packet{Time: time.Unix(1, 0), Link: layers.LinkTypeEthernet, Data: data, Length: n}); err != nil {
				t.Fatal(err)
			}
			if a.held > 64<<10+1400 {
				t.Fatalf("%d bytes held", a.held)
			}
		}
	}
	if a.Stats().Lost == 0 {
		t.Error("nothing was given up")
	}
}

// TestLossAfterWhatIsNoIMAP checks that a connection that turns out not to be IMAP, when what was
// held of it is delivered, reports nothing of what it lacks.
func TestLossAfterWhatIsNoIMAP(t *testing.T) {
	r := newRecorder(t)
	a := NewAssembler(Options{MaxHeld: 1}, r)
	for _, s := range []seg{
		{from: 'S', flags: "A", seq: 1, port: 2000},
		{from: 'S', flags: "A", ack: 1, data: "* OK abcdef", snap: 2, port: 2000},
	} {
		data, n := s.frame()
		if err := a.Packet(&Packet{Time: time.Unix(1e9, 0), Link: layers.LinkTypeEthernet, Data: data, Length: n}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	if st := a.Stats(); len(r.log) > 0 || st.Lost != 0 || st.Ignored != 1 {
		t.Errorf("%q, %+v", r.log, st)
	}
}

// TestAckOfOtherNumbers checks that an ACK from before the sender was seen, far from the numbers that
// the sender then has, is no claim of bytes, which would be lost over and over, round and round.
func TestAckOfOtherNumbers(t *testing.T) {
	r := newRecorder(t)
	a := NewAssembler(Options{}, r)
	for _, s := range []seg{
		{from: 'S', flags: "A", ack: 1 << 31},
		{from: 'C', flags: "A", seq: 1<<32 - 20, data: "*"},
		{from: 'S', flags: "A", ack: 1},
		{from: 'C', flags: "S"},
	} {
		data, n := s.frame()
		if err := a.Packet(&Packet{Time: time.Unix(1e9, 0), Link: layers.LinkTypeEthernet, Data: data, Length: n}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	if lost := a.Stats().Lost; lost != 20 {
		t.Errorf("%d bytes lost; %q", lost, r.log)
	}
}

// TestNothingIsHeldOfWhatIsNoIMAP checks that a segment is not held that comes when its connection turns
// out not to be IMAP, by what it acknowledges.
func TestNothingIsHeldOfWhatIsNoIMAP(t *testing.T) {
	a := NewAssembler(Options{}, newRecorder(t))
	for _, s := range []seg{
		{from: 'C', flags: "A", data: "*", port: 2000},
		{from: 'C', flags: "A", seq: 1, ack: 1, data: "*", port: 2000},
		{from: 'C', flags: "A", seq: 3, data: "* ", port: 2000},
	} {
		data, n := s.frame()
		if err := a.Packet(&Packet{Time: time.Unix(1e9, 0), Link: layers.LinkTypeEthernet, Data: data, Length: n}); err != nil {
			t.Fatal(err)
		}
	}
	if a.stats.Ignored != 1 || a.held != 0 {
		t.Errorf("%d ignored, %d bytes held", a.stats.Ignored, a.held)
	}
}
