package server

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"imapscope/capture/hub"
	"imapscope/capture/leaktest"
	"imapscope/proxy/tls"
)

// TestFullDiskLosesNothingAcknowledged fills a real file system, and makes room again: what was
// acknowledged is there, and storing goes on without a restart.
func TestFullDiskLosesNothingAcknowledged(t *testing.T) {
	leaktest.Check(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "" && os.Geteuid() == 0 {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED: a small file system cannot be mounted (%v); run as root", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	ca, err := tls.NewCA("")
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "hub")
	if _, err := Init(store, pemOf(ca), nil, nil); err != nil {
		t.Fatal(err)
	}
	s, err := Start(Options{Listen: "127.0.0.1:0", Store: store, Certify: ca.Shared})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 16<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	publish := func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_, err := s.JetStream().Publish(ctx, hub.Identity{Sensor: "a", Run: "r", Conn: 1}.Subject(), make([]byte, 512<<10), jetstream.WithRetryAttempts(0))
		return err == nil
	}
	for publish() {
		if acknowledged++; acknowledged > 64 {
			t.Fatal("the disk does not fill")
		}
	}
	for s.Load().Storing { // until it is noticed
		time.Sleep(50 * time.Millisecond)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for !publish() {
		time.Sleep(50 * time.Millisecond)
	}
	stream, err := s.JetStream().Stream(context.Background(), hub.Stream)
	if err != nil {
		t.Fatal(err)
	}
	if n := stream.CachedInfo().State.Msgs; n != uint64(acknowledged+1) {
		t.Errorf("%d messages are stored, want %d", n, acknowledged+1)
	}
	for !s.Load().Storing { // until that is noticed, too
		time.Sleep(50 * time.Millisecond)
	}
}
