package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"imapscope/capture/leaktest"
	"imapscope/proxy/proxytest"
)

// TestPeersMany: thousands of connections at once, each with its own dialogue. Each
// gets its own answers, in order; recorded is what was said; and in the end no
// goroutine and no descriptor is left.
func TestPeersMany(t *testing.T) {
	conns, rounds := 2000, 20
	if raceDetector {
		conns = 500 // it knows no more than 8128 goroutines
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if need := uint64(4*conns + 200); limit.Cur < need { // both ends of two connections each
		proxytest.Missing(t, "%d descriptors are too few: ulimit -n %d", limit.Cur, need)
	}
	through := func(t *testing.T, conns int) {
		file := filepath.Join(t.TempDir(), "rec.pcapng")
		addr, said, stop := inProcess(t, "--upstream", serving(t, okay), "-w", file, "--format", "none")
		talk(t, addr, conns, rounds)
		stop()

		recorded := carried(t, file, addr)
		if len(recorded) != conns || strings.Contains(said(), "not recorded") {
			t.Errorf("%d connections recorded of %d\n%s", len(recorded), conns, said())
		}
		for client, r := range recorded {
			if n, m := bytes.Count(r[0], []byte("NOOP")), bytes.Count(r[1], []byte("OK done")); n != rounds || m != rounds {
				t.Fatalf("%s: %d commands and %d answers recorded of %d", client, n, m, rounds)
			}
		}
	}
	t.Run("one", func(t *testing.T) { through(t, 1) }) // starts what the runtime keeps
	before := inUse(t)
	t.Run("many", func(t *testing.T) { through(t, conns) })
	var after [2]int
	proxytest.Eventually(t, "nothing is left", func() bool {
		after = inUse(t)
		return after[0] <= before[0] && after[1] <= before[1]
	})
}

// talk has many clients in dialogue at once: all are connected before the first
// asks anything.
func talk(t *testing.T, addr string, conns, rounds int) {
	t.Helper()
	var connected, all sync.WaitGroup
	connected.Add(conns)
	failed := make(chan error, conns)
	for id := range conns {
		all.Go(func() {
			failed <- func() error {
				c, err := net.Dial("tcp", addr)
				if err == nil {
					defer c.Close()
					err = hears(c, "* OK ready\r\n")
				}
				connected.Done()
				if err != nil {
					return err
				}
				connected.Wait()
				for n := range rounds {
					if _, err := fmt.Fprintf(c, "a%d NOOP %d.%d\r\n", n, id, n); err != nil {
						return err
					}
					if err := hears(c, fmt.Sprintf("* OK was asked: NOOP %d.%d\r\na%d OK done\r\n", id, n, n)); err != nil {
						return err
					}
				}
				return nil
			}()
		})
	}
	all.Wait()
	close(failed)
	var errs []error
	for err := range failed {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func hears(r io.Reader, want string) error {
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil || string(got) != want {
		return fmt.Errorf("heard %q, %w; want %q", got[:n], err, want)
	}
	return nil
}

// inProcess runs the proxy verb within the test. stop ends it and waits; said is what
// it said on stderr.
func inProcess(t *testing.T, args ...string) (addr string, said func() string, stop func()) {
	t.Helper()
	leaktest.Check(t)
	ctx, cancel := context.WithCancel(t.Context())
	errs := proxytest.NewOutput()
	root := newRoot(&env{out: io.Discard, err: errs})
	root.SetArgs(append([]string{"proxy", "--listen", "127.0.0.1:0"}, args...))
	done := make(chan error, 1)
	go func() { done <- root.ExecuteContext(ctx) }()
	listens := regexp.MustCompile(`listening on (\S+) `).FindStringSubmatch(errs.Await(t, "Ctrl-C ends it"))
	return listens[1], errs.String, func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("%v\n%s", err, errs)
		}
	}
}

// inUse is how many goroutines and open descriptors there are now.
func inUse(t *testing.T) [2]int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return [2]int{runtime.NumGoroutine(), len(fds)}
}
