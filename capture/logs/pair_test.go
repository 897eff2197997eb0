package logs

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// made makes files in a folder of their own.
func made(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestFilesOfARawlogAreMergedByTime: the files of a rawlog are merged by time; where two lines have the same, the
// client's comes first; and a last line without a line feed stays one.
func TestFilesOfARawlogAreMergedByTime(t *testing.T) {
	dir := made(t, map[string]string{
		"1.in":  "999999999.000002 a1 NOOP\r\n1000000000.000005 a2 APPEND x {3}\r\n1000000000.000005 abc",
		"1.out": "999999999.000001 * OK hello\r\n999999999.000002 a1 OK done\r\n1000000000.000006 + go\r\n",
	})
	f, ok, err := Open(filepath.Join(dir, "1"))
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer f.Close()
	got, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	want := "S 999999999.000001 * OK hello\r\nC 999999999.000002 a1 NOOP\r\nS 999999999.000002 a1 OK done\r\n" +
		"C 1000000000.000005 a2 APPEND x {3}\r\nc 1000000000.000005 abc\nS 1000000000.000006 + go\r\n"
	if string(got) != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestFoldersAndPairsBecomeRawlogs: folders and pairs are replaced by rawlogs, and everything else stays.
func TestFoldersAndPairsBecomeRawlogs(t *testing.T) {
	dir := made(t, map[string]string{"1.in": "", "1.out": "", "2.in": "", "note.txt": ""})
	other := made(t, map[string]string{"a.pcap": ""})
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct{ given, want []string }{
		{[]string{dir}, []string{in("1"), in("2.in")}},
		{[]string{in("1.out"), "x.pcap", in("1.in")}, []string{in("1"), "x.pcap"}},
		{[]string{in("1.out")}, []string{in("1.out")}},
		{[]string{other, "-"}, []string{other, "-"}},
		{[]string{"missing.in"}, []string{"missing.in"}},
	} {
		if got := Inputs(c.given); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.given, got, c.want)
		}
	}
}

// TestOpenOther: what is no rawlog is not opened here; one that lacks a file is an error.
func TestOpenOther(t *testing.T) {
	dir := made(t, map[string]string{"1": "", "1.in": "", "1.out": "", "2.in": ""})
	for _, name := range []string{"1", "3"} {
		if f, ok, err := Open(filepath.Join(dir, name)); ok || err != nil || f != nil {
			t.Errorf("%s: %t, %v", name, ok, err)
		}
	}
	if _, ok, err := Open("-"); ok || err != nil {
		t.Errorf("-: %t, %v", ok, err)
	}
	if _, ok, err := Open(filepath.Join(dir, "2")); !ok || err == nil {
		t.Errorf("2: %t, %v", ok, err)
	}
}

// TestLongLines: of a line that is too long the beginning is held, and the rest counted.
func TestLongLines(t *testing.T) {
	in := newLines(strings.NewReader(strings.Repeat("x", MaxLine+100) + "\nshort\n" + strings.Repeat("y", 100_000)))
	for _, want := range []struct {
		n   int
		cut int64
		lf  bool
	}{{MaxLine, 100, true}, {5, 0, true}, {100_000, 0, false}} {
		l, err := in.next()
		if err != nil || len(l.text) != want.n || l.cut != want.cut || l.lf != want.lf {
			t.Errorf("%d bytes, cut %d, %t, %v", len(l.text), l.cut, l.lf, err)
		}
	}
	if _, err := in.next(); err != io.EOF {
		t.Error(err)
	}
}

// merged returns what a pair makes of two files, with buffers of the least size.
func merged(t *testing.T, in, out []byte) []byte {
	t.Helper()
	p := &pair{whole: true, in: [2]*bufio.Reader{bufio.NewReaderSize(bytes.NewReader(in), 16), bufio.NewReaderSize(bytes.NewReader(out), 16)}}
	got, err := io.ReadAll(p)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// FuzzPair: no byte of the two files of a rawlog is lost or moved within its side.
func FuzzPair(f *testing.F) {
	f.Add([]byte("1000000000.000001 a1 NOOP\r\n"), []byte("1000000000.000001 * OK hello, this line is longer\r\n1000000000.000002 a1 OK"))
	f.Add([]byte("x\n\n\ny"), []byte("\n\n"))
	f.Fuzz(func(t *testing.T, in, out []byte) {
		var sides [2][]byte
		for l := range bytes.Lines(merged(t, in, out)) {
			side := bytes.IndexByte([]byte("CScs"), l[0])
			if side < 0 || l[1] != ' ' && l[1] != '+' {
				t.Fatalf("%q", l)
			}
			text := l[2:]
			if side >= 2 {
				text = bytes.TrimSuffix(text, []byte("\n"))
			}
			sides[side%2] = append(sides[side%2], text...)
		}
		if !bytes.Equal(sides[0], in) || !bytes.Equal(sides[1], out) {
			t.Errorf("%q and %q became %q", in, out, sides)
		}
	})
}
