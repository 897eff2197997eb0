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

	"imapscope/capture/golden"
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
	golden.Section(t, file, tableBegin, tableEnd, packageTable(t))
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
