package proxy_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"imapscope/proxy"
)

// idleVar makes TestIdleMemory's process the one that has nothing but a Proxy.
const idleVar = "IMAPSCOPE_TEST_IDLE_UPSTREAM"

// resident is this process's memory after all that can go has gone.
func resident() int {
	debug.FreeOSMemory()
	runtime.GC()
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return pages * os.Getpagesize()
}

// TestIdleMemory has 1,000 connections that spoke wait, through a Proxy in a
// process of its own, and looks how much of that process is in memory.
func TestIdleMemory(t *testing.T) {
	const n, limit = 1000, 64 << 10
	if to := os.Getenv(idleVar); to != "" {
		before := resident()
		r := serve(t, &proxy.Proxy{Target: proxy.Fixed(to), Sink: &counter{}})
		fmt.Printf("listening %s\n", r.addr)
		io.ReadAll(os.Stdin) // until all connections wait
		time.Sleep(100 * time.Millisecond)
		fmt.Printf("each %d\n", (resident()-before)/n)
		return
	}
	if raceDetector {
		t.Skip("SKIPPED: the race detector takes memory of its own")
	}
	if err := raiseFiles(4*n + 200); err != nil {
		t.Skipf("SKIPPED: %d connections need many descriptors: %v", n, err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestIdleMemory$")
	cmd.Env = append(os.Environ(), idleVar+"="+upstream(t, echo))
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	var addr string
	if _, err := fmt.Fscanf(out, "listening %s\n", &addr); err != nil {
		t.Fatal(err)
	}
	line := bytes.Repeat([]byte("x"), 32<<10) // enough that buffers were needed
	for range n {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		go c.Write(line)
		if _, err := io.ReadFull(c, make([]byte, len(line))); err != nil {
			t.Fatal(err)
		}
	}
	in.Close()
	each := 0
	if _, err := fmt.Fscanf(out, "each %d\n", &each); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d octets of resident memory for each idle connection", each)
	if each > limit {
		t.Errorf("%d octets of resident memory for each idle connection; the limit is %d", each, limit)
	}
}
