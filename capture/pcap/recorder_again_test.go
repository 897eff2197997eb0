package pcap

import (
	"bytes"
	"context"
	"net/netip"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// TestRecordAgain checks that bytes that are sent again are read as such, and what follows is where
// it should be.
func TestRecordAgain(t *testing.T) {
	at := time.Unix(700_000_000, 0).UTC()
	var b bytes.Buffer
	r, err := NewRecorder(&b, RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	capturetest.To(r).Open(capture.Conn{ID: 1, Client: netip.MustParseAddrPort("127.0.0.1:40000"), Server: netip.MustParseAddrPort("127.0.0.1:143"), Start: at})
	d := capturetest.To(r)
	d.Data(1, capture.ServerToClient, at, 0, []byte("* OK ready\r\n"))
	d.Data(1, capture.ClientToServer, at, 0, []byte("a1 NOOP\r\n"))
	d.Again(1, capture.ClientToServer, at.Add(time.Second), 0, 9)
	d.Again(1, capture.ClientToServer, at.Add(time.Second), 5, 10) // beyond what was sent
	d.Data(1, capture.ServerToClient, at.Add(2*time.Second), 12, []byte("a1 OK done\r\n"))
	d.Data(1, capture.ClientToServer, at.Add(2*time.Second), 9, []byte("a2 LOGOUT\r\n"))
	d.Close(1, at.Add(3*time.Second), capture.FIN)
	if err := r.Finish(at.Add(3 * time.Second)); err != nil {
		t.Fatal(err)
	}
	got := &againSink{}
	if err := Stream(&b, "again", Options{}).Run(context.Background(), got); err != nil {
		t.Fatal(err)
	}
	if want := [2]string{"a1 NOOP\r\na2 LOGOUT\r\n", "* OK ready\r\na1 OK done\r\n"}; got.said != want || got.again != 9 || got.lost != 0 {
		t.Errorf("%+v", got)
	}
}

// againSink collects bytes, and counts those that came again.
type againSink struct {
	said        [2]string
	again, lost int64
}

func (s *againSink) Event(e *capture.Event) error {
	s.said[e.Dir] += string(e.Data)
	switch e.Kind {
	case capture.Again:
		s.again += e.N
	case capture.Gap:
		s.lost += e.N
	}
	return nil
}
