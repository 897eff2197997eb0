package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/golden"
	"imapscope/samples/traffic"
)

// writtenBy returns what a verb writes with so many workers, and its error.
func writtenBy(workers int, args ...string) string {
	var out, errs bytes.Buffer
	root := newRoot(&env{out: &out, err: &errs, workers: workers})
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	return fmt.Sprintf("%s\nstderr: %s\nerror: %v", &out, &errs, err)
}

// The commands whose output must not depend on how many workers there are.
var (
	checks = []string{
		"check --verbose --format text", "check --verbose --format jsonl",
		"check --verbose --format sarif", "check --verbose --format junit", "check",
	}
	whys   = []string{"why --format jsonl", "why"}
	prints = []string{
		"decode --findings note", "decode --format jsonl --findings note", "export -o - --as parquet",
		"report -o -", "export -o - --as text", "export -o - --as jsonl", "decode --quiet", "decode --verbose",
		"decode --filter ms>0.1", "decode --format jsonl --findings note --filter kinds[1]!=''", "export -o - --as parquet --filter fetch",
	}
)

// Rules compare connections with each other: the figures of a mailbox, what a server offers, how
// long commands wait. What they find must not depend on who checked which connection.
func TestWorkersOfCheckFindTheSameAsOne(t *testing.T) { sameByWorkers(t, checks, 2) }

// Why compares what connections do with one account and one mailbox: messages that were appended
// twice, flags that one set and another does not see, names that one lists and another uses.
func TestWorkersFindTheSameReasonsAsOne(t *testing.T) { sameByWorkers(t, whys, 1) }

// What is printed of a connection depends on others: which one came before it, whether it is the
// only one, what rules compare.
func TestWorkersPrintTheSameAsOne(t *testing.T) { sameByWorkers(t, prints, 4) }

// sameByWorkers compares what commands write with several workers and with one. Of captures with
// few connections, only the first commands are tried, and with the race detector none: there less
// shows whether the workers touch the same memory.
func sameByWorkers(t *testing.T, commands []string, first int) {
	t.Helper()
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
	size, several := int64(4<<20), []int{2, 3, 8}
	if raceDetector {
		size, several = 256<<10, []int{3}
	}
	inputs := [][]string{
		files, // as one source, in which the connections of all have to do with each other
		{generatedIn(t, traffic.IMAP4rev1, size, traffic.Mixed)},
		{generatedIn(t, traffic.IMAP2, size, traffic.Headers)},
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.Size() < 4<<20 && !raceDetector {
			inputs = append(inputs, []string{f})
		}
	}
	for i, in := range inputs {
		cmds, workers := commands, several
		if i > 2 { // most have one connection, or a few
			cmds, workers = commands[:first], workers[1:2]
		}
		for _, command := range cmds {
			args := append(strings.Fields(command), in...)
			want := writtenBy(1, args...)
			for _, n := range workers {
				if got := writtenBy(n, args...); got != want {
					t.Fatalf("%s of %d files, the first of which is %s, with %d workers instead of one:\n%s", command, len(in), in[0], n, golden.Difference(want, got))
				}
			}
		}
	}
}
