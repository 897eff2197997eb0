package recorder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Package{Tests: m}.Run()) }

// TestRemovedFileIsReported removes and renames the file of a recording before its end. The
// files of a series may be taken away by those who read them.
func TestRemovedFileIsReported(t *testing.T) {
	keep := func(string) error { return nil }
	for _, c := range []struct {
		name    string
		options Options
		do      func(file string) error
		want    bool
	}{
		{"kept", Options{}, keep, false},
		{"removed", Options{}, os.Remove, true},
		{"renamed", Options{}, func(file string) error { return os.Rename(file, file+".old") }, true},
		{"of a series", Options{MaxBytes: 1 << 20}, keep, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaktest.Check(t)
			var warned strings.Builder
			c.options.File = filepath.Join(t.TempDir(), "r.pcapng")
			r, err := Start(c.options, &warned)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.do(c.options.File); err != nil {
				t.Fatal(err)
			}
			if err := r.Finish(); err != nil {
				t.Error(err)
			}
			if got := strings.Contains(warned.String(), "r.pcapng is no longer there"); got != c.want {
				t.Errorf("reported: %t, want %t; all warnings:\n%s", got, c.want, warned.String())
			}
		})
	}
}
