package export

import (
	"bytes"
	"context"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/pcap"
	"imapscope/decode/archive"
)

// exporting returns an Exporter of sample captures that were read completely.
func exporting(t *testing.T, names ...string) *Exporter {
	t.Helper()
	a, err := archive.New(archive.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	for i, n := range names {
		names[i] = filepath.Join("../../samples", n)
	}
	if err := pcap.Files(names, pcap.Options{}).Run(context.Background(), a.Writer()); err != nil {
		t.Fatal(err)
	}
	return New(a, Options{})
}

// export exports transactions and returns the content of the file.
func (x *Exporter) export(t *testing.T, name string, txns []int, comments map[int]string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	summary, err := x.Export(file, txns, comments)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(summary, file) {
		t.Errorf("the summary %q does not name the file", summary)
	}
	return readOwn(t, file)
}

// readOwn reads a file that only its owner may read.
func readOwn(t *testing.T, file string) []byte {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if m := info.Mode().Perm(); m != 0o600 {
		t.Errorf("%s has mode %v", file, m)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExportText(t *testing.T) {
	x := exporting(t, "mtest1988--imap-1.pcap")
	got := string(x.export(t, "a.txt", []int{0, 4}, nil))
	for _, want := range []string{"A00000 LOGIN fred ********", `A00004 STORE 3 +Flags \DELETED`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, other := range []string{"A00001", "A00005", "secret"} {
		if strings.Contains(got, other) {
			t.Errorf("%q in\n%s", other, got)
		}
	}
	lines := string(x.export(t, "a.jsonl", []int{2}, nil))
	if strings.Count(lines, `"type":"transaction"`) != 1 || !strings.Contains(lines, `"request":"A00002 FETCH 1:20 ALL"`) {
		t.Errorf("got %s", lines)
	}
}

// TestExportRecording checks that a recording has the whole connections of the chosen
// transactions and no others, and that the comments are kept when it is read again.
func TestExportRecording(t *testing.T) {
	x := exporting(t, "mtest1988--imap-1.pcap", "raw-errors--imap-1.pcap")
	second, ok := x.archive.Find(x.archive.Conn(1).ID, 3)
	if !ok {
		t.Fatal("the second capture has no third transaction")
	}
	file := filepath.Join(t.TempDir(), "b.pcapng")
	summary, err := x.Export(file, []int{second}, map[int]string{2: "elsewhere", second: "look here"})
	if err != nil || !strings.Contains(summary, "1 connection written") || !strings.Contains(summary, "1 comment") {
		t.Fatalf("%s, %v", summary, err)
	}
	again := exportingFile(t, file)
	if n, want := again.archive.Len(), x.archive.Conn(1).Txns; n != want || again.archive.Conns() != 1 {
		t.Errorf("%d transactions in %d connections, want %d", n, again.archive.Conns(), want)
	}
	if notes := again.archive.Conn(0).Notes; notes != 1 {
		t.Errorf("%d comments, want 1", notes)
	}
	if raw := readOwn(t, file); !bytes.Contains(raw, []byte("look here")) || bytes.Contains(raw, []byte("elsewhere")) {
		t.Error("not the comment of what was chosen")
	}
	if _, err := x.Export(file, []int{second}, nil); err == nil {
		t.Error("a file that was there is gone")
	}
	if summary, err = x.Save(filepath.Join(t.TempDir(), "all.pcapng"), nil); err != nil || !strings.Contains(summary, "2 connections") {
		t.Errorf("%s, %v", summary, err)
	}
}

func exportingFile(t *testing.T, file string) *Exporter {
	t.Helper()
	rel, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	samples, err := filepath.Abs("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	if rel, err = filepath.Rel(samples, rel); err != nil {
		t.Fatal(err)
	}
	return exporting(t, rel)
}

// TestExportMail checks that completely fetched messages are exported byte for byte.
func TestExportMail(t *testing.T) {
	x := exporting(t, "mtest1988--imap-1.pcap")
	const fetch = 3 // A00003 FETCH 2 RFC822
	eml := x.export(t, "a.eml", []int{fetch}, nil)
	if _, err := netmail.ReadMessage(bytes.NewReader(eml)); err != nil {
		t.Error(err)
	}
	if len(eml) != 590 { // its RFC822.SIZE
		t.Errorf("%d bytes, want 590", len(eml))
	}
	mbox := x.export(t, "a.mbox", []int{0, 1, fetch}, nil)
	if !bytes.HasPrefix(mbox, []byte("From imapscope@localhost ")) || !bytes.Contains(mbox, []byte("Subject: Re: \"quoted\" subject")) || bytes.Contains(mbox, []byte("\r")) {
		t.Errorf("got %q", mbox)
	}
	if _, err := x.Export(filepath.Join(t.TempDir(), "none.eml"), []int{0}, nil); err == nil {
		t.Error("a message was found where none was fetched")
	}
}

// TestComments checks that comments saved next to a capture are read again.
func TestComments(t *testing.T) {
	x := exporting(t, "mtest1988--imap-1.pcap")
	file := CommentsFile([]string{filepath.Join(t.TempDir(), "a.pcap")})
	for _, comments := range []map[int]string{{2: "slow?", 5: `"quoted" <b>`}, {7: "another"}} {
		if _, err := x.Save(file, comments); err != nil {
			t.Fatal(err)
		}
		readOwn(t, file)
		got, err := ReadComments(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(comments) {
			t.Errorf("%d comments, want %d", len(got), len(comments))
		}
		for _, c := range got {
			if i, ok := x.archive.Find(c.Conn, c.N); !ok || comments[i] != c.Text {
				t.Errorf("%+v is not in %v", c, comments)
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".imapscope-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.WriteFile(file, []byte("{\"conn\":1,\"n\":2,\"comment\":\"a\"}\n\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadComments(file); err == nil || !strings.Contains(err.Error(), file+":3:") {
		t.Errorf("got %v, want the line", err)
	}
	for _, files := range [][]string{{"-"}, {"a.pcapng"}, {"a.pcapng.gz"}, {"a.pcap", "b.pcap"}} {
		if name := CommentsFile(files); name != "" {
			t.Errorf("%v: %s", files, name)
		}
	}
	if got, err := ReadComments(filepath.Join(t.TempDir(), "none")); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}
