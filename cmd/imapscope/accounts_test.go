package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"imapscope/capture"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode/decodetest"
)

// TestStatsShowAccounts compares what decode --stats shows of accounts, as text and as JSON
// lines, with testdata/accounts; -update rewrites it.
func TestStatsShowAccounts(t *testing.T) {
	zone := time.Local
	time.Local = time.UTC
	defer func() { time.Local = zone }()
	names, _ := filepath.Glob("testdata/accounts/*.txtar")
	if len(names) == 0 {
		t.Fatal("no conversations")
	}
	for _, name := range names {
		ar, err := txtar.ParseFile(name)
		if err != nil || len(ar.Files) != 3 {
			t.Fatal(name, err)
		}
		b, err := pcaptest.Record(func(s capture.Sink) error { return decodetest.Talk(string(ar.Files[0].Data), s) })
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "talk.pcapng")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		text := outputOf(t, "decode", "--format", "none", "--stats", file)
		_, text, _ = strings.Cut(text, "\nfred at ") // the figures before it are about commands
		var lines strings.Builder
		for line := range strings.Lines(outputOf(t, "decode", "--format", "jsonl", "--stats", file)) {
			for _, kind := range []string{"address", "account", "mailbox", "change"} {
				if strings.HasPrefix(line, `{"type":"`+kind+`"`) {
					lines.WriteString(line)
				}
			}
		}
		if strings.Contains(text+lines.String(), "opensesame") {
			t.Errorf("%s: a secret is shown\n%s", name, text)
		}
		for i, got := range []string{text, lines.String()} {
			f := &ar.Files[i+1]
			if flag.Lookup("update").Value.String() == "true" {
				f.Data = []byte(got)
			} else if !bytes.Equal(f.Data, []byte(got)) {
				t.Errorf("%s, %s: got\n%s", name, f.Name, got)
			}
		}
		if flag.Lookup("update").Value.String() == "true" {
			if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
