package pcap

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/samples/traffic"
)

// file writes segments to a capture file.
func file(t *testing.T, name string, segs []seg) string {
	t.Helper()
	b := newBuilder(binary.LittleEndian).header(magicMicro, 1)
	for i, s := range segs {
		data, _ := s.frame()
		b.record(uint32(1000+i), 0, string(data))
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// talk continues after the handshake.
var talk = []seg{
	{from: 'S', flags: "A", seq: 1, ack: 1, data: "* OK hi"},
	{from: 'C', flags: "A", seq: 1, ack: 8, data: "a NOOP"},
	{from: 'S', flags: "A", seq: 8, ack: 7, data: "a OK"},
}

// TestManyFilesAreOneCapture checks that many files are one capture; a problem in one does not affect
// the others.
func TestManyFilesAreOneCapture(t *testing.T) {
	one, two := file(t, "one.pcap", append(append([]seg(nil), shake...), talk[:1]...)), file(t, "two.pcap", talk[1:])
	bad := filepath.Join(t.TempDir(), "bad.pcap")
	if err := os.WriteFile(bad, []byte("no capture"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRecorder(t)
	s := Files([]string{one, bad, two}, Options{})
	told := 0
	s.Progress = func(string, int64) { told++ }
	err := s.Run(context.Background(), r)
	var fe *FileError
	if !errors.As(err, &fe) || fe.File != bad || strings.Count(err.Error(), "\n") > 0 {
		t.Errorf("error %v", err)
	}
	if got := strings.Join(r.log[1:], "|"); got != "S * OK hi|C a NOOP|S a OK|close end" {
		t.Error(got)
	}
	if len(r.conns) != 1 || r.conns[0].Origin != "one.pcap" {
		t.Errorf("connections %+v", r.conns)
	}
	if told == 0 {
		t.Error("no progress was reported")
	}
}

// TestUnknownLink: one line for each file and link type, and the rest is read.
func TestUnknownLink(t *testing.T) {
	b := newBuilder(binary.LittleEndian).section()
	b.iface(127, 0, "").iface(1, 0, "")
	for range 3 {
		b.enhanced(0, 1, "radio", 5, "")
	}
	for _, s := range append(append([]seg(nil), shake...), talk...) {
		data, _ := s.frame()
		b.enhanced(1, 1, string(data), uint32(len(data)), "")
	}
	r := newRecorder(t)
	err := Stream(bytes.NewReader(b.Bytes()), "mixed.pcapng", Options{}).Run(context.Background(), r)
	if err == nil || strings.Count(err.Error(), "link type") != 1 || !strings.Contains(err.Error(), "mixed.pcapng: packet 1 at offset") {
		t.Errorf("error %v", err)
	}
	if got := r.data[1][1].String(); got != "* OK hia OK" {
		t.Error(got)
	}
}

// TestCancelEndsASourceThatWaits checks that a source that waits for a pipe ends when it is cancelled, and what
// came is flushed.
func TestCancelEndsASourceThatWaits(t *testing.T) {
	pr, pw := io.Pipe()
	defer pw.Close()
	ctx, cancel := context.WithCancel(context.Background())
	r := newRecorder(t)
	s := &Source{names: []string{"pipe"}, open: func(string) (io.ReadCloser, error) { return pr, nil }}
	done, seen := make(chan error), make(chan bool, len(talk))
	go func() { done <- s.Run(ctx, telling{r, seen}) }()
	b := newBuilder(binary.LittleEndian).header(magicMicro, 1)
	for _, s := range append(append([]seg(nil), shake...), talk...) {
		data, _ := s.frame()
		b.record(1, 0, string(data))
	}
	if _, err := pw.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	for range talk {
		<-seen
	}
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting")
	}
	if r.closed[1] != capture.EndOfCapture {
		t.Errorf("%v", r.log)
	}
}

// telling is a sink that signals when it received data.
type telling struct {
	*recorder
	seen chan bool
}

func (s telling) Event(e *capture.Event) error {
	if e.Kind == capture.Data {
		defer func() { s.seen <- true }()
	}
	return s.recorder.Event(e)
}

// failing is a sink that fails at data.
type failing struct{ *recorder }

var errSink = errors.New("the sink is full")

func (f failing) Event(e *capture.Event) error {
	if e.Kind == capture.Data {
		return errSink
	}
	return f.recorder.Event(e)
}

// TestSinkError ends the run, with that error.
func TestSinkError(t *testing.T) {
	path := file(t, "one.pcap", append(append([]seg(nil), shake...), talk...))
	err := Files([]string{path, path}, Options{}).Run(context.Background(), failing{newRecorder(t)})
	if err != errSink {
		t.Errorf("error %v", err)
	}
}

// TestExactlyTheLostBytesAreReported checks that for generated traffic with loss and disorder, exactly the
// lost bytes are reported as lost.
func TestExactlyTheLostBytesAreReported(t *testing.T) {
	var b bytes.Buffer
	sum, err := traffic.Write(&b, traffic.Options{Bytes: 8 << 20, Conns: 32, LossPercent: 0.5, ReorderPercent: 2, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder(t)
	if err := Stream(&b, "traffic", Options{}).Run(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	var got, lost [2]int64
	for id := range r.data {
		for dir := range got {
			got[dir] += int64(r.data[id][dir].Len())
			lost[dir] += r.lost[id][dir]
		}
	}
	want := [2]int64{sum.ClientOctets - sum.LostClient, sum.ServerOctets - sum.LostServer}
	if got != want || lost != [2]int64{sum.LostClient, sum.LostServer} || int64(len(r.conns)) != sum.Connections {
		t.Errorf("%v bytes and %v lost in %d connections, want %v, %d and %d, %d",
			got, lost, len(r.conns), want, sum.LostClient, sum.LostServer, sum.Connections)
	}
}
