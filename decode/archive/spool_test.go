package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
)

// TestSpoolFile: it is for its owner only, and nothing of it stays.
func TestSpoolFile(t *testing.T) {
	dir := t.TempDir()
	a, err := archive.New(archive.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	session(t, a.Writer(), 2, 3000)
	info, err := archive.SpoolFile(a).Stat()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if info.Mode() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
		if names := list(t, dir); len(names) > 0 {
			t.Errorf("%v is there while it is used", names)
		}
	}
	if info.Size() == 0 || info.Size() > a.Stats().Spool {
		t.Errorf("%d bytes in the file, %d in the spool", info.Size(), a.Stats().Spool)
	}
	r := a.Reader()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if names := list(t, dir); len(names) > 0 {
		t.Errorf("%v is left", names)
	}
	var x decode.Transaction
	if err := r.Txn(100, &x); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestPanic: a crash leaves nothing, either.
func TestPanic(t *testing.T) {
	if dir := os.Getenv("ARCHIVE_PANIC"); dir != "" {
		a, err := archive.New(archive.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		session(t, a.Writer(), 1, 5000)
		fmt.Println("spool:", a.Stats().Spool)
		panic("on purpose")
	}
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: there a file keeps its name while it is open")
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestPanic$")
	cmd.Env = append(os.Environ(), "ARCHIVE_PANIC="+dir)
	out, err := cmd.CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("panic: on purpose")) || !bytes.Contains(out, []byte("spool: 1")) {
		t.Fatalf("it did not panic: %v\n%s", err, out)
	}
	if names := list(t, dir); len(names) > 0 {
		t.Errorf("%v is left", names)
	}
}

// TestNoFolder: the error says what to do.
func TestNoFolder(t *testing.T) {
	_, err := archive.New(archive.Options{Dir: filepath.Join(t.TempDir(), "none")})
	if err == nil || !strings.Contains(err.Error(), "choose another folder") || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// disk is a file on a disk with so much room.
type disk struct {
	b    []byte
	room int
}

var errFull = errors.New("no space left on device")

func (d *disk) Close() error { return nil }

func (d *disk) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(d.b)) {
		return 0, io.EOF
	}
	n := copy(p, d.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (d *disk) WriteAt(p []byte, off int64) (int, error) {
	if off != int64(len(d.b)) {
		return 0, fmt.Errorf("written at %d, %d are there", off, len(d.b))
	}
	n := min(len(p), d.room-len(d.b))
	d.b = append(d.b, p[:n]...)
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// TestDiskFull: what was kept stays, the list goes on, what is missing says so, and
// so does Err, once and for all.
func TestDiskFull(t *testing.T) {
	a := archive.NewIn(archive.Options{}, &disk{room: 40_000})
	session(t, a.Writer(), 2, 500)
	err := a.Err()
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("%v", err)
	}
	checkPartly(t, a)
	if n := a.Stats().Spool; n > 40_000 {
		t.Errorf("%d bytes were kept", n)
	}
}

// TestMaxSpool: the same for a limit.
func TestMaxSpool(t *testing.T) {
	a, err := archive.NewSmall(archive.Options{Dir: t.TempDir(), MaxSpool: 40_000}, 512, 1024, 1024)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	session(t, a.Writer(), 2, 500)
	if err := a.Err(); err == nil || !strings.Contains(err.Error(), "40000") {
		t.Errorf("%v", err)
	}
	checkPartly(t, a)
	s := a.Stats()
	if s.Spool > 40_000 || s.Spool < 30_000 {
		t.Errorf("%d bytes were kept", s.Spool)
	}
	want := int64(0)
	for k := range a.Conns() {
		c := a.Conn(k)
		want += c.Octets[0] + c.Octets[1]
	}
	if s.NotKept == 0 || s.NotKept >= want {
		t.Errorf("%d of %d bytes were not kept", s.NotKept, want)
	}
}

// checkPartly: the first transactions are whole, the last are listed only.
func checkPartly(t *testing.T, a *archive.Archive) {
	t.Helper()
	if a.Len() != 2*502 {
		t.Fatalf("%d transactions", a.Len())
	}
	for i, row := range a.Rows(10, a.Len()) {
		if row.Command != "FETCH" || row.Status != "OK" || row.User != "fred" || row.Mailbox != "INBOX" {
			t.Fatalf("row %d: %+v", i, row)
		}
	}
	r := a.Reader()
	whole, missing := 0, 0
	var x decode.Transaction
	for i := range a.Len() {
		err := r.Txn(i, &x)
		switch {
		case err == nil:
			if x.Outcome == decode.Completed && !strings.HasPrefix(string(x.Request.Raw), x.Tag) {
				t.Fatalf("transaction %d: %q", i, x.Request.Raw)
			}
			whole++
		case errors.Is(err, archive.ErrNotKept):
			if x.Command != a.Row(i).Command || x.Status != "OK" || !strings.Contains(err.Error(), "connection") {
				t.Fatalf("transaction %d: %+v, %v", i, x, err)
			}
			missing++
		default:
			t.Fatal(err)
		}
	}
	if whole < 50 || missing < 50 {
		t.Errorf("%d are whole, %d are missing", whole, missing)
	}
	if err := r.Txn(20, &x); err != nil || len(x.Request.Raw) == 0 {
		t.Errorf("the first are gone: %v", err)
	}
	if err := r.Messages(a.Len()-1, func(archive.Ref, *decode.Message) bool { return true }); !errors.Is(err, archive.ErrNotKept) {
		t.Errorf("the last one's messages: %v", err)
	}
	checkRest(t, a, r)
}

// checkRest: told again, all that was seen of a connection is bytes or lost ones.
func checkRest(t *testing.T, a *archive.Archive, r *archive.Reader) {
	t.Helper()
	again := newSpy()
	err := r.Replay(t.Context(), sink{again}, 1, 2)
	if err != nil && !errors.Is(err, archive.ErrNotKept) {
		t.Fatal(err)
	}
	cut := err != nil
	for _, id := range []capture.ConnID{1, 2} {
		c, _ := a.ConnOf(id)
		var got [2]int64
		kept := false
		for _, x := range again.told[id] {
			if x.Kind == capture.Data || x.Kind == capture.Gap {
				got[x.Dir] += x.N + int64(len(x.Data))
				kept = kept || len(x.Data) > 0
			}
		}
		if !kept || got != c.Octets && !cut {
			t.Errorf("connection %d has %v bytes of %v", id, got, c.Octets)
		}
	}
}

// TestBrokenDisk: a spool that holds something else than was written gives errors,
// or other bytes, and nothing worse.
func TestBrokenDisk(t *testing.T) {
	d := &disk{room: 1 << 30}
	a := archive.NewIn(archive.Options{}, d)
	session(t, a.Writer(), 2, 100)
	whole := bytes.Clone(d.b)
	failed := 0
	for at := 0; at < len(whole); at += 29 {
		copy(d.b, whole)
		for i := at; i < min(at+3, len(d.b)); i++ {
			d.b[i] ^= byte(0xff - i%5)
		}
		r := a.Reader()
		for _, err := range []error{
			r.Items(1, archive.Ref{}, func(archive.Item) bool { return true }),
			r.Items(2, archive.Ref{}, func(archive.Item) bool { return true }),
			r.Replay(t.Context(), sink{newSpy()}, 1, 2),
		} {
			if err != nil {
				failed++
			}
		}
	}
	if failed == 0 {
		t.Error("nothing was noticed")
	}
}
