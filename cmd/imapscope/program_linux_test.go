package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"imapscope/capture/leaktest"
)

// A program is a run of the real binary in a process of its own.
type program struct {
	*exec.Cmd
	t      *testing.T
	addr   string // where it listens
	done   chan error
	unread []*os.File // the reading ends of outputs that are stuck

	mu  sync.Mutex
	log strings.Builder // what it wrote to standard error
}

// An outlet is what reads an output of a program.
type outlet int

const (
	read  outlet = iota // everything, at once
	gone                // nothing: the reading end of the pipe is closed
	stuck               // nothing: the reading end is open, and the pipe fills up
)

// programFile returns the program, made of the test binary.
func programFile(t *testing.T) string {
	t.Helper()
	leaktest.Check(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "imapscope")
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	return name
}

// freeAddr returns an address where a server can be started. Its port is below those that Linux
// gives to outgoing connections, one of which could take it before the server does.
func freeAddr(t *testing.T) string {
	t.Helper()
	leaktest.Check(t)
	const first, end = 10000, 32768 // net.ipv4.ip_local_port_range begins with 32768
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+rand.IntN(end-first)))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

// start runs the program with outputs that are read, gone or stuck. The address after
// --listen is where it listens.
func start(t *testing.T, stdout, stderr outlet, args ...string) *program {
	t.Helper()
	p := &program{t: t, Cmd: exec.Command(programFile(t), args...), done: make(chan error, 1)}
	return p.begin(stdout, stderr)
}

func (p *program) begin(stdout, stderr outlet) *program {
	t := p.t
	t.Helper()
	for i, a := range p.Args {
		if a == "--listen" {
			p.addr = p.Args[i+1]
		}
	}
	p.Stdout = p.outlet(stdout, io.Discard)
	p.Stderr = p.outlet(stderr, p)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.Writer{p.Stdout, p.Stderr} {
		if f, ok := w.(*os.File); ok {
			f.Close()
		}
	}
	go func() { p.done <- p.Wait() }()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		if t.Failed() {
			t.Logf("standard error:\n%s", p.stderr())
		}
	})
	return p
}

// outlet returns a pipe for the program to write to, or to.
func (p *program) outlet(o outlet, to io.Writer) io.Writer {
	if o == read {
		return to
	}
	r, w, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if o == gone {
		r.Close()
	} else {
		p.t.Cleanup(func() { r.Close() })
		p.unread = append(p.unread, r)
	}
	return w
}

// Write receives standard error.
func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *program) stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// await waits until standard error matches a pattern, and returns the first group.
func (p *program) await(pattern string) string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if m := re.FindStringSubmatch(p.stderr()); m != nil {
			return m[len(m)-1]
		}
	}
	p.t.Fatalf("%q is not in\n%s", pattern, p.stderr())
	return ""
}

// fills waits until the pipe of a stuck standard output is full.
func (p *program) fills() {
	p.t.Helper()
	raw, err := p.unread[0].SyscallConn()
	if err != nil {
		p.t.Fatal(err)
	}
	before := 0
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		n := 0
		if failed := raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.TIOCINQ) }); failed != nil || err != nil {
			p.t.Fatal(failed, err)
		}
		if n > 16<<10 && n == before { // its pages need not be full
			return
		}
		before = n
	}
	p.t.Fatal("standard output does not fill its pipe")
}

// dial connects to the program, once it listens.
func (p *program) dial() net.Conn {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", p.addr)
		if err == nil {
			_ = c.SetDeadline(time.Now().Add(60 * time.Second))
			p.t.Cleanup(func() { c.Close() })
			return c
		}
		select {
		case err := <-p.done:
			p.t.Fatalf("it ended: %v\n%s", err, p.stderr())
		default:
		}
		if time.Now().After(end) {
			p.t.Fatal(err)
		}
	}
}

// ask sends a command and waits for its tagged response.
func ask(c net.Conn, command string) error {
	if _, err := fmt.Fprintf(c, "%s\r\n", command); err != nil {
		return err
	}
	tag, _, _ := strings.Cut(command, " ")
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), tag+" ") {
			return nil
		}
	}
	return fmt.Errorf("no response to %q: %v", command, lines.Err())
}

// talk holds a short conversation with the program.
func (p *program) talk(command string) {
	p.t.Helper()
	c := p.dial()
	defer c.Close()
	if err := ask(c, command); err != nil {
		p.t.Fatal(err)
	}
}

// signal sends a signal.
func (p *program) signal(s os.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits until the program has ended, and returns its exit code, or minus the signal
// that killed it. The limit is generous: a program that waits without one is found all
// the same.
func (p *program) ends() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(60 * time.Second):
		p.t.Fatalf("it does not end\n%s", p.stderr())
	}
	if s, ok := p.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return -int(s.Signal())
	}
	return p.ProcessState.ExitCode()
}
