package proxytest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"imapscope/capture/leaktest"
)

// patience is the time limit for each action of a program, after which the test fails.
const patience = 60 * time.Second

// Peer returns the path of a program. Without it the test skips and names its Debian
// package, or fails where IMAPSCOPE_REQUIRE_PEERS=1 asks for it.
func Peer(t testing.TB, program, debian string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		path = filepath.Join("/usr/sbin", program) // not on everybody's PATH
		_, err = os.Stat(path)
	}
	if err != nil {
		Missing(t, "%s is not installed: apt-get install %s", program, debian)
	}
	return path
}

// Missing skips the test aloud, or fails it where IMAPSCOPE_REQUIRE_PEERS=1 asks for
// everything.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf("NOT TESTED: "+format, args...)
}

// A Process is a program that runs during the test.
type Process struct {
	*exec.Cmd
	Out, Err *Output
	done     chan struct{} // closed when it has ended
}

// Start starts cmd with its outputs in Out and Err. When the test ends it is asked to
// end with SIGTERM, killed if it does not, and its outputs are logged if the test
// failed.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	leaktest.Check(t)
	p := &Process{Cmd: cmd, Out: NewOutput(), Err: NewOutput(), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.Out, p.Err
	cmd.WaitDelay = time.Second // children that keep the outputs open
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // ProcessState tells
		p.Out.end()
		p.Err.end()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(10 * time.Second):
			t.Errorf("%s did not end when told to", filepath.Base(cmd.Path))
			_ = p.Signal(os.Kill)
			<-p.done
		}
		if t.Failed() {
			t.Logf("%s: %v\n%s%s", filepath.Base(cmd.Path), cmd.ProcessState, p.Out.tail(), p.Err.tail())
		}
	})
	return p
}

// Signal sends a signal; to a process that has ended it is nothing.
func (p *Process) Signal(s os.Signal) error {
	err := p.Cmd.Process.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Done returns a channel that is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the process to end and gives its exit code; -1 if it was killed.
func (p *Process) Wait(t testing.TB) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatalf("%s does not end", filepath.Base(p.Path))
	}
	return p.ProcessState.ExitCode()
}

// Run runs a program to its end, in dir, with only env and PATH in its environment,
// and gives what it wrote. Failing fails the test.
func Run(t testing.TB, dir string, env []string, stdin io.Reader, program string, args ...string) []byte {
	t.Helper()
	leaktest.Check(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdin = dir, stdin
	cmd.Env = environ(dir, env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(program), err, out, said.Bytes())
	}
	return out
}

// environ returns an environment in which no program reads the user's files.
func environ(home string, more ...string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "LC_ALL=C.UTF-8", "TZ=UTC"}, more...)
}

// An Output collects what a process writes; it may be read concurrently.
type Output struct {
	mu    sync.Mutex
	grown *sync.Cond
	text  []byte
	ended bool
}

// NewOutput returns an empty Output.
func NewOutput() *Output {
	o := new(Output)
	o.grown = sync.NewCond(&o.mu)
	return o
}

// Write implements io.Writer.
func (o *Output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	o.grown.Broadcast()
	return len(b), nil
}

func (o *Output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.grown.Broadcast()
}

// String returns all output so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

func (o *Output) tail() string {
	text := o.String()
	return text[max(0, len(text)-8<<10):]
}

// Await waits until what was written holds a text, and gives all of it. It fails the
// test if the process ends without.
func (o *Output) Await(t testing.TB, text string) string {
	t.Helper()
	late := time.AfterFunc(patience, o.end)
	defer late.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for !bytes.Contains(o.text, []byte(text)) {
		if o.ended {
			t.Fatalf("no %q in\n%s", text, o.text)
		}
		o.grown.Wait()
	}
	return string(o.text)
}

// Eventually asks until ok says yes, and fails the test if it never does.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(patience); !ok(); <-again.C {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
