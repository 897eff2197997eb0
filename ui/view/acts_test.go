package view

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
)

// TestActs checks which transactions notes of a proxy are about, and which connections are two
// legs of one.
func TestActs(t *testing.T) {
	var a Acts
	sink := decode.NewDemux(decode.Options{}, &a)
	addr := func(n int) netip.AddrPort { return netip.MustParseAddrPort(fmt.Sprintf("192.0.2.%d:143", n)) }
	to := capturetest.To(sink)
	for id := range 2 {
		if err := to.Open(capture.Conn{ID: capture.ConnID(id + 1), Client: addr(10*id + 1), Server: addr(10*id + 2)}); err != nil {
			t.Fatal(err)
		}
	}
	var off [2]int64
	say := func(dir capture.Direction, text string) {
		if err := sink.Event(&capture.Event{Kind: capture.Data, Conn: 1, Dir: dir, Off: off[dir], Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
		off[dir] += int64(len(text))
	}
	note := func(id capture.ConnID, text string) {
		if err := sink.Event(&capture.Event{Kind: capture.Note, Conn: id, Time: time.Unix(1, 0), Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	say(capture.ServerToClient, "* OK hi\r\n")
	say(capture.ClientToServer, "a LOGIN fred sesame\r\n")
	note(1, capture.ByFault+"after sesame\x1b")
	say(capture.ServerToClient, "a OK\r\n")
	note(1, "something else")
	say(capture.ClientToServer, "b NOOP\r\n")
	note(1, capture.Act{Kind: capture.ByHolding, Text: "3 s", Tag: "b"}.String())
	if got := a.Deed(1, 2); got != Held {
		t.Errorf("while it runs, transaction 2 is %q", got)
	}
	say(capture.ServerToClient, "b OK\r\n")
	say(capture.ServerToClient, "* 1 EXISTS\r\n")
	note(1, capture.ByHolding+"4 s")
	say(capture.ServerToClient, "* 2 EXISTS\r\n")
	note(1, capture.ByEdit+"dropped")
	say(capture.ClientToServer, "c NOOP\r\nd NOOP\r\n")
	note(1, capture.Act{Kind: capture.ByFault, Text: "drop tagged", Tag: "c"}.String())
	say(capture.ServerToClient, "d OK\r\n")
	note(2, capture.ClientLegIs+"192.0.2.1:143 > 192.0.2.2:143")
	if err := sink.Event(&capture.Event{Kind: capture.Closed, Conn: 1, Cause: capture.FIN}); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(a.Of(1, 1)), `[{fault:  fault: after ********\x1b 1970-01-01`; len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("transaction 1: %s", got)
	}
	if got := a.Of(1, 2); len(got) != 1 || got[0].Text != capture.ByHolding+"3 s (on b)" {
		t.Errorf("transaction 2: %v", got)
	}
	if got := a.Of(1, 0); len(got) != 1 || got[0].Text != capture.ByHolding+"4 s" {
		t.Errorf("outside transactions: %v", got)
	}
	for n, want := range map[int]Deed{0: Held, 1: Faulted, 2: Held, 3: Faulted, 4: ""} {
		if got := a.Deed(1, n); got != want {
			t.Errorf("transaction %d: got %q, want %q", n, got, want)
		}
	}
	if a.ClientLeg(2) != 1 || a.ClientLeg(1) != 0 {
		t.Errorf("the client's legs are %d and %d", a.ClientLeg(2), a.ClientLeg(1))
	}
}
