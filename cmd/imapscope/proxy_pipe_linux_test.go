package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestProxyGoesOnWithoutReader: a reader of standard output that leaves, such as head,
// ends neither the relaying nor the recording.
func TestProxyGoesOnWithoutReader(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, recording := filepath.Join(dir, "imapscope"), filepath.Join(dir, "out.pcapng")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close() // head has had enough
	p := exec.Command(program, "proxy", "--listen", "127.0.0.1:0", "--upstream", answering(t), "-w", recording)
	p.Stdout = w
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	defer func() { _ = p.Process.Kill() }()

	addr := ""
	said := bufio.NewScanner(stderr)
	for addr == "" && said.Scan() {
		if m := regexp.MustCompile(`listening on (\S+)`).FindStringSubmatch(said.Text()); m != nil {
			addr = m[1]
		}
	}
	for i := range 3 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatalf("connection %d: %v", i+1, err)
		}
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(c, "a%d NOOP\r\n", i)
		answer := bufio.NewScanner(c)
		for answer.Scan() && !strings.HasPrefix(answer.Text(), fmt.Sprintf("a%d OK", i)) {
		}
		if err := answer.Err(); err != nil || !strings.HasPrefix(answer.Text(), "a") {
			t.Fatalf("connection %d: %q, %v", i+1, answer.Text(), err)
		}
		c.Close()
		time.Sleep(100 * time.Millisecond) // time to print it
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for said.Scan() {
		t.Log(said.Text())
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if line := fmt.Sprintf("a%d NOOP\r\n", i); !bytes.Contains(b, []byte(line)) {
			t.Errorf("%q was not recorded", line)
		}
	}
}
