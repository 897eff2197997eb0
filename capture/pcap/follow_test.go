package pcap

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/leaktest"
)

// growing is a capture file that is followed.
type growing struct {
	t    *testing.T
	name string
	got  chan string // the data of each event
	done chan error
	end  context.CancelFunc
}

func follow(t *testing.T, name string) *growing {
	leaktest.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	g := &growing{t, name, make(chan string, 100), make(chan error, 1), cancel}
	src := Follow([]string{name}, Options{})
	go func() {
		g.done <- src.Run(ctx, sinkFunc(func(e *capture.Event) error {
			switch e.Kind {
			case capture.Data, capture.Secrets:
				g.got <- string(e.Data)
			case capture.Closed:
				g.got <- e.Cause.String()
			}
			return nil
		}))
	}()
	t.Cleanup(cancel)
	return g
}

// expect waits for the next event.
func (g *growing) expect(want string) {
	g.t.Helper()
	select {
	case got := <-g.got:
		if got != want {
			g.t.Fatalf("got %q, want %q", got, want)
		}
	case err := <-g.done:
		g.t.Fatalf("ended with %v, before %q", err, want)
	case <-time.After(20 * time.Second):
		g.t.Fatalf("no %q", want)
	}
}

func (g *growing) ended() error {
	g.t.Helper()
	select {
	case err := <-g.done:
		return err
	case <-time.After(20 * time.Second):
		g.t.Fatal("it did not end")
		return nil
	}
}

// conversation returns a recording in the parts in which a program may write it.
func conversation(t *testing.T) []string {
	var file bytes.Buffer
	var parts []string
	r, err := NewRecorder(&file, RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d := capturetest.To(r)
	at := time.Unix(1700000000, 0)
	part := func() { parts = append(parts, file.String()); file.Reset() }
	d.Open(capture.Conn{ID: 1, Start: at})
	d.Data(1, capture.ServerToClient, at, 0, []byte("* OK hello\r\n"))
	part()
	d.Secrets([]byte("a key\n"))
	d.Data(1, capture.ClientToServer, at, 0, []byte("a NOOP\r\n"))
	part()
	d.Data(1, capture.ServerToClient, at, 12, []byte("a OK\r\n"))
	part()
	return parts
}

func appendTo(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// TestFileIsReadAsItGrows: a file is read as it grows, whatever part of a record there is, from nothing on,
// until the context is done.
func TestFileIsReadAsItGrows(t *testing.T) {
	name := filepath.Join(t.TempDir(), "growing.pcapng")
	appendTo(t, name, "")
	parts := conversation(t)
	g := follow(t, name)
	appendTo(t, name, parts[0][:2])
	appendTo(t, name, parts[0][2:])
	g.expect("* OK hello\r\n")
	appendTo(t, name, parts[1][:len(parts[1])/2])
	g.expect("a key\n")
	appendTo(t, name, parts[1][len(parts[1])/2:])
	g.expect("a NOOP\r\n")
	appendTo(t, name, parts[2])
	g.expect("a OK\r\n")
	g.end()
	if err := g.ended(); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	g.expect(capture.EndOfCapture.String())
}

// TestFollowEnds: a file that is cut, or replaced, is reported, after everything that it had.
func TestFollowEnds(t *testing.T) {
	parts := conversation(t)
	for what, do := range map[string]func(name string){
		"cut": func(name string) {
			if err := os.Truncate(name, 10); err != nil {
				t.Error(err)
			}
		},
		"replaced": func(name string) {
			if err := os.Rename(name, name+".1"); err != nil {
				t.Error(err)
			}
			appendTo(t, name+".1", parts[2])
			appendTo(t, name, parts[0])
		},
	} {
		t.Run(what, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "growing.pcapng")
			appendTo(t, name, parts[0]+parts[1])
			g := follow(t, name)
			g.expect("* OK hello\r\n")
			g.expect("a key\n")
			g.expect("a NOOP\r\n")
			do(name)
			if what == "replaced" {
				g.expect("a OK\r\n")
			}
			var fe *FileError
			if err := g.ended(); !errors.As(err, &fe) || !strings.Contains(err.Error(), "it was "+what) || strings.Contains(err.Error(), "\n") {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// TestFollowCompressed: a compressed file is refused. Those before the last file are not
// followed, so they may be compressed.
func TestFollowCompressed(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(newBuilder(binary.LittleEndian).section().dsb(secretsTLS, "first\n").Bytes())
	z.Close()
	name := filepath.Join(dir, "c.pcapng.gz")
	appendTo(t, name, packed.String())
	err := Follow([]string{name}, Options{}).Run(context.Background(), &capturetest.Facts{})
	if err == nil || !strings.Contains(err.Error(), "cannot be followed") {
		t.Errorf("%v", err)
	}
	plain := filepath.Join(dir, "p.pcapng")
	appendTo(t, plain, newBuilder(binary.LittleEndian).section().dsb(secretsTLS, "second\n").String())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	got := ""
	err = Follow([]string{name, plain}, Options{}).Run(ctx, sinkFunc(func(e *capture.Event) error {
		if got += string(e.Data); strings.HasSuffix(got, "second\n") {
			cancel()
		}
		return nil
	}))
	if got != "first\nsecond\n" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", got, err)
	}
}
