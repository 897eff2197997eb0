package main

import (
	"bytes"
	"strings"
	"testing"

	"imapscope/decode/protocol"
)

// TestVocabularyReachable: explain explains each word of the vocabulary, with its meaning and
// its citation.
func TestVocabularyReachable(t *testing.T) {
	for e := range protocol.All() {
		var out, errs bytes.Buffer
		t.Setenv("COLUMNS", "200")
		if rc := run([]string{"explain", "--", e.Name}, strings.NewReader(""), &out, &errs); rc != 0 {
			t.Errorf("explain %s (%s): exit %d, %s", e.Name, e.Kind, rc, errs.String())
			continue
		}
		said := flat(out.String())
		for _, want := range []string{e.Plain, e.Ref.String()} {
			if !strings.Contains(said, flat(want)) {
				t.Errorf("explain %s (%s) does not say %q:\n%s", e.Name, e.Kind, want, out.String())
			}
		}
	}
}
