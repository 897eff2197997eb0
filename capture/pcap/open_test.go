package pcap

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.pcap")
	if err := os.WriteFile(name, plainCapture(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := read(f, name); err != nil || len(got) != 2 {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

func TestOpenStdin(t *testing.T) {
	f, err := Open("-")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stdin.Stat(); err != nil {
		t.Errorf("standard input was closed: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.pcap")
	if err := os.WriteFile(secret, plainCapture(), 0); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		want string
		is   error
	}{
		filepath.Join(dir, "none.pcap"): {"no such file", fs.ErrNotExist},
		dir:                             {"is a directory; name the capture files in it", nil},
		secret:                          {"no permission to read it; captures are often root's: sudo chown $USER FILE", fs.ErrPermission},
		secret + "/x":                   {"cannot open it: not a directory", nil},
	} {
		if name == secret && os.Geteuid() == 0 {
			t.Log("not tested: root may read every file")
			continue
		}
		_, err := Open(name)
		var fe *FileError
		if !errors.As(err, &fe) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := name + ": " + c.want; err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
		if c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%v is not %v", err, c.is)
		}
	}
}
