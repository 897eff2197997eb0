package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestParsersCannotReachOut checks that the packages that read untrusted bytes, and those of
// this module below them, can neither connect nor run a program, and that decoding cannot open
// a file either, the spool excepted.
func TestParsersCannotReachOut(t *testing.T) {
	roots := []string{"capture/pcap", "ui/view", "ui/report"}
	dirs, err := filepath.Glob("../../decode/*")
	if err != nil {
		t.Fatal(err)
	}
	more, _ := filepath.Glob("../../decode/redact/scrub")
	for _, dir := range append(append(dirs, more...), "../../decode") {
		if files, _ := filepath.Glob(filepath.Join(dir, "*.go")); len(files) > 0 {
			roots = append(roots, filepath.ToSlash(dir[len("../../"):]))
		}
	}
	if len(roots) < 15 {
		t.Fatalf("only %d packages: %v", len(roots), roots)
	}
	for _, root := range roots {
		seen := map[string]bool{root: true}
		for next := []string{root}; len(next) > 0; next = next[1:] {
			for _, imported := range importsOf(t, next[0]) {
				local, ours := strings.CutPrefix(imported, "imapscope/")
				switch {
				case ours && !seen[local]:
					seen[local] = true
					next = append(next, local)
				case slices.Contains([]string{"net", "net/http", "crypto/tls", "os/exec", "plugin"}, imported),
					imported == "os" && strings.HasPrefix(next[0], "decode") && next[0] != "decode/archive":
					t.Errorf("%s imports %s through %s", root, imported, next[0])
				}
			}
		}
	}
	if !slices.Contains(importsOf(t, "proxy"), "net") {
		t.Error("imports are not found")
	}
}

// importsOf returns what the Go files of a package import, tests excepted.
func importsOf(t *testing.T, dir string) (paths []string) {
	t.Helper()
	for _, f := range parse(t, dir, false) {
		for _, i := range f.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
	}
	return paths
}
