package inspect

import (
	"bytes"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode/decodetest"
	"imapscope/decode/lint"
	"imapscope/ui/inspect/panes"
)

// openTranscript opens the capture of a transcript.
func openTranscript(t *testing.T, transcript string) *driver {
	t.Helper()
	b, err := pcaptest.Record(func(s capture.Sink) error { return decodetest.Play(transcript, s) })
	if err != nil {
		t.Fatal(err)
	}
	d := openSource(t, 160, 200, pcap.Stream(bytes.NewReader(b), "example", pcap.Options{}), Options{Source: "example"})
	d.settled()
	return d
}

// TestDiffMasksSecrets checks that the comparison of two transactions does not show what the
// server repeats of a password.
func TestDiffMasksSecrets(t *testing.T) {
	d := openTranscript(t, "S: * OK ready\nC: a LOGIN fred opensesame\nS: a OK in\nC: b NOOP\nS: b OK done\nC: c NOOP\nS: c OK opensesame\n")
	screen := d.press("g", "j", "m", "j", "m", "d").sees("status text").settled()
	if strings.Contains(screen, "opensesame") {
		t.Error(screen)
	}
}

// tabShows reports whether the Findings tab shows a finding of a rule for any of the
// transactions in the capture of a transcript.
func tabShows(t *testing.T, transcript, id string) bool {
	t.Helper()
	d := openTranscript(t, transcript)
	n := 0
	d.do(func() { n = d.x.model.List.Len() })
	d.press("5")
	for range max(n, 1) {
		d.onTab(panes.TabFindings)
		if strings.Contains(d.settled(), " "+id+" ") {
			return true
		}
		d.press(".")
	}
	return false
}

// TestExamplesOfRules checks that the Findings tab of some transaction shows the finding in
// the capture of a rule's bad example, and that none does in that of the good one.
func TestExamplesOfRules(t *testing.T) {
	for _, r := range some(lint.Rules()) {
		t.Run(r.ID, func(t *testing.T) {
			if !tabShows(t, r.Bad, r.ID) {
				t.Errorf("not shown:\n%s", r.Bad)
			}
			if tabShows(t, r.Good, r.ID) {
				t.Errorf("shown:\n%s", r.Good)
			}
		})
	}
}
