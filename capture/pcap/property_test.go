package pcap

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"

	"imapscope/capture"
)

// TestAnyOrder checks that however a conversation is cut, reordered within a window, sent
// again and overlapped, what comes out is the conversation. Where packets are
// missing, every byte is either delivered at its position or reported as lost, and
// nothing comes before what its sender had received.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		drops, again := rapid.Bool().Draw(rt, "drops"), rapid.Bool().Draw(rt, "again")
		text := map[byte]string{}
		for _, side := range []byte("CS") {
			n := rapid.IntRange(0, 400).Draw(rt, "bytes")
			var b strings.Builder
			for i := range n {
				b.WriteByte('a' + byte((i*7+int(side))%26))
			}
			text[side] = b.String()
		}
		var segs []seg
		at, resent := map[byte]int{}, false
		for at['C'] < len(text['C']) || at['S'] < len(text['S']) {
			side, other := byte('C'), byte('S')
			if rapid.Bool().Draw(rt, "side") {
				side, other = other, side
			}
			n := min(rapid.IntRange(0, 40).Draw(rt, "cut"), len(text[side])-at[side])
			back := 0
			if again && rapid.IntRange(0, 4).Draw(rt, "overlap") == 0 {
				back = min(at[side], rapid.IntRange(0, 30).Draw(rt, "back"))
				resent = resent || back > 0
			}
			segs = append(segs, seg{
				from: side, flags: "A",
				seq: uint32(1 + at[side] - back), ack: uint32(1 + at[other]),
				data: text[side][at[side]-back : at[side]+n],
			})
			at[side] += n
		}
		moved := make([]bool, len(segs)+2)
		for i := range segs { // a little disorder, as captures have
			if j := i + rapid.IntRange(0, 2).Draw(rt, "late"); j < len(segs) && segs[i].from == segs[j].from && !moved[i] {
				moved[j] = true
				segs[i], segs[j] = segs[j], segs[i]
			}
		}
		if drops {
			kept := segs[:0:0]
			for _, s := range segs {
				if rapid.IntRange(0, 7).Draw(rt, "drop") > 0 {
					kept = append(kept, s)
				}
			}
			segs = kept
		}
		segs = append(append([]seg(nil), shake...), segs...)
		nc, ns := uint32(1+len(text['C'])), uint32(1+len(text['S']))
		segs = append(segs,
			seg{from: 'C', flags: "AF", seq: nc, ack: ns},
			seg{from: 'S', flags: "AF", seq: ns, ack: nc + 1},
			seg{from: 'C', flags: "A", seq: nc + 1, ack: ns + 1},
			seg{from: 'S', flags: "A", seq: ns + 1, ack: nc + 1},
			seg{from: 'S', flags: "A", seq: ns + 1, ack: nc + 1},
			seg{from: 'C', flags: "A", seq: nc + 1, ack: ns + 1},
		)
		r := play(t, Options{}, segs)
		if len(r.conns) != 1 || r.closed[1] != capture.FIN {
			rt.Fatalf("%d connections, closed %v\n%v\n%+v", len(r.conns), r.closed, r.log, segs)
		}
		for side, dir := range map[byte]capture.Direction{'C': capture.ClientToServer, 'S': capture.ServerToClient} {
			got, lost := r.data[1][dir].String(), r.lost[1][dir]
			if int64(len(got))+lost != int64(len(text[side])) {
				rt.Fatalf("%v: %d bytes and %d lost of %d", dir, len(got), lost, len(text[side]))
			}
			if !drops && got != text[side] {
				rt.Fatalf("%v:\n%s\nwant\n%s", dir, got, text[side])
			}
			for _, p := range r.places[dir] {
				if want := text[side][p.off : p.off+len(p.data)]; p.data != want {
					rt.Fatalf("%v at %d: %q, want %q", dir, p.off, p.data, want)
				}
			}
		}
		// Nothing comes before what its sender had received, except that a single byte
		// that was acknowledged may be a FIN. Where bytes were sent again, their first copy
		// may be missing or late, and nothing shows what its sender had received then.
		// A packet that is late may also contradict an ACK of lost ones.
		if resent || drops && slices.Contains(moved, true) {
			return
		}
		for _, x := range r.heard {
			for at := x.place.off; at < x.place.off+len(x.place.data); at++ {
				if ack := earliestAck(segs, x.dir, at); int64(ack) > x.other+1 {
					rt.Fatalf("%v at %d, which acknowledges %d, came after %d\n%v\n%+v", x.dir, at, ack, x.other, r.log, segs)
				}
			}
		}
	})
}

// earliestAck returns what a side had received when it first sent a byte.
func earliestAck(segs []seg, dir capture.Direction, at int) int {
	ack := -1
	for _, s := range segs {
		first := int(s.seq) - 1
		if (s.from == 'S') == (dir == capture.ServerToClient) && at >= first && at < first+len(s.data) && (ack < 0 || int(s.ack)-1 < ack) {
			ack = int(s.ack) - 1
		}
	}
	return ack
}

// FuzzAssembler checks that any frames of any link type end well, and what is held stays
// within bounds. A frame begins with its length; the first byte of all picks
// the link type.
func FuzzAssembler(f *testing.F) {
	links := []layers.LinkType{
		layers.LinkTypeEthernet, linkLinuxSLL, linkSLL2, layers.LinkTypeNull, layers.LinkTypeLoop,
		layers.LinkTypeRaw, linkRawDLT, linkRawBSD, linkIPv4, linkIPv6, linkNFLOG, 127,
	}
	var seed []byte
	for _, s := range append(append([]seg(nil), shake...), seg{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"}, seg{from: 'S', flags: "AF", seq: 1, ack: 1, data: "abc"}) {
		data, _ := s.frame()
		seed = append(append(seed, byte(len(data))), data...)
	}
	for i := range links {
		f.Add(append([]byte{byte(i)}, seed...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		link := links[int(b[0])%len(links)]
		b = b[1:]
		r := newRecorder(t)
		a := NewAssembler(Options{MaxConns: 8, MaxHeld: 4096, everything: true}, r)
		now := time.Unix(1, 0)
		for len(b) > 1 {
			n := min(int(b[0]), len(b)-1)
			frame := append([]byte(nil), b[1:1+n]...)
			b = b[1+n:]
			now = now.Add(time.Duration(n) * time.Millisecond)
			if err := a.Packet(&Packet{Time: now, Link: link, Data: frame, Length: len(frame)}); err != nil {
				t.Fatal(err)
			}
			if a.held > 4096+n || len(a.conns) > 8 || a.frags.bytes > maxFragBytes+maxFragSize {
				t.Fatalf("%d bytes held, %d connections, %d bytes of fragments", a.held, len(a.conns), a.frags.bytes)
			}
		}
		if err := a.Flush(); err != nil {
			t.Fatal(err)
		}
		if a.held != 0 || len(r.closed) != len(r.conns) {
			t.Fatalf("%d bytes still held; %d of %d connections closed", a.held, len(r.closed), len(r.conns))
		}
	})
}
