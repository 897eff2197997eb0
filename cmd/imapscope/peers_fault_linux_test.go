package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"imapscope/capture/pcap"
	"imapscope/proxy/proxytest"
)

// TestPeersDrain: after a signal the connections that there are go on, and new ones
// are refused; the end is clean.
func TestPeersDrain(t *testing.T) {
	p := startProxy(t, "--upstream", serving(t, okay))
	d := dial(t, p.addr)
	d.hear("* OK ready\r\n")
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	refused(t, p.addr)
	for n := range 20 {
		d.ask(fmt.Sprint("a", n), "NOOP")
	}
	select {
	case <-p.Done():
		t.Error("it did not wait for the connection")
	default:
	}
	d.Close()
	if code := p.Wait(t); code != 0 || !strings.Contains(p.Out.String(), "a19 NOOP") {
		t.Errorf("exit code %d\n%s%s", code, p.Out, p.Err)
	}
}

// TestPeersSecondSignal ends the connections too, and what passed is shown and
// recorded.
func TestPeersSecondSignal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	p := startProxy(t, "--upstream", serving(t, okay), "-w", file)
	d := dial(t, p.addr)
	d.hear("* OK ready\r\n")
	d.ask("a1", "NOOP")
	p.Signal(syscall.SIGTERM)
	refused(t, p.addr)
	d.ask("a2", "NOOP")
	p.Signal(syscall.SIGTERM)
	if err := d.end(); err != nil {
		t.Errorf("the client sees %v", err)
	}
	if code := p.Wait(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.Err)
	}
	recorded, err := decoded(t, "--port", port(p.addr), file)
	if err != nil || !strings.Contains(p.Out.String(), "a2 NOOP") || !strings.Contains(string(recorded), "a2 NOOP") {
		t.Errorf("%v; shown\n%s\nrecorded\n%s", err, p.Out, recorded)
	}
}

// TestPeersKilled: what a killed proxy recorded is what was said, up to somewhere near
// the end; a packet that is cut is reported.
func TestPeersKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	p := startProxy(t, "--upstream", serving(t, okay), "-w", file, "--format", "none")
	d := dial(t, p.addr)
	d.hear("* OK ready\r\n")
	var said, heard bytes.Buffer
	heard.WriteString("* OK ready\r\n")
	asked := func(n int) {
		fmt.Fprintf(&said, "a%d NOOP\r\n", n)
		fmt.Fprintf(&heard, "* OK was asked: NOOP\r\na%d OK done\r\n", n)
	}
	const sure = 500
	var before, certain [2]int // but for the last answer, and with it
	for n := range sure {
		before = certain
		d.ask(fmt.Sprint("a", n), "NOOP")
		asked(n)
		certain = [2]int{said.Len(), heard.Len()}
	}
	before[0] = certain[0]
	proxytest.Eventually(t, "they are in the file", func() bool {
		b, err := os.ReadFile(file)
		return err == nil && bytes.Contains(b, fmt.Append(nil, "a", sure-1, " OK done"))
	})
	// Busy until it is dead.
	go p.Signal(syscall.SIGKILL)
	for n := sure; ; n++ {
		asked(n)
		fmt.Fprintf(d, "a%d NOOP\r\n", n)
		if _, err := d.r.ReadString('\n'); err != nil {
			break
		}
		if _, err := d.r.ReadString('\n'); err != nil {
			break
		}
	}
	if code := p.Wait(t); code != -1 {
		t.Fatalf("exit code %d", code)
	}

	check := func(least [2]int) (warning error) {
		t.Helper()
		recorded, warning := readable(t, file, p.addr)
		r := recorded[d.LocalAddr().String()]
		if r == nil || !bytes.HasPrefix(said.Bytes(), r[0]) || !bytes.HasPrefix(heard.Bytes(), r[1]) {
			t.Fatalf("not what was said: %q", r)
		}
		if len(r[0]) < least[0] || len(r[1]) < least[1] {
			t.Errorf("%d and %d octets recorded, not %v", len(r[0]), len(r[1]), least)
		}
		return warning
	}
	_ = check(certain) // with a warning or not, as it was killed within a packet or between two

	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.LastIndex(whole, fmt.Append(nil, "a", sure-1, " OK done")) + 3
	if err := os.WriteFile(file, whole[:end], 0o600); err != nil {
		t.Fatal(err)
	}
	var cut *pcap.FileError
	if err := check(before); !errors.As(err, &cut) {
		t.Errorf("of a packet cut is said: %v", err)
	}
	out, err := exec.Command("imapscope", "decode", "-q", "--port", port(p.addr), file).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), fmt.Sprintf("a%d NOOP", sure-2)) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestPeersRefused: without a server the client sees its connection closed, and the
// user sees whose and why.
func TestPeersRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			p := startProxy(t, "--upstream", nobody, "--upstream-tls", mode, "--upstream-insecure", "--format", "jsonl")
			d := dial(t, p.addr)
			if err := d.end(); err != nil {
				t.Errorf("the client sees %v", err)
			}
			d.Close()
			p.stop(t)
			line := p.Err.Await(t, "connection refused\"")
			for _, want := range []string{"level=WARN", d.LocalAddr().String(), nobody} {
				if !strings.Contains(line, want) {
					t.Errorf("no %q in %s", want, line)
				}
			}
			if !strings.Contains(p.Out.String(), `"note"`) {
				t.Errorf("nothing of it is shown:\n%s", p.Out)
			}
		})
	}
}

// TestPeersReset: a server that resets within a literal. The client gets what there
// was of it, and then a reset; the recording ends so.
func TestPeersReset(t *testing.T) {
	const part = "* 1 FETCH (RFC822 {1000}\r\nFrom: somebody\r\n"
	reset := make(chan struct{})
	upstream := serving(t, func(c *net.TCPConn) {
		fmt.Fprint(c, "* OK ready\r\n"+part)
		<-reset
		c.SetLinger(0)
	})
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	p := startProxy(t, "--upstream", upstream, "-w", file, "--format", "jsonl")
	d := dial(t, p.addr)
	d.hear("* OK ready\r\n" + part)
	close(reset)
	if err := d.end(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client sees %v", err)
	}
	p.stop(t)
	recorded, err := decoded(t, "--port", port(p.addr), "--format", "jsonl", file)
	for _, out := range []string{p.Out.String(), string(recorded)} {
		if err != nil || !strings.Contains(out, `"reason":"rst","first":"server","octets":{"client":0,"server":`+strconv.Itoa(len("* OK ready\r\n"+part))) {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// TestPeersVanish: a client that resets. The server sees a reset too, and the proxy
// goes on.
func TestPeersVanish(t *testing.T) {
	seen := make(chan error, 1)
	upstream := serving(t, func(c *net.TCPConn) {
		fmt.Fprint(c, "* OK ready\r\n")
		b, err := io.ReadAll(c)
		if string(b) != "a1 APPEND INBOX {100}\r\nFrom" {
			err = fmt.Errorf("server heard %q, %w", b, err)
		}
		seen <- err
	})
	p := startProxy(t, "--upstream", upstream, "--format", "jsonl")
	d := dial(t, p.addr)
	d.hear("* OK ready\r\n")
	fmt.Fprint(d, "a1 APPEND INBOX {100}\r\nFrom")
	p.Out.Await(t, `"greeting"`)
	d.SetLinger(0)
	d.Close()
	if err := <-seen; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server sees %v", err)
	}
	p.Out.Await(t, `"reason":"rst"`)
	dial(t, p.addr).hear("* OK ready\r\n")
	p.Signal(syscall.SIGTERM)
}

// TestPeersSilent: a server that says nothing, ever, or nothing any more. The proxy
// waits with its client, and ends when that goes.
func TestPeersSilent(t *testing.T) {
	for name, greeting := range map[string]string{"from the beginning": "", "after its greeting": "* OK ready\r\n"} {
		t.Run(name, func(t *testing.T) {
			heard := make(chan string, 2)
			upstream := serving(t, func(c *net.TCPConn) {
				fmt.Fprint(c, greeting)
				line, err := bufio.NewReader(c).ReadString('\n')
				if err != nil {
					return // it came only to see whether it is refused
				}
				heard <- line
				_, err = c.Read(make([]byte, 1))
				heard <- fmt.Sprint(err)
			})
			p := startProxy(t, "--upstream", upstream, "--format", "jsonl")
			d := dial(t, p.addr)
			d.hear(greeting)
			fmt.Fprint(d, "a1 NOOP\r\n")
			if got := <-heard; got != "a1 NOOP\r\n" {
				t.Errorf("the server heard %q", got)
			}
			p.Signal(syscall.SIGTERM)
			refused(t, p.addr)
			d.Close()
			if got := <-heard; got != "EOF" {
				t.Errorf("the server saw %q", got)
			}
			if code := p.Wait(t); code != 0 || !strings.Contains(p.Out.String(), `"abandoned":1`) {
				t.Errorf("exit code %d\n%s%s", code, p.Out, p.Err)
			}
		})
	}
}

// TestPeersStalled: a client that does not read stops its server and nothing else;
// memory does not grow with what waits. When it reads again, all is there.
func TestPeersStalled(t *testing.T) {
	const flood = 256 << 20
	const chunk = 1 << 20
	filler := bytes.Repeat([]byte("0123456789abcde\n"), chunk/16)
	var sent atomic.Int64
	upstream := serving(t, func(c *net.TCPConn) {
		fmt.Fprint(c, "* OK ready\r\n")
		for lines := bufio.NewScanner(c); lines.Scan(); {
			tag, command, _ := strings.Cut(lines.Text(), " ")
			if command != "FLOOD" {
				fmt.Fprintf(c, "* OK was asked: %s\r\n%s OK done\r\n", command, tag)
				continue
			}
			fmt.Fprintf(c, "* 1 FETCH (RFC822 {%d}\r\n", flood)
			for range flood / chunk {
				n, err := c.Write(filler)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
			fmt.Fprintf(c, ")\r\n%s OK done\r\n", tag)
		}
	})
	p := startProxy(t, "--upstream", upstream, "-w", filepath.Join(t.TempDir(), "rec.pcapng"), "--format", "none")
	stalled, other := dial(t, p.addr), dial(t, p.addr)
	stalled.hear("* OK ready\r\n")
	other.hear("* OK ready\r\n")
	fmt.Fprint(stalled, "a1 FLOOD\r\n")
	proxytest.Eventually(t, "the server is stopped, and the other connection is not", func() bool {
		before := sent.Load()
		for n := range 500 {
			other.ask(fmt.Sprint("b", n), "NOOP")
		}
		return before > 0 && sent.Load() == before
	})
	waits := sent.Load()
	if waits >= flood/2 {
		t.Errorf("%d octets of %d were taken from the server though nobody read them", waits, flood)
	}

	stalled.hear(fmt.Sprintf("* 1 FETCH (RFC822 {%d}\r\n", flood))
	for n := range flood / chunk {
		got := make([]byte, chunk)
		if _, err := io.ReadFull(stalled.r, got); err != nil || !bytes.Equal(got, filler) {
			t.Fatalf("after %d MB: %v, or other octets", n, err)
		}
	}
	stalled.hear(")\r\na1 OK done\r\n")
	peak := peakMemory(t, p.Cmd.Process.Pid)
	t.Logf("the server was stopped after %d octets; the proxy took %d at most", waits, peak)
	if peak >= flood/4*3 && !raceDetector {
		t.Errorf("the proxy took %d octets of memory", peak)
	}
	stalled.Close()
	other.Close()
	p.stop(t)
}

// peakMemory is the most that a process had resident, in bytes.
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kb, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
