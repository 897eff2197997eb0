package conform

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imapscope/decode/protocol"
)

var (
	footer   = regexp.MustCompile(`\[Page (\d+)\]`)
	numbered = regexp.MustCompile(`^([A-Z]\.)?\d+\.[\w.]* +[^ .]|^Appendix [A-Z]\.`)
	running  = regexp.MustCompile(`^(RFC \d+ |Crispin |Rice )`)
)

// isHeading reports whether a line of an RFC is a heading.
func isHeading(rfc int, line string) bool {
	switch {
	case line == "" || running.MatchString(line) || footer.MatchString(line):
		return false
	case rfc == 1176 && strings.TrimSpace(line) == "A Typical Scenario": // the one that is indented
		return true
	case line[0] == ' ':
		return false
	case rfc == 1176 || rfc == 3502: // which number no sections, or do so in another way
		return true
	}
	return numbered.MatchString(line) && !strings.Contains(line, "...") && !strings.Contains(line, ". . .")
}

// places returns the texts of an RFC by heading and page.
func places(t *testing.T, rfc int) map[protocol.Ref]string {
	t.Helper()
	shared := os.Getenv("IMAPSCOPE_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	all, err := os.ReadFile(filepath.Join(shared, "rfc", fmt.Sprintf("rfc%04d.txt", rfc)))
	if err != nil {
		t.Skipf("NOT TESTED: citations of RFC %d (%v); IMAPSCOPE_SHARED names the folder that holds rfc/", rfc, err)
	}
	out := make(map[protocol.Ref]string)
	heading := ""
	for _, sheet := range strings.Split(string(all), "\f") {
		page := 0
		if m := footer.FindStringSubmatch(sheet); m != nil {
			fmt.Sscan(m[1], &page)
		}
		for line := range strings.Lines(sheet) {
			line = strings.TrimRight(line, " \r\n")
			if isHeading(rfc, line) {
				heading = strings.Join(strings.Fields(line), " ")
			} else if strings.TrimSpace(line) != "" && !running.MatchString(line) {
				out[protocol.Ref{RFC: rfc, Heading: heading, Page: page}] += line + "\n"
			}
		}
	}
	return out
}

// TestCitations checks that each step cites a heading and a page that the RFC has, and that
// what it says is there, is.
func TestCitations(t *testing.T) {
	list, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	before, err := embedded(setup)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[int]map[protocol.Ref]string)
	for _, s := range append(list, before) {
		for _, step := range s.Steps {
			ref := step.Ref
			if known[ref.RFC] == nil {
				known[ref.RFC] = places(t, ref.RFC)
			}
			item := ref.Item
			ref.Item = ""
			text, ok := known[ref.RFC][ref]
			if !ok {
				t.Errorf("%s, line %d: %s: there is no such place", s.Name, step.Line, ref)
			}
			if !strings.Contains(strings.ToLower(text), strings.ToLower(item)) {
				t.Errorf("%s, line %d: %q is not on page %d of RFC %d", s.Name, step.Line, item, ref.Page, ref.RFC)
			}
		}
	}
}
