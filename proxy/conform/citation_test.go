package conform

import (
	"strings"
	"testing"

	"imapscope/capture/shared"
	"imapscope/decode/protocol"
)

// places returns the texts of an RFC by heading and page.
func places(t *testing.T, rfc int) map[protocol.Ref]string {
	t.Helper()
	out := make(map[protocol.Ref]string)
	for _, l := range shared.ReadRFC(t, rfc).Lines() {
		if l.Text != "" && shared.SingleSpaced(l.Text) != l.Heading {
			out[protocol.Ref{RFC: rfc, Heading: l.Heading, Page: l.Page}] += l.Text + "\n"
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
