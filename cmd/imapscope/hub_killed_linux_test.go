package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/hub"
	"imapscope/capture/leaktest"
	"imapscope/decode/decodetest"
)

// hubProcess is a server that holds what sensors publish, as a process of its own.
type hubProcess struct {
	t    *testing.T
	addr string
	args []string
	cmd  *exec.Cmd
}

func (h *hubProcess) start() {
	h.t.Helper()
	h.cmd = exec.Command(h.args[0], h.args[1:]...)
	var errs bytes.Buffer
	h.cmd.Stderr = &errs
	h.t.Cleanup(func() {
		if h.t.Failed() {
			h.t.Logf("the hub said:\n%s", &errs)
		}
	})
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	for range 1000 {
		if c, err := net.Dial("tcp", h.addr); err == nil {
			c.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatalf("%q does not listen on %s: %s", h.args, h.addr, errs.String())
}

// kill ends it as a crash does.
func (h *hubProcess) kill() {
	_ = h.cmd.Process.Kill()
	_ = h.cmd.Wait()
}

// noops returns a transcript of n transactions.
func noops(n int) string {
	var b strings.Builder
	b.WriteString("S: * OK ready\n")
	for i := range n {
		fmt.Fprintf(&b, "C: a%d NOOP\nS: a%d OK done\n", i, i)
	}
	return b.String()
}

// slow is a Sink that takes its time.
type slow struct {
	to    capture.Sink
	pause time.Duration
}

func (s slow) Event(e *capture.Event) error {
	time.Sleep(s.pause)
	return s.to.Event(e)
}

// surviveKills checks that nothing is lost, doubled or out of order while a server of which h says how
// it starts is killed and started again under three sensors.
func surviveKills(t *testing.T, h *hubProcess) {
	h.start()
	t.Cleanup(func() { h.kill() })
	const sensors, transactions = 3, 1200
	want, _ := treesOf(t, recordTranscript(t, noops(transactions)))
	var running sync.WaitGroup
	for n := range sensors {
		running.Go(func() {
			a, err := hub.ParseAddress(fmt.Sprintf("nats://%s?sensor=s%d", h.addr, n))
			if err != nil {
				t.Error(err)
				return
			}
			p, err := hub.Publish(a, hub.PublishOptions{Linger: time.Millisecond, Notice: func(text string) { t.Log(text) }})
			if err != nil {
				t.Error(err)
				return
			}
			if err := decodetest.Play(noops(transactions), slow{p, time.Millisecond}); err != nil {
				t.Error(err)
			}
			if err := p.Finish(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	for range 3 {
		time.Sleep(500 * time.Millisecond)
		h.kill()
		time.Sleep(200 * time.Millisecond)
		h.start()
	}
	running.Wait()
	for n := range sensors {
		if got, errs := treesOf(t, fmt.Sprintf("nats://%s?until=now&sensor=s%d", h.addr, n)); got != want {
			t.Errorf("sensor %d: %d bytes of output, not %d: %s", n, len(got), len(want), errs)
		}
	}
}

// treesOf returns the transactions of a source without their times.
func treesOf(t *testing.T, source string) (out, errs string) {
	t.Helper()
	_, out, errs = verb("decode", "--format", "tree", "-q", source)
	return regexp.MustCompile(`(?m)^.*connection.*$`).ReplaceAllString(out, ""), errs
}

// TestHubIsKilled does that with the hub of this program.
func TestHubIsKilled(t *testing.T) {
	leaktest.Check(t)
	h := &hubProcess{t: t, addr: freeAddr(t)}
	h.args = []string{programFile(t), "hub", "--no-auth", "--listen", h.addr, "--store", filepath.Join(t.TempDir(), "hub")}
	surviveKills(t, h)
}

// natsServer returns Debian's NATS server.
func natsServer(t *testing.T) string {
	t.Helper()
	name, err := exec.LookPath("nats-server")
	switch {
	case err == nil:
	case os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "":
		t.Fatal("nats-server is not installed: apt-get install nats-server")
	default:
		t.Skip("NOT TESTED: nats-server is not installed: apt-get install nats-server")
	}
	return name
}

// TestPeersNATSIsKilled does that with Debian's NATS server.
func TestPeersNATSIsKilled(t *testing.T) {
	leaktest.Check(t)
	h := &hubProcess{t: t, addr: freeAddr(t)}
	_, port, _ := net.SplitHostPort(h.addr)
	h.args = []string{natsServer(t), "-a", "127.0.0.1", "-p", port, "-js", "-sd", t.TempDir()}
	surviveKills(t, h)
}

// TestSensorIsKilled checks that a sensor that is killed leaves what it has published in order and
// without repeats, and that the next one with its spool sends what was left.
func TestSensorIsKilled(t *testing.T) {
	leaktest.Check(t)
	h := openHub(t)
	const transactions = 20_000
	recording, err := os.ReadFile(recordTranscript(t, noops(transactions)))
	if err != nil {
		t.Fatal(err)
	}
	spool := t.TempDir()
	sensor := exec.Command(programFile(t), "decode", "--format", "none", "--spool", spool, "--publish", sensorURL(h, "s"), "-")
	in, err := sensor.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sensor.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(recording[:len(recording)/2]); err != nil {
		t.Error(err)
	}
	for range 1000 { // until something is there
		if _, out, _ := verb("decode", "--format", "tree", "-q", sensorURL(h, "s", "until=now")); out != "" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = sensor.Process.Kill()
	_ = sensor.Wait()
	in.Close()
	if code, _, errs := verb("decode", "--format", "none", "--spool", spool, "--publish", sensorURL(h, "s"), recordTranscript(t, noops(1))); code != 0 {
		t.Fatalf("the next sensor ends with %d: %s", code, errs)
	}
	_, out, _ := verb("decode", "--format", "jsonl", sensorURL(h, "s", "until=now"))
	tags := regexp.MustCompile(`"conn":1,"n":\d+,"tag":"a(\d+)"`).FindAllStringSubmatch(out, -1)
	if len(tags) < 10 || len(tags) == transactions {
		t.Errorf("%d transactions", len(tags))
	}
	for i, m := range tags {
		if m[1] != fmt.Sprint(i) {
			t.Fatalf("transaction %d is a%s", i, m[1])
		}
	}
	if left, _ := filepath.Glob(filepath.Join(spool, "*.spool")); len(left) > 0 {
		t.Errorf("the spool still has %q", left)
	}
}

// TestHubDiskFills checks that a hub whose disk is full loses nothing that it has acknowledged, that its
// sensors wait, and that all is there once there is room.
func TestHubDiskFills(t *testing.T) {
	leaktest.Check(t)
	store := t.TempDir()
	if err := syscall.Mount("tmpfs", store, "tmpfs", 0, "size=24m"); err != nil {
		if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "" && os.Geteuid() == 0 {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED: a small file system cannot be mounted (%v); run as root", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(store, syscall.MNT_DETACH) })
	ballast := filepath.Join(store, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 20<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &hubProcess{t: t, addr: freeAddr(t)}
	h.args = []string{programFile(t), "hub", "--no-auth", "--listen", h.addr, "--store", filepath.Join(store, "hub")}
	h.start()
	t.Cleanup(h.kill)
	a, err := hub.ParseAddress("nats://" + h.addr + "?sensor=s")
	if err != nil {
		t.Fatal(err)
	}
	away := make(chan string, 100)
	p, err := hub.Publish(a, hub.PublishOptions{Linger: time.Millisecond, Notice: func(text string) { away <- text }})
	if err != nil {
		t.Fatal(err)
	}
	const chunks, chunk = 400, 32 << 10 // more than there is room for
	noise := rand.NewChaCha8([32]byte{1})
	sent, kept := sha256.New(), sha256.New()
	d := capturetest.To(p)
	info := capture.Conn{ID: 1, Start: time.Unix(1_700_000_000, 0), Client: netip.MustParseAddrPort("192.0.2.1:1"), Server: netip.MustParseAddrPort("192.0.2.2:143")}
	if err := d.Open(info); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, chunk)
	for i := range chunks {
		noise.Read(b)
		sent.Write(b)
		if err := d.Data(1, capture.ServerToClient, info.Start, int64(i*chunk), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(1, info.Start, capture.FIN); err != nil {
		t.Fatal(err)
	}
	select {
	case text := <-away:
		t.Log(text)
	case <-time.After(time.Minute):
		t.Fatal("the disk did not get full")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := p.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	a.Now, a.FromStart = true, true
	source := &hub.Source{Address: a}
	err = source.Run(t.Context(), sinkOf(func(e *capture.Event) error {
		kept.Write(e.Data)
		return nil
	}))
	if err != nil || !bytes.Equal(kept.Sum(nil), sent.Sum(nil)) {
		t.Errorf("%v: other bytes were kept: %+v", err, source.Figures())
	}
}

type sinkOf func(*capture.Event) error

func (f sinkOf) Event(e *capture.Event) error { return f(e) }
