package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/golden"
)

// TestCoverageOfTheLab compares what the recordings of the lab exercise, all together.
func TestCoverageOfTheLab(t *testing.T) {
	files, err := filepath.Glob("testdata/lab/*.pcap")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	var out, errs bytes.Buffer
	if rc := run(append([]string{"coverage", "--port", labPorts}, files...), strings.NewReader(""), &out, &errs); rc != 0 || errs.Len() > 0 {
		t.Fatalf("exit code %d\n%s", rc, &errs)
	}
	golden.File(t, "testdata/coverage-lab.txt", out.String())
}
