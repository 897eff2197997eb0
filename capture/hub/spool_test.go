package hub_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"imapscope/capture/hub"
)

// TestSpoolOutlivesTheSensor checks that what a sensor could not send is sent by the next one that
// uses its spool.
func TestSpoolOutlivesTheSensor(t *testing.T) {
	n := startServer(t)
	dir := t.TempDir()
	x := sessionOf("s", 0, 2000)
	p := publish(t, n.url("sensor=s"), hub.PublishOptions{Spool: dir, Linger: time.Millisecond})
	if _, err := hub.Publish(address(t, n.url("sensor=other")), hub.PublishOptions{Spool: dir}); err == nil {
		t.Fatal("two sensors share a spool")
	}
	err := x.report(p, func(i int) {
		if i == 100 {
			n.stop()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err = p.Finish(ended)
	if err == nil || !strings.Contains(err.Error(), "has not acknowledged") || !strings.Contains(err.Error(), dir) {
		t.Fatalf("the sensor ended with %v", err)
	}
	n.start()
	finish(t, publish(t, n.url("sensor=s"), hub.PublishOptions{Spool: dir}))
	compare(t, read(t, n.url("until=now")), reported(t, x))
}

// TestFullSpoolWaits checks that a sensor whose spool is full waits, and goes on when the server is
// back; and that it ends when it is asked to.
func TestFullSpoolWaits(t *testing.T) {
	n := startServer(t)
	x := sessionOf("s", 0, 2000)
	p := publish(t, n.url("sensor=s"), hub.PublishOptions{Bound: 8 << 10, Linger: time.Millisecond})
	n.stop()
	done := make(chan error, 1)
	go func() { done <- x.report(p, nil) }()
	select {
	case err := <-done:
		t.Fatalf("a spool of 8 KB took it all: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	n.start()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	finish(t, p)
	compare(t, read(t, n.url("until=now")), reported(t, x))

	p = publish(t, n.url("sensor=s"), hub.PublishOptions{Bound: 8 << 10, Linger: time.Millisecond})
	n.stop()
	go func() { done <- sessionOf("s", 1, 2000).report(p, nil) }()
	time.AfterFunc(100*time.Millisecond, p.Abort)
	if err := <-done; err == nil {
		t.Error("the facts that did not fit were accepted")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Finish(ended); err == nil || !strings.Contains(err.Error(), "has not acknowledged") {
		t.Errorf("it ended with %v", err)
	}
	n.start()
}
