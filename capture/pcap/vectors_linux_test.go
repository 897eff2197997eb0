package pcap

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWriteVectors checks that more parts than the system takes at once, empty ones among them,
// are written in order, and that an error names the file.
func TestWriteVectors(t *testing.T) {
	name := filepath.Join(t.TempDir(), "parts")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	var parts [][]byte
	for i := range 3*maxVectors + 1 {
		parts = append(parts, nil, fmt.Append(nil, i, " "))
	}
	want := bytes.Join(parts, nil)
	if n, err := writeVectors(f, parts); err != nil || n != int64(len(want)) {
		t.Errorf("%d bytes of %d, error %v", n, len(want), err)
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes in the file, want %d; error %v", len(got), len(want), err)
	}
	f.Close()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	defer full.Close()
	var failed *os.PathError
	if _, err := writeVectors(full, [][]byte{{1}, {2}}); !errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) || failed.Path != "/dev/full" {
		t.Errorf("error %v", err)
	}
}
