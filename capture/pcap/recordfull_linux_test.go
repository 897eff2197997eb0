package pcap

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"imapscope/capture"
)

// TestRecorderFullDisk fills a real file system.
func TestRecorderFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=65536"); err != nil {
		if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "" && os.Geteuid() == 0 {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED: a small file system cannot be mounted (%v); run as root", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	name := filepath.Join(dir, "today.pcapng")
	var told []error
	r, err := Create(name, RecorderOptions{Failed: func(err error) { told = append(told, err) }})
	if err != nil {
		t.Fatal(err)
	}
	x := newScript(t, r, 1)
	for range 100 {
		x.say(capture.ServerToClient, 0, strings.Repeat("0123456789\r\n", 100))
	}
	x.end(capture.FIN)
	if err := r.Finish(time.Now()); len(told) != 1 || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("told %v, %v", told, err)
	}
	got := newRecorder(t)
	if err := Files([]string{name}, Options{}).Run(context.Background(), got); err != nil {
		t.Errorf("what was recorded: %v", err)
	}
	if n := got.off[1][capture.ServerToClient]; n == 0 || n+r.Stats().NotRecorded != x.off[capture.ServerToClient] {
		t.Errorf("%d bytes recorded and %d not, of %d", n, r.Stats().NotRecorded, x.off[capture.ServerToClient])
	}
}
