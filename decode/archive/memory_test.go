package archive_test

import (
	"runtime"
	"testing"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode/archive"
)

// What the index may take at most, in bytes: the package comment has what it takes.
const (
	maxHeldTxn  = 48
	maxHeldConn = 900
)

// heap returns how many bytes are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestMemoryOfATransaction(t *testing.T) {
	const conns, some, more = 8, 1000, 9000
	takes := func(n int) int64 {
		before := heap()
		a := newArchive(t, archive.Options{})
		session(t, a.Writer(), conns, n)
		return heap() - before
	}
	held := float64(takes(more)-takes(some)) / (conns * (more - some))
	t.Logf("%.1f bytes", held)
	if held > maxHeldTxn || held < 8 {
		t.Errorf("a transaction takes %.1f bytes of memory", held)
	}
}

func TestMemoryOfAnEndedConnection(t *testing.T) {
	a := newArchive(t, archive.Options{})
	short := func(from, to int) {
		for id := from; id < to; id++ {
			var offs [2]int64
			w := a.Writer()
			if err := capturetest.To(w).Open(aConn(id)); err != nil {
				t.Fatal(err)
			}
			say(t, w, id, &offs, 1, epoch, "* OK ready\r\n")
			say(t, w, id, &offs, 0, epoch, "a LOGIN fred secret\r\n")
			say(t, w, id, &offs, 1, epoch, "a OK\r\n")
			say(t, w, id, &offs, 0, epoch, "b LOGOUT\r\n")
			say(t, w, id, &offs, 1, epoch, "* BYE\r\nb OK\r\n")
			if err := capturetest.To(w).Close(capture.ConnID(id), epoch, capture.FIN); err != nil {
				t.Fatal(err)
			}
		}
	}
	short(1, 1000)
	before := heap()
	short(1000, 9000)
	held := (heap() - before) / 8000
	t.Logf("%d bytes", held)
	if held > maxHeldConn {
		t.Errorf("a connection that has ended takes %d bytes of memory", held)
	}
	runtime.KeepAlive(a)
}
