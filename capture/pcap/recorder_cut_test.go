package pcap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// TestRecorderCut: a recording that was cut anywhere reads up to its last whole
// packet, and says so.
func TestRecorderCut(t *testing.T) {
	var out bytes.Buffer
	r, _ := NewRecorder(&out, RecorderOptions{})
	x := newScript(t, r, 1)
	x.ok(capturetest.To(r).Note(1, x.now, "upstream"))
	short(x).end(capture.FIN)
	whole, err := read(bytes.NewReader(out.Bytes()), "whole")
	if err != nil {
		t.Fatal(err)
	}
	for n := int(whole[0].Offset); n < out.Len(); n++ {
		want, at := 0, false
		for _, p := range whole {
			if at = at || int64(n) == p.Offset; int64(n) >= p.Offset {
				want = int(p.Number) - 1
			}
		}
		got, err := read(bytes.NewReader(out.Bytes()[:n]), "cut")
		if len(got) != want {
			t.Errorf("cut to %d: %d packets, want %d", n, len(got), want)
		}
		if !at && !errors.Is(err, io.ErrUnexpectedEOF) || at && err != nil {
			t.Errorf("cut to %d: %v", n, err)
		}
	}
}

// fullAfter is a disk with so much room.
type fullAfter struct {
	bytes.Buffer
	room int
}

var errFull = errors.New("no space left")

func (w *fullAfter) Write(p []byte) (int, error) {
	n := min(len(p), w.room-w.Len())
	w.Buffer.Write(p[:n])
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// TestRecorderFull: a full disk ends the recording once and aloud, and nothing
// else; what was written can be read.
func TestRecorderFull(t *testing.T) {
	var whole bytes.Buffer
	r, _ := NewRecorder(&whole, RecorderOptions{})
	short(newScript(t, r, 1)).end(capture.FIN)
	for room := range whole.Len() {
		w := &fullAfter{room: room}
		var told []error
		r, err := NewRecorder(w, RecorderOptions{Failed: func(err error) { told = append(told, err) }})
		if err != nil {
			if !errors.Is(err, errFull) {
				t.Fatal(err)
			}
			continue
		}
		x := short(newScript(t, r, 1))
		x.ok(capturetest.To(r).Note(1, x.now, "late"))
		x.end(capture.FIN)
		if len(told) != 1 || !errors.Is(told[0], errFull) || !errors.Is(r.Err(), errFull) || !errors.Is(r.Finish(x.now), errFull) {
			t.Fatalf("room for %d: told %v, %v", room, told, r.Err())
		}
		got := newRecorder(t)
		err = Stream(bytes.NewReader(w.Bytes()), "full", Options{}).Run(context.Background(), got)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatal(err)
		}
		read := int64(0)
		if len(got.conns) > 0 {
			read = got.off[1][0] + got.off[1][1]
		}
		if sum := x.off[0] + x.off[1]; read+r.Stats().NotRecorded < sum {
			t.Errorf("room for %d: %d bytes recorded and %d not, of %d", room, read, r.Stats().NotRecorded, sum)
		}
	}
}
