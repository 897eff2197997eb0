package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// SECURITY.md lists promises in tables: what is promised, in the table of limits also by
// which bound, and the command that runs the tests which hold the promise. A number in that
// table is followed by the constant that it comes from:
//
//	| a message, kept | 64 KiB (`decode/wire.DefaultKeep`) | `go test ./decode/wire -run Kept` |

// A promise is one row of such a table.
type promise struct {
	line         int
	bounds, test string // of a row without bounds, bounds is empty
}

// promises returns the rows of the tables of SECURITY.md.
func promises(t *testing.T) (list []promise) {
	t.Helper()
	b, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	header := 0 // the columns of the table
	for i, line := range strings.Split(string(b), "\n") {
		inner, isRow := strings.CutPrefix(line, "| ")
		cells := strings.Split(strings.TrimSuffix(inner, " |"), " | ")
		switch {
		case strings.HasPrefix(line, "|---"):
		case !isRow:
			header = 0
		case header == 0:
			header = len(cells)
		case len(cells) != header:
			t.Errorf("SECURITY.md:%d: %d cells in a table of %d columns", i+1, len(cells), header)
		case header == 3:
			list = append(list, promise{i + 1, cells[1], cells[2]})
		default:
			list = append(list, promise{i + 1, "", cells[len(cells)-1]})
		}
	}
	if len(list) < 50 {
		t.Fatalf("SECURITY.md has %d promises", len(list))
	}
	return list
}

var testCommand = regexp.MustCompile("^`go test \\./(\\S+) -run (?:'([^']+)'|(\\w+(?:/\\w+)?))`$")

// TestSecurityPromisesHaveTests checks that each promise of SECURITY.md names tests that
// exist, one for each alternative of its -run.
func TestSecurityPromisesHaveTests(t *testing.T) {
	tests := map[string][]string{}
	for _, p := range promises(t) {
		for one := range strings.SplitSeq(p.test, ", ") {
			m := testCommand.FindStringSubmatch(one)
			if m == nil {
				t.Errorf("SECURITY.md:%d: %s is not of the form `go test ./PACKAGE -run NAME`", p.line, one)
				continue
			}
			if tests[m[1]] == nil {
				tests[m[1]] = testsOf(t, m[1])
			}
			for name := range strings.SplitSeq(m[2]+m[3], `\|`) { // so a table has it
				if !runsOneOf(name, tests[m[1]]) {
					t.Errorf("SECURITY.md:%d: ./%s has no test %s", p.line, m[1], name)
				}
			}
		}
	}
	if runsOneOf("NoSuchThing", tests["cmd/imapscope"]) || runsOneOf("Scripts/nosuchscript", tests["cmd/imapscope"]) || !runsOneOf("Scripts/report", tests["cmd/imapscope"]) {
		t.Error("tests that do not exist are found, or one that does is not")
	}
}

// testsOf returns the names of the tests of a package; those of TestScripts are by file.
func testsOf(t *testing.T, dir string) (names []string) {
	t.Helper()
	for _, f := range parsed(t, dir) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && (strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz")) {
				names = append(names, fn.Name.Name)
			}
		}
	}
	scripts, _ := filepath.Glob(filepath.Join("../..", dir, "testdata/script/*.txtar"))
	for _, s := range scripts {
		names = append(names, "TestScripts/"+strings.TrimSuffix(filepath.Base(s), ".txtar"))
	}
	return names
}

// runsOneOf reports whether `go test -run name` runs one of the tests, and its subtest if
// the name has one.
func runsOneOf(name string, tests []string) bool {
	re, err := regexp.Compile(name)
	for _, test := range tests {
		if err == nil && strings.Contains(test, "/") == strings.Contains(name, "/") && re.MatchString(test) {
			return true
		}
	}
	return false
}

// parsed returns the Go files of a package, the tests last.
func parsed(t *testing.T, dir string) []*ast.File {
	t.Helper()
	return append(parse(t, dir, false), parse(t, dir, true)...)
}

// parse returns the Go files of a package that are tests, or those that are not.
func parse(t *testing.T, dir string, tests bool) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no Go files in %s, %v", dir, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") != tests {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

var (
	bound = regexp.MustCompile("^([\\d,]+)( [\\w -]+)? \\(`([\\w/]+)\\.(\\w+)`\\)$")
	units = map[string]int64{
		"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
		"second": int64(time.Second), "seconds": int64(time.Second), "ms": int64(time.Millisecond),
	}
)

// TestSecurityBoundsAreTheConstants checks each number in the table of limits against the
// constant that it names.
func TestSecurityBoundsAreTheConstants(t *testing.T) {
	checked := 0
	for _, p := range promises(t) {
		for b := range strings.SplitSeq(p.bounds, "; ") {
			m := bound.FindStringSubmatch(b)
			if m == nil {
				if strings.ContainsAny(b, "0123456789") {
					t.Errorf("SECURITY.md:%d: %q is not of the form: NUMBER UNIT (`PACKAGE.CONSTANT`)", p.line, b)
				}
				continue
			}
			want, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
			if err != nil {
				t.Errorf("SECURITY.md:%d: %v", p.line, err)
			}
			unit, _, _ := strings.Cut(strings.TrimSpace(m[2]), " ")
			if u := units[unit]; u > 0 {
				want *= u
			}
			got, err := constantOf(parsed(t, m[3]), m[4])
			if err != nil || got != want {
				t.Errorf("SECURITY.md:%d: %s: the constant is %d, %v", p.line, b, got, err)
			}
			checked++
		}
	}
	if checked < 40 {
		t.Errorf("only %d bounds name their constants", checked)
	}
}

// constantOf returns the value of a constant of a package: a number of things or bytes, or
// a time in nanoseconds.
func constantOf(files []*ast.File, name string) (int64, error) {
	for _, f := range files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				for i, n := range v.Names {
					if n.Name == name && i < len(v.Values) {
						c, err := evaluate(files, v.Values[i])
						if err != nil {
							return 0, fmt.Errorf("%s: %w", name, err)
						}
						n, _ := constant.Int64Val(constant.ToInt(c))
						return n, nil
					}
				}
			}
		}
	}
	return 0, fmt.Errorf("no constant %s", name)
}

func evaluate(files []*ast.File, e ast.Expr) (constant.Value, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.MakeFromLiteral(e.Value, e.Kind, 0), nil
	case *ast.ParenExpr:
		return evaluate(files, e.X)
	case *ast.Ident:
		n, err := constantOf(files, e.Name)
		return constant.MakeInt64(n), err
	case *ast.SelectorExpr:
		of := map[string]time.Duration{"Second": time.Second, "Minute": time.Minute, "Millisecond": time.Millisecond}
		if d, ok := of[e.Sel.Name]; ok {
			return constant.MakeInt64(int64(d)), nil
		}
	case *ast.BinaryExpr:
		x, err := evaluate(files, e.X)
		if err != nil {
			return nil, err
		}
		y, err := evaluate(files, e.Y)
		if err != nil {
			return nil, err
		}
		if e.Op == token.SHL {
			n, _ := constant.Uint64Val(y)
			return constant.Shift(x, token.SHL, uint(n)), nil
		}
		return constant.BinaryOp(x, e.Op, y), nil
	}
	return nil, fmt.Errorf("an expression of another kind, %T", e)
}
