package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestLogsOfThreads: OfflineIMAP logs in one thread what it has sent, and in another what it has
// read, so that any response may come before what it answers. The log decodes to the same
// transactions, wherever a client's line comes among the server's lines behind it.
func TestLogsOfThreads(t *testing.T) {
	const file = "testdata/logs/offlineimap-8.log"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := spoken(t, file)
	in := strings.SplitAfter(string(text), "\n")
	same := func(name string, lines []string) {
		f := filepath.Join(t.TempDir(), "late.log")
		if err := os.WriteFile(f, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, spoken(t, f), cmpopts.IgnoreUnexported(exchange{})); d != "" {
			t.Fatalf("%s: -in order +late\n%s", name, d)
		}
	}
	moved, last := 0, slices.Clone(in) // last: all of the client's lines as late as they can be
	for i, l := range in {
		if !strings.Contains(l, writes) {
			continue
		}
		for j := i + 1; j < len(in) && !strings.Contains(in[j], writes); j++ {
			if !strings.Contains(in[j], " reader < ") {
				continue
			}
			moved++
			copy(last[i:j+1], slices.Concat(in[i+1:j+1], []string{l}))
			if raceDetector && moved%8 > 0 { // it takes most of the time
				continue
			}
			same(fmt.Sprintf("line %d after line %d, %s", i+1, j+1, l), slices.Concat(in[:i], in[i+1:j+1], []string{l}, in[j+1:]))
		}
	}
	if moved < 50 {
		t.Errorf("only %d moves", moved)
	}
	same("all", last)
}

const writes = " writer > "
