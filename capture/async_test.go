package capture_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/leaktest"
)

// log is a sink that records what it receives; starting with the call after fails,
// if fails is not 0, it returns an error.
type log struct {
	lines []string
	calls int
	fails int
	slow  time.Duration
}

var errFull = errors.New("the disk is full")

func (l *log) add(format string, args ...any) error {
	time.Sleep(l.slow)
	l.calls++
	if l.fails > 0 && l.calls > l.fails {
		return errFull
	}
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
	return nil
}

func (l *log) Event(e *capture.Event) error { return l.add("%s", capturetest.Line(e)) }

// drive makes n rounds of calls, with data in one buffer that is reused at
// once; it stops at the first error, as sources do.
func drive(s capture.Sink, n, bytes int) error {
	d := capturetest.To(s)
	buf := make([]byte, bytes)
	for i := range n {
		id := capture.ConnID(i + 1)
		if err := d.Open(capture.Conn{ID: id, Origin: "file"}); err != nil {
			return err
		}
		for k := range 3 {
			for j := range buf {
				buf[j] = byte('a' + (i+k+j)%26)
			}
			dir, at := capture.Direction(k%2), time.Unix(int64(i), int64(k))
			if err := d.Gap(id, dir, at, int64(i*k), int64(k)); err != nil {
				return err
			}
			if err := d.Data(id, dir, at, int64(i*k+k), buf[:bytes*k/2]); err != nil {
				return err
			}
		}
		if err := d.HalfClose(id, capture.ServerToClient, time.Unix(int64(i), 8), capture.RST); err != nil {
			return err
		}
		if err := d.Note(id, time.Unix(int64(i), 9), "a remark"); err != nil {
			return err
		}
		if err := d.Close(id, time.Unix(int64(i), 9), capture.FIN); err != nil {
			return err
		}
	}
	return nil
}

// TestAsyncSinkReceivesTheSameInOrder checks that the other sink receives the same as without Async, in order.
func TestAsyncSinkReceivesTheSameInOrder(t *testing.T) {
	for _, c := range []struct{ n, bytes int }{
		{0, 0},
		{1, 10},
		{3000, 10},      // more calls than a batch holds
		{500, 5000},     // more bytes than a batch holds
		{5, 700_000},    // chunks larger than a batch
		{40, 256 << 10}, // chunks as large as one
	} {
		var want, got log
		if err := drive(&want, c.n, c.bytes); err != nil {
			t.Fatal(err)
		}
		a := capture.NewAsync(&got)
		if err := drive(a, c.n, c.bytes); err != nil {
			t.Fatal(err)
		}
		if err := a.Stop(); err != nil {
			t.Fatal(err)
		}
		if len(got.lines) != 10*c.n || strings.Join(got.lines, "\n") != strings.Join(want.lines, "\n") {
			t.Errorf("%d rounds of %d bytes: %d calls of %d, or others", c.n, c.bytes, len(got.lines), len(want.lines))
		}
	}
}

// TestAsyncFails checks that an error of the other sink is returned and ends the
// delivery, whenever it occurs.
func TestAsyncFails(t *testing.T) {
	for _, fails := range []int{1, 2, 1023, 1024, 5000, 29_999} {
		l := log{fails: fails}
		a := capture.NewAsync(&l)
		err := drive(a, 3000, 100)
		if err != nil && !errors.Is(err, errFull) {
			t.Errorf("%d: %v", fails, err)
		}
		if fails < 5000 && err == nil {
			t.Errorf("%d: the source was not stopped", fails)
		}
		if err := a.Stop(); !errors.Is(err, errFull) {
			t.Errorf("%d: Stop returned %v", fails, err)
		}
		if l.calls != fails+1 {
			t.Errorf("%d: %d calls", fails, l.calls)
		}
	}
}

// TestAsyncIgnored checks that a source that ignores an error is not blocked by it.
func TestAsyncIgnored(t *testing.T) {
	l := log{fails: 1}
	a := capture.NewAsync(&l)
	data := bytes.Repeat([]byte("x"), 100_000)
	for range 1000 {
		_ = a.Event(&capture.Event{Kind: capture.Data, Conn: 1, Data: data})
	}
	if err := a.Stop(); !errors.Is(err, errFull) || l.calls != 2 {
		t.Errorf("%v after %d calls", err, l.calls)
	}
}

// TestAsyncStops checks that Stop waits for a slow sink and leaves no goroutine behind.
func TestAsyncStops(t *testing.T) {
	leaktest.Check(t)
	for range 20 {
		l := log{slow: time.Millisecond}
		a := capture.NewAsync(&l)
		if err := drive(a, 2, 10); err != nil {
			t.Fatal(err)
		}
		if err := a.Stop(); err != nil || l.calls != 20 {
			t.Errorf("%v after %d calls", err, l.calls)
		}
	}
}
