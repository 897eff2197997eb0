package pcap

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"

	"imapscope/capture"
)

// opened is how a connection of these tests opens.
const opened = "open 192.0.2.1:40000>192.0.2.2:143"

// rules plays segments, and compares what the sink received.
type rules map[string]struct {
	segs []seg
	bare bool // without the handshake
	want string
}

func (cases rules) run(t *testing.T) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			segs, want := c.segs, c.want
			if !c.bare {
				segs, want = append(append([]seg(nil), shake...), segs...), opened+"|"+want
			}
			r := play(t, Options{}, segs)
			if d := cmp.Diff(strings.Split(want, "|"), strings.Split(strings.Join(r.log, "|"), "|")); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// far is an unexpected sequence number.
const far = 500 << 20

// TestSegmentFarAwayDoesNotLoseTheStream checks that one segment with a number far from what is expected does not lose
// the stream, and several that follow one another are believed.
func TestSegmentFarAwayDoesNotLoseTheStream(t *testing.T) {
	rules{
		"data far ahead": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'S', flags: "A", seq: far, ack: 1, data: "forged"},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def", after: time.Minute},
		}, want: "S abc|S def|close end"},
		"data far behind": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'S', flags: "A", seq: 1<<32 - far, ack: 1, data: "forged"},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
		}, want: "S abc|S def|close end"},
		"an acknowledgement far ahead": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "A", seq: 1, ack: far},
			{from: 'C', flags: "A", seq: 1, ack: 4, data: "1"},
			{from: 'C', flags: "A", seq: 2, ack: 4, data: "2"},
			{from: 'C', flags: "A", seq: 3, ack: 4, data: "3", after: time.Second},
			{from: 'S', flags: "A", seq: 4, ack: 4, data: "def"},
		}, want: "S abc|C 1|C 2|C 3|S def|close end"},
		"an acknowledgement in a segment that does not fit": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "A", seq: far, ack: 1000},
			{from: 'C', flags: "A", seq: 1, ack: 4, data: "1", after: time.Second},
			{from: 'S', flags: "A", seq: 4, ack: 2, data: "def"},
		}, want: "S abc|C 1|S def|close end"},
		"data ahead while the stream goes on": {segs: []seg{
			{from: 'S', flags: "A", seq: 1 << 20, ack: 1, data: "forged"},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "a", after: 20 * time.Second},
			{from: 'S', flags: "A", seq: 2, ack: 1, data: "b", after: 20 * time.Second},
			{from: 'S', flags: "AF", seq: 3, ack: 1, data: "c", after: 20 * time.Second},
			{from: 'C', flags: "AF", seq: 1, ack: 5},
		}, want: "S a|S b|S c|close fin"},
		"the capture paused": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'S', flags: "A", seq: 4 + far, ack: 1, data: "d"},
			{from: 'S', flags: "A", seq: 5 + far, ack: 1, data: "e"},
			{from: 'S', flags: "A", seq: 6 + far, ack: 1, data: "f"},
			{from: 'S', flags: "A", seq: 7 + far, ack: 1, data: "g"},
			{from: 'S', flags: "A", seq: 8 + far, ack: 1, data: "h"},
		}, want: "S abc|S!524288000 d|S e|S f|S g|S h|close end"},
		"the capture paused; its gap was held before a hole": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'S', flags: "A", seq: 7 + far, ack: 1, data: "g"},
			{from: 'S', flags: "A", seq: 8 + far, ack: 1, data: "h"},
			{from: 'S', flags: "A", seq: 9 + far, ack: 1, data: "i"},
			{from: 'S', flags: "A", seq: 10 + far, ack: 1, data: "j"},
		}, want: "S!3 def|S!524288000 g|S h|S i|S j|close end"},
		"the port pair again, its SYN not captured": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "one"},
			{from: 'S', flags: "A", seq: 1 << 31, ack: 7, data: "t"},
			{from: 'S', flags: "A", seq: 1<<31 + 1, ack: 7, data: "w"},
			{from: 'S', flags: "A", seq: 1<<31 + 2, ack: 7, data: "o"},
			{from: 'S', flags: "A", seq: 1<<31 + 3, ack: 7, data: "!"},
			{from: 'S', flags: "A", seq: 1<<31 + 4, ack: 7, data: "!"},
		}, want: "S one|close end|" + opened + " mid|S t|S w|S o|S !|S !|close end"},
		"the port pair again after its end, its SYN not captured": {segs: []seg{
			{from: 'C', flags: "AF", seq: 1, ack: 1},
			{from: 'S', flags: "AF", seq: 1, ack: 2},
			{from: 'S', flags: "A", seq: far, ack: 7, data: "t"},
			{from: 'S', flags: "A", seq: far + 1, ack: 7, data: "w"},
			{from: 'S', flags: "A", seq: far + 2, ack: 7, data: "o"},
			{from: 'S', flags: "A", seq: far + 3, ack: 7, data: "!"},
		}, want: "close fin|" + opened + " mid|S t|S w|S o|S !|close end"},
		"the port pair again, only the answer to its SYN captured": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "one"},
			{from: 'S', flags: "SA", seq: 90000, ack: 70001},
			{from: 'S', flags: "A", seq: 90001, ack: 70001, data: "two"},
		}, want: "S one|close end|" + opened + "|S two|close end"},
		"a SYN to a connection that the server still knows": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "one"},
			{from: 'C', flags: "S", seq: 70000},
			{from: 'S', flags: "A", seq: 4, ack: 1}, // which one is that? (RFC 5961, section 4)
			{from: 'C', flags: "R", seq: 1},
			{from: 'C', flags: "S", seq: 70000},
			{from: 'S', flags: "SA", seq: 90000, ack: 70001},
			{from: 'S', flags: "A", seq: 90001, ack: 70001, data: "two"},
		}, want: "S one|close end|" + opened + "|S two|close end"},
	}.run(t)
}

// TestFirstPacketsShowThePosition checks what the first packets of a side show about its position.
func TestFirstPacketsShowThePosition(t *testing.T) {
	rules{
		"the SYN captured late": {bare: true, segs: []seg{
			{from: 'S', flags: "SA", ack: 1},
			{from: 'C', flags: "S"},
			{from: 'C', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: opened + "|C abc|close end"},
		"the SYN captured after data": {bare: true, segs: []seg{
			{from: 'C', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "S"},
			{from: 'S', flags: "SA", ack: 1},
			{from: 'C', flags: "A", seq: 4, ack: 1, data: "def"},
		}, want: opened + " mid|C abc|C def|close end"},
		"SYN and its answer again": {segs: []seg{
			{from: 'C', flags: "S"},
			{from: 'S', flags: "SA", ack: 1},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'S', flags: "SA", ack: 1},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
		}, want: "S abc|S def|close end"},
		"a SYN again after the end": {segs: []seg{
			{from: 'C', flags: "AF", seq: 1, ack: 1},
			{from: 'S', flags: "AF", seq: 1, ack: 2},
			{from: 'C', flags: "S"},
			{from: 'S', flags: "SA", ack: 1},
		}, want: "close fin"},
		"both sides send a SYN": {bare: true, segs: []seg{
			{from: 'C', flags: "S"},
			{from: 'S', flags: "S"},
			{from: 'C', flags: "SA", ack: 1},
			{from: 'S', flags: "SA", ack: 1},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "A", seq: 1, ack: 4, data: "def"},
		}, want: opened + "|S abc|C def|close end"},
		"a keep-alive first": {bare: true, segs: []seg{
			{from: 'C', flags: "A", seq: 99, ack: 200},
			{from: 'S', flags: "A", seq: 200, ack: 100},
			{from: 'C', flags: "A", seq: 99, ack: 200},
			{from: 'S', flags: "A", seq: 200, ack: 100},
			{from: 'C', flags: "A", seq: 100, ack: 200, data: "abc"},
			{from: 'S', flags: "A", seq: 200, ack: 103, data: "def"},
		}, want: opened + " mid|C abc|S def|close end"},
		"a keep-alive first, and data before its answer": {bare: true, segs: []seg{
			{from: 'C', flags: "A", seq: 99, ack: 200},
			{from: 'C', flags: "A", seq: 100, ack: 200, data: "abc"},
			{from: 'S', flags: "A", seq: 200, ack: 100},
			{from: 'S', flags: "A", seq: 200, ack: 103, data: "def"},
		}, want: opened + " mid|C abc|S def|close end"},
		"a SYN that what came before does not fit": {bare: true, segs: []seg{
			{from: 'C', flags: "A"},
			{from: 'S', flags: "A", seq: 3, data: "held"},
			{from: 'S', flags: "S", seq: 1<<31 + 1, data: "abc"},
		}, want: opened + " mid|S abc|close end"},
		"a SYN that a FIN came before": {bare: true, segs: []seg{
			{from: 'S', flags: "AF", seq: 1000},
			{from: 'S', flags: "S"},
			{from: 'S', flags: "A", seq: 4, data: "def"},
			{from: 'S', flags: "A", seq: 1, data: "abc"},
		}, want: opened + " mid|S abc|S def|close end"},
		"a SYN after data that waits for it": {bare: true, segs: []seg{
			{from: 'C', flags: "A", ack: 0},
			{from: 'S', flags: "A", seq: 1, data: "abc"},
			{from: 'S', flags: "S"},
			{from: 'S', flags: "A", seq: 4, data: "def"},
		}, want: opened + " mid|S abc|S def|close end"},
		"the first data is missing": {segs: []seg{
			{from: 'S', flags: "A", seq: 101, ack: 1, data: "abc"},
			{from: 'C', flags: "A", seq: 1, ack: 104},
		}, want: "S!100 abc|close end"},
	}.run(t)
}

// TestEndsAndLossesBeforeThem checks FINs and losses at the end.
func TestEndsAndLossesBeforeThem(t *testing.T) {
	rules{
		"a FIN not captured, but acknowledged": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "AF", seq: 1, ack: 5},
			{from: 'C', flags: "A", seq: 2, ack: 5},
			{from: 'C', flags: "A", seq: 2, ack: 5},
			{from: 'C', flags: "A", seq: 2, ack: 5, after: time.Minute},
		}, want: "S abc|close end"},
		"one byte not captured": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "A", seq: 1, ack: 5},
			{from: 'S', flags: "A", seq: 5, ack: 1, data: "efg"},
			{from: 'C', flags: "A", seq: 1, ack: 8},
			{from: 'C', flags: "A", seq: 1, ack: 8},
			{from: 'S', flags: "A", seq: 8, ack: 1, data: "h"},
			{from: 'C', flags: "A", seq: 1, ack: 9},
		}, want: "S abc|S!1 efg|S h|close end"},
		"half closed": {segs: []seg{
			{from: 'C', flags: "AF", seq: 1, ack: 1, data: "a LOGOUT"},
			{from: 'S', flags: "A", seq: 1, ack: 10, data: "* BYE"},
			{from: 'C', flags: "A", seq: 10, ack: 6},
			{from: 'S', flags: "A", seq: 6, ack: 10, data: "a OK", after: time.Minute},
			{from: 'S', flags: "AF", seq: 10, ack: 10},
		}, want: "C a LOGOUT|S * BYE|S a OK|close fin"},
		"both sides close at once": {segs: []seg{
			{from: 'C', flags: "AF", seq: 1, ack: 1},
			{from: 'S', flags: "AF", seq: 1, ack: 1},
			{from: 'C', flags: "A", seq: 2, ack: 2},
			{from: 'S', flags: "A", seq: 2, ack: 2},
		}, want: "close fin"},
		"a FIN before what was said": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abcdef"},
			{from: 'S', flags: "AF", seq: 3, ack: 1},
			{from: 'C', flags: "AF", seq: 1, ack: 7},
			{from: 'S', flags: "A", seq: 7, ack: 1, data: "ghi"},
			{from: 'S', flags: "AF", seq: 10, ack: 2},
		}, want: "S abcdef|S ghi|close fin"},
		"a FIN that more follows": {segs: []seg{
			{from: 'S', flags: "AF", seq: 1, ack: 1, data: "abc"},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'C', flags: "AF", seq: 1, ack: 7},
			{from: 'S', flags: "AF", seq: 7, ack: 2},
		}, want: "S abc|S def|close fin"},
		"data behind an acknowledged FIN": {segs: []seg{
			{from: 'S', flags: "AF", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "A", seq: 1, ack: 5},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'S', flags: "A", seq: 2, ack: 1, data: "bcdef"},
			{from: 'C', flags: "AF", seq: 1, ack: 5},
		}, want: "S abc|close fin"},
		"the last packet not captured whole, with FIN": {segs: []seg{
			{from: 'S', flags: "AF", seq: 1, ack: 1, data: "abcdef", snap: 4},
			{from: 'C', flags: "AF", seq: 1, ack: 8},
			{from: 'S', flags: "A", seq: 8, ack: 2},
			{from: 'S', flags: "A", seq: 8, ack: 2},
			{from: 'S', flags: "A", seq: 8, ack: 2},
		}, want: "S ab|S!4 |close fin"},
		"one side, not captured whole": {bare: true, segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abcdef", snap: 4},
			{from: 'S', flags: "A", seq: 7, ack: 1, data: "ghijkl", snap: 6},
			{from: 'S', flags: "A", seq: 13, ack: 1, data: "mnopqr", snap: 5},
		}, want: opened + " mid|S ab|S!4 |S!6 m|S!5 |close end"},
		"data far behind a FIN is none of it": {segs: []seg{
			{from: 'S', flags: "A", seq: 1000, ack: 1, data: "forged"},
			{from: 'S', flags: "AF", seq: 1, ack: 1, data: "abc"},
			{from: 'C', flags: "AF", seq: 1, ack: 5},
		}, want: "S abc|close fin"},
	}.run(t)
}

// TestMissingBytesAreWaitedFor checks how long missing bytes are waited for.
func TestMissingBytesAreWaitedFor(t *testing.T) {
	rules{
		"acknowledged after a long wait, and here right after": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'C', flags: "A", seq: 1, ack: 7, after: 5 * time.Second},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: "S abc|S def|close end"},
		"acknowledged, and nothing for a while": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'C', flags: "A", seq: 1, ack: 7},
			{from: 'C', flags: "A", seq: 1, ack: 7, data: "1", after: time.Second},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: "S!3 def|C 1|server: 3 bytes again|close end"},
		"a packet of 2063 does not end waiting": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
			{from: 'C', flags: "A", seq: 1, ack: 1, after: 40 * 365 * 24 * time.Hour},
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
		}, want: "S abc|S def|close end"},
		"a packet of 2063 does not make it endless": {segs: []seg{
			{from: 'C', flags: "A", seq: 1, ack: 1, after: 40 * 365 * 24 * time.Hour},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def", after: -40 * 365 * 24 * time.Hour},
			{from: 'C', flags: "A", seq: 1, ack: 1, data: "1", after: 9 * time.Second},
			{from: 'C', flags: "A", seq: 2, ack: 1, data: "2", after: 9 * time.Second},
			{from: 'C', flags: "A", seq: 3, ack: 1, data: "3", after: 9 * time.Second},
			{from: 'C', flags: "A", seq: 4, ack: 1, data: "4", after: 9 * time.Second},
			{from: 'C', flags: "A", seq: 5, ack: 1, data: "5", after: 9 * time.Second},
		}, want: "C 1|C 2|C 3|C 4|S!3 def|C 5|close end"},
		"time runs backwards": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc", after: -time.Second},
			{from: 'S', flags: "A", seq: 7, ack: 1, data: "ghi", after: -time.Hour},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def", after: -time.Hour},
		}, want: "S abc|S def|S ghi|close end"},
		"a zero-window probe, refused and sent again": {segs: []seg{
			{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "d"},
			{from: 'C', flags: "A", seq: 1, ack: 4},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "d"},
			{from: 'C', flags: "A", seq: 1, ack: 4},
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
		}, want: "S abc|S d|S ef|close end"},
		"two holes, both proven": {segs: []seg{
			{from: 'S', flags: "A", seq: 4, ack: 1, data: "d"},
			{from: 'S', flags: "A", seq: 8, ack: 1, data: "h"},
			{from: 'C', flags: "A", seq: 1, ack: 9},
			{from: 'C', flags: "A", seq: 1, ack: 9, data: "1"},
			{from: 'C', flags: "A", seq: 2, ack: 9, data: "2"},
			{from: 'C', flags: "A", seq: 3, ack: 9, data: "3"},
		}, want: "S!3 d|S!3 h|C 1|C 2|C 3|close end"},
	}.run(t)
}

// TestDataThatWaitedKeepsItsTime checks that data that waited has the time at which it was captured.
func TestDataThatWaitedKeepsItsTime(t *testing.T) {
	sink := &timing{recorder: newRecorder(t)}
	a := NewAssembler(Options{}, sink)
	for i, s := range []seg{{from: 'S', flags: "SA"}, {from: 'S', flags: "A", seq: 4, data: "def"}, {from: 'S', flags: "A", seq: 1, data: "abc"}} {
		data, n := s.frame()
		if err := a.Packet(&Packet{Time: time.Unix(int64(i), 0), Link: layers.LinkTypeEthernet, Data: data, Length: n}); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]int64{2, 1}, sink.times); d != "" {
		t.Error(d)
	}
}

// timing is a sink that keeps the seconds of the chunks.
type timing struct {
	*recorder
	times []int64
}

func (s *timing) Event(e *capture.Event) error {
	if e.Kind == capture.Data {
		s.times = append(s.times, e.Time.Unix())
	}
	return s.recorder.Event(e)
}

// TestLossShowsWithoutAnotherPacket checks that a live source need not wait for a packet to learn of a loss.
func TestLossShowsWithoutAnotherPacket(t *testing.T) {
	r := newRecorder(t)
	a := NewAssembler(Options{}, r)
	for i, s := range append(append([]seg(nil), shake...),
		seg{from: 'S', flags: "A", seq: 4, ack: 1, data: "def"},
		seg{from: 'C', flags: "A", seq: 1, ack: 7}) {
		data, n := s.frame()
		if err := a.Packet(&Packet{Time: time.Unix(1, int64(i)), Link: layers.LinkTypeEthernet, Data: data, Length: n}); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []int64{0, 3} {
		if err := a.Tick(time.Unix(1, int64(i)*300e6+1e6)); err != nil {
			t.Fatal(err)
		}
		if len(r.lost) != 1 || r.lost[1][capture.ServerToClient] != want {
			t.Errorf("after tick %d: %v", i, r.log)
		}
	}
}

// TestSmallPieces checks that held data counts with the cost of holding it, and is not
// slow to insert.
func TestSmallPieces(t *testing.T) {
	a := NewAssembler(Options{}, newRecorder(t))
	send := func(seq uint32, data string) {
		ip, _ := tcp4(server4, client4, seq, 1, flagACK, data, 0)
		frame, n := ethernet(ip, 0)
		if err := a.Packet(&Packet{Time: time.Unix(1, 0), Link: layers.LinkTypeEthernet, Data: frame, Length: n}); err != nil {
			t.Fatal(err)
		}
	}
	send(1, "x")
	most := 0
	for i := range uint32(60000) {
		send(10+2*i, "x")
		for _, c := range a.conns {
			most = max(most, len(c.half[0].held), len(c.half[1].held))
		}
	}
	if most < 1000 || most > maxHeld/heldCost || a.Stats().Lost == 0 {
		t.Errorf("%d pieces held, %d lost", most, a.Stats().Lost)
	}
	if a.held > maxHeld+100 {
		t.Errorf("%d held", a.held)
	}
}

// TestStraysAreBounded checks that forged numbers on many connections take little memory.
func TestStraysAreBounded(t *testing.T) {
	a := NewAssembler(Options{}, newRecorder(t))
	big := strings.Repeat("x", 1400)
	for i := range 20000 {
		from := netip.AddrPortFrom(client4.Addr(), uint16(i+1000))
		for _, seq := range []uint32{1, far, far + 1400, far + 2800} {
			ip, _ := tcp4(from, server4, seq, 1, flagACK, big, 0)
			frame, n := ethernet(ip, 0)
			if err := a.Packet(&Packet{Time: time.Unix(1, 0), Link: layers.LinkTypeEthernet, Data: frame, Length: n}); err != nil {
				t.Fatal(err)
			}
		}
		if a.strays > maxStrays {
			t.Fatalf("%d bytes", a.strays)
		}
	}
	if a.strays == 0 {
		t.Error("none were held")
	}
	if err := a.Flush(); err != nil || a.strays != 0 || a.held != 0 {
		t.Errorf("%v, %d and %d bytes remain", err, a.strays, a.held)
	}
}

// TestBytesThatComeAgainAreReported checks that bytes that come again are reported, except a keep-alive and a segment
// that was captured twice.
func TestBytesThatComeAgainAreReported(t *testing.T) {
	abc := seg{from: 'S', flags: "A", seq: 1, ack: 1, data: "abc"}
	late := abc
	late.after = 200 * time.Millisecond
	twice := abc
	twice.after = time.Millisecond
	rules{
		"sent again":     {segs: []seg{abc, late}, want: "S abc|server: 3 bytes again|close end"},
		"captured twice": {segs: []seg{abc, twice}, want: "S abc|close end"},
		"partly": {segs: []seg{abc, {from: 'S', flags: "A", seq: 2, ack: 1, data: "bcde", after: time.Second}},
			want: "S abc|server: 2 bytes again|S de|close end"},
		"a keep-alive": {segs: []seg{abc, {from: 'S', flags: "A", seq: 3, ack: 1, data: "c", after: time.Minute}},
			want: "S abc|close end"},
	}.run(t)
}
