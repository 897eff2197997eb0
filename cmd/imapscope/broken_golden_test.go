package main

import (
	"path/filepath"
	"testing"

	"imapscope/capture/golden"
)

// TestLegsGolden compares what verbs show of a recording that the proxy made, of a session with a
// server of samples/server that passed through the faults "tag wrong if n == 3" and "drop data count 1
// if n == 4". -update writes the files.
func TestLegsGolden(t *testing.T) {
	file := filepath.Join("testdata", "legs", "legs.pcapng")
	for name, args := range map[string][]string{
		"decode.txt":   {"decode", "--findings", "warning", "--zone", "UTC", file},
		"decode.jsonl": {"decode", "--format", "jsonl", file},
		"check.txt":    {"check", file},
	} {
		got, _, _ := ranVerb(t, args...)
		golden.File(t, filepath.Join("testdata", "legs", name), got)
	}
}
