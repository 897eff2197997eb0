package panes

import (
	"bytes"
	"compress/flate"
	"fmt"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode/archive"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// counted counts the lines that are asked for.
type counted struct {
	Content
	lines int
}

func (c *counted) Line(i int) Line {
	c.lines++
	return c.Content.Line(i)
}

// manyRecords returns the model of a connection with a number of compressed records, each a
// NOOP, and a function that adds one.
func manyRecords(t *testing.T, n int) (*model.Model, func()) {
	t.Helper()
	a, err := archive.New(archive.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	to := capturetest.To(a.Writer())
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(to.Open(capture.Conn{ID: 1, Start: now}))
	var off [2]int64
	send := func(dir capture.Direction, p []byte) {
		now = now.Add(time.Millisecond)
		check(to.Data(1, dir, now, off[dir], p))
		off[dir] += int64(len(p))
	}
	send(capture.ServerToClient, []byte("* PREAUTH hi\r\n"))
	send(capture.ClientToServer, []byte("a COMPRESS DEFLATE\r\n"))
	send(capture.ServerToClient, []byte("a OK go\r\n"))
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed)
	i := 0
	add := func() {
		fmt.Fprintf(w, "b%d NOOP\r\n", i)
		check(w.Flush())
		send(capture.ClientToServer, b.Bytes())
		b.Reset()
		i++
	}
	for range n {
		add()
	}
	m := model.New(a, view.Options{})
	t.Cleanup(m.List.Stop)
	return m, add
}

// TestLayersAskForWhatIsShown checks that of many records only those on the screen are read,
// wherever the cursor is, and that a transaction's record is found among them.
func TestLayersAskForWhatIsShown(t *testing.T) {
	const records, height = 20_000, 24
	m, _ := manyRecords(t, records)
	v := newLayersView(base{NewTheme(NoLook, 256), m})
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	defer s.Fini()
	s.SetSize(80, height)
	v.SetRect(0, 0, 80, height)
	v.ShowConn(1)
	v.Draw(s)
	if v.records != records {
		t.Fatalf("%d records", v.records)
	}
	list := &counted{Content: v.list.content}
	v.list.content = list
	for name, move := range map[string]func(){
		"first": func() { v.Move(First) }, "last": func() { v.Move(Last) },
		"up": func() { v.Move(PageUp) }, "a transaction": func() { v.Show(m.Exchange(15_000)) },
	} {
		list.lines = 0
		move()
		v.Draw(s)
		if list.lines > height {
			t.Errorf("%s: %d lines are asked for", name, list.lines)
		}
	}
	v.Show(m.Exchange(0))
	v.Show(m.Exchange(15_000))
	v.Draw(s)
	if n := v.under(); n != 14_999 || v.record.Txn != 15_000 {
		t.Errorf("the cursor is on record %d, of transaction %d", n, v.record.Txn)
	}
	if g := v.Open(); g.To != ToTxn || g.Txn != 15_000 {
		t.Errorf("it leads to %+v", g)
	}
	if !v.Find("20000", false) || v.under() != records-1 {
		t.Errorf("the last record is not found: %d", v.under())
	}
}

// TestDumpOfWhatIsNotThere checks that a dump of bytes that were not kept says so.
func TestDumpOfWhatIsNotThere(t *testing.T) {
	m, _ := manyRecords(t, 1)
	d := newDump(base{NewTheme(NoLook, 256), m})
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	defer s.Fini()
	s.SetSize(80, 10)
	d.SetRect(0, 0, 80, 10)
	d.show("wire", "", &source{conn: 1, of: 2, begin: 0, n: 1 << 40}, false)
	d.Draw(s)
	if d.err == nil { // there are not that many bytes, not even in its first piece
		t.Error("bytes are shown that are not there")
	}
	d.show("wire", "", &source{conn: 1, of: 2, begin: 0, n: 5}, false)
	d.Draw(s)
	if d.err != nil || d.Len() != 1 || len(d.Line(0)) == 0 {
		t.Errorf("%d rows, %v", d.Len(), d.err)
	}
}

// TestLayersGrow checks that records that arrive while the tab is open are shown, and that
// the cursor stays on its record, where the lines about the layers need more room and where
// the width changes.
func TestLayersGrow(t *testing.T) {
	m, add := manyRecords(t, 40)
	v := newLayersView(base{NewTheme(NoLook, 256), m})
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	defer s.Fini()
	s.SetSize(200, 40)
	v.ShowConn(1)
	v.SetRect(0, 0, 80, 24)
	v.Draw(s)
	head := len(v.head)
	v.Move(Last)
	v.Draw(s)
	for range 7000 {
		add()
	}
	for _, width := range []int{80, 40, 200, 24, 80} {
		v.SetRect(0, 0, width, 24)
		v.Draw(s)
		if v.records != 7040 || v.under() != 39 || v.loaded.n != 39 {
			t.Errorf("%d columns: the cursor is on record %d of %d; the bytes are those of %d", width, v.under(), v.records, v.loaded.n)
		}
		if head == len(v.head) && width < 80 {
			t.Errorf("%d columns: the lines about the layers are not broken", width)
		}
	}
	v.Move(Down)
	v.Draw(s)
	if v.under() != 40 || v.record.Txn != 41 {
		t.Errorf("record %d, transaction %d", v.under(), v.record.Txn)
	}
}
