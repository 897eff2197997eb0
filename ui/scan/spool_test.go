package scan

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"imapscope/capture"
)

// TestSpoolSortsByConnection has more records than fit in memory, and checks that those of one
// connection stay in order.
func TestSpoolSortsByConnection(t *testing.T) {
	s := spool{dir: t.TempDir()}
	rng := rand.New(rand.NewPCG(1, 2))
	added := make(map[capture.ConnID]int)
	pad := bytes.Repeat([]byte("x"), 1000)
	for range 3 * spoolMemory / len(pad) {
		id := capture.ConnID(rng.IntN(50) + 1)
		if err := s.add(id, fmt.Appendf(nil, "%d %s", added[id], pad)); err != nil {
			t.Fatal(err)
		}
		added[id]++
	}
	if len(s.runs) < 2 {
		t.Fatalf("%d runs", len(s.runs))
	}
	var b bytes.Buffer
	if err := s.save(&b); err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(s.dir); err != nil || len(left) > 0 {
		t.Errorf("%v left: %v", left, err)
	}
	last, seen := capture.ConnID(0), make(map[capture.ConnID]int)
	err := mergeRecords([]io.Reader{&b}, func(id capture.ConnID, record []byte) error {
		if id < last {
			t.Fatalf("connection %d after %d", id, last)
		}
		if want := fmt.Sprint(seen[id], " "); !bytes.HasPrefix(record, []byte(want)) {
			t.Fatalf("connection %d: %.10q, not %q", id, record, want)
		}
		last = id
		seen[id]++
		return nil
	})
	if err != nil || fmt.Sprint(seen) != fmt.Sprint(added) {
		t.Errorf("%v, not %v: %v", seen, added, err)
	}
}

// TestDamagedRecordsAreRefused cuts a file of records everywhere, and has one that announces more than it has.
func TestDamagedRecordsAreRefused(t *testing.T) {
	var whole bytes.Buffer
	if err := writeRecord(&whole, 1, []byte("one")); err != nil {
		t.Fatal(err)
	}
	read := func(b []byte) error {
		return mergeRecords([]io.Reader{bytes.NewReader(b)}, func(capture.ConnID, []byte) error { return nil })
	}
	for n := 1; n < whole.Len(); n++ {
		if read(whole.Bytes()[:n]) == nil {
			t.Errorf("%d of %d bytes are read", n, whole.Len())
		}
	}
	for _, b := range [][]byte{{1, 0xff, 0xff, 0xff, 0x1f, 'x'}, {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 'x'}} {
		if read(b) == nil {
			t.Errorf("% x is read", b)
		}
	}
	if err := read(nil); err != nil {
		t.Error(err)
	}
}
