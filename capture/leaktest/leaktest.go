// Package leaktest finds what tests leave behind: goroutines, descriptors, processes and temporary files.
//
//	func TestMain(m *testing.M) { os.Exit(leaktest.Package{Tests: m}.Run()) }
//
//	func helper(t *testing.T) {
//		leaktest.Check(t)
//		...
//	}
//
// # Rules
//
//   - Package holds all tests of a package to it, whatever they call. Check names the test,
//     and belongs at the top of every helper that starts something.
//   - What ends by itself soon after is no leak: both look until it has, within patience.
//   - Descriptors and processes are seen where there is a /proc; elsewhere they are not
//     looked at.
package leaktest

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// patience is how long what a test has ended may take to be gone.
const patience = 10 * time.Second

// folder is what the name of the temporary folder of a Package begins with. It is short:
// the tests make sockets below it.
const folder = "leaktest"

// own reports whether a temporary folder is that of a Package, and no other process's.
func own(dir string) bool { return strings.HasPrefix(filepath.Base(dir), folder) }

// A Package is the tests of a package, which must leave nothing behind when they have
// succeeded. Their temporary folder (TMPDIR) is a new one, and theirs alone.
type Package struct {
	Tests interface{ Run() int } // a *testing.M

	wait time.Duration // instead of patience
}

// Run runs the tests and returns the exit code of the process. Where a test of a Package
// runs the test binary again, that test answers for what the second one leaves.
func (p Package) Run() int {
	if own(os.TempDir()) {
		return p.Tests.Run()
	}
	dir, err := os.MkdirTemp("", folder)
	if err != nil {
		fmt.Fprintln(os.Stderr, "leaktest:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	// Servers that tests start give their processes users of their own.
	if err := os.Chmod(dir, 0o711); err != nil {
		fmt.Fprintln(os.Stderr, "leaktest:", err)
		return 1
	}
	usual, set := os.LookupEnv("TMPDIR")
	if err := os.Setenv("TMPDIR", dir); err != nil {
		fmt.Fprintln(os.Stderr, "leaktest:", err)
		return 1
	}
	defer func() {
		if set {
			os.Setenv("TMPDIR", usual)
		} else {
			os.Unsetenv("TMPDIR")
		}
	}()
	before := look(dir)
	code := p.Tests.Run()
	if fuzzes := flag.Lookup("test.fuzz"); code != 0 || fuzzes != nil && fuzzes.Value.String() != "" {
		return code
	}
	left := await(cmp.Or(p.wait, patience), func() []string {
		return append(stacks(before.goroutines), look(dir).since(before)...)
	})
	if len(left) == 0 {
		return 0
	}
	fmt.Fprintf(os.Stderr, "FAIL: the tests left behind:\n%s\n", strings.Join(left, "\n"))
	return 1
}

// Check fails the test if it leaves something behind. It does so after every cleanup that
// is registered later, once for each test: a helper may call it again. Of a parallel test only
// the goroutines are known to be its own; the rest is left to Package.
func Check(t testing.TB) {
	t.Helper()
	check(t, patience)
}

func check(t testing.TB, wait time.Duration) {
	t.Helper()
	mine := fmt.Sprintf("%q:%q", label, t.Name())
	if checks(mine) {
		return
	}
	// Goroutines inherit the labels of the one that starts them.
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(label, t.Name())))
	dir, alone := os.TempDir(), serial(t)
	before := look(dir)
	t.Cleanup(func() {
		if t.Failed() { // it ended where it was not expected to
			return
		}
		left := await(wait, func() []string {
			left := labelled(mine)
			if alone {
				left = append(left, look(dir).since(before)...)
			}
			return left
		})
		if len(left) > 0 {
			t.Errorf("left behind:\n%s", strings.Join(left, "\n"))
		}
	})
}

// serial reports whether no other test runs beside t, as testing itself has it: Setenv is
// refused where one does.
func serial(t testing.TB) (alone bool) {
	defer func() { alone = recover() == nil }()
	t.Setenv("TMPDIR", os.TempDir())
	return true
}

// await waits until nothing is left, and returns what is after that time.
func await(wait time.Duration, left func() []string) []string {
	for end := time.Now().Add(wait); ; time.Sleep(5 * time.Millisecond) {
		all := left()
		if len(all) == 0 || time.Now().After(end) {
			return all
		}
		if pipesOnly(all) {
			runtime.GC() // package net keeps pipes to splice with until then
		}
	}
}

// pipesOnly reports whether everything left is a pipe.
func pipesOnly(left []string) bool {
	for _, l := range left {
		if !strings.HasPrefix(l, "descriptor") || !strings.Contains(l, "pipe:") {
			return false
		}
	}
	return true
}
