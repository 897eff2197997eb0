package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	const golden = "testdata/coverage-lab.txt"
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), out.String()); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}
