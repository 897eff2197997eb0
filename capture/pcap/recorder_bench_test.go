package pcap

import (
	"fmt"
	"io"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// BenchmarkRecorder measures recording, without the disk.
func BenchmarkRecorder(b *testing.B) {
	for _, size := range []int{100, 1460, 16 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			r, err := NewRecorder(io.Discard, RecorderOptions{})
			if err != nil {
				b.Fatal(err)
			}
			capturetest.To(r).Open(capture.Conn{ID: 1, Client: client4, Server: server4, Start: time.Unix(1, 0)})
			c := &capture.Event{Kind: capture.Data, Conn: 1, Dir: capture.ServerToClient, Time: time.Unix(1, 0), Data: make([]byte, size)}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				r.Event(c)
				c.Off += int64(size)
			}
		})
	}
}

// TestRecorderNoAllocation checks that recording a chunk does not allocate.
func TestRecorderNoAllocation(t *testing.T) {
	r, _ := NewRecorder(io.Discard, RecorderOptions{})
	x := newScript(t, r, 1)
	c := &capture.Event{Kind: capture.Data, Conn: 1, Dir: capture.ServerToClient, Time: x.now, Data: make([]byte, 40_000)}
	if n := testing.AllocsPerRun(100, func() {
		r.Event(c)
		c.Off += int64(len(c.Data))
	}); n != 0 {
		t.Errorf("%v allocations for a chunk", n)
	}
}
