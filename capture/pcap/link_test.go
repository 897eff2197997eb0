package pcap

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// greet4 returns an IPv4 packet with a server's greeting.
func greet4() string {
	ip, _ := tcp4(server4, client4, 1, 1, flagACK, "* OK hi", 0)
	return string(ip)
}

// greet6 returns the same over IPv6, behind extension headers; next is the protocol
// of the first of them.
func greet6(next byte, extensions string) string {
	h := make([]byte, 40)
	h[0], h[6], h[7] = 0x60, next, 64
	h[8], h[23] = 0xfd, 2
	h[24], h[39] = 0xfd, 1
	tcp := greet4()[20:]
	binary.BigEndian.PutUint16(h[4:], uint16(len(extensions)+len(tcp)))
	return string(h) + extensions + tcp
}

// heard returns what the server sent in the frames.
func heard(t testing.TB, link layers.LinkType, frames ...string) (string, Stats) {
	t.Helper()
	r := newRecorder(t)
	a := NewAssembler(Options{}, r)
	for _, f := range frames {
		if err := a.Packet(&Packet{Time: time.Unix(1, 0), Link: link, Data: []byte(f), Length: len(f)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range r.conns {
		if c.Server.Port() != 143 {
			t.Errorf("the server is %s", c.Server)
		}
		b.WriteString(r.data[c.ID][1].String())
	}
	return b.String(), a.Stats()
}

const macs = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"

// TestGreetingIsFoundAfterEachLinkHeader checks that the greeting is found after each link header, with the link
// layer's trailer cut off; and a header cut anywhere is passed over.
func TestGreetingIsFoundAfterEachLinkHeader(t *testing.T) {
	const (
		vlan  = "\x81\x00\x00\x05"
		null  = "\x02\x00\x00\x00"
		sll   = "\x00\x00\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"
		sll2  = "\x00\x00\x00\x00\x00\x02\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"
		pppoe = "\x88\x64\x11\x00\x00\x07\x00\x31"
	)
	v4, v6 := greet4(), greet6(protoTCP, "")
	for _, c := range []struct {
		name   string
		link   layers.LinkType
		header string
		ip     string
	}{
		{"Ethernet", 1, macs + "\x08\x00", v4},
		{"Ethernet, IPv6", 1, macs + "\x86\xdd", v6},
		{"VLAN", 1, macs + vlan + "\x08\x00", v4},
		{"VLAN 0", 1, macs + "\x81\x00\x00\x00\x08\x00", v4},
		{"QinQ", 1, macs + "\x88\xa8\x00\x01" + vlan + "\x86\xdd", v6},
		{"QinQ 9100", 1, macs + "\x91\x00\x00\x01" + vlan + "\x08\x00", v4},
		{"MPLS", 1, macs + "\x88\x47\x00\x01\x01\x40", v4},
		{"MPLS, three labels, multicast", 1, macs + "\x88\x48\x00\x01\x00\x40\x00\x02\x00\x40\x00\x03\x01\x40", v6},
		{"MPLS in VLAN", 1, macs + vlan + "\x88\x47\x00\x01\x01\x40", v4},
		{"PPPoE", 1, macs + pppoe + "\x00\x21", v4},
		{"PPPoE, IPv6", 1, macs + pppoe + "\x00\x57", v6},
		{"PPPoE, protocol in one byte", 1, macs + pppoe + "\x21", v4},
		{"PPPoE, IPv6, protocol in one byte", 1, macs + pppoe + "\x57", v6},
		{"PPPoE in VLAN", 1, macs + vlan + pppoe + "\x00\x21", v4},
		{"802.2 SNAP", 1, macs + "\x00\x37\xaa\xaa\x03\x00\x00\x00\x08\x00", v4},
		{"SLL", 113, sll + "\x08\x00", v4},
		{"SLL, VLAN", 113, sll + vlan + "\x86\xdd", v6},
		{"SLL2", 276, "\x08\x00" + sll2, v4},
		{"SLL2, IPv6", 276, "\x86\xdd" + sll2, v6},
		{"SLL2, VLAN", 276, "\x81\x00" + sll2 + "\x00\x05\x08\x00", v4},
		{"NULL, little-endian", 0, null, v4},
		{"NULL, big-endian", 0, "\x00\x00\x00\x02", v4},
		{"NULL, IPv6 of Linux", 0, "\x0a\x00\x00\x00", v6},
		{"NULL, IPv6 of NetBSD", 0, "\x18\x00\x00\x00", v6},
		{"NULL, IPv6 of FreeBSD", 0, "\x1c\x00\x00\x00", v6},
		{"NULL, IPv6 of Darwin", 0, "\x1e\x00\x00\x00", v6},
		{"LOOP", 108, "\x00\x00\x00\x02", v4},
		{"LOOP, IPv6 of OpenBSD", 108, "\x00\x00\x00\x18", v6},
		{"raw 12", 12, "", v4},
		{"raw 14", 14, "", v6},
		{"raw 101", 101, "", v4},
		{"raw 101, IPv6", 101, "", v6},
		{"IPv4", 228, "", v4},
		{"IPv6", 229, "", v6},
		{"NFLOG", 239, "\x02\x00\x00\x00" + "\x08\x00\x01\x00\x08\x00\x03\x00" + "\x05\x00\x0a\x00x\x00\x00\x00" +
			string(binary.LittleEndian.AppendUint16(nil, uint16(4+len(v4)))) + "\x09\x00", v4},
		{"NFLOG, big-endian", 239, "\x02\x00\x00\x00" + "\x00\x08\x00\x01\x08\x00\x03\x00" +
			string(binary.BigEndian.AppendUint16(nil, uint16(4+len(v4)))) + "\x00\x09", v4},
	} {
		t.Run(c.name, func(t *testing.T) {
			frame := c.header + c.ip
			for _, trailer := range []string{"", "\x00\x00\x00\x00\x00\x00", "trailer"} {
				if got, st := heard(t, c.link, frame+trailer); got != "* OK hi" {
					t.Fatalf("with trailer %q: %q, %+v", trailer, got, st)
				}
			}
			for n := range len(frame) {
				got, st := heard(t, c.link, frame[:n])
				if want := "* OK hi"[:max(0, 7-(len(frame)-n))]; got != want {
					t.Fatalf("cut to %d: %q, want %q", n, got, want)
				}
				if n < len(c.header) && st.Skipped[Malformed]+st.Skipped[NotIP] != 1 {
					t.Fatalf("cut to %d: %+v", n, st)
				}
			}
		})
	}
}

// TestPPPoEPadding: where segmentation offload left IP's length 0, PPPoE's says where
// the padding begins.
func TestPPPoEPadding(t *testing.T) {
	v4, v6 := []byte(greet4()), []byte(greet6(protoTCP, ""))
	clear(v4[2:4])
	clear(v6[4:6])
	for name, c := range map[string]struct {
		ppp string
		ip  []byte
	}{
		"IPv4":                 {"\x00\x21", v4},
		"IPv6":                 {"\x00\x57", v6},
		"protocol in one byte": {"\x21", v4},
	} {
		length := string(binary.BigEndian.AppendUint16(nil, uint16(len(c.ppp)+len(c.ip))))
		frame := macs + "\x88\x64\x11\x00\x00\x07" + length + c.ppp + string(c.ip)
		for _, padding := range []string{"", "\x00", "\x00\x00\x00\x00\x00\x00", "padding"} {
			if got, st := heard(t, 1, frame+padding); got != "* OK hi" {
				t.Errorf("%s with padding %q: %q, %+v", name, padding, got, st)
			}
		}
	}
}

// TestNotOurs checks which frames are skipped, and why.
func TestNotOurs(t *testing.T) {
	udp := []byte(greet4())
	udp[9] = 17
	for _, c := range []struct {
		name  string
		link  layers.LinkType
		frame string
		want  Skip
	}{
		{"ARP", 1, macs + "\x08\x06" + greet4(), NotIP},
		{"LLDP", 1, macs + "\x88\xcc" + greet4(), NotIP},
		{"802.3 length", 1, macs + "\x00\x26\x42\x42\x03" + greet4(), NotIP},
		{"PPPoE discovery", 1, macs + "\x88\x63\x11\x09\x00\x00\x00\x04" + greet4(), NotIP},
		{"PPP LCP", 1, macs + "\x88\x64\x11\x00\x00\x07\x00\x04\xc0\x21" + greet4(), NotIP},
		{"AppleTalk on NULL", 0, "\x10\x00\x00\x00" + greet4(), NotIP},
		{"UDP", 101, string(udp), NotTCP},
		{"802.11", 105, greet4(), UnknownLink},
		{"IP version 5", 101, "\x55" + greet4()[1:], NotIP},
		{"IP header of 16 bytes", 101, "\x44" + greet4()[1:], Malformed},
		{"nothing", 101, "", Malformed},
		{"MPLS without a bottom", 1, macs + "\x88\x47" + strings.Repeat("\x00\x01\x00\x40", 5), Malformed},
		{"VLAN after VLAN", 1, macs + strings.Repeat("\x81\x00\x00\x01", 1000), Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, st := heard(t, c.link, c.frame)
			if got != "" || st.Skipped[c.want] != 1 {
				t.Errorf("%q, %s", got, skipped(st))
			}
		})
	}
}

func skipped(st Stats) string { return fmt.Sprintf("skipped %v", st.Skipped) }
