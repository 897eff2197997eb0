package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRulesFireOnTheirBadExamples checks that each rule fires on its bad example and not on its good one,
// which is faultless.
func TestRulesFireOnTheirBadExamples(t *testing.T) {
	for _, r := range rules {
		t.Run(r.ID, func(t *testing.T) {
			bad, err := play(r.Bad, Options{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(bad, func(f Finding) bool { return f.Rule == r }) {
				t.Errorf("does not fire on\n%s%v", r.Bad, lines(bad))
			}
			good, err := play(r.Good, Options{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range good {
				if f.Rule == r || f.Severity > Note {
					t.Errorf("%s fires on the good example:\n%s%s", f.Rule.ID, r.Good, f.Message)
				}
			}
		})
	}
}

func lines(list []Finding) string {
	var b strings.Builder
	for _, f := range list {
		b.WriteString(fmt.Sprint(f.Rule.ID, " ", f.Message) + "\n")
	}
	return b.String()
}

// TestRulesAreComplete checks that every rule in the source is in the list, that IDs are
// unique, and that each rule has all its texts.
func TestRulesAreComplete(t *testing.T) {
	written := 0
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if id, ok := kv.Key.(*ast.Ident); ok && id.Name == "ID" && !strings.HasSuffix(name, "_test.go") {
					if _, ok := kv.Value.(*ast.BasicLit); ok {
						written++
					}
				}
			}
			return true
		})
	}
	if written != len(rules) {
		t.Errorf("%d rules are in the source, %d are in the list", written, len(rules))
	}
	for i, r := range Rules() {
		if i > 0 && r.ID <= Rules()[i-1].ID {
			t.Errorf("%s after %s", r.ID, Rules()[i-1].ID)
		}
		if len(r.On) == 0 || r.Run == nil || r.Title == "" || r.Explanation == "" || r.Advice == "" || r.Ref.IsZero() || !strings.HasSuffix(strings.TrimRight(r.Explanation, ")"), ".") {
			t.Errorf("%s lacks a text", r.ID)
		}
		if got, ok := Lookup(r.ID); !ok || got != r {
			t.Errorf("%s is not found", r.ID)
		}
	}
}

// TestRulesCanBeDisabledAndSelected checks that rules can be disabled, selected, and excluded by severity, and
// that an unknown rule is an error.
func TestRulesCanBeDisabledAndSelected(t *testing.T) {
	const text = "# INBOX selected, 9 messages\nC: a1 FETCH 4:2 FAST\nS: a1 OK done\nC: a2 FETCH 12 FAST\nS: a2 BAD\n"
	ids := func(o Options) string {
		list, err := play(text, o, 0)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range list {
			out = append(out, f.Rule.ID)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Only: []string{"C008", "C009"}}, "C009 C008"},
		{Options{Only: []string{"C008", "C009"}, Disable: []string{"C008"}}, "C009"},
		{Options{Only: []string{"C008", "C009"}, MinSeverity: Warning}, "C008"},
	} {
		if got := ids(c.o); got != c.want {
			t.Errorf("%+v: %q, want %q", c.o, got, c.want)
		}
	}
	if _, err := New(Options{Disable: []string{"X999"}}, nil); err == nil {
		t.Error("X999 is taken for a rule")
	}
}
