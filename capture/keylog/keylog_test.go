package keylog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/leaktest"
)

func line(n int) string { return fmt.Sprintf("CLIENT_RANDOM %064x %096x\n", n, n) }

// script is a source that does what it says.
type script func(ctx context.Context, s capture.Sink) error

func (f script) Run(ctx context.Context, s capture.Sink) error { return f(ctx, s) }

// collected is a sink of all keys, which checks that its caller waits.
type collected struct {
	t    *testing.T
	busy atomic.Bool
	mu   sync.Mutex
	keys string
	seen []string
	last time.Time
}

func (c *collected) Event(e *capture.Event) error {
	if !c.busy.CompareAndSwap(false, true) {
		c.t.Error("two events at the same time")
	}
	defer c.busy.Store(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Kind == capture.Secrets {
		if e.Conn != 0 || len(e.Data) == 0 || len(e.Data) > MaxLines {
			c.t.Errorf("%d bytes of connection %d", len(e.Data), e.Conn)
		}
		c.keys += string(e.Data)
	}
	if e.Kind == capture.Secrets && !e.Time.Equal(c.last) {
		c.t.Errorf("keys of %s, after a fact of %s", e.Time, c.last)
	}
	c.last = e.Time
	c.seen = append(c.seen, e.Kind.String())
	return nil
}

func write(t *testing.T, name, text string, flags int) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|flags, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// TestWholeFileComesBeforeTheSource: the whole file comes before the source's first event, its last line too if it is
// not ended.
func TestWholeFileComesBeforeTheSource(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys")
	text := "# remark\n" + strings.Repeat(line(1), 1000) + strings.TrimSuffix(line(2), "\n")
	write(t, name, text, 0)
	got := &collected{t: t}
	src := &Source{File: name, Notice: func(text string) { t.Error(text) }, From: script(func(_ context.Context, s capture.Sink) error {
		return capturetest.To(s).Open(capture.Conn{ID: 1})
	})}
	if err := src.Run(context.Background(), got); err != nil {
		t.Fatal(err)
	}
	if got.keys != text || got.seen[len(got.seen)-1] != "opened" {
		t.Errorf("%d bytes of %d, %v", len(got.keys), len(text), got.seen)
	}
}

// TestOnceFails: what cannot be read is an error in one line, and the source does not run.
func TestOnceFails(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	write(t, large, "", 0)
	if err := os.Truncate(large, MaxFile+MaxLines+1); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file",
		dir:                        "is a directory",
		large:                      "larger than 128 MiB",
	} {
		src := &Source{File: name, From: script(func(context.Context, capture.Sink) error { t.Error("run"); return nil })}
		err := src.Run(context.Background(), &collected{t: t})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoKeys: a file of something else is noticed.
func TestNoKeys(t *testing.T) {
	name := filepath.Join(t.TempDir(), "cert.pem")
	for _, text := range []string{"", "-----BEGIN CERTIFICATE-----\nMIIB AAAA xyz\n", "CLIENT_RANDOM abc 00\n"} {
		write(t, name, text, os.O_TRUNC)
		said := ""
		src := &Source{File: name, Notice: func(text string) { said += text }, From: script(func(context.Context, capture.Sink) error { return nil })}
		if err := src.Run(context.Background(), &collected{t: t}); err != nil || said != name+" holds no keys of TLS sessions" {
			t.Errorf("%q: %v, said %q", text, err, said)
		}
	}
}

// growing is a running Source with a file that grows.
type growing struct {
	t    *testing.T
	name string
	got  *collected
	said chan string
	do   chan func(capturetest.Driver)
	done chan error
}

func start(t *testing.T, name string) *growing {
	leaktest.Check(t)
	g := &growing{t, name, &collected{t: t}, make(chan string, 20), make(chan func(capturetest.Driver)), make(chan error, 1)}
	src := &Source{File: name, Grows: true, Notice: func(text string) { g.said <- text }}
	src.From = script(func(_ context.Context, s capture.Sink) error {
		for f := range g.do {
			f(capturetest.To(s))
		}
		return nil
	})
	go func() { g.done <- src.Run(context.Background(), g.got) }()
	return g
}

// keys waits until these are all keys.
func (g *growing) keys(want string) {
	g.t.Helper()
	for range 2000 {
		g.got.mu.Lock()
		got := g.got.keys
		g.got.mu.Unlock()
		if got == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	g.t.Fatalf("%q, not %q", g.got.keys, want)
}

func (g *growing) says(want string) {
	g.t.Helper()
	select {
	case got := <-g.said:
		if got != want {
			g.t.Fatalf("said %q, not %q", got, want)
		}
	case <-time.After(20 * time.Second):
		g.t.Fatalf("did not say %q", want)
	}
}

func (g *growing) stop() {
	g.t.Helper()
	close(g.do)
	if err := <-g.done; err != nil {
		g.t.Error(err)
	}
	if len(g.said) > 0 {
		g.t.Errorf("also said %q", <-g.said)
	}
}

// TestLinesComeOnceTheyAreWhole: lines come as they are written, each when it is whole, and those of a connection
// before its end.
func TestLinesComeOnceTheyAreWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys")
	write(t, name, line(1), 0)
	g := start(t, name)
	g.keys(line(1))
	write(t, name, line(2)[:70], os.O_APPEND)
	g.do <- func(d capturetest.Driver) { d.Open(capture.Conn{ID: 1, Start: time.Unix(1700000000, 0)}) }
	g.do <- func(d capturetest.Driver) {
		write(t, name, line(2)[70:]+line(3)[:10], os.O_APPEND)
		d.Close(1, time.Unix(1700000001, 0), capture.FIN)
	}
	g.stop()
	if g.got.keys != line(1)+line(2) {
		t.Errorf("%q", g.got.keys)
	}
	if got := strings.Join(g.got.seen, " "); got != "secrets opened secrets closed" {
		t.Errorf("%s: the key came after the end", got)
	}
}

// TestBeginsAgain: a file that appears late, is cut, or replaced goes on being read, and each
// of these is said once.
func TestBeginsAgain(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "keys")
	g := start(t, name)
	g.says("waiting for the key log " + name + " to appear")
	write(t, name, line(1)+line(2), 0)
	g.keys(line(1) + line(2))
	write(t, name, line(3), os.O_TRUNC)
	g.says(name + " was cut and is read from its beginning")
	g.keys(line(1) + line(2) + line(3))
	write(t, name, line(4), os.O_APPEND)
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, name+".1", line(5), os.O_APPEND)
	g.keys(line(1) + line(2) + line(3) + line(4) + line(5))
	write(t, name, line(6), 0)
	g.says(name + " was replaced and is read from its beginning")
	g.keys(line(1) + line(2) + line(3) + line(4) + line(5) + line(6))
	g.stop()
}

// TestGrowsFails: what cannot be read is said once, and the source runs all the same.
func TestGrowsFails(t *testing.T) {
	dir := t.TempDir()
	g := start(t, dir)
	g.says("key log " + dir + ": not a regular file, so it is not read while it grows")
	g.do <- func(d capturetest.Driver) { d.Open(capture.Conn{ID: 1}); d.Close(1, time.Time{}, capture.FIN) }
	g.stop()
}

// TestSinkFails: an error of the sink for a line of a growing file ends the source at its
// next event.
func TestSinkFails(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys")
	write(t, name, line(1), 0)
	full := errors.New("full")
	sink := sinkFunc(func(*capture.Event) error { return full })
	src := &Source{File: name, Grows: true, From: script(func(context.Context, capture.Sink) error { t.Error("run"); return nil })}
	if err := src.Run(context.Background(), sink); err != full {
		t.Errorf("growing: %v", err)
	}
	src.Grows = false
	if err := src.Run(context.Background(), sink); err != full {
		t.Errorf("once: %v", err)
	}
}

type sinkFunc func(*capture.Event) error

func (f sinkFunc) Event(e *capture.Event) error { return f(e) }

// TestCounter: sessions are counted once, whatever their lines.
func TestCounter(t *testing.T) {
	var c Counter
	r := strings.Repeat("ab", 32)
	c.Add([]byte("CLIENT_HANDSHAKE_TRAFFIC_SECRET " + r + " 00\nSERVER_TRAFFIC_SECRET_0 " + r + " 01\r\n#CLIENT_RANDOM aa bb\n\nRSA 0011 22\nx y z\nCLIENT_RANDOM 0 1\n"))
	if c.Sessions() != 2 {
		t.Errorf("%d sessions", c.Sessions())
	}
	var b bytes.Buffer
	for i := range maxCounted + 10 {
		fmt.Fprintf(&b, "RSA %08x 00\n", i)
	}
	c.Add(b.Bytes())
	if c.Sessions() != maxCounted {
		t.Errorf("%d sessions are remembered", c.Sessions())
	}
}

// FuzzLines: however a key log is read, its lines come in whole, in order, within the bound;
// only lines that are too long are left out.
func FuzzLines(f *testing.F) {
	f.Add([]byte(line(1)+line(2)[:40]), uint16(3))
	f.Add([]byte("\n\r\n\x00"+strings.Repeat("x", 100)), uint16(700))
	f.Fuzz(func(t *testing.T, in []byte, times uint16) {
		in = bytes.Repeat(in, int(times)%2000+1)
		if len(in) > 1<<20 {
			in = in[:1<<20]
		}
		var want []byte
		for line := range bytes.Lines(in) {
			if len(line) <= MaxLines {
				want = append(want, line...)
			}
		}
		var parts []byte
		if err := Lines(in, func(lines []byte) error {
			if len(lines) == 0 || len(lines) > MaxLines {
				t.Errorf("%d bytes of lines", len(lines))
			}
			parts = append(parts, lines...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		r := lineReader{r: iotest.HalfReader(bytes.NewReader(in))}
		var read []byte
		for {
			lines, err := r.next(true)
			read = append(read, lines...)
			if err != nil {
				break
			}
		}
		if !bytes.Equal(parts, want) {
			t.Errorf("%d bytes in parts, not %d", len(parts), len(want))
		}
		if !bytes.Equal(read, want) {
			t.Errorf("%d bytes read, not %d", len(read), len(want))
		}
	})
}
