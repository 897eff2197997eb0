package lint_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/lint"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// lab returns the folder of the project's recordings, which is not part of the checkout.
func lab(t testing.TB) string {
	t.Helper()
	return shared(t, "lab")
}

func shared(t testing.TB, folder string) string {
	t.Helper()
	dir := os.Getenv("IMAPSCOPE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	dir = filepath.Join(dir, "captures", folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("NOT TESTED: the shared captures are absent (%v); set IMAPSCOPE_SHARED to their folder", err)
	}
	return dir
}

// findings returns the findings in a capture, one per line.
func findings(t testing.TB, name string) string {
	t.Helper()
	var b strings.Builder
	l, err := lint.New(lint.Options{}, func(f lint.Finding) {
		fmt.Fprintf(&b, "%d %d %s %d %d %s %s %s: %s\n", f.Conn, f.Txn, f.Dir, f.Off, f.Len, f.Rule.ID, f.Severity, f.Verdict, f.Message)
	})
	if err != nil {
		t.Fatal(err)
	}
	var sink capture.Sink = decode.NewDemux(decode.Options{}, l)
	if err := pcap.Files([]string{name}, pcap.Options{}).Run(context.Background(), sink); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden compares the findings in a capture with its golden file.
func golden(t *testing.T, capture string) {
	t.Helper()
	got := findings(t, capture)
	name := filepath.Join("testdata", filepath.Base(capture)+".txt")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSamples checks the findings in the embedded captures. Each line of the golden
// files was verified against the bytes it is about.
func TestSamples(t *testing.T) {
	names, err := filepath.Glob("../../samples/*.pcap")
	if err != nil || len(names) < 5 {
		t.Fatalf("%d captures, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) { golden(t, name) })
	}
}

// TestLab checks the findings in the recordings next to the checkout.
func TestLab(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(lab(t), "*.pcap*"))
	if err != nil || len(names) < 30 {
		t.Fatalf("%d captures, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) { golden(t, name) })
	}
}

// TestPublic checks the findings in public captures. They contain other people's mail,
// so the golden file has only each finding's rule, place and length.
func TestPublic(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(shared(t, "public/imap"), "*.*cap*"))
	if err != nil || len(names) < 10 {
		t.Fatalf("%d captures, %v", len(names), err)
	}
	var b strings.Builder
	b.WriteString("file\tconnection\ttransaction\tfrom\toffset\tlength\trule\n")
	for _, name := range names {
		l, err := lint.New(lint.Options{}, func(f lint.Finding) {
			fmt.Fprintf(&b, "%s\t%d\t%d\t%s\t%d\t%d\t%s\n", filepath.Base(name), f.Conn, f.Txn, f.Dir, f.Off, f.Len, f.Rule.ID)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := pcap.Files([]string{name}, pcap.Options{}).Run(context.Background(), decode.NewDemux(decode.Options{}, l)); err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
	}
	const file = "testdata/public.tsv"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
