package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"imapscope/samples/traffic"
)

// maxMemory is what `decode` may take, whatever the file's size.
const maxMemory = 100 << 20

// TestMemory runs the program on a capture and on one eight times its size:
// neither takes more than maxMemory, and the larger one little more than the
// smaller.
func TestMemory(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector takes memory of its own")
	}
	small := generated(t, 32<<20, traffic.Mixed)
	large := ""
	if !testing.Short() {
		large = generated(t, 256<<20, traffic.Mixed)
	}
	for _, args := range []string{"--format none", "--format text", "--format text --verbose", "--format jsonl", "--format none --stats"} {
		t.Run(strings.ReplaceAll(args, "--", ""), func(t *testing.T) {
			before := peak(t, args, small)
			t.Logf("%d MB of 32", before>>20)
			if before > maxMemory {
				t.Errorf("%d octets", before)
			}
			if large == "" || strings.Contains(args, "verbose") {
				return
			}
			after := peak(t, args, large)
			t.Logf("%d MB of 256", after>>20)
			if after > maxMemory || after > before+before/2+10<<20 {
				t.Errorf("%d octets, after %d for an eighth", after, before)
			}
		})
	}
}

// peak runs `imapscope decode` as a process of its own, and says how much memory
// it had at most.
func peak(t *testing.T, args, file string) int64 {
	t.Helper()
	var out written
	var errs bytes.Buffer
	c := exec.Command(programFile(t), append(append([]string{"decode"}, strings.Fields(args)...), file)...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- c.Wait() }()
	most := int64(0)
	for {
		select {
		case err := <-ended:
			if err != nil || errs.Len() > 0 {
				t.Fatalf("%v: %s", err, errs.String())
			}
			if (out == 0) != (args == "--format none") {
				t.Errorf("%d octets were written", out)
			}
			// The kernel counts in what its parent had before the program began.
			if n := c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10; n < most || most == 0 {
				most = n
			}
			return most
		case <-time.After(time.Millisecond):
			most = max(most, highest(c.Process.Pid))
		}
	}
}

// highest is the most memory that a process that runs had so far.
func highest(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(b, []byte("VmHWM:"))
	kb, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" "))
	n, _ := strconv.ParseInt(string(kb), 10, 64)
	return n << 10
}

// written counts what is written.
type written int64

func (w *written) Write(p []byte) (int, error) {
	*w += written(len(p))
	return len(p), nil
}
