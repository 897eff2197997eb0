package sensor_test

import (
	"bytes"
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/hub"
	"imapscope/capture/hub/server"
	"imapscope/ui/sensor"
)

// long reports a connection with n bytes to a Sink, which must not make it wait.
func long(t *testing.T, s capture.Sink, n int) {
	t.Helper()
	d := capturetest.To(s)
	at := time.Unix(1_700_000_000, 0)
	c := capture.Conn{ID: 1, Start: at, Client: netip.MustParseAddrPort("192.0.2.1:1"), Server: netip.MustParseAddrPort("192.0.2.2:143")}
	if err := d.Open(c); err != nil {
		t.Fatal(err)
	}
	line := []byte("* OK " + strings.Repeat("x", 4000) + "\r\n")
	off := 0
	for ; off < n; off += len(line) {
		if err := d.Data(1, capture.ServerToClient, at, int64(off), line); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(1, at, capture.FIN); err != nil {
		t.Fatal(err)
	}
}

// TestHubThatIsAway checks that traffic does not wait for a hub that is not there, that what does not
// fit is counted, and that the end is an error.
func TestHubThatIsAway(t *testing.T) {
	var errs bytes.Buffer
	s, err := sensor.Start(sensor.Options{URL: "nats://127.0.0.1:1?sensor=a%0Ab", Keyless: true, Bound: 1 << 20}, &errs)
	if err != nil {
		t.Fatal(err)
	}
	long(t, s, 64<<20)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err = s.Finish(ended)
	if err == nil || s.Lost() == 0 || !strings.Contains(err.Error(), "has not acknowledged") || !strings.Contains(err.Error(), "bytes were not published") {
		t.Errorf("%d bytes lost, %v", s.Lost(), err)
	}
	if out := errs.String(); !strings.Contains(out, `as sensor "a\nb", with passwords masked`) || !strings.Contains(out, "does not accept what is published") {
		t.Errorf("it says %q", out)
	}
}

// TestOverflowIsAGap checks that what did not fit while the hub was away is a Gap once it is back.
func TestOverflowIsAGap(t *testing.T) {
	h, err := server.Start(server.Options{Listen: "127.0.0.1:0", Store: t.TempDir(), Limits: hub.Limits{MaxBytes: 1 << 30}, NoAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Shutdown()
	var errs bytes.Buffer
	s, err := sensor.Start(sensor.Options{URL: h.URL() + "?sensor=s", Keyless: true, Bound: 64 << 10}, &errs)
	if err != nil {
		t.Fatal(err)
	}
	const n = 256 << 20 // more than can be passed on meanwhile
	long(t, s, n)
	err = s.Finish(t.Context())
	if s.Lost() == 0 {
		t.Skip("the hub was as fast as the test")
	}
	if err == nil || !strings.Contains(err.Error(), "bytes were not published") {
		t.Errorf("it ended with %v", err)
	}
	a, err := hub.ParseAddress(h.URL() + "?until=now")
	if err != nil {
		t.Fatal(err)
	}
	var missing, there int64
	err = (&hub.Source{Address: a}).Run(t.Context(), sinkFunc(func(e *capture.Event) error {
		missing, there = missing+e.N, there+int64(len(e.Data))
		return nil
	}))
	if err != nil || missing != s.Lost() || missing+there < n {
		t.Errorf("%v: %d bytes are there and %d are missing, of %d; %d were lost", err, there, missing, n, s.Lost())
	}
}

type sinkFunc func(*capture.Event) error

func (f sinkFunc) Event(e *capture.Event) error { return f(e) }
