package main

import (
	"strings"
	"testing"

	"imapscope/capture"
)

// TestFormatsListTheNotes: help/formats.md lists the notes of a recording that programs read back,
// and no others.
func TestFormatsListTheNotes(t *testing.T) {
	notes := []string{
		"comment: ", // ui/export's and ui/inspect's
		capture.ByFault, capture.ByEdit, capture.ByHolding, capture.ServerLegIs, capture.ClientLegIs,
		capture.InsteadOfServer, capture.NoServer, capture.NoClient, capture.UserIs, capture.LeftOut,
		"the capture's clock ran backwards", // capture/pcap's
		capture.FromLog, capture.LogMasks, capture.LogOneSide,
	}
	text, err := helpFiles.ReadFile("help/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Recordings\n")
	section, _, _ = strings.Cut(section, "\n## ")
	listed := 0
	for line := range strings.Lines(section) {
		note, ok := strings.CutPrefix(line, "    ")
		if !ok || strings.HasPrefix(note, " ") {
			continue
		}
		found := false
		for _, n := range notes {
			found = found || strings.HasPrefix(note, n)
		}
		if !found {
			t.Errorf("formats.md lists %q, which is no note", note)
		}
		listed++
	}
	for _, n := range notes {
		if !strings.Contains(section, "\n    "+n) {
			t.Errorf("formats.md does not list %q", n)
		}
	}
	if listed != len(notes) {
		t.Errorf("formats.md lists %d notes, not %d", listed, len(notes))
	}
}
