package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// starting matches what can be left behind: goroutines, listeners, processes, temporary files.
var starting = regexp.MustCompile(`(?m)^\t+go |\.Go\(func|\bnet\.Listen|\bexec\.Command|\bos\.(CreateTemp|MkdirTemp|Pipe)\(`)

// TestEveryPackageLooksForLeaks checks that the tests of every package that starts something,
// itself or in its tests, fail for what they leave behind.
func TestEveryPackageLooksForLeaks(t *testing.T) {
	root := filepath.Join("..", "..")
	starts, tested, looks := map[string]bool{}, map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == ".ci" {
			return fs.SkipDir // it is another module
		}
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		dir := filepath.Dir(name)
		starts[dir] = starts[dir] || starting.Match(b)
		if strings.HasSuffix(name, "_test.go") {
			tested[dir] = true
			looks[dir] = looks[dir] || strings.Contains(string(b), "func TestMain(") && strings.Contains(string(b), "Package{Tests: m}")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for dir := range starts {
		if !starts[dir] || !tested[dir] {
			continue
		}
		n++
		if !looks[dir] {
			t.Errorf("the tests of %s need func TestMain(m *testing.M) { os.Exit(leaktest.Package{Tests: m}.Run()) }", dir)
		}
	}
	if n < 15 {
		t.Errorf("only %d packages start something", n)
	}
}
