package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The package table of CONTRIBUTING.md is what `go list` says: each package, the
// first sentence of its package comment, and what it imports of this module.
// `go test ./cmd/imapscope -run PackageTable -update` writes it.

const (
	tableBegin = "<!-- packages -->\n"
	tableEnd   = "<!-- /packages -->\n"
)

// A goPackage is what the table shows of a package.
type goPackage struct {
	ImportPath string
	Name       string
	Doc        string
	Imports    []string
}

func TestPackageTableIsWhatGoListSays(t *testing.T) {
	file := filepath.Join("..", "..", "CONTRIBUTING.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegin)
	have, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("CONTRIBUTING.md has no table between %q and %q", tableBegin, tableEnd)
	}
	want := packageTable(t)
	if *update {
		if err := os.WriteFile(file, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != want {
		t.Errorf("the package table of CONTRIBUTING.md is not what `go list ./...` says;\n"+
			"go test ./cmd/imapscope -run PackageTable -update writes it\n%s", firstDifference(have, want))
	}
}

func packageTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| package | what it is | imports |\n|---|---|---|\n")
	for _, p := range listPackages(t) {
		path := strings.TrimPrefix(p.ImportPath, "imapscope/")
		what := sentence(p)
		if what == "" {
			t.Errorf("%s has no package comment of the form \"Package %s …\" or \"Command …\" that begins with one sentence", path, p.Name)
		}
		var imports []string
		for _, i := range p.Imports {
			if i, ok := strings.CutPrefix(i, "imapscope/"); ok {
				imports = append(imports, i)
			}
		}
		slices.Sort(imports)
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", path, what, strings.Join(imports, ", "))
	}
	return b.String()
}

// sentence returns the first sentence of a package comment without the words that
// introduce it, or "".
func sentence(p goPackage) string {
	for _, lead := range []string{"Package " + p.Name + " ", "Command ", "Imapscope "} {
		if rest, ok := strings.CutPrefix(p.Doc, lead); ok && strings.HasSuffix(rest, ".") {
			return strings.ReplaceAll(strings.ToUpper(rest[:1])+rest[1:], "|", `\|`)
		}
	}
	return ""
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Name,Doc,Imports", "./...")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64") // the table is the same everywhere
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("SKIPPED: the package table is not checked: go list: %v (it needs the go command)", err)
	}
	var packages []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	slices.SortFunc(packages, func(a, b goPackage) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return packages
}

// firstDifference returns the first line in which two texts differ.
func firstDifference(have, want string) string {
	h, w := strings.Split(have, "\n"), strings.Split(want, "\n")
	for i := range max(len(h), len(w)) {
		a, b := "", ""
		if i < len(h) {
			a = h[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return "have: " + a + "\nwant: " + b
		}
	}
	return ""
}
