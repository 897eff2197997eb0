package leaktest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(Package{Tests: m}.Run()) }

// short is long enough for what ends by itself in these tests.
const short = 200 * time.Millisecond

// A recorder is a test that notes its failures and runs its cleanups when asked to.
type recorder struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Name() string     { return r.TB.Name() + "/recorded" }

func (r *recorder) end() string {
	for len(r.cleanups) > 0 {
		last := len(r.cleanups) - 1
		f := r.cleanups[last]
		r.cleanups = r.cleanups[:last]
		f()
	}
	return strings.Join(r.errors, "\n")
}

// leaving are the things that a test can leave behind: each is made, and cleaned up.
var leaving = map[string]func(t *testing.T) (undo func()){
	"goroutines: ": func(*testing.T) func() {
		c := make(chan int)
		go func() { <-c }()
		return func() { close(c) }
	},
	"descriptor ": func(t *testing.T) func() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return func() { l.Close() }
	},
	"process ": func(t *testing.T) func() {
		cmd := exec.Command("sleep", "60")
		if err := cmd.Start(); err != nil {
			t.Skip("NOT TESTED: ", err)
		}
		return func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	},
	"file ": func(t *testing.T) func() {
		name := filepath.Join(os.TempDir(), "imapscope-1.spool")
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return func() { os.Remove(name) }
	},
}

// TestCheck checks that everything left behind is found, and nothing once it is gone.
func TestCheck(t *testing.T) {
	for kind, leave := range leaving {
		t.Run(kind, func(t *testing.T) {
			r := &recorder{TB: t}
			check(r, short)
			check(r, short) // a helper calls it again
			if n := len(r.cleanups); n != 1 {
				t.Errorf("%d checks for one test", n)
			}
			undo := leave(t)
			defer undo()
			if got := r.end(); !strings.Contains(got, kind) {
				t.Errorf("not found: %q", got)
			}
		})
		t.Run(kind+"gone", func(t *testing.T) {
			r := &recorder{TB: t}
			Check(r)
			r.Cleanup(leave(t))
			if got := r.end(); got != "" {
				t.Error(got)
			}
		})
	}
}

// TestParallelTestAnswersForItsOwnGoroutines checks that a parallel test answers for its own goroutines only.
func TestParallelTestAnswersForItsOwnGoroutines(t *testing.T) {
	for _, name := range []string{"a", "b"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Check(t)
			c := make(chan int)
			go func() { <-c }()
			t.Cleanup(func() { close(c) })
		})
	}
}

// TestParallelOnce checks that each of many parallel tests is checked once.
func TestParallelOnce(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			for range 50 {
				Check(r)
			}
			if n := len(r.cleanups); n != 1 {
				t.Errorf("%d checks for one test", n)
			}
		})
	}
}

// tests is a package's tests.
type tests func()

func (t tests) Run() int { t(); return 0 }

// TestPackageFailsForWhatItsTestsLeave checks that a package fails for what its tests leave behind.
func TestPackageFailsForWhatItsTestsLeave(t *testing.T) {
	for kind, leave := range leaving {
		t.Run(kind, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			var undo func()
			if code := (Package{wait: short, Tests: tests(func() { undo = leave(t) })}).Run(); code != 1 {
				t.Errorf("exit code %d", code)
			}
			undo()
			if code := (Package{wait: short, Tests: tests(func() { leave(t)() })}).Run(); code != 0 {
				t.Errorf("exit code %d though nothing is left", code)
			}
		})
	}
}

// TestLeftFindsFilesAndProcesses checks that what a program leaves in its temporary folder is found, and the
// processes that it leaves running.
func TestLeftFindsFilesAndProcesses(t *testing.T) {
	Check(t)
	dir := t.TempDir()
	if left := Left(dir); len(left) > 0 {
		t.Error(left)
	}
	cmd := exec.Command("sleep", "60")
	cmd.Env = []string{"TMPDIR=" + dir}
	if err := cmd.Start(); err != nil {
		t.Skip("NOT TESTED: ", err)
	}
	if left := strings.Join(left(dir, short), "\n"); !strings.Contains(left, "(sleep)") {
		t.Errorf("left: %q", left)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if left := Left(dir); len(left) > 0 {
		t.Error(left)
	}
}
