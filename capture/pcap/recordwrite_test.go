package pcap

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"imapscope/capture"
)

// recordRandomly records events of several connections, the same for the same seed: data in
// Buffers and not, of even and odd lengths, losses, notes and keys.
func recordRandomly(t *testing.T, r *Recorder, seed uint64, flush func()) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	buffers := capture.NewBuffers(64 << 10)
	now := time.Unix(600_000_000, 0)
	var off [4][2]int64
	for i := range off {
		c := capture.Conn{ID: capture.ConnID(i), Client: client4, Server: server4, Start: now}
		if i%2 == 1 {
			c.Client, c.Server = netip.MustParseAddrPort("[2001:db8::1]:1025"), netip.MustParseAddrPort("[2001:db8::2]:10143")
		}
		r.Event(&capture.Event{Kind: capture.Opened, Conn: c.ID, Time: now, Info: &c})
	}
	for range 150 {
		now = now.Add(time.Duration(rng.IntN(2000)) * time.Microsecond)
		i, dir := rng.IntN(len(off)), capture.Direction(rng.IntN(2))
		e := capture.Event{Kind: capture.Data, Conn: capture.ConnID(i), Dir: dir, Time: now, Off: off[i][dir]}
		switch n := rng.IntN(12); n {
		case 0:
			e.Kind, e.N = capture.Gap, int64(1+rng.IntN(5000))
			off[i][dir] += e.N
		case 1:
			e.Kind, e.Text = capture.Note, fmt.Sprint("note ", rng.IntN(1000))
		case 2:
			e = capture.Event{Kind: capture.Secrets, Time: now, Data: []byte("SERVER_TRAFFIC_SECRET_0 00 00\n")}
		default:
			b := buffers.Get()
			e.Data = b.Bytes()[:1+rng.IntN(len(b.Bytes()))]
			if n == 3 {
				e.Data = e.Data[:min(len(e.Data), 3)]
			}
			for k := range e.Data {
				e.Data[k] = byte(rng.Uint32())
			}
			e.Buffer = b
			off[i][dir] += int64(len(e.Data))
			r.Event(&e)
			b.Release()
			continue
		}
		r.Event(&e)
		if rng.IntN(9) == 0 {
			flush()
		}
	}
	for i := range off {
		r.Event(&capture.Event{Kind: capture.Closed, Conn: capture.ConnID(i), Time: now, Cause: capture.FIN})
	}
	if err := r.Finish(now); err != nil {
		t.Fatal(err)
	}
}

// TestBatchIsTheSameRecording checks that writing many events at once, from where their bytes are,
// changes neither a byte nor where one file ends and the next one begins.
func TestBatchIsTheSameRecording(t *testing.T) {
	for _, o := range []RecorderOptions{{}, {MaxBytes: 300_000}, {MaxBytes: 60_000}, {MaxAge: 20 * time.Millisecond}} {
		for seed := range uint64(2) {
			var files [2]map[string][]byte
			for i, batch := range []bool{false, true} {
				dir := t.TempDir()
				o.Batch = batch
				r, err := Create(filepath.Join(dir, "today.pcapng"), o)
				if err != nil {
					t.Fatal(err)
				}
				flush := func() {}
				if batch {
					flush = r.Flush
				}
				recordRandomly(t, r, seed, flush)
				files[i] = contents(t, dir)
			}
			if len(files[0]) != len(files[1]) || len(files[0]) < 2 && o.MaxBytes+int64(o.MaxAge) > 0 {
				t.Errorf("%+v, seed %d: %d files, and %d with Batch", o, seed, len(files[0]), len(files[1]))
			}
			for name, want := range files[0] {
				if !bytes.Equal(files[1][name], want) {
					t.Errorf("%+v, seed %d: %s: %d bytes, and others with Batch, %d", o, seed, name, len(want), len(files[1][name]))
				}
			}
		}
	}
}

// contents returns what the files of a directory hold, by name.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestBatchWaitsForFlush checks that with Batch nothing is written before Flush, unless more
// than maxBuffered bytes wait, and that a failure counts everything that waited.
func TestBatchWaitsForFlush(t *testing.T) {
	w := &fullAfter{room: 3 << 20}
	r, err := NewRecorder(w, RecorderOptions{Batch: true})
	if err != nil {
		t.Fatal(err)
	}
	x := newScript(t, r, 1)
	r.Flush()
	size := w.Len()
	text := string(bytes.Repeat([]byte("0123456789\r\n"), 2000))
	x.say(capture.ServerToClient, 0, text)
	if w.Len() != size {
		t.Error("something was written before Flush")
	}
	r.Flush()
	if n := w.Len() - size; n < len(text) {
		t.Errorf("Flush wrote %d bytes", n)
	}
	for most := 0; r.Err() == nil; {
		x.say(capture.ServerToClient, 0, text)
		if most = max(most, r.wait.size()); most > maxBuffered+2*len(text) {
			t.Fatalf("%d bytes wait", most)
		}
	}
	r.Finish(x.now)
	got := newRecorder(t)
	if err := Stream(bytes.NewReader(w.Bytes()[:r.size]), "", Options{}).Run(t.Context(), got); err != nil {
		t.Error(err)
	}
	if n := got.off[1][capture.ServerToClient]; n == 0 || n+r.Stats().NotRecorded != x.off[capture.ServerToClient] {
		t.Errorf("%d bytes recorded and %d not, of %d", n, r.Stats().NotRecorded, x.off[capture.ServerToClient])
	}
}
