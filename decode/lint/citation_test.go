package lint

import (
	"strings"
	"testing"

	"imapscope/capture/shared"
	"imapscope/decode/protocol"
)

// headings returns the headings in effect on a page of an RFC, and the page's text.
func headings(t *testing.T, ref protocol.Ref) (in map[string]bool, text string) {
	t.Helper()
	in = map[string]bool{}
	var b strings.Builder
	for _, l := range shared.ReadRFC(t, ref.RFC).Lines() {
		if l.Page == ref.Page {
			b.WriteString(l.Text + "\n")
			in[l.Heading] = in[l.Heading] || strings.HasPrefix(l.Text, "  ")
		}
	}
	if b.Len() == 0 {
		t.Fatalf("%s: no such page", ref)
	}
	return in, b.String()
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
