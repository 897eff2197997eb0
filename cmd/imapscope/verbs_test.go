package main

import (
	"bytes"
	"path/filepath"
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
