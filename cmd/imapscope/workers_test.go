package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/samples/traffic"
)

// checkedBy returns what check writes with so many workers, and its error.
func checkedBy(workers int, format string, files ...string) string {
	var out, errs bytes.Buffer
	root := newRoot(&env{out: &out, err: &errs, workers: workers})
	root.SetArgs(append([]string{"check", "--verbose", "--format", format}, files...))
	err := root.ExecuteContext(context.Background())
	return fmt.Sprintf("%s\nstderr: %s\nerror: %v", &out, &errs, err)
}

// Rules compare connections with each other: the figures of a mailbox, what a server offers, how
// long commands wait. What they find must not depend on who checked which connection.
func TestWorkersOfCheckFindTheSameAsOne(t *testing.T) {
	var files []string
	roots := []string{"../../samples", "testdata"}
	if dir := os.Getenv("IMAPSCOPE_SHARED"); dir != "" {
		roots = append(roots, filepath.Join(dir, "captures"))
	} else {
		t.Log("without the shared captures: IMAPSCOPE_SHARED names their folder")
	}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && strings.Contains(filepath.Ext(name), ".pcap") {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	inputs := [][]string{
		files, // as one source, in which the connections of all have to do with each other
		{generatedIn(t, traffic.IMAP4rev1, 4<<20, traffic.Mixed)},
		{generatedIn(t, traffic.IMAP2, 4<<20, traffic.Headers)},
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.Size() < 4<<20 {
			inputs = append(inputs, []string{f})
		}
	}
	for i, in := range inputs {
		formats, workers := []string{"text", "jsonl", "sarif", "junit"}, []int{2, 3, 8}
		if i > 2 { // most have one connection, or a few
			formats, workers = formats[:2], workers[1:2]
		}
		for _, format := range formats {
			want := checkedBy(1, format, in...)
			for _, n := range workers {
				if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(checkedBy(n, format, in...), "\n")); diff != "" {
					t.Fatalf("check --format %s of %d files, the first of which is %s, with %d workers (-one +several):\n%s", format, len(in), in[0], n, diff)
				}
			}
		}
	}
}
