package archive_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
	"imapscope/decode/archive"
)

// TestFarTimes: a capture may claim any time. The spool has it as it was, a Row the
// nearest it can hold.
func TestFarTimes(t *testing.T) {
	s := newSpy()
	a := newArchive(t, archive.Options{Handler: s})
	out := capture.Tee{s.text(), a.Writer()}
	times := []time.Time{
		{}, time.Unix(0, 0), time.Unix(math.MaxInt64/2, 999999999), time.Unix(math.MinInt64/2, 1),
		time.Date(1500, 1, 1, 0, 0, 0, 7, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	for i, at := range times {
		c := aConn(i + 1)
		c.Start = at
		if err := capturetest.To(out).Open(c); err != nil {
			t.Fatal(err)
		}
		var offs [2]int64
		for _, at := range times {
			say(t, out, i+1, &offs, 0, at, "a NOOP\r\n")
			say(t, out, i+1, &offs, 1, at, "a OK\r\n")
		}
		if err := capturetest.To(out).Close(c.ID, at, capture.FIN); err != nil {
			t.Fatal(err)
		}
	}
	r := a.Reader()
	var x decode.Transaction
	for i, row := range a.Rows(0, a.Len()) {
		want := times[i%len(times)]
		if err := r.Txn(i, &x); err != nil || !x.Time.Equal(want) || !x.End.Equal(want) {
			t.Errorf("transaction %d: %v, want %v", i, x.Time, want)
		}
		if y := want.Year(); 1678 <= y && y <= 2261 && !row.Time.Equal(want) || row.Time.IsZero() != want.IsZero() {
			t.Errorf("row %d: %v, want %v", i, row.Time, want)
		}
	}
	if d := s.compareConns(a, r) + s.compareReplay(a, r); d != "" {
		t.Error(d)
	}
}

// TestNothingThere: what is asked for and is not there is an error, or nothing.
func TestNothingThere(t *testing.T) {
	a := newArchive(t, archive.Options{})
	w := a.Writer()
	// Of a connection that nobody opened nothing is taken.
	for _, err := range []error{
		w.Event(&capture.Event{Kind: capture.Data, Conn: 7, Data: []byte("a NOOP\r\n")}),
		capturetest.To(w).Note(7, epoch, "remark"),
		capturetest.To(w).Close(7, epoch, capture.FIN),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if err := capturetest.To(w).Open(aConn(1)); err != nil {
		t.Fatal(err)
	}
	var offs [2]int64
	say(t, w, 1, &offs, 0, epoch, "a NOOP\r\n")
	if a.Len() != 1 || a.Conns() != 1 {
		t.Fatalf("%d transactions, %d connections", a.Len(), a.Conns())
	}
	for range a.Rows(-3, 0) {
		t.Error("a row below 0")
	}
	if (a.Row(1) != archive.Row{}) || (a.Row(-1) != archive.Row{}) {
		t.Error("a row that is not there")
	}
	for _, n := range []int{-1, 0, 2} {
		if _, ok := a.Find(1, n); ok {
			t.Errorf("transaction %d of connection 1 is found", n)
		}
	}
	if _, ok := a.Find(7, 1); ok {
		t.Error("a transaction of no connection is found")
	}
	if _, ok := a.ConnOf(7); ok {
		t.Error("a connection that is not there")
	}
	r := a.Reader()
	var x decode.Transaction
	var b bytes.Buffer
	for what, err := range map[string]error{
		"Txn":      r.Txn(1, &x),
		"Messages": r.Messages(-1, nil),
		"Message":  r.Message(archive.Ref{}, new(decode.Message)),
		"Items":    r.Items(7, archive.Ref{}, nil),
		"Replay":   r.Replay(t.Context(), sink{newSpy()}, 1, 7),
		"Octets":   r.Octets(&b, 7, 0, 0, 1),
		"more":     r.Octets(&b, 1, 0, 0, 9),
	} {
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if b.String() != "a NOOP\r\n" {
		t.Errorf("%q", b.String())
	}
}

// TestReplayStops: at the sink's error, and when it is told to.
func TestReplayStops(t *testing.T) {
	a := newArchive(t, archive.Options{})
	session(t, a.Writer(), 2, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Reader().Replay(ctx, sink{newSpy()}, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for n := range 8 {
		f := &failing{after: n}
		if err := a.Reader().Replay(t.Context(), f, 1, 2); !errors.Is(err, errSink) || f.calls != n+1 {
			t.Errorf("after %d calls: %v after %d", n, err, f.calls)
		}
	}
}

// failing is a sink that fails after some calls.
type failing struct{ after, calls int }

var errSink = errors.New("the sink failed")

func (f *failing) call() error {
	if f.calls++; f.calls > f.after {
		return errSink
	}
	return nil
}

func (f *failing) Event(*capture.Event) error { return f.call() }

// TestHandlerFails: the Writer returns what the Handler does, and the archive has it
// all the same.
func TestHandlerFails(t *testing.T) {
	a := newArchive(t, archive.Options{Handler: refusing{}})
	w := a.Writer()
	if err := capturetest.To(w).Open(aConn(1)); !errors.Is(err, errSink) {
		t.Error(err)
	}
	if err := w.Event(&capture.Event{Kind: capture.Data, Conn: 1, Time: epoch, Data: []byte("a NOOP\r\n")}); !errors.Is(err, errSink) {
		t.Error(err)
	}
	if err := capturetest.To(w).Note(1, epoch, "a remark"); !errors.Is(err, errSink) {
		t.Error(err)
	}
	if err := capturetest.To(w).Close(1, epoch, capture.Idle); !errors.Is(err, errSink) {
		t.Error(err)
	}
	var cause capture.Cause
	err := a.Reader().Items(1, archive.Ref{}, func(x archive.Item) bool {
		if e, ok := x.Event.(*decode.Closed); ok {
			cause = e.Cause
		}
		return true
	})
	if err != nil || a.Len() != 1 || cause != capture.Idle || a.Conn(0).Notes != 1 {
		t.Errorf("%v, %d transactions, %v", err, a.Len(), cause)
	}
}

type refusing struct{}

func (refusing) Open(capture.Conn) error                     { return errSink }
func (refusing) Events(capture.ConnID, []decode.Event) error { return errSink }

// TestReplayBeforeKeys checks that bytes of a layer that is not opened yet are replayed as
// they came: a recording that is saved meanwhile has them.
func TestReplayBeforeKeys(t *testing.T) {
	a := newArchive(t, archive.Options{})
	to := capturetest.To(a.Writer())
	hello := []byte("\x16\x03\x01\x02\x00hel") // the beginning of a record
	if err := errors.Join(
		to.Open(capture.Conn{ID: 1, Start: epoch}),
		to.Data(1, capture.ServerToClient, epoch, 0, []byte("* OK hi\r\n")),
		to.Data(1, capture.ClientToServer, epoch, 0, []byte("a STARTTLS\r\n")),
		to.Data(1, capture.ServerToClient, epoch, 9, []byte("a OK go\r\n")),
		to.Data(1, capture.ClientToServer, epoch, 12, hello),
	); err != nil {
		t.Fatal(err)
	}
	var got capturetest.Facts
	if err := a.Reader().Replay(t.Context(), &got, 1); err != nil {
		t.Fatal(err)
	}
	for _, e := range got.Events {
		if e.Kind == capture.Data && bytes.Equal(e.Data, hello) && e.Off == 12 {
			return
		}
	}
	t.Errorf("the bytes of TLS are not in it: %q", got.Lines())
}
