package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imapscope/samples"
)

// TestRecordings: the recordings in samples are what their scripts make, and each has
// one.
func TestRecordings(t *testing.T) {
	var made []string
	err := each("../..", nil, func(name, file string, b []byte) error {
		made = append(made, filepath.Base(file))
		have, err := samples.Read(name)
		if err != nil {
			t.Errorf("%v: go run ./samples/stage/gen %s", err, name)
			return nil
		}
		if !bytes.Equal(have, b) {
			t.Errorf("%s is not what its script makes: go run ./samples/stage/gen %s", file, name)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, name := range samples.Names() {
		if strings.HasSuffix(name, ".pcapng") && !slices.Contains(made, name) {
			t.Errorf("%s has no script", name)
		}
	}
}
