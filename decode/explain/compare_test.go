package explain

import (
	"fmt"
	"strings"
	"testing"
)

// TestLinesAreCompared compares the lines of testdata/compare.txtar.
func TestLinesAreCompared(t *testing.T) {
	lines(t, "testdata/compare.txtar", func(out *strings.Builder, line string) {
		for _, c := range Compare(line) {
			fmt.Fprintf(out, "%s (%s)\n", c.Title, c.Kind)
			for _, s := range c.Said {
				fmt.Fprintf(out, "  %-9s  %s", s.Dialect, s.Text)
				for _, a := range s.Also {
					fmt.Fprintf(out, " | %s", a)
				}
				if s.Nearest {
					out.WriteString(" (nearest)")
				}
				for _, c := range s.Capabilities {
					fmt.Fprintf(out, " (if %s)", c)
				}
				for _, l := range s.Lacks {
					fmt.Fprintf(out, " (without %s)", l)
				}
				if s.Cite != "" {
					fmt.Fprintf(out, " [%s]", s.Cite)
				}
				out.WriteString("\n")
			}
		}
	})
}

// TestCompareNothing checks texts that have nothing to compare.
func TestCompareNothing(t *testing.T) {
	for _, text := range []string{"", "*", "* ", "XYZZY 1", "a XYZZY 1", "* 3", "* 3 XYZZY", "{3}", `"`, "((((", " \r\n"} {
		if c := Compare(text); c != nil {
			t.Errorf("%q: %v", text, c)
		}
	}
}

// FuzzCompare checks that no text makes Compare panic, and that whatever it compares is
// said somewhere.
func FuzzCompare(f *testing.F) {
	for _, s := range []string{`a LIST "" *`, "PARTIAL 4 RFC822 1 10", "FETCH 1 (UID BODY[]<0.1>)", "* 3 STORE (FLAGS ())", "FETCH", "PARTIAL 1 RFC822 0 0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range Compare(text) {
			if len(c.Said) != 6 || c.Title == "" {
				t.Errorf("%q: %d dialects, title %q", text, len(c.Said), c.Title)
			}
		}
	})
}

func TestFields(t *testing.T) {
	for text, want := range map[string]string{
		`LIST "" *`:                     `LIST|""|*`,
		`a "b c" d`:                     `a|"b c"|d`,
		`a "b \" c" d`:                  `a|"b \" c"|d`,
		`FETCH 1 (A B[C (D E)]) F`:      `FETCH|1|(A B[C (D E)])|F`,
		`  a   b  `:                     `a|b`,
		`) a ] b`:                       `)|a|]|b`,
		`("unfinished and (more) words`: `("unfinished and (more) words`,
	} {
		if got := strings.Join(fields(text), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
