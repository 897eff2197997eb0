package pcap

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"
)

// The endpoints of the tests.
var (
	client4 = netip.MustParseAddrPort("192.0.2.1:40000")
	server4 = netip.MustParseAddrPort("192.0.2.2:143")
)

// seg is one segment of a test.
type seg struct {
	from  byte   // 'C' or 'S'
	flags string // of S A F R
	seq   uint32 // relative to the side's first number
	ack   uint32 // relative to the other side's
	data  string
	after time.Duration // since the packet before; 0: a millisecond
	snap  int           // bytes of the data that were not captured
	port  uint16        // of the server; 0: 143
}

// bases are where the sides' sequence numbers begin: the server's wrap soon.
var bases = map[byte]uint32{'C': 1000, 'S': 0xfffffff0}

// frame returns an Ethernet frame with the segment.
func (s seg) frame() (data []byte, length int) {
	src, dst := client4, server4
	if s.port != 0 {
		dst = netip.AddrPortFrom(dst.Addr(), s.port)
	}
	base, other := bases['C'], bases['S']
	if s.from == 'S' {
		src, dst = dst, src
		base, other = other, base
	}
	flags := byte(0)
	for i, f := range "FSRPA" {
		if strings.ContainsRune(s.flags, f) {
			flags |= 1 << i
		}
	}
	ack := uint32(0)
	if flags&flagACK != 0 {
		ack = other + s.ack
	}
	return ethernet(tcp4(src, dst, base+s.seq, ack, flags, s.data, s.snap))
}

func ethernet(ip []byte, missing int) ([]byte, int) {
	b := append(make([]byte, 12), 0x08, 0x00)
	b = append(b, ip...)
	return b, len(b) + missing
}

func tcp4(src, dst netip.AddrPort, seq, ack uint32, flags byte, data string, snap int) ([]byte, int) {
	b := make([]byte, 40, 40+len(data))
	b[0], b[8], b[9] = 0x45, 64, protoTCP
	binary.BigEndian.PutUint16(b[2:], uint16(40+len(data)))
	a4, b4 := src.Addr().As4(), dst.Addr().As4()
	copy(b[12:], a4[:])
	copy(b[16:], b4[:])
	t := b[20:]
	binary.BigEndian.PutUint16(t, src.Port())
	binary.BigEndian.PutUint16(t[2:], dst.Port())
	binary.BigEndian.PutUint32(t[4:], seq)
	binary.BigEndian.PutUint32(t[8:], ack)
	t[12], t[13] = 5<<4, flags
	return append(b, data[:len(data)-snap]...), snap
}

// play runs segments through an Assembler and returns what the sink received.
func play(t *testing.T, o Options, segs []seg) *recorder {
	t.Helper()
	r := newRecorder(t)
	a := NewAssembler(o, r)
	now := time.Unix(1000, 0)
	for i, s := range segs {
		if s.after == 0 {
			s.after = time.Millisecond
		}
		now = now.Add(s.after)
		data, length := s.frame()
		if err := a.Packet(&Packet{Number: int64(i + 1), Time: now, Link: layers.LinkTypeEthernet, Data: data, Length: length}); err != nil {
			t.Fatal(err)
		}
		clear(data) // it is the reader's again
	}
	if err := a.Flush(); err != nil {
		t.Fatal(err)
	}
	r.stats = a.Stats()
	return r
}

// shake is the beginning of most conversations.
var shake = []seg{
	{from: 'C', flags: "S"},
	{from: 'S', flags: "SA", ack: 1},
	{from: 'C', flags: "A", seq: 1, ack: 1},
}

// TestAssembler has one case per rule. What the sink receives is in want, without
// the first line where the connection opens as usual.
func TestAssembler(t *testing.T) {
	for name, tc := range map[string]struct {
		opts  Options
		segs  []seg
		bare  bool // without the handshake
		want  string
		retry int64 // bytes that were sent again
	}{
		"in order": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "* OK hi"},
			{from: 'C', flags: "A", seq: 1, ack: 8, data: "a NOOP"},
			{from: 'S', flags: "A", seq: 8, ack: 7, data: "a OK"},
		}, want: "S * OK hi|C a NOOP|S a OK|close end"},
		"out of order": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'S', flags: "A", seq: 7, ack: 1, data: "ghi"},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: "S abc|S def|S ghi|close end"},
		"retransmission: same, shorter, longer": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abcdef"},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abcdef"},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "defghi"},
		}, want: "S abcdef|S ghi|close end", retry: 12},
		"overlap with other bytes: the first copy counts": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "XYZdef"},
		}, want: "S abc|S def|close end", retry: 3},
		"overlap of what is held": {segs: []seg{
			{from: 'S', flags: "A", seq: 7, ack: 1, data: "ghi"},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "defXXXjkl"},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abcY"},
		}, want: "S abcY|S ef|S ghi|S jkl|close end", retry: 4},
		"keep-alives": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "A", seq: 1, ack: 4},
			{from: 'S', flags: "A", seq: 3, ack: 1, data: "\x00"},
			{from: 'S', flags: "A", seq: 3, ack: 1},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "d"},
		}, want: "S abc|S d|close end", retry: 1},
		"wrap": {segs: []seg{ // the server's numbers wrap after 15 bytes
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "0123456789"},
			{from: 'S', flags: "A", seq: 16, ack: 1, data: "fgh"},
			{from: 'S', flags: "A", seq: 11, ack: 1, data: "abcdefg"},
		}, want: "S 0123456789|S abcdefg|S h|close end", retry: 2},
		"both sides end": {segs: []seg{
			{from: 'C', flags: "AF", seq: 1, ack: 1},
			{from: 'S', flags: "A", seq: 1, ack: 2, data: "late"},
			{from: 'S', flags: "AF", seq: 5, ack: 2},
			{from: 'C', flags: "A", seq: 2, ack: 6},
		}, want: "S late|close fin"},
		"a FIN before its data": {segs: []seg{
			{from: 'S', flags: "AF", seq: 4, ack: 1},
			{from: 'C', flags: "AF", seq: 1, ack: 1},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: "S abc|close fin"},
		"a reset": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "R", seq: 1},
		}, want: "S abc|close rst"},
		"a reset delivers what is held": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'S', flags: "RA", seq: 7, ack: 1},
		}, want: "S!3 def|close rst"},
		"a blind or stale reset is none": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'S', flags: "R", seq: 5000},
			{from: 'S', flags: "R", seq: 1},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
		}, want: "S abc|S def|close end"},
		"refused": {bare: true, segs: []seg{
			{from: 'C', flags: "S"},
			{from: 'S', flags: "RA", ack: 1},
		}, want: opened + "|close rst"},
		"a reset that does not acknowledge the SYN is none": {bare: true, segs: []seg{
			{from: 'C', flags: "S"},
			{from: 'S', flags: "RA", seq: 1},
			{from: 'S', flags: "SA", ack: 1},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: opened + "|S abc|close end"},
		"refused, and accepted all the same": {bare: true, segs: []seg{
			{from: 'C', flags: "S"},
			{from: 'S', flags: "RA", seq: 1, ack: 1},
			{from: 'S', flags: "AF", seq: 1, ack: 1},
			{from: 'S', flags: "SA", ack: 1},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: opened + "|close rst|" + opened + "|S abc|close end"},
		"lost, as the acknowledgement shows": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "A", seq: 1, ack: 7, data: "1"},
			{from: 'S', flags: "A", seq: 7, ack: 2, data: "ghi"},
			{from: 'C', flags: "A", seq: 2, ack: 10, data: "2"},
			{from: 'S', flags: "A", seq: 10, ack: 3, data: "jkl"},
		}, want: "S abc|S!3 |C 1|S ghi|C 2|S jkl|close end"},
		"captured many packets after its acknowledgement": {segs: []seg{
			{from: 'C', flags: "A", seq: 1, ack: 16},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'S', flags: "A", seq: 7, ack: 1, data: "ghi"},
			{from: 'S', flags: "A", seq: 10, ack: 1, data: "jkl"},
			{from: 'S', flags: "A", seq: 13, ack: 1, data: "mno"},
			{from: 'C', flags: "A", seq: 1, ack: 16, data: "1"},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: "S abc|S def|S ghi|S jkl|S mno|C 1|close end"},
		"lost, as 200 ms show": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'C', flags: "A", seq: 1, ack: 7},
			{from: 'C', flags: "A", seq: 1, ack: 7, data: "1", after: 300 * time.Millisecond},
			{from: 'C', flags: "A", seq: 2, ack: 7, data: "2"},
		}, want: "S!3 def|C 1|C 2|close end"},
		"lost, as the conversation that goes on shows": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "d"},
			{from: 'C', flags: "A", seq: 1, ack: 5, data: "1"},
			{from: 'S', flags: "A", seq: 5, ack: 2, data: "e"},
			{from: 'C', flags: "A", seq: 2, ack: 6, data: "2"},
			{from: 'S', flags: "A", seq: 6, ack: 3, data: "f"},
			{from: 'C', flags: "A", seq: 3, ack: 7, data: "3"},
			{from: 'S', flags: "A", seq: 7, ack: 4, data: "g"},
			{from: 'C', flags: "A", seq: 4, ack: 8, data: "4"},
			{from: 'S', flags: "A", seq: 8, ack: 5, data: "h"},
			{from: 'C', flags: "A", seq: 5, ack: 9, data: "5"},
		}, want: "S!3 d|C 1|S e|C 2|S f|C 3|S g|C 4|S h|C 5|close end"},
		"a damaged ACK is less than what the sender says": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "A", seq: 1, ack: 9000},
			{from: 'C', flags: "A", seq: 1, ack: 4},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def", after: time.Second},
			{from: 'C', flags: "A", seq: 1, ack: 7},
			{from: 'C', flags: "A", seq: 1, ack: 12345, data: "1"},
			{from: 'S', flags: "A", seq: 7, ack: 2, data: "ghi", after: time.Minute},
			{from: 'C', flags: "A", seq: 2, ack: 10},
		}, want: "S abc|S def|C 1|S ghi|close end"},
		"a damaged ACK before anything of the sender": {bare: true, segs: []seg{
			{from: 'C', flags: "A", seq: 500, ack: 9000, data: "a NOOP"},
			{from: 'S', flags: "A", seq: 900, ack: 506, data: "a OK"},
			{from: 'S', flags: "A", seq: 904, ack: 506, data: " x"},
		}, want: opened + " mid|C a NOOP|S a OK|S  x|close end"},
		"an absurd ACK before anything of the sender": {bare: true, segs: []seg{
			{from: 'C', flags: "A", seq: 500, ack: 900 + 1<<30, data: "a NOOP"},
			{from: 'S', flags: "A", seq: 900, ack: 506, data: "a OK"},
		}, want: opened + " mid|C a NOOP|S a OK|close end"},
		"captured a little after its acknowledgement": {segs: []seg{
			{from: 'C', flags: "A", seq: 1, ack: 4},
			{from: 'C', flags: "A", seq: 1, ack: 4, data: "1"},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: "S abc|C 1|close end"},
		"sent again seconds later": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'C', flags: "A", seq: 1, ack: 1},
			{from: 'C', flags: "A", seq: 1, ack: 1},
			{from: 'C', flags: "A", seq: 1, ack: 1},
			{from: 'C', flags: "A", seq: 1, ack: 1},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc", after: 3 * time.Second},
		}, want: "S abc|S def|close end"},
		"not sent again in half a minute": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'C', flags: "A", seq: 1, ack: 1, after: 40 * time.Second},
		}, want: "S!3 def|close end"},
		"lost at the end": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "AF", seq: 1, ack: 7},
			{from: 'S', flags: "AF", seq: 7, ack: 2},
			{from: 'C', flags: "A", seq: 2, ack: 8},
			{from: 'C', flags: "A", seq: 2, ack: 8},
		}, want: "S abc|S!3 |close fin"},
		"not captured whole": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abcdef", snap: 2},
			{from: 'C', flags: "A", seq: 1, ack: 7},
			{from: 'S', flags: "A", seq: 7, ack: 1, data: "ghi"},
		}, want: "S abcd|S!2 ghi|close end"},
		"one side only": {bare: true, segs: []seg{
			{from: 'S', flags: "SA", ack: 1},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "* OK hi"},
			{from: 'S', flags: "A", seq: 8, ack: 7, data: "a OK"},
		}, want: opened + "|S * OK hi|C!6 |S a OK|close end"},
		"begun before the capture": {bare: true, segs: []seg{
			{from: 'C', flags: "A", seq: 500, ack: 900, data: "a NOOP"},
			{from: 'S', flags: "A", seq: 900, ack: 506, data: "a OK"},
		}, want: opened + " mid|C a NOOP|S a OK|close end"},
		"data with the SYN": {bare: true, segs: []seg{
			{from: 'C', flags: "S", data: "abc"},
			{from: 'S', flags: "SA", ack: 4},
			{from: 'C', flags: "A", seq: 4, ack: 1, data: "def"},
		}, want: opened + "|C abc|C def|close end"},
		"the port pair again, after its end": {segs: []seg{
			{from: 'C', flags: "AF", seq: 1, ack: 1},
			{from: 'S', flags: "AF", seq: 1, ack: 2},
			{from: 'C', flags: "A", seq: 2, ack: 2},
			{from: 'C', flags: "S", seq: 70000},
			{from: 'S', flags: "SA", seq: 90000, ack: 70001},
			{from: 'S', flags: "A", seq: 90001, ack: 70001, data: "two"},
		}, want: "close fin|" + opened + "|S two|close end"},
		"the port pair again, its end not seen": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "one"},
			{from: 'C', flags: "S", seq: 70000},
			{from: 'S', flags: "SA", seq: 90000, ack: 70001},
			{from: 'S', flags: "A", seq: 90001, ack: 70001, data: "two"},
		}, want: "S one|close end|" + opened + "|S two|close end"},
		"the rest after the end opens nothing": {segs: []seg{
			{from: 'C', flags: "AF", seq: 1, ack: 1},
			{from: 'S', flags: "AF", seq: 1, ack: 2},
			{from: 'C', flags: "A", seq: 2, ack: 2},
			{from: 'S', flags: "AF", seq: 1, ack: 2},
			{from: 'C', flags: "R", seq: 2},
			{from: 'S', flags: "A", seq: 1, ack: 2, data: "x"},
		}, want: "close fin"},
		"a greeting on another port": {bare: true, segs: []seg{
			{from: 'C', flags: "S", port: 1143},
			{from: 'S', flags: "SA", ack: 1, port: 1143},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "* O", port: 1143},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "k hi", port: 1143},
			{from: 'C', flags: "A", seq: 1, ack: 8, data: "a NOOP", port: 1143},
		}, want: "open 192.0.2.1:40000>192.0.2.2:1143|S * O|S k hi|C a NOOP|close end"},
		"a greeting on another port, SYN not captured": {bare: true, segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "* PREAUTH hi", port: 1143},
		}, want: "open 192.0.2.1:40000>192.0.2.2:1143 mid|S * PREAUTH hi|close end"},
		"FTP": {bare: true, segs: []seg{
			{from: 'C', flags: "S", port: 21},
			{from: 'S', flags: "SA", ack: 1, port: 21},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "220 ready", port: 21},
			{from: 'C', flags: "A", seq: 1, ack: 10, data: "* OK not now", port: 21},
		}, want: ""},
		"the client speaks first": {bare: true, segs: []seg{
			{from: 'C', flags: "S", port: 80},
			{from: 'S', flags: "SA", ack: 1, port: 80},
			{from: 'C', flags: "A", seq: 1, ack: 1, data: "* OK ", port: 80},
			{from: 'S', flags: "A", seq: 1, ack: 6, data: "* OK hi", port: 80},
		}, want: ""},
		"a port that was named": {bare: true, opts: Options{Ports: []uint16{1143}}, segs: []seg{
			{from: 'C', flags: "A", seq: 9, ack: 9, data: "a NOOP", port: 1143},
		}, want: "open 192.0.2.1:40000>192.0.2.2:1143 mid|C a NOOP|close end"},
	} {
		t.Run(name, func(t *testing.T) {
			segs, want := tc.segs, tc.want
			if !tc.bare {
				segs = append(append([]seg(nil), shake...), segs...)
				want = opened + "|" + want
			}
			r := play(t, tc.opts, segs)
			if r.stats.Retransmitted != tc.retry {
				t.Errorf("%d bytes came again, want %d", r.stats.Retransmitted, tc.retry)
			}
			if d := cmp.Diff(strings.Split(want, "|"), strings.Split(strings.Join(r.log, "|"), "|")); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}
