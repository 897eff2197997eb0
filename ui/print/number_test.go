package print

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
)

// TestNumbersHaveTheConnection checks that with several connections, a transaction's number
// is preceded by its connection's.
func TestNumbersHaveTheConnection(t *testing.T) {
	var b bytes.Buffer
	demux := decode.NewDemux(decode.Options{}, printAll{NewText(&b, TextOptions{})})
	sink := capturetest.To(demux)
	now := time.Unix(700_000_000, 0)
	for id := range capture.ConnID(2) {
		id++
		if err := sink.Open(capture.Conn{ID: id, Start: now, Client: netip.MustParseAddrPort("192.0.2.1:4000"), Server: netip.MustParseAddrPort("192.0.2.2:143")}); err != nil {
			t.Fatal(err)
		}
	}
	for id := range capture.ConnID(2) {
		id++
		for _, c := range []capture.Event{{Kind: capture.Data, Data: []byte("a NOOP\r\n")}, {Kind: capture.Data, Dir: capture.ServerToClient, Data: []byte("a OK\r\n")}} {
			c.Conn, c.Time = id, now
			if err := demux.Event(&c); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, want := range []string{"\n 1/1 ", "\n 2/1 "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
}
