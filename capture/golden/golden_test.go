package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A recorder is a test that keeps its errors instead of failing.
type recorder struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, v ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, v...))
}

// run runs f as a test that -update is set for, or not, and returns its errors.
func run(t *testing.T, updating bool, f func(t testing.TB)) string {
	t.Helper()
	before := *update
	*update = updating
	defer func() { *update = before }()
	r := &recorder{TB: t}
	f(r)
	for _, c := range r.cleanups {
		c()
	}
	return strings.Join(r.errors, "\n")
}

// fileOf writes a file, and returns its name.
func fileOf(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "golden")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestFileShowsTheLinesThatDiffer(t *testing.T) {
	name := fileOf(t, "one\ntwo\nthree\n")
	same := func(t testing.TB) { File(t, name, "one\ntwo\nthree\n") }
	other := func(t testing.TB) { File(t, name, "one\n2\nthree\n") }
	if errs := run(t, false, same); errs != "" {
		t.Error(errs)
	}
	for _, want := range []string{name, "-update", "\n-two\n+2\n"} {
		if errs := run(t, false, other); !strings.Contains(errs, want) {
			t.Errorf("no %q in %q", want, errs)
		}
	}
}

func TestUpdateWritesWhatIsThenTheSame(t *testing.T) {
	for what, compare := range map[string]func(t testing.TB, file string){
		"a file":    func(t testing.TB, file string) { File(t, file, "two\n") },
		"a section": func(t testing.TB, file string) { Section(t, file, "<\n", ">\n", "two\n") },
		"the rest":  func(t testing.TB, file string) { Section(t, file, "<\n", "", "two\n") },
		"a part": func(t testing.TB, file string) {
			a := Open(t, file)
			a.Part("in")
			a.Compare("want", "two\n")
		},
	} {
		file := fileOf(t, "head\n<\none\n>\ntail\n-- in --\nzero\n-- want --\none\n")
		f := func(t testing.TB) { compare(t, file) }
		if errs := run(t, false, f); !strings.Contains(errs, "+two\n") {
			t.Errorf("%s that differs: %q", what, errs)
		}
		if errs := run(t, true, f); errs != "" {
			t.Errorf("%s with -update: %q", what, errs)
		}
		if errs := run(t, false, f); errs != "" {
			t.Errorf("%s after -update: %q", what, errs)
		}
	}
}

func TestUpdateKeepsTheRestOfTheFile(t *testing.T) {
	section := fileOf(t, "head\n<\none\n>\ntail\n")
	archive := fileOf(t, "why\n-- in --\nzero\n-- more --\none\n")
	run(t, true, func(t testing.TB) {
		Section(t, section, "<\n", ">\n", "two\n")
		a := Open(t, archive)
		a.Compare("out", a.Part("in"))
	})
	for name, want := range map[string]string{
		section: "head\n<\ntwo\n>\ntail\n",
		archive: "why\n-- in --\nzero\n-- out --\nzero\n-- more --\none\n",
	} {
		if got := read(t, name); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestFileThatIsNotLookedAtIsAnError(t *testing.T) {
	file := fileOf(t, "-- in --\nzero\n-- old --\none\n")
	errs := run(t, false, func(t testing.TB) { Open(t, file).Part("in") })
	if !strings.Contains(errs, `"old"`) || strings.Contains(errs, `"in"`) {
		t.Errorf("%q", errs)
	}
}

func TestPartThatIsMissingDiffers(t *testing.T) {
	name := fileOf(t, "-- in --\nzero\n")
	errs := run(t, false, func(t testing.TB) { Open(t, name).Compare("out", "") })
	if !strings.Contains(errs, `no file "out"`) {
		t.Errorf("%q", errs)
	}
}

func TestLongDifferenceIsCut(t *testing.T) {
	var want, got strings.Builder
	for i := range 10 * longest {
		fmt.Fprintf(&want, "%d\n", i)
		fmt.Fprintf(&got, "x%d\n", i)
	}
	d := Difference(want.String(), got.String())
	if n := strings.Count(d, "\n"); n != longest+1 || !strings.Contains(d, "more lines") {
		t.Errorf("%d lines, and the last is %q", n, d[strings.LastIndex(strings.TrimSpace(d), "\n"):])
	}
}
