package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"imapscope/capture/leaktest"
)

// onPTY starts the program on a pseudo-terminal, and returns the other end.
func onPTY(t *testing.T, args ...string) (*program, *os.File) {
	t.Helper()
	leaktest.Check(t)
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	var n int
	raw, err := master.SyscallConn() // Fd would make reads block, and Close wait for them
	if err != nil {
		t.Fatal(err)
	}
	failed := raw.Control(func(fd uintptr) {
		err = errors.Join(unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0),
			unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200}))
		if err == nil {
			n, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	p := &program{t: t, Cmd: exec.Command(programFile(t), args...), done: make(chan error, 1)}
	for i, a := range args {
		if a == "--listen" {
			p.addr = args[i+1]
		}
	}
	p.Env = append(os.Environ(), "TERM=xterm", "TMPDIR="+t.TempDir())
	p.Stdin, p.Stdout, p.Stderr = slave, slave, slave
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.Wait() }()
	t.Cleanup(func() { _ = p.Process.Kill() })
	return p, master
}

// TestTerminalGoesAway: a terminal that closes, and one that shows nothing because it is
// paused, hold up neither the traffic nor the end, and the recording is whole.
func TestTerminalGoesAway(t *testing.T) {
	hangupsCount(t)
	for _, inspector := range []bool{false, true} {
		for _, closed := range []bool{false, true} {
			t.Run(fmt.Sprintf("inspector %v, closed %v", inspector, closed), func(t *testing.T) {
				t.Parallel()
				recording := filepath.Join(t.TempDir(), "out.pcapng")
				args := []string{"proxy", "--upstream", answering(t), "--listen", freeAddr(t), "-w", recording}
				if inspector {
					args = append(args, "--inspect")
				} else {
					args = append(args, "-v")
				}
				p, master := onPTY(t, args...)
				for i := range 20 {
					p.talk(fmt.Sprintf("a%d NOOP %s", i, strings.Repeat("x", 8000)))
				}
				if closed {
					go func() { _, _ = io.Copy(io.Discard, master) }()
					time.Sleep(100 * time.Millisecond)
					master.Close() // for which the system sends SIGHUP
				} else {
					p.signal(syscall.SIGTERM)
				}
				// What is on a paused screen cannot be restored: that is an error.
				if code := p.ends(); code != 0 && !(inspector && !closed && code == 2) {
					t.Errorf("exit code %d", code)
				}
				b, err := os.ReadFile(recording)
				if err != nil || !bytes.Contains(b, []byte("a19 NOOP")) {
					t.Errorf("the recording is not whole: %d bytes, %v", len(b), err)
				}
				if left, err := os.ReadDir(strings.TrimPrefix(p.Env[len(p.Env)-1], "TMPDIR=")); err != nil || len(left) > 0 {
					t.Errorf("temporary files are left: %v, %v", left, err)
				}
			})
		}
	}
}
