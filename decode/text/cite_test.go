package text

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCites compares the citations with the texts of the RFCs: the heading is on the page.
func TestCites(t *testing.T) {
	dir := os.Getenv("IMAPSCOPE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	ref := regexp.MustCompile(`^RFC (\d+), "([^"]+)", p\. (\d+)$`)
	space := regexp.MustCompile(`\s+`)
	for _, c := range Cites() {
		m := ref.FindStringSubmatch(c)
		if m == nil {
			t.Errorf("%s is not understood", c)
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "rfc", fmt.Sprintf("rfc%s.txt", m[1])))
		if err != nil {
			t.Skipf("SKIPPED: the RFC's text is not here: %v", err)
		}
		var page int
		fmt.Sscan(m[3], &page)
		pages := strings.Split(string(text), "\f")
		if page > len(pages) || !strings.Contains(space.ReplaceAllString(pages[page-1], " "), m[2]) {
			t.Errorf("%s: not on that page", c)
		}
	}
}
