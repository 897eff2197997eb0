package lint

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
	footer  = regexp.MustCompile(`\[Page (\d+)\]`)
	heading = regexp.MustCompile(`^([A-Z]|\d+\.[\d.]* )`)
	running = regexp.MustCompile(`^(RFC \d+ |[A-Z][a-z]+ .*\[Page)`)
)

// headings returns the headings in effect on a page of an RFC, and the page's text.
func headings(t *testing.T, ref protocol.Ref) (in map[string]bool, text string) {
	t.Helper()
	shared := os.Getenv("IMAPSCOPE_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	all, err := os.ReadFile(filepath.Join(shared, "rfc", fmt.Sprintf("rfc%d.txt", ref.RFC)))
	if err != nil {
		t.Skipf("NOT TESTED: citations of RFC %d (%v); IMAPSCOPE_SHARED names the folder that holds rfc/", ref.RFC, err)
	}
	last := ""
	for _, sheet := range strings.Split(string(all), "\f") {
		in = map[string]bool{}
		for line := range strings.Lines(sheet) {
			scenario := strings.TrimSpace(line) == "A Typical Scenario" // the one that is indented
			if scenario || heading.MatchString(line) && !running.MatchString(line) && !strings.Contains(line, " = ") {
				last = strings.Join(strings.Fields(line), " ")
			} else if strings.HasPrefix(line, "  ") {
				in[last] = true
			}
		}
		if m := footer.FindStringSubmatch(sheet); m != nil && m[1] == fmt.Sprint(ref.Page) {
			return in, sheet
		}
	}
	t.Fatalf("%s: no such page", ref)
	return nil, ""
}

// TestCitations checks that the page that a rule cites has the cited item below the
// cited heading.
func TestCitations(t *testing.T) {
	for _, r := range rules {
		for _, ref := range []protocol.Ref{r.Ref, r.Against} {
			if ref.IsZero() {
				continue
			}
			in, text := headings(t, ref)
			if !in[ref.Heading] {
				t.Errorf("%s: %s: the headings there are %v", r.ID, ref, in)
			}
			for item := range strings.SplitSeq(ref.Item, ", ") {
				if !strings.Contains(strings.ToLower(text), strings.ToLower(item)) {
					t.Errorf("%s: %s: %q is not on that page", r.ID, ref, item)
				}
			}
		}
	}
}
