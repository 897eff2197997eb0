package main_test

import (
	"slices"
	"strings"
	"testing"

	"imapscope/samples/lesson"
)

// TestHelpLessons holds what the topic teaches: its lesson works, it has every key, and
// no other.
func TestHelpLessons(t *testing.T) {
	topic := helpTopic(t, "lessons")
	var text strings.Builder
	for line := range strings.Lines(section(t, strings.ReplaceAll(topic, "\n    ## ", "\n    \x00# "), "A whole lesson")) {
		text.WriteString(strings.ReplaceAll(strings.TrimPrefix(line, "    "), "\x00", "#"))
	}
	l, err := lesson.Parse("help.md", []byte(strings.Trim(text.String(), "\n")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Check(lesson.Beside("help.md")); err != nil {
		t.Error(err)
	}

	head, step := lesson.Keys()
	var listed []string
	for _, h := range []string{"The head", "What a step points at", "What a step asks", "Notes for the teacher", "Commands to type"} {
		for _, e := range examples(section(t, topic, h)) {
			if key, _, ok := strings.Cut(e, "  "); ok && !strings.Contains(key, ":") {
				listed = append(listed, key)
			}
		}
	}
	want := append(head, step...)
	slices.Sort(want)
	slices.Sort(listed)
	if !slices.Equal(want, listed) {
		t.Errorf("keys %q, and listed are %q", want, listed)
	}
	for _, key := range want {
		if key != "title" && key != "about" && !strings.Contains(text.String(), key+": ") && key != "tab" && key != "quirk" && key != "fault" {
			t.Errorf("the whole lesson has no %s", key)
		}
	}
	for _, tab := range lesson.Tabs() {
		if !strings.Contains(topic, tab) {
			t.Errorf("there is no word of the tab %s", tab)
		}
	}
}
