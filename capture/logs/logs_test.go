package logs_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"imapscope/capture"
	"imapscope/capture/logs"
	"imapscope/decode/framing"
	"imapscope/decode/wire"
)

// samples returns a log of each format by its name: those made by hand, and those of real
// programs, if they are at hand.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	patterns := []string{"../../cmd/imapscope/testdata/logs/*.log", "testdata/*.log"}
	if shared := os.Getenv("IMAPSCOPE_SHARED"); shared != "" {
		patterns = append(patterns, filepath.Join(shared, "logs", "*.log"), filepath.Join(shared, "logs", "*", "*.in"))
	}
	out := make(map[string][]byte)
	for _, p := range patterns {
		files, err := filepath.Glob(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.Base(f)] = text
		}
	}
	if len(out) < 10 {
		t.Fatalf("%d samples", len(out))
	}
	return out
}

// read reads a log.
func read(r io.Reader, s capture.Sink) error {
	buffers := new(wire.Pool)
	var ids capture.ConnID
	return logs.Read(context.Background(), r, s, logs.Options{
		Protocol: logs.Protocol{Speaker: framing.Speaker, Framing: func() logs.Framing { return framing.New(buffers) }},
		NextID:   func() capture.ConnID { ids++; return ids },
	})
}

// rules is a sink that holds facts against the rules of package capture. It keeps what is open
// and no more.
type rules struct {
	conns  map[capture.ConnID]*[2]int64
	opened int
	events int64
	data   int64
	notes  int64
	said   [][]byte // the programs that the first notes name, without doubles
	sum    uint64   // of all facts

	scratch []byte
}

var table = crc64.MakeTable(crc64.ECMA)

func newRules() *rules { return &rules{conns: make(map[capture.ConnID]*[2]int64)} }

func (r *rules) Event(e *capture.Event) error {
	r.events++
	r.scratch = r.scratch[:0]
	for _, n := range []uint64{r.sum, uint64(e.Kind), uint64(e.Conn), uint64(e.Dir), uint64(e.Time.UnixNano()), uint64(e.Off), uint64(e.N), uint64(e.Cause)} {
		r.scratch = binary.LittleEndian.AppendUint64(r.scratch, n)
	}
	r.sum = crc64.Update(crc64.Update(crc64.Checksum(r.scratch, table), table, e.Data), table, []byte(e.Text))
	if e.Time.Before(time.Unix(0, 0)) || e.Time.After(time.Unix(0, math.MaxInt64)) {
		return fmt.Errorf("event %d: time %v", r.events, e.Time)
	}
	if e.Kind == capture.Opened {
		if r.opened++; int(e.Conn) != r.opened || e.Info == nil || e.Info.ID != e.Conn {
			return fmt.Errorf("connection %d is the %dth", e.Conn, r.opened)
		}
		r.conns[e.Conn] = new([2]int64)
		return nil
	}
	c := r.conns[e.Conn]
	if c == nil {
		return fmt.Errorf("%v of connection %d, which is not open", e.Kind, e.Conn)
	}
	switch e.Kind {
	case capture.Data, capture.Gap:
		n := int64(len(e.Data)) + e.N
		if e.Off != c[e.Dir] || n <= 0 || e.Off+n < 0 || (len(e.Data) > 0) != (e.Kind == capture.Data) {
			return fmt.Errorf("%v: %d bytes at %d instead of %d", e.Kind, n, e.Off, c[e.Dir])
		}
		c[e.Dir] += n
		r.data += int64(len(e.Data))
	case capture.Note:
		r.notes++
		if program, ok := strings.CutPrefix(e.Text, capture.FromLog); ok {
			r.program(program)
		} else if len(e.Text) > 300 {
			return fmt.Errorf("a note of %d bytes", len(e.Text))
		}
	case capture.Closed:
		delete(r.conns, e.Conn)
	}
	return nil
}

func (r *rules) program(name string) {
	for _, s := range r.said {
		if string(s) == name {
			return
		}
	}
	r.said = append(r.said, []byte(name))
}

// end reports what does not hold at the end of a log of size bytes.
func (r *rules) end(size int64) error {
	switch {
	case len(r.conns) > 0:
		return fmt.Errorf("%d connections have no end", len(r.conns))
	case r.data > 3*size:
		return fmt.Errorf("%d bytes of %d", r.data, size)
	case len(r.said) > 1:
		return fmt.Errorf("programs %q", r.said)
	}
	return nil
}

// FuzzLogs: for every input the facts keep the rules of package capture, are not many more than
// there are bytes, and are the same however the input arrives.
func FuzzLogs(f *testing.F) {
	for _, text := range samples(f) {
		f.Add(text[:min(len(text), 4_000)], uint16(7))
	}
	f.Fuzz(func(t *testing.T, text []byte, chunk uint16) {
		whole := newRules()
		err := read(bytes.NewReader(text), whole)
		if err != nil && (!errors.Is(err, logs.ErrUnknown) || whole.events > 0) {
			t.Fatal(err)
		}
		if err := whole.end(int64(len(text))); err != nil {
			t.Fatal(err)
		}
		parts := newRules()
		again := read(&chunks{bytes.NewReader(text), int(chunk)%100 + 1}, parts)
		if whole.sum != parts.sum || (err == nil) != (again == nil) {
			t.Fatalf("%d facts (%v), but in parts %d (%v)", whole.events, err, parts.events, again)
		}
	})
}

// chunks is a reader that returns few bytes at once.
type chunks struct {
	r io.Reader
	n int
}

func (c *chunks) Read(p []byte) (int, error) { return c.r.Read(p[:min(len(p), c.n)]) }

// TestSamplesKeepTheRulesHoweverCut: each sample keeps the rules, whole, byte by byte, and cut anywhere; and with all
// of them every format is recognised.
func TestSamplesKeepTheRulesHoweverCut(t *testing.T) {
	seen := make(map[string]bool)
	for name, text := range samples(t) {
		whole, bytewise := newRules(), newRules()
		if err := errors.Join(read(bytes.NewReader(text), whole), whole.end(int64(len(text)))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := read(iotest.OneByteReader(bytes.NewReader(text)), bytewise); err != nil || whole.sum != bytewise.sum {
			t.Errorf("%s: other facts, byte by byte (%v)", name, err)
		}
		for _, p := range whole.said {
			seen[string(p)] = true
		}
		for cut := 0; cut < len(text); cut += max(len(text)/50, 1) {
			part := newRules()
			err := read(bytes.NewReader(text[:cut]), part)
			if err == nil {
				err = part.end(int64(cut))
			} else if errors.Is(err, logs.ErrUnknown) && part.events == 0 {
				err = nil
			}
			if err != nil {
				t.Errorf("%s, cut at %d: %v", name, cut, err)
			}
		}
	}
	for _, f := range logs.Formats() {
		if !seen[f.Program] {
			t.Logf("no sample of %s", f.Program)
		}
	}
}

// BenchmarkLogs reads a log of each kind, again and again as one.
func BenchmarkLogs(b *testing.B) {
	for name, text := range samples(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			if err := read(&repeated{text: text, left: int64(b.N) * int64(len(text))}, discard{}); err != nil {
				b.Fatal(err)
			}
		})
	}
}

type discard struct{}

func (discard) Event(*capture.Event) error { return nil }

// repeated reads a text again and again.
type repeated struct {
	text []byte
	left int64
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	r.left -= int64(n)
	return n, nil
}
