package lesson

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func cmpBlocks(want, got []Block) string { return cmp.Diff(want, got) }

func TestProgress(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "progress.json")
	p, err := LoadProgress(file)
	if err != nil || len(p.Lessons) != 0 {
		t.Fatalf("%v, %v", p, err)
	}
	r := p.Of("1-conversation")
	r.Step = 4
	r.Answer(1, AtOnce)
	r.Answer(2, Skipped)
	r.Answer(3, WithHelp)
	r.Answer(1, Skipped)  // it was answered
	r.Answer(2, WithHelp) // it was not
	p.Of("2-selecting").Finished = true
	for range 2 { // the second time over the first file
		if err := p.Save(file); err != nil {
			t.Fatal(err)
		}
	}
	again, err := LoadProgress(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, again); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[int]Result{1: AtOnce, 2: WithHelp, 3: WithHelp}, again.Of("1-conversation").Answered); d != "" {
		t.Error(d)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
		t.Errorf("%d files", len(left))
	}
	if at := r.At(&Lesson{Steps: make([]Step, 3)}); at != 2 {
		t.Errorf("step %d of a lesson that became shorter", at)
	}
}

func TestBrokenProgress(t *testing.T) {
	file := filepath.Join(t.TempDir(), "progress.json")
	for text, why := range map[string]string{
		"":                              "unexpected end of JSON input",
		"{":                             "unexpected end of JSON input",
		`{"lessons":{"a":null}}`:        `there is no such step in "a"`,
		`{"lessons":{"a":{"step":-1}}}`: `there is no such step in "a"`,
		`{"lessons":{"a":{"answered":{"1":"x"}}}}`: `"x" is not a result`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadProgress(file)
		want := file + " is not a valid progress file: " + why + "; fix it, or remove it to start over"
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := LoadProgress(filepath.Dir(file)); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Error(err)
	}
	if err := (&Progress{}).Save(filepath.Dir(file)); err == nil || !strings.HasPrefix(err.Error(), "cannot save your progress: ") {
		t.Error(err)
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
		t.Errorf("%d files", len(left))
	}
}
