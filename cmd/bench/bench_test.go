package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Package{Tests: m}.Run()) }

// TestQuickRunOfTheProgramWritesEachTable runs the whole program, with the smallest captures.
func TestQuickRunOfTheProgramWritesEachTable(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: processes are measured as Linux counts")
	}
	if testing.Short() {
		t.Skip("SKIPPED: it builds imapscope, which takes a while")
	}
	leaktest.Check(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "bench")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	readme := filepath.Join(dir, "README.md")
	var text strings.Builder
	for _, name := range append(sectionNames(), "machine") {
		fmt.Fprintf(&text, "before\n<!-- bench:%s -->\nold\n<!-- /bench:%[1]s -->\nafter\n", name)
	}
	if err := os.WriteFile(readme, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, "-quick", "-write", "-readme", readme, "-dir", data)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	written, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(written), "old") || strings.Count(string(written), "before\n") != 7 || strings.Count(string(written), "after\n") != 7 {
		t.Errorf("README.md is\n%s", written)
	}
	// Each of these rows has a figure in each column that no other program is needed for. The
	// proxy has fewer if its copy missed bytes, as it may on a busy machine.
	for row, figures := range map[string]int{
		"cat": 4, "gopacket alone, reassembling": 4, "imapscope decode": 4, "imapscope check": 4, "imapscope why": 4,
		"imapscope redact": 4, "imapscope export --as parquet": 4, "imapscope report": 4,
		"100 kB": 6, "400 kB": 6, "2 connections": 6, "20 connections": 6, "growth, ×": 6,
		"imapscope, decoding and recording": 3, "imapscope replay": 5, "imapscope version": 4,
		"imapscope inspect, when it has read all": 4, "imapscope web, when it has read all": 4,
	} {
		m := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(row) + ` *\|(.*)$`).FindStringSubmatch(out.String())
		if m == nil {
			t.Errorf("no row %q", row)
			continue
		}
		if n := len(regexp.MustCompile(`[0-9.]+`).FindAllString(m[1], -1)); n < figures {
			t.Errorf("row %q has %d figures, not %d: %s", row, n, figures, m[0])
		}
		if compact := strings.Join(strings.Fields(m[0]), " "); !strings.Contains(string(written), compact+"\n") {
			t.Errorf("README.md has no row %q", compact)
		}
	}
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v behind, %v", left, err)
	}
	if t.Failed() {
		t.Log(out.String(), errs.String())
	}
}

func TestFlagsThatAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-n", "0"}, {"-max", "4X"}, {"-only", "nothing"}, {"README.md"}, {"-readme", "x"},
		{"-compare", "HEAD", "-write"}, {"-compare", "HEAD", "-imapscope", "x"},
	} {
		if _, err := parse(args, t.Output()); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

func TestRounds(t *testing.T) {
	for _, x := range []struct {
		args []string
		want int
	}{{nil, 5}, {[]string{"-quick"}, 1}, {[]string{"-quick", "-n", "3"}, 3}} {
		if o, err := parse(x.args, t.Output()); err != nil || o.rounds != x.want {
			t.Errorf("%q: %d rounds, %v", x.args, o.rounds, err)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"4096": 4096, "64K": 64_000, "200m": 200_000_000, "4G": 4_000_000_000} {
		if n, err := parseSize(text); n != want || err != nil {
			t.Errorf("%s is %d, %v", text, n, err)
		}
	}
	for _, text := range []string{"", "0", "-1M", "G", "1T", "9000000000000000000", "90000000G"} {
		if n, err := parseSize(text); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
	for n, want := range map[int64]string{400_000: "400 kB", 10_000_000: "10 MB", 1_500_000_000: "1.5 GB"} {
		if got := formatSize(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}

func TestRoomOnDisk(t *testing.T) {
	if err := room("d", 100, spare+100); err != nil {
		t.Error(err)
	}
	err := room("d", 4_000_000_000, 1_000_000_000)
	if err == nil || !strings.Contains(err.Error(), "d has 1 GB free, and this needs 4.6 GB") {
		t.Errorf("the error is %v", err)
	}
}

func TestGrowingEndsWithTheLargest(t *testing.T) {
	for most, want := range map[int64]string{4e9: "10 MB 100 MB 1 GB 4 GB", 500e6: "10 MB 100 MB 500 MB", 10e6: "10 MB", 5e6: "5 MB"} {
		sizes, conns := growing(most, false)
		var names []string
		for _, s := range sizes {
			names = append(names, formatSize(s.bytes))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("up to %s: %s, not %s", formatSize(most), got, want)
		}
		if len(conns) != 3 || conns[2].conns != 50_000 || conns[2].bytes > most {
			t.Errorf("up to %s: %v", formatSize(most), conns)
		}
	}
}
