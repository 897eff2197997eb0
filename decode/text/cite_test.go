package text

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"imapscope/capture/shared"
)

// TestCitationsAreOnTheirPages compares the citations with the texts of the RFCs: the heading is on the page.
func TestCitationsAreOnTheirPages(t *testing.T) {
	ref := regexp.MustCompile(`^RFC (\d+), "([^"]+)", p\. (\d+)$`)
	for _, c := range Cites() {
		m := ref.FindStringSubmatch(c)
		if m == nil {
			t.Errorf("%s is not understood", c)
			continue
		}
		var rfc, page int
		fmt.Sscan(m[1]+" "+m[3], &rfc, &page)
		if !strings.Contains(shared.ReadRFC(t, rfc).Page(page), m[2]) {
			t.Errorf("%s: not on that page", c)
		}
	}
}
