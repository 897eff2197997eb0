// Package golden compares what tests produce with golden files, which -update rewrites.
//
//	func TestScreen(t *testing.T) { golden.File(t, "testdata/screen.txt", screen()) }
//
//	func TestTranscripts(t *testing.T) {
//		golden.Archives(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
//			a.Compare("want", decoded(a.Part("script")))
//		})
//	}
//
// # Rules
//
//   - A golden file is a promise: the difference that -update makes is read before it is
//     committed.
//   - With -update nothing is compared, and a test goes on as if all were well.
//   - The package is for tests only: importing it defines the flag.
package golden

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// longest is how many lines of a difference are shown.
const longest = 300

// Updating reports whether golden files are rewritten, for tests that skip work without it,
// or have a golden file of a form of their own.
func Updating() bool { return *update }

// File compares got with the content of a file. A difference is an error of t.
func File(t testing.TB, file, got string) {
	t.Helper()
	if *update {
		write(t, file, got)
		return
	}
	compare(t, file, read(t, file), got)
}

// Section compares got with the part of a file between two marks, of which the first must be
// there once. An empty end means the end of the file. The marks and the rest of the file stay
// as they are.
func Section(t testing.TB, file, begin, end, got string) {
	t.Helper()
	text := read(t, file)
	head, rest, ok := strings.Cut(text, begin)
	if !ok {
		t.Fatalf("%s has no %q", file, begin)
	}
	want, tail := rest, ""
	if end != "" {
		if want, tail, ok = strings.Cut(rest, end); !ok {
			t.Fatalf("%s has no %q after %q", file, end, begin)
		}
	}
	if *update {
		write(t, file, head+begin+got+end+tail)
		return
	}
	compare(t, file, want, got)
}

// An Archive is a txtar archive of which some files are what a test reads, and others what it
// must produce.
type Archive struct {
	txtar.Archive
	File string // its path

	t       testing.TB
	at      int // the file that was read or compared last
	used    map[string]bool
	changed bool
}

// Open reads an archive. With -update it is written when the test ends; otherwise a file of it
// that the test then has neither read nor compared is an error.
func Open(t testing.TB, file string) *Archive {
	t.Helper()
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := &Archive{Archive: *ar, File: file, t: t, at: len(ar.Files) - 1, used: make(map[string]bool)}
	t.Cleanup(func() {
		switch {
		case a.changed:
			write(t, file, string(txtar.Format(&a.Archive)))
		case !*update && !t.Failed() && !t.Skipped():
			for _, f := range a.Files {
				if !a.used[f.Name] {
					t.Errorf("%s has the file %q, which the test does not look at", file, f.Name)
				}
			}
		}
	})
	return a
}

// Archives runs f as a subtest for each archive that matches a pattern, of which there must
// be one at least. The name of a subtest is the name of its file, without the ending.
func Archives(t *testing.T, pattern string, f func(t *testing.T, a *Archive)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { f(t, Open(t, file)) })
	}
}

// Part returns the content of a file of the archive, which must be there.
func (a *Archive) Part(name string) string {
	a.t.Helper()
	if !a.find(name) {
		a.t.Fatalf("%s has no file %q", a.File, name)
	}
	return string(a.Files[a.at].Data)
}

// Compare compares got with the content of a file of the archive. With -update a file that is
// not there is added, after the one that was read or compared last.
func (a *Archive) Compare(name, got string) {
	a.t.Helper()
	there := a.find(name)
	switch {
	case *update && !there:
		a.at++
		a.Files = slices.Insert(a.Files, a.at, txtar.File{Name: name, Data: []byte(got)})
		a.changed = true
	case *update:
		a.changed = a.changed || string(a.Files[a.at].Data) != got
		a.Files[a.at].Data = []byte(got)
	case !there:
		a.t.Errorf("%s has no file %q (go test -update adds it):\n%s", a.File, name, got)
	default:
		compare(a.t, a.File+": "+name, string(a.Files[a.at].Data), got)
	}
}

// find looks for a file of the archive, and reports whether it is there.
func (a *Archive) find(name string) bool {
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == name })
	if i >= 0 {
		a.at, a.used[name] = i, true
	}
	return i >= 0
}

// compare reports the lines in which want, which what names, and got differ.
func compare(t testing.TB, what, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	t.Errorf("%s is not what the test has (go test -update accepts it):\n%s", what, Difference(want, got))
}

// Difference returns the difference of two texts line by line, or its first lines.
func Difference(want, got string) string {
	lines := strings.SplitAfter(string(diff.Diff("want", []byte(want), "got", []byte(got))), "\n")
	if more := len(lines) - longest; more > 0 {
		return fmt.Sprintf("%s(and %d more lines)\n", strings.Join(lines[:longest], ""), more)
	}
	return strings.Join(lines, "")
}

func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test -update writes golden files)", err)
	}
	return string(text)
}

// write writes a file, and the folder that it is in.
func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
