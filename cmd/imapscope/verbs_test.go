package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"imapscope/decode/protocol"
)

// TestVerbsAreDescribed: each verb has a title, a text and an example, and each file of
// help/verbs is a verb's.
func TestVerbsAreDescribed(t *testing.T) {
	root := newRoot(&env{out: new(bytes.Buffer), err: new(bytes.Buffer)})
	verbs := make(map[string]bool)
	for _, c := range root.Commands() {
		verbs[c.Name()] = true
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: the title is %q", c.Name(), c.Short)
		}
		if c.Name() == "help" || c.Name() == "version" {
			continue
		}
		if len(c.Long) < 100 || strings.Contains(c.Long, "## ") {
			t.Errorf("%s: the text is %q", c.Name(), c.Long)
		}
		if c.Name() != "ca" && !strings.HasPrefix(c.Example, "  imapscope "+c.Name()) {
			t.Errorf("%s: the example is %q", c.Name(), c.Example)
		}
	}
	files, _ := filepath.Glob("help/verbs/*.md")
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".md"); !verbs[name] {
			t.Errorf("%s is of no verb", f)
		}
	}
}

// pointsToHelp matches where a text says "imapscope help NAME", also across lines.
var pointsToHelp = regexp.MustCompile(`imapscope\s+help\s+([a-z0-9-]+)`)

// TestHelpPointsToWhatIsThere: README.md and the help pages name only topics and verbs that
// exist, and README.md's table of topics, too; README.md stays short.
func TestHelpPointsToWhatIsThere(t *testing.T) {
	known := make(map[string]bool)
	for _, c := range newRoot(&env{out: new(bytes.Buffer), err: new(bytes.Buffer)}).Commands() {
		known[c.Name()] = true
	}
	for _, name := range helpPages().Names() {
		known[name] = true
	}
	topics, _ := filepath.Glob("help/*.md")
	verbs, _ := filepath.Glob("help/verbs/*.md")
	const readme = "../../README.md"
	for _, file := range slices.Concat([]string{readme}, topics, verbs) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pointsToHelp.FindAllSubmatch(text, -1) {
			if !known[string(m[1])] {
				t.Errorf("%s: there is no help on %s", file, m[1])
			}
		}
		if file != readme {
			continue
		}
		if len(text) > 15_000 {
			t.Errorf("README.md has %d bytes: move what a beginner can do without to a topic", len(text))
		}
		for line := range strings.Lines(string(text)) {
			cell, ok := strings.CutPrefix(line, "| `help ")
			names, _, _ := strings.Cut(cell, "|")
			for _, name := range strings.FieldsFunc(names, func(r rune) bool { return strings.ContainsRune("`, ", r) }) {
				if ok && !known[name] {
					t.Errorf("README.md: there is no topic %s", name)
				}
			}
		}
	}
}

// TestHelpListsEveryCommand: help commands has each command's form and meaning, and fits a
// terminal.
func TestHelpListsEveryCommand(t *testing.T) {
	text, ok := helpPages().Topic("commands")
	if !ok {
		t.Fatal("no such topic")
	}
	said := flat(text)
	for en := range protocol.Of(protocol.Command) {
		for _, want := range []string{en.Shape(), en.Plain, en.Ref.String(), en.Dialect.String()} {
			if !strings.Contains(said, flat(want)) {
				t.Errorf("%s: no %q", en.Name, want)
			}
		}
	}
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
