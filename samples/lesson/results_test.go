package lesson

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestResultsAreAppended: to a new file, to one with results, and in a folder to a file of one's own.
func TestResultsAreAppended(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine")
	want := []Visit{{"2-selecting", 3, 2, 1, 41.5, true}, {"2-selecting", 4, 0, 0, 3, false}}
	for _, v := range want {
		r, err := OpenResults(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Append(v); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if w := `{"lesson":"2-selecting","step":3,"attempts":2,"hints":1,"seconds":41.5,"right":true}` + "\n"; err != nil || !strings.HasPrefix(string(text), w) {
		t.Errorf("%s, %v; want %s first", text, err, w)
	}
	got, err := ReadResults(file)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
	class := filepath.Join(dir, "class")
	if err := os.Mkdir(class, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := OpenResults(class)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Append(want[0]); err != nil {
			t.Fatal(err)
		}
	}
	files, err := ResultFiles([]string{class, file})
	if err != nil || len(files) != 3 || files[2] != file || files[0] == files[1] {
		t.Errorf("%q, %v", files, err)
	}
}

// TestOtherFilesAreNotAppendedTo: a file that has anything but results stays as it is.
func TestOtherFilesAreNotAppendedTo(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a text":       "My thesis.\n",
		"other JSON":   `{"lessons":{}}` + "\n",
		"a name in it": `{"lesson":"1","step":1,"attempts":0,"hints":0,"seconds":1,"right":true,"name":"fred"}` + "\n",
		"no end":       `{"lesson":"1","step":1,"attempts":0,"hints":0,"seconds":1,"right":true}`,
		"two values":   `{"lesson":"1","step":1} {"lesson":"1","step":1}` + "\n",
		"step 0":       `{"lesson":"1","step":0}` + "\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenResults(file); err == nil || !strings.Contains(err.Error(), "is not a results file") {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != text {
			t.Errorf("%s is now %q, %v", name, after, err)
		}
	}
	if _, err := OpenResults("/dev/null"); err == nil {
		t.Error("a device is a results file")
	}
}

// TestStudentsAreCountedOnce: visits of a student at a step count as one, students are counted once, and the time is the median.
func TestStudentsAreCountedOnce(t *testing.T) {
	got := Summarize([][]Visit{
		{{"2-b", 1, 1, 0, 10, true}, {"10-c", 2, 0, 0, 5, false}},
		{{"2-b", 1, 1, 0, 20, false}, {"2-b", 1, 2, 1, 30, true}},
		{{"2-b", 1, 3, 0, 12, false}},
	})
	want := []StepSummary{
		{"2-b", 1, 3, 1, 1, 7, 1, 12},
		{"10-c", 2, 1, 0, 0, 0, 0, 5},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
