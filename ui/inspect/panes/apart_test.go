package panes

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// apart are the files of each pane and view. All others are the kit that they share, but
// for detail.go, which puts the views together.
var apart = map[string][]string{
	"connections": {"conns.go"}, "transactions": {"txns.go"}, "lesson": {"lesson.go"},
	"annotated": {"annotated.go", "words.go"}, "tree": {"treehex.go"}, "message": {"message.go"}, "timing": {"timing.go"},
	"findings": {"findings.go"}, "ladder": {"ladder.go"}, "diff": {"diff.go"},
}

// TestPanesAreApart: no pane and no view uses what another one declares.
func TestPanesAreApart(t *testing.T) {
	owner := make(map[string]string) // of a file
	for pane, files := range apart {
		for _, f := range files {
			owner[f] = pane
		}
	}
	files := make(map[string]*ast.File)
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	declared := make(map[string]string) // by name: its pane
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = parser.ParseFile(fset, name, nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
		for _, d := range files[name].Decls {
			for _, id := range declares(d) {
				declared[id] = owner[name]
			}
		}
	}
	members := make(map[*ast.Ident]bool)
	for file, pane := range owner {
		if files[file] == nil {
			t.Errorf("there is no file %s", file)
			continue
		}
		ast.Inspect(files[file], func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				members[sel.Sel] = true // of what is before the dot
			}
			if id, ok := n.(*ast.Ident); ok && !members[id] && declared[id.Name] != "" && declared[id.Name] != pane {
				t.Errorf("%s: %s uses %s of %s", fset.Position(n.Pos()), pane, id.Name, declared[id.Name])
			}
			return true
		})
	}
}

// declares returns the names that a declaration gives the package.
func declares(d ast.Decl) []string {
	var out []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			out = append(out, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				out = append(out, s.Name.Name)
			case *ast.ValueSpec:
				for _, id := range s.Names {
					out = append(out, id.Name)
				}
			}
		}
	}
	return out
}
