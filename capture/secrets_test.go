package capture_test

import (
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// TestSecretsPass: every sink in front of another one passes keys on as they are, in
// their place, whether a connection is open or not.
func TestSecretsPass(t *testing.T) {
	none := func() error { return nil }
	for _, c := range []struct {
		name string
		wrap func(capture.Sink) (capture.Sink, func() error)
	}{
		{"Tee", func(s capture.Sink) (capture.Sink, func() error) { return capture.Tee{s}, none }},
		{"Renumbered", func(s capture.Sink) (capture.Sink, func() error) { return capture.Renumbered{To: s, Base: 7}, none }},
		{"OfService", func(s capture.Sink) (capture.Sink, func() error) { return capture.OfService{To: s, Name: "x"}, none }},
		{"Queue", func(s capture.Sink) (capture.Sink, func() error) { q := capture.NewQueue(s, 0); return q, q.Stop }},
		{"Async", func(s capture.Sink) (capture.Sink, func() error) { a := capture.NewAsync(s); return a, a.Stop }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got capturetest.Facts
			s, stop := c.wrap(&got)
			d := capturetest.To(s)
			line := []byte("CLIENT_RANDOM 00 01\n")
			for _, step := range []func() error{
				func() error { return d.Secrets(line) },
				func() error { return d.Open(capture.Conn{ID: 1}) },
				func() error { copy(line, "client"); return d.Secrets(line) },
				func() error { return d.Close(1, time.Time{}, capture.FIN) },
				func() error { copy(line, "Client"); return d.Secrets(line) },
			} {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
			copy(line, "xxxxxx") // the bytes were valid only during the call
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, e := range got.Events {
				kinds = append(kinds, e.Kind.String()+" "+string(e.Data))
				if e.Kind == capture.Secrets && e.Conn != 0 {
					t.Errorf("keys of connection %d", e.Conn)
				}
			}
			want := "secrets CLIENT_RANDOM 00 01\n|opened |secrets clientRANDOM 00 01\n|closed |secrets ClientRANDOM 00 01\n"
			want = strings.ReplaceAll(want, "tRANDOM", "t_RANDOM")
			if strings.Join(kinds, "|") != want {
				t.Errorf("got  %q\nwant %q", strings.Join(kinds, "|"), want)
			}
		})
	}
}

// TestSecretsAreNotLost: a full queue loses bytes of connections, never keys.
func TestSecretsAreNotLost(t *testing.T) {
	block := make(chan struct{})
	var got capturetest.Facts
	q := capture.NewQueue(waiting{block, &got}, 1000)
	d := capturetest.To(q)
	d.Open(capture.Conn{ID: 1})
	for range 100 {
		d.Data(1, capture.ClientToServer, time.Time{}, 0, make([]byte, 900))
		d.Secrets([]byte("key\n"))
	}
	close(block)
	if err := q.Stop(); err != nil {
		t.Fatal(err)
	}
	keys := 0
	for _, e := range got.Events {
		if e.Kind == capture.Secrets {
			keys++
		}
	}
	if keys != 100 || q.Lost() == 0 {
		t.Errorf("%d keys of 100, %d bytes lost", keys, q.Lost())
	}
}

// waiting is a sink that waits before the first event.
type waiting struct {
	block chan struct{}
	to    capture.Sink
}

func (w waiting) Event(e *capture.Event) error {
	<-w.block
	return w.to.Event(e)
}
