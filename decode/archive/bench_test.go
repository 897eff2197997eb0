package archive_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/samples/traffic"
)

// session says n short commands on each of so many connections, in turns; it
// allocates nothing.
func session(tb testing.TB, w *archive.Writer, conns, n int) {
	tb.Helper()
	check := func(err error) {
		if err != nil {
			tb.Fatal(err)
		}
	}
	offs := make([][2]int64, conns)
	var k capture.Event
	say := func(c, dir int, at time.Time, b []byte) {
		k = capture.Event{Kind: capture.Data, Conn: capture.ConnID(c + 1), Dir: capture.Direction(dir), Time: at, Off: offs[c][dir], Data: b}
		offs[c][dir] += int64(len(b))
		check(w.Event(&k))
	}
	now := epoch
	for c := range conns {
		check(capturetest.To(w).Open(aConn(c + 1)))
		say(c, 1, now, []byte("* OK ready\r\n"))
		say(c, 0, now, []byte("a LOGIN fred secret\r\nb SELECT INBOX\r\n"))
		say(c, 1, now, []byte("a OK welcome\r\n* 40 EXISTS\r\nb OK [READ-WRITE] selected\r\n"))
	}
	var ask, answer []byte
	for i := range n {
		now = now.Add(123456 * time.Nanosecond)
		ask = fmt.Appendf(ask[:0], "A%05d FETCH %d FLAGS\r\n", i, i%40+1)
		answer = fmt.Appendf(answer[:0], "* %d FETCH (FLAGS (\\Seen))\r\nA%05d OK FETCH completed\r\n", i%40+1, i)
		for c := range conns {
			say(c, 0, now, ask)
			say(c, 1, now.Add(time.Millisecond), answer)
		}
	}
}

// million is a million transactions, the same for all benchmarks.
var million = sync.OnceValue(func() *archive.Archive {
	a, err := archive.New(archive.Options{})
	if err != nil {
		panic(err)
	}
	session(new(testing.B), a.Writer(), 8, 125_000)
	return a
})

// BenchmarkWrite is one transaction in a million, decoding included.
func BenchmarkWrite(b *testing.B) {
	a := newArchive(b, archive.Options{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	b.ResetTimer()
	session(b, a.Writer(), 8, (b.N+7)/8)
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(a.Len()), "held-B/op")
	b.ReportMetric(float64(a.Stats().Spool)/float64(a.Len()), "spool-B/op")
	runtime.KeepAlive(a)
}

// BenchmarkDecode is the same without an archive.
func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	x := decode.NewDemux(decode.Options{}, nobody{})
	if err := capturetest.To(x).Open(aConn(1)); err != nil {
		b.Fatal(err)
	}
	for i := range b.N {
		for dir, s := range []string{fmt.Sprintf("A%05d FETCH 3 FLAGS\r\n", i), fmt.Sprintf("* 3 FETCH (FLAGS (\\Seen))\r\nA%05d OK FETCH completed\r\n", i)} {
			if err := x.Event(&capture.Event{Kind: capture.Data, Conn: 1, Dir: capture.Direction(dir), Time: epoch, Data: []byte(s)}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

type nobody struct{}

func (nobody) Open(capture.Conn) error                     { return nil }
func (nobody) Events(capture.ConnID, []decode.Event) error { return nil }

// BenchmarkRows goes through all rows of a million.
func BenchmarkRows(b *testing.B) {
	a := million()
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, r := range a.Rows(0, a.Len()) {
			if r.Command == "FETCH" && r.Elapsed >= time.Millisecond {
				n++
			}
		}
		if n != 1_000_000 {
			b.Fatal(n)
		}
	}
}

// BenchmarkTxns reads all of a million transactions, requests included.
func BenchmarkTxns(b *testing.B) {
	a := million()
	b.ReportAllocs()
	for b.Loop() {
		r := a.Reader()
		var t decode.Transaction
		for i := range a.Len() {
			if err := r.Txn(i, &t); err != nil || len(t.Request.Raw) == 0 {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkTxn reads any one of a million.
func BenchmarkTxn(b *testing.B) {
	a := million()
	r := a.Reader()
	var t decode.Transaction
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Txn(rand.IntN(a.Len()), &t); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMessages reads any one's messages.
func BenchmarkMessages(b *testing.B) {
	a := million()
	r := a.Reader()
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := r.Messages(rand.IntN(a.Len()-100)+100, func(archive.Ref, *decode.Message) bool { n++; return true })
		if err != nil || n != 3 {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkConns is a connection that says little, open or closed.
func BenchmarkConns(b *testing.B) {
	for _, closed := range []bool{false, true} {
		b.Run(map[bool]string{false: "open", true: "closed"}[closed], func(b *testing.B) {
			a := newArchive(b, archive.Options{})
			w := a.Writer()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for i := range b.N {
				var offs [2]int64
				if err := capturetest.To(w).Open(aConn(i + 1)); err != nil {
					b.Fatal(err)
				}
				say(b, w, i+1, &offs, 1, epoch, "* OK ready\r\n")
				say(b, w, i+1, &offs, 0, epoch, "a LOGOUT\r\n")
				say(b, w, i+1, &offs, 1, epoch, "* BYE\r\na OK\r\n")
				if closed {
					if err := capturetest.To(w).Close(capture.ConnID(i+1), epoch, capture.FIN); err != nil {
						b.Fatal(err)
					}
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "held-B/op")
			runtime.KeepAlive(a)
		})
	}
}

// BenchmarkTraffic is a capture file of all there is, with an archive and without.
func BenchmarkTraffic(b *testing.B) {
	var file bytes.Buffer
	if _, err := traffic.Write(&file, traffic.Options{Bytes: 64 << 20, Conns: 64}); err != nil {
		b.Fatal(err)
	}
	run := func(b *testing.B, s capture.Sink) {
		b.Helper()
		if err := pcap.Stream(bytes.NewReader(file.Bytes()), "traffic", pcap.Options{}).Run(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("decoded", func(b *testing.B) {
		b.SetBytes(int64(file.Len()))
		for b.Loop() {
			run(b, decode.NewDemux(decode.Options{}, nobody{}))
		}
	})
	b.Run("archived", func(b *testing.B) {
		b.SetBytes(int64(file.Len()))
		for b.Loop() {
			run(b, newArchive(b, archive.Options{}).Writer())
		}
	})
}
