package pcap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
)

// TestCreate checks that only the owner can read a recording, and that it overwrites no file.
func TestCreate(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "today.pcapng")
	for _, step := range []struct {
		force bool
		want  error
	}{{false, nil}, {false, fs.ErrExist}, {true, nil}} {
		r, err := Create(name, RecorderOptions{Force: step.force})
		if !errors.Is(err, step.want) {
			t.Fatalf("force %t: %v", step.force, err)
		}
		if err != nil {
			if !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q", err)
			}
			continue
		}
		short(newScript(t, r, 1)).end(capture.FIN)
		if err := r.Finish(time.Now()); err != nil {
			t.Fatal(err)
		}
		ownersOnly(t, name)
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Create(filepath.Join(dir, "no", "folder"), RecorderOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := Create(dir, RecorderOptions{Force: true}); err == nil {
		t.Error("a folder was replaced")
	}
}

// TestCreateOverLink checks that the target of a link is not written to.
func TestCreateOverLink(t *testing.T) {
	dir := t.TempDir()
	victim, name := filepath.Join(dir, "victim"), filepath.Join(dir, "today.pcapng")
	if err := os.WriteFile(victim, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, name); err != nil {
		t.Skip(err)
	}
	if _, err := Create(name, RecorderOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	r, err := Create(name, RecorderOptions{Force: true})
	if err != nil {
		t.Fatal(err)
	}
	r.Finish(time.Now())
	ownersOnly(t, name)
	if b, _ := os.ReadFile(victim); string(b) != "mine" {
		t.Errorf("the link's target holds %q", b)
	}
	// A link that leads nowhere is not followed either.
	gone := filepath.Join(dir, "gone.pcapng")
	os.Symlink(filepath.Join(dir, "nothing"), gone)
	if _, err := Create(gone, RecorderOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
}

func ownersOnly(t *testing.T, name string) {
	t.Helper()
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
	}
}

// TestRotatedFilesAreOneCapture checks files of a size or an age: each can be read alone, and all of them
// are one capture.
func TestRotatedFilesAreOneCapture(t *testing.T) {
	for _, o := range []RecorderOptions{{MaxBytes: 2000}, {MaxAge: 5 * time.Millisecond}} {
		name := filepath.Join(t.TempDir(), "today.pcapng")
		r, err := Create(name, o)
		if err != nil {
			t.Fatal(err)
		}
		want := &calls{}
		sink := capture.Tee{want, r}
		x, y := newScript(t, sink, 1), newScript(t, sink, 2)
		for range 5 {
			short(x)
			y.now = x.now
			short(y)
			x.now = y.now
			x.say(capture.ClientToServer, 10, "after a loss\r\n")
		}
		x.end(capture.RST)
		y.end(capture.FIN)
		if err := r.Finish(x.now); err != nil {
			t.Fatal(err)
		}
		names, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*"))
		if len(names) < 5 || len(names) != r.Stats().Files || names[0] != filepath.Join(filepath.Dir(name), "today-00001.pcapng") {
			t.Fatalf("%d files: %q", len(names), names)
		}
		var files []io.Reader
		packets := 0
		for _, n := range names {
			ownersOnly(t, n)
			b, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			ps, err := read(bytes.NewReader(b), n)
			if err != nil || len(ps) == 0 {
				t.Errorf("%s alone: %d packets, %v", n, len(ps), err)
			}
			if o.MaxBytes > 0 && int64(len(b)) > o.MaxBytes {
				t.Errorf("%s has %d bytes", n, len(b))
			}
			if last := ps[len(ps)-1].Time.Sub(ps[0].Time); o.MaxAge > 0 && last >= o.MaxAge {
				t.Errorf("%s is %v long", n, last)
			}
			packets += len(ps)
			files = append(files, bytes.NewReader(b))
		}
		if int64(packets) != r.Stats().Packets {
			t.Errorf("%d packets, said to be %d", packets, r.Stats().Packets)
		}
		if diff := cmp.Diff(want.list, again(t, Options{}, files...)); diff != "" {
			t.Errorf("the recording differs (-told +recording):\n%s", diff)
		}
		got := newRecorder(t)
		if err := Files(names, Options{}).Run(context.Background(), got); err != nil || len(got.conns) != 2 {
			t.Errorf("%d connections, %v", len(got.conns), err)
		}
	}
}

// TestRotateFails checks what happens if the next file cannot be created.
func TestRotateFails(t *testing.T) {
	name := filepath.Join(t.TempDir(), "today.pcapng")
	second := strings.TrimSuffix(name, ".pcapng") + "-00002.pcapng"
	if err := os.WriteFile(second, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	told := 0
	r, err := Create(name, RecorderOptions{MaxBytes: 1000, Failed: func(error) { told++ }})
	if err != nil {
		t.Fatal(err)
	}
	short(short(newScript(t, r, 1))).end(capture.FIN)
	if err := r.Finish(time.Now()); !errors.Is(err, fs.ErrExist) || told != 1 || r.Stats().NotRecorded == 0 {
		t.Errorf("%v, told %d times, %d bytes not recorded", err, told, r.Stats().NotRecorded)
	}
	if _, err := readFile(t, strings.TrimSuffix(name, ".pcapng")+"-00001.pcapng"); err != nil {
		t.Error(err)
	}
}

// TestRecorderDevice checks that something that is not a regular file is written to as it is.
func TestRecorderDevice(t *testing.T) {
	r, err := Create(os.DevNull, RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	short(newScript(t, r, 1)).end(capture.FIN)
	if err := r.Finish(time.Now()); err != nil {
		t.Error(err)
	}
}
