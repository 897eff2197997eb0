package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode/decodetest"
	"imapscope/decode/lint"
)

// recordingOf returns the capture file of a transcript.
func recordingOf(transcript string) ([]byte, error) {
	return pcaptest.Record(func(s capture.Sink) error { return decodetest.Play(transcript, s) })
}

// recordTranscript writes a transcript to a capture file and returns its name.
func recordTranscript(t *testing.T, transcript string) string {
	t.Helper()
	b, err := recordingOf(transcript)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "example.pcapng")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// outputOf runs a verb. It may end with findings, but not with trouble.
func outputOf(t *testing.T, args ...string) string {
	t.Helper()
	var out, errw bytes.Buffer
	if code := run(args, nil, &out, &errw); code > 1 {
		t.Fatalf("%v: exit code %d: %s", args, code, &errw)
	}
	return out.String()
}

// hasFinding reports whether JSON lines have a finding of a rule.
func hasFinding(t *testing.T, lines, id string) bool {
	t.Helper()
	for line := range strings.Lines(lines) {
		var f struct{ Type, ID string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if f.Type == "finding" && f.ID == id {
			return true
		}
	}
	return false
}

// TestExamplesOfRules: in the capture of a rule's bad example each verb shows its
// finding, in that of the good one none does.
func TestExamplesOfRules(t *testing.T) {
	for _, r := range lint.Rules() {
		t.Run(r.ID, func(t *testing.T) {
			for _, c := range []struct {
				transcript string
				want       bool
			}{{r.Bad, true}, {r.Good, false}} {
				file := recordTranscript(t, c.transcript)
				shows := map[string]bool{
					"check":                     strings.Contains(outputOf(t, "check", file), " "+r.ID+" "+r.Title),
					"check --format jsonl":      hasFinding(t, outputOf(t, "check", "--format", "jsonl", file), r.ID),
					"decode --findings":         strings.Contains(outputOf(t, "decode", "--findings", "note", file), " "+r.ID+" "+r.Title),
					"decode, findings as lines": hasFinding(t, outputOf(t, "decode", "--findings", "note", "--format", "jsonl", file), r.ID),
					"report":                    strings.Contains(outputOf(t, "report", "-o", "-", file), r.ID),
				}
				for verb, got := range shows {
					if got != c.want {
						t.Errorf("%s: shows the finding: %t\n%s", verb, got, c.transcript)
					}
				}
			}
		})
	}
}
