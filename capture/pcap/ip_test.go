package pcap

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// raw is the link type of frames that are IP packets.
const raw = layers.LinkTypeRaw

// edit is s with bytes replaced.
func edit(s string, at int, with string) string { return s[:at] + with + s[at+len(with):] }

func be16(n int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(n))) }

// inIPv4 returns a packet inside another.
func inIPv4(proto byte, inner string) string {
	return edit(edit(greet4()[:20], 2, be16(20+len(inner))), 9, string(proto)) + inner
}

// options4 returns the greeting with IPv4 options of n*4 bytes.
func options4(n int) string {
	p := greet4()
	return edit("\x45"[:0]+string(rune(0x45+n))+p[1:20], 2, be16(len(p)+4*n)) + strings.Repeat("\x01", 4*n) + p[20:]
}

// TestIP checks that the TCP segment is found after each kind of IP header, its payload
// ends where the IP packet ends, and no cut anywhere does harm.
func TestIP(t *testing.T) {
	hop := "\x06\x00\x01\x04\x00\x00\x00\x00"
	for name, packet := range map[string]string{
		"IPv4":                            greet4(),
		"options":                         options4(1),
		"most options":                    options4(10),
		"length 0":                        edit(greet4(), 2, "\x00\x00"),
		"length beyond what was captured": edit(greet4(), 2, "\x40\x00"),
		"don't fragment":                  edit(greet4(), 6, "\x40\x00"),
		"IPv6":                            greet6(protoTCP, ""),
		"IPv6, length 0":                  edit(greet6(protoTCP, ""), 4, "\x00\x00"),
		"hop by hop":                      greet6(protoHopByHop, hop),
		"routing, at its end":             greet6(protoRouting, "\x06\x02\x00\x00\x00\x00\x00\x00"+strings.Repeat("\xfd", 16)),
		"destination options":             greet6(protoDestOpts, "\x06\x01"+strings.Repeat("\x00", 14)),
		"authentication":                  greet6(protoAH, "\x06\x04"+strings.Repeat("\x00", 22)),
		"atomic fragment":                 greet6(protoFragment, "\x06\x00\x00\x00\x00\x00\x00\x07"),
		"all of them": greet6(protoHopByHop, "\x3c"+hop[1:]+"\x2b"+hop[1:]+"\x2c\x00\x00\x00\x00\x00\x00\x00"+
			"\x33\x00\x00\x00\x00\x00\x00\x07"+"\x06\x04"+strings.Repeat("\x00", 22)),
		"IPv4 in IPv4":                           inIPv4(protoIPv4, greet4()),
		"IPv6 in IPv4":                           inIPv4(protoIPv6, greet6(protoTCP, "")),
		"IPv4 in IPv4 in IPv4, options, trailer": inIPv4(protoIPv4, inIPv4(protoIPv4, options4(3)+"trailer")),
	} {
		t.Run(name, func(t *testing.T) {
			if got, st := heard(t, raw, packet); got != "* OK hi" {
				t.Errorf("%q, %s", got, skipped(st))
			}
			whole := len(strings.TrimSuffix(packet, "trailer"))
			for n := range whole {
				got, _ := heard(t, raw, packet[:n])
				if want := "* OK hi"[:max(0, 7-(whole-n))]; got != want {
					t.Fatalf("cut to %d: %q, want %q", n, got, want)
				}
			}
		})
	}
	for name, packet := range map[string]string{
		"tunnels without end":           inIPv4(4, inIPv4(4, inIPv4(4, inIPv4(4, inIPv4(4, greet4()))))),
		"length short of the header":    edit(greet4(), 2, "\x00\x13"),
		"options beyond the packet":     edit(greet6(protoHopByHop, hop), 41, "\xff"),
		"TCP header of 16 bytes":        edit(greet4(), 32, "\x40"),
		"TCP options beyond the packet": edit(greet4(), 32, "\xf0"),
	} {
		t.Run(name, func(t *testing.T) {
			if got, st := heard(t, raw, packet); got != "" || st.Skipped[Malformed] != 1 {
				t.Errorf("%q, %s", got, skipped(st))
			}
		})
	}
}

// TestTCPLikeGopacket: random headers are read as gopacket reads them.
func TestTCPLikeGopacket(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))

	read := 0
	for range 20000 {
		b := make([]byte, 12+rng.IntN(80))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		if len(b) > 60 { // else gopacket refuses nearly all for their options
			for i := 20; i < 60; i++ {
				b[i] = 1
			}
		}
		var want layers.TCP
		err := want.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
		var got segment
		skip := got.tcp(client4.Addr(), server4.Addr(), b, 0)
		if err != nil {
			continue // it also refuses what is wrong with an option
		}
		read++
		if skip != NotSkipped {
			t.Fatalf("% x: %v", b, skip)
		}
		flags := [4]bool{want.FIN, want.SYN, want.RST, want.ACK}
		ours := [4]bool{got.flags&flagFIN != 0, got.flags&flagSYN != 0, got.flags&flagRST != 0, got.flags&flagACK != 0}
		if flags != ours || got.seq != want.Seq || got.ack != want.Ack || got.src.port != uint16(want.SrcPort) ||
			got.dst.port != uint16(want.DstPort) || string(got.data) != string(want.Payload) {
			t.Fatalf("% x: %+v, gopacket %+v", b, got, want)
		}
	}
	if read < 1000 {
		t.Errorf("only %d compared", read)
	}
}

// cut4 returns a packet cut into fragments of n bytes.
func cut4(packet string, n int) []string {
	var list []string
	body := packet[20:]
	for off := 0; off < len(body); off += n {
		end := min(off+n, len(body))
		field := off / 8
		if end < len(body) {
			field |= 0x2000
		}
		list = append(list, edit(edit(packet[:20], 2, be16(20+end-off)), 6, be16(field))+body[off:end])
	}
	return list
}

// cut6 returns the same for the greeting over IPv6.
func cut6(n int) []string {
	var list []string
	packet := greet6(protoTCP, "")
	body := packet[40:]
	for off := 0; off < len(body); off += n {
		end := min(off+n, len(body))
		field := off
		if end < len(body) {
			field |= 1
		}
		h := edit(edit(packet[:40], 4, be16(8+end-off)), 6, string(byte(protoFragment)))
		list = append(list, h+"\x06\x00"+be16(field)+"\x00\x00\x00\x07"+body[off:end])
	}
	return list
}

// TestFragmentsComeTogetherOnce: in any order, twice, with overlaps, the packet comes together
// once.
func TestFragmentsComeTogetherOnce(t *testing.T) {
	for name, frags := range map[string][]string{"IPv4": cut4(greet4(), 8), "IPv6": cut6(8)} {
		t.Run(name, func(t *testing.T) {
			permute(len(frags), func(order []int) {
				var frames []string
				for _, i := range order {
					frames = append(frames, frags[i])
				}
				if got, st := heard(t, raw, frames...); got != "* OK hi" {
					t.Fatalf("%v: %q, %s", order, got, skipped(st))
				}
				if got, _ := heard(t, raw, append(frames, frames...)...); got != "* OK hi" {
					t.Fatalf("%v twice: %q", order, got)
				}
			})
			for i := range frags { // one missing, at each end of a repetition
				var frames []string
				for j, f := range frags {
					if j != i {
						frames = append(frames, f, f)
					}
				}
				if got, _ := heard(t, raw, frames...); got != "" {
					t.Fatalf("without %d: %q", i, got)
				}
			}
		})
	}
}

// permute calls f with every order of n numbers.
func permute(n int, f func([]int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var rec func(int)
	rec = func(k int) {
		if k == n {
			f(order)
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			rec(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	rec(0)
}

// TestFirstOfOverlappingFragmentsCounts: where fragments overlap, the first that came counts.
func TestFirstOfOverlappingFragmentsCounts(t *testing.T) {
	packet := greet4() // 27 bytes after the IP header: 0 8 16 24
	piece := func(from, to int, more bool, fill string) string {
		field := from / 8
		if more {
			field |= 0x2000
		}
		body := strings.Repeat(fill, to-from)
		if fill == "" {
			body = packet[20+from : 20+to]
		}
		return edit(edit(packet[:20], 2, be16(20+to-from)), 6, be16(field)) + body
	}
	for name, c := range map[string]struct {
		frames []string
		want   string
	}{
		"the second over the first":  {[]string{piece(0, 16, true, ""), piece(8, 24, true, ""), piece(16, 27, false, "")}, "* OK hi"},
		"other bytes over the first": {[]string{piece(0, 24, true, ""), piece(8, 16, true, "X"), piece(16, 27, false, "Y")}, "* OKYYY"},
		"other bytes around it":      {[]string{piece(8, 24, true, ""), piece(0, 8, true, ""), piece(0, 24, true, "X"), piece(24, 27, false, "")}, "* OK hi"},
		"from both sides":            {[]string{piece(8, 24, true, ""), piece(0, 16, true, ""), piece(16, 27, false, "X")}, "* OKXXX"},
		"a gap filled by a long one": {[]string{piece(0, 8, true, ""), piece(24, 27, false, ""), piece(0, 24, true, "")}, "* OK hi"},
		"two ends":                   {[]string{piece(24, 27, false, ""), piece(16, 19, false, "X"), piece(0, 24, true, "")}, "* OK hi"},
		"more behind the end":        {[]string{piece(24, 27, false, ""), piece(24, 32, true, "X"), piece(0, 24, true, "")}, "* OK hi"},
		"an end before the end":      {[]string{piece(16, 24, true, ""), piece(8, 16, false, "X"), piece(0, 16, true, ""), piece(24, 27, false, "")}, "* OK hi"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, st := heard(t, raw, c.frames...); got != c.want {
				t.Errorf("%q, want %q, %s", got, c.want, skipped(st))
			}
		})
	}
}

// TestFragmentBytes holds the joining of fragments against a plain one, byte
// by byte.
func TestFragmentBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	whole := 0
	for round := range 3000 {
		var f fragments
		var want [64]byte
		var have [64]bool
		end := -1
		for range 40 {
			from := 8 * rng.IntN(7)
			n := 8 * (1 + rng.IntN(4))
			more := true
			if rng.IntN(4) == 0 {
				more, n = false, 1+rng.IntN(16)
			}
			if from+n > 64 {
				continue
			}
			data := make([]byte, n)
			for i := range data {
				data[i] = byte(rng.Uint32())
			}
			got := f.add(fragment{off: from, more: more, data: data}, 0)
			refused := false
			switch last := from + n; {
			case !more && end < 0:
				furthest := 0
				for i, h := range have {
					if h {
						furthest = i + 1
					}
				}
				if refused = furthest > last; !refused {
					end = last
				}
			case end >= 0 && (last > end || !more && last != end):
				refused = true
			}
			if !refused {
				for i, x := range data {
					if !have[from+i] {
						have[from+i], want[from+i] = true, x
					}
				}
			}
			complete := end >= 0
			for i := 0; i < end; i++ {
				complete = complete && have[i]
			}
			if complete != (got != nil) {
				t.Fatalf("round %d: whole %v, want %v", round, got != nil, complete)
			}
			if complete {
				if d := cmp.Diff(want[:end], got); d != "" {
					t.Fatalf("round %d: %s", round, d)
				}
				whole++
				break
			}
		}
	}
	if whole < 100 {
		t.Errorf("only %d came together", whole)
	}
}

// TestFragmentGarbage: fragments that never make a packet are bounded, in number
// and in bytes, and forgotten in time.
func TestFragmentGarbage(t *testing.T) {
	a := NewAssembler(Options{}, newRecorder(t))
	send := func(i int, at time.Time, size, off int) {
		p := edit(edit(edit(greet4()[:20], 2, be16(20+size)), 4, be16(i)), 6, be16(0x2000|off/8)) + strings.Repeat("x", size)
		if err := a.Packet(&Packet{Time: at, Link: raw, Data: []byte(p), Length: len(p)}); err != nil {
			t.Fatal(err)
		}
		if len(a.frags.open) > maxFragPackets || len(a.frags.order) != len(a.frags.open) || a.frags.bytes > maxFragBytes+maxFragSize {
			t.Fatalf("%d packets, %d bytes", len(a.frags.open), a.frags.bytes)
		}
	}
	now := time.Unix(1, 0)
	for i := range 5000 {
		send(i, now, 1480, 8*(i%8000))
	}
	if a.frags.bytes < maxFragBytes/2 {
		t.Errorf("only %d bytes", a.frags.bytes)
	}
	for i := range 20 {
		send(1, now.Add(time.Duration(i)*5*time.Second), 8, 0)
	}
	if len(a.frags.open) != 1 {
		t.Errorf("%d packets are not forgotten", len(a.frags.open))
	}
	for i := range 8000 { // one packet, in as many pieces as there can be
		send(7, now.Add(2*time.Minute), 8, (i*16)%65520)
	}
}

// TestImpossibleFragments: a fragment that cannot belong to a packet is none.
func TestImpossibleFragments(t *testing.T) {
	for name, f := range map[string]fragment{
		"nothing in it":                {off: 0, more: true},
		"not whole, and more to come":  {off: 0, more: true, data: make([]byte, 9)},
		"cut by the capture":           {off: 0, more: true, data: make([]byte, 8), cut: true},
		"beyond the largest IP packet": {off: 65528, more: false, data: make([]byte, 100)},
	} {
		var fs fragments
		if fs.add(f, 0) != nil || len(fs.open) != 0 {
			t.Errorf("%s: taken", name)
		}
	}
}
