package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"imapscope/capture/golden"
	"imapscope/decode/why"
)

// whyOf runs why, and returns what it writes and its exit code.
func whyOf(t *testing.T, args ...string) (string, int) {
	t.Helper()
	t.Setenv("COLUMNS", "100")
	t.Setenv("TZ", "UTC")
	var out, errs bytes.Buffer
	rc := run(append([]string{"why", "--port", labPorts}, args...), strings.NewReader(""), &out, &errs)
	if rc == 2 {
		t.Fatalf("why %q: %s", args, errs.String())
	}
	return out.String(), rc
}

// whySaid is what the tests read of a line of why --format jsonl.
type whySaid struct {
	Type, Kind, Verdict, Sentence string
	Evidence                      []struct{ Conn, N int }
}

func whyLines(t *testing.T, file string) (list []whySaid, rc int) {
	t.Helper()
	out, rc := whyOf(t, "--format", "jsonl", file)
	for line := range strings.Lines(out) {
		var x whySaid
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	return list, rc
}

// whyFiles are recordings of the lab, of real programs, and two that only look as if something
// were wrong. Those with a fault are in the folders of TestWhyKinds.
func whyFiles(t *testing.T) []string {
	t.Helper()
	like, _ := filepath.Glob("testdata/why/*.pcap*")
	lab, _ := filepath.Glob("testdata/lab/*.pcap*")
	files := slices.DeleteFunc(slices.Concat(like, lab), func(f string) bool {
		return strings.HasSuffix(f, ".txt") || strings.HasSuffix(f, ".jsonl")
	})
	if len(files) < 30 {
		t.Fatalf("%d recordings", len(files))
	}
	return files
}

// TestWhy compares every sentence about the recordings of the lab with
// testdata/why/sentences.txt: in almost all of them nothing is wrong. -update writes it.
func TestWhy(t *testing.T) {
	var got strings.Builder
	for _, file := range whyFiles(t) {
		list, rc := whyLines(t, file)
		fmt.Fprintf(&got, "%s: exit %d\n", filepath.Base(file), rc)
		for _, x := range list {
			fmt.Fprintf(&got, "    %s (%s): %s\n", x.Kind, x.Verdict, x.Sentence)
			if x.Type != "reason" || len(x.Evidence) == 0 || rc != 1 {
				t.Errorf("%s: %+v, exit %d", file, x, rc)
			}
		}
		if len(list) == 0 && rc != 0 {
			t.Errorf("%s: nothing is wrong, and exit %d", file, rc)
		}
	}
	golden.File(t, "testdata/why/sentences.txt", got.String())
}

// TestWhyText: the text of a recording with a fault, and of one without.
func TestWhyText(t *testing.T) {
	var got strings.Builder
	for _, file := range []string{"testdata/why/login/made-01-oauth.pcap", "testdata/why/numbers/made-10-expunge.pcap", "testdata/why/kind-18-compress.pcap"} {
		out, _ := whyOf(t, file)
		fmt.Fprintf(&got, "== %s\n%s", filepath.Base(file), out)
	}
	golden.File(t, "testdata/why/text.txt", got.String())
}

// TestWhyTrouble: wrong usage and files that cannot be read exit with 2.
func TestWhyTrouble(t *testing.T) {
	for _, args := range [][]string{{"why"}, {"why", "--format", "xml", "testdata/why/login/made-01-oauth.pcap"}, {"why", "testdata/why/none.pcap"}, {"why", "testdata/why/text.txt"}} {
		var out, errs bytes.Buffer
		if rc := run(args, strings.NewReader(""), &out, &errs); rc != 2 || errs.Len() == 0 {
			t.Errorf("%q: exit %d, %s", args, rc, errs.String())
		}
	}
}

// reasonsTable is every kind, with recordings and what why says about them: those of real
// programs, and the first of the others.
func reasonsTable(t *testing.T) string {
	var b strings.Builder
	for _, k := range why.Kinds() {
		wrapTo(&b, "    ", k.Name+": "+k.Title)
		wrapTo(&b, "        ", k.Proof)
		var ids []string
		for _, c := range k.Causes {
			ids = append(ids, c.Rule)
		}
		if len(ids) > 0 {
			wrapTo(&b, "        ", "rules: "+strings.Join(ids, ", "))
		}
		shown := whyShown(t, k.Name)
		if len(shown) == 0 {
			t.Errorf("%s: no recording", k.Name)
		}
		for _, s := range shown {
			wrapTo(&b, "        ", s)
		}
	}
	return b.String()
}

// whyShown returns recordings of a kind and their sentences, as TestWhyKinds holds them: at most
// four, those of real programs first.
func whyShown(t *testing.T, kind string) (list []string) {
	t.Helper()
	dir := filepath.Join("testdata", "why", kind)
	real, _ := filepath.Glob(filepath.Join(dir, "real-*.want"))
	made, _ := filepath.Glob(filepath.Join(dir, "made-*.want"))
	faults, _ := filepath.Glob(filepath.Join(dir, "fault-*.txtar"))
	for _, file := range slices.Concat(real, made, faults) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if a := txtar.Parse(text); len(a.Files) > 0 {
			i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
			if i < 0 {
				continue
			}
			text = a.Files[i].Data
		}
		first, _, _ := strings.Cut(string(text), "\n")
		if name, _, _ := strings.Cut(filepath.Base(file), "."); first != "" && len(list) < 4 {
			list = append(list, name+": "+first)
		}
	}
	return list
}

// TestWhyOfNothing: where nothing could be read, why does not say that nothing is wrong.
func TestWhyOfNothing(t *testing.T) {
	for _, file := range []string{filepath.Join(t.TempDir(), "missing.pcap"), "why_test.go"} {
		var out, errs bytes.Buffer
		if rc := run([]string{"why", file}, strings.NewReader(""), &out, &errs); rc != 2 || out.Len() > 0 || errs.Len() == 0 {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", file, rc, out.String(), errs.String())
		}
	}
}
