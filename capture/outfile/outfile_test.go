package outfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/outfile"
)

// holds checks which files are in a folder, and what is in them.
func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := want[f.Name()]; !ok || got != string(b) {
			t.Errorf("%s: %q", f.Name(), b)
		}
	}
	if len(list) != len(want) {
		t.Errorf("%d files, not %d", len(list), len(want))
	}
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a")
	if err := outfile.Write(name, outfile.Options{}, text("one")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
		t.Error(info.Mode(), err)
	}
	holds(t, dir, map[string]string{"a": "one"})

	if err := outfile.Write(name, outfile.Options{}, text("two")); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"a": "one"})

	if err := outfile.Write(name, outfile.Options{Replace: true, Mode: 0o644}, text("three")); err != nil {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"a": "three"})
}

// TestUntilCommit checks what is under the name while the file is written, after an error,
// and if a file of that name appears in the meantime.
func TestUntilCommit(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a")
	bad := errors.New("bad")
	for _, replace := range []bool{false, true} {
		err := outfile.Write(name, outfile.Options{Replace: replace}, func(w io.Writer) error {
			w.Write(make([]byte, 100_000)) // more than is buffered
			if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
				t.Error("the name is in use")
			}
			return bad
		})
		if !errors.Is(err, bad) {
			t.Error(err)
		}
		holds(t, dir, nil)
	}
	f, err := outfile.Create(name, outfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("another's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"a": "another's"})
	if err := errors.Join(f.Discard(), f.Discard()); err != nil {
		t.Error(err)
	}
}

func TestNoPlace(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{dir, filepath.Join(dir, "no", "a")} {
		var p *fs.PathError
		if _, err := outfile.Create(name, outfile.Options{Replace: true}); !errors.As(err, &p) || p.Path != name {
			t.Error(err)
		}
	}
	holds(t, dir, nil)
}

// TestLink checks that a link is replaced, not the file it leads to.
func TestLink(t *testing.T) {
	dir := t.TempDir()
	old, link := filepath.Join(dir, "old"), filepath.Join(dir, "link")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("old", link); err != nil {
		t.Skip(err)
	}
	if err := outfile.Write(link, outfile.Options{}, text("new")); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if err := outfile.Write(link, outfile.Options{Replace: true}, text("new")); err != nil {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"old": "old", "link": "new"})
}

// TestWriteErrorNamesTheFile checks that an error does not name the file aside, which the
// user has never heard of.
func TestWriteErrorNamesTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.html")
	f, err := outfile.Create(name, outfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); err == nil || !strings.Contains(err.Error(), "write "+name+":") {
		t.Error(err)
	}
	if err := f.Discard(); err != nil {
		t.Error(err)
	}
	holds(t, filepath.Dir(name), nil)
}
