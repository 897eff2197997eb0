package lint_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/capture/pcap"
	"imapscope/capture/shared"
	"imapscope/decode"
	"imapscope/decode/lint"
)

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

// findsAsBefore compares the findings in a capture with its golden file.
func findsAsBefore(t *testing.T, capture string) {
	t.Helper()
	golden.File(t, filepath.Join("testdata", filepath.Base(capture)+".txt"), findings(t, capture))
}

// TestSamples checks the findings in the embedded captures. Each line of the golden
// files was verified against the bytes it is about.
func TestSamples(t *testing.T) {
	names, err := filepath.Glob("../../samples/*.pcap")
	if err != nil || len(names) < 5 {
		t.Fatalf("%d captures, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) { findsAsBefore(t, name) })
	}
}

// TestLab checks the findings in the recordings next to the checkout.
func TestLab(t *testing.T) {
	names := shared.Glob(t, "lab/*.pcap*")
	if len(names) < 30 {
		t.Fatalf("%d captures", len(names))
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) { findsAsBefore(t, name) })
	}
}

// TestPublic checks the findings in public captures. They contain other people's mail,
// so the golden file has only each finding's rule, place and length.
func TestPublic(t *testing.T) {
	names := shared.Glob(t, "public/imap/*.*cap*")
	if len(names) < 10 {
		t.Fatalf("%d captures", len(names))
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
	golden.File(t, "testdata/public.tsv", b.String())
}
