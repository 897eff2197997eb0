package main

import (
	"strings"
	"testing"

	"imapscope/proxy/intercept/rewrite"
)

// TestHelpRewriteExamples loads the programs of the help, and checks that what it says about limits
// is so. That the rules do what it says is tested in proxy/intercept/rewrite.
func TestHelpRewriteExamples(t *testing.T) {
	page, err := helpFiles.ReadFile("help/rewrite.md")
	if err != nil {
		t.Fatal(err)
	}
	var program []string
	loaded := 0
	for line := range strings.Lines(string(page)) {
		code, ok := strings.CutPrefix(line, "    ")
		if ok || len(program) > 0 && line == "\n" {
			program = append(program, code)
			continue
		}
		if src := strings.Join(program, ""); strings.HasPrefix(src, "def ") {
			if _, err := rewrite.Load("help.star", strings.NewReader(src)); err != nil {
				t.Errorf("%v\n%s", err, src)
			}
			loaded++
		}
		program = nil
	}
	if loaded != 4 {
		t.Errorf("%d programs", loaded)
	}
	for _, name := range rewrite.Translations() {
		if !strings.Contains(string(page), "--translate "+name) {
			t.Errorf("--translate %s is not described", name)
		}
		if _, err := rewrite.Translation(name); err != nil {
			t.Error(err)
		}
	}
}
