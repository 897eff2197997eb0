package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var twoRows = table{name: "two", head: []string{"", "ms"}, rows: [][]string{{"a", "1.5"}, {"× b", "1000"}}, note: "How."}

func TestTableIsMarkdown(t *testing.T) {
	want := `|     |   ms |
|-----|-----:|
| a   |  1.5 |
| × b | 1000 |

How.
`
	if d := cmp.Diff(want, twoRows.String()); d != "" {
		t.Errorf("table (-want +got):\n%s", d)
	}
	want = "|  | ms |\n|---|---:|\n| a | 1.5 |\n| × b | 1000 |\n\nHow.\n"
	if d := cmp.Diff(want, twoRows.compact()); d != "" {
		t.Errorf("compact table (-want +got):\n%s", d)
	}
	if got := (table{note: "Where."}).String(); got != "Where.\n" {
		t.Errorf("a note alone is %q", got)
	}
}

const marked = "# A\n\n<!-- bench:two -->\n<!-- /bench:two -->\n\ntext\n\n<!-- bench:other -->\nleft\n<!-- /bench:other -->\nend\n"

func TestTablesAreWrittenBetweenTheirMarkers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(name, []byte(marked), 0o640); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(marked, "<!-- bench:two -->\n", "<!-- bench:two -->\n"+twoRows.compact(), 1)
	for range 2 { // the second time changes nothing
		if err := writeTables(name, []table{twoRows}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, string(got)); d != "" {
			t.Fatalf("the file (-want +got):\n%s", d)
		}
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
}

func TestFileWithoutAMarkerIsNotChanged(t *testing.T) {
	for what, text := range map[string]string{
		"no marker":      "# A\n",
		"no end":         "<!-- bench:two -->\n",
		"end before":     "<!-- /bench:two -->\n<!-- bench:two -->\n",
		"twice":          marked + marked,
		"one of several": strings.ReplaceAll(marked, "bench:other", "bench:others"),
	} {
		name := filepath.Join(t.TempDir(), "README.md")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		tables := []table{twoRows, {name: "other", note: "new"}}
		if err := writeTables(name, tables); err == nil {
			t.Errorf("%s: no error", what)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("%s: the file is now %q, %v", what, got, err)
		}
	}
}

// TestReadmeHasTheMarkers: -write finds all places in the real README.md.
func TestReadmeHasTheMarkers(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(sectionNames(), "machine") {
		if _, err := replaceTable(string(b), table{name: name}); err != nil {
			t.Errorf("README.md: %v", err)
		}
	}
}

func TestGrowthIsPerByteAndOfTheLastThatWasRead(t *testing.T) {
	r := runs{
		"n0": {{cpuTime: 1, peak: 10e6}}, "c0": {{cpuTime: 2, peak: 20e6}}, "t0": {{cpuTime: 8, peak: 100e6}},
		"n1": {{cpuTime: 10, peak: 11e6}}, "c1": {{cpuTime: 30, peak: 30e6}}, "t1": {{cpuTime: 96, peak: 900e6}},
		"n2": {{cpuTime: 200, peak: 12e6}}, "c2": {{cpuTime: 200, peak: 40e6}},
	}
	series := []grown{
		{"1 MB", 1e6, 1e6, [readers]string{"", "n0", "c0", "t0"}},
		{"10 MB", 10e6, 10e6, [readers]string{"", "n1", "c1", "t1"}},
		{"100 MB", 100e6, 100e6, [readers]string{"", "n2", "c2", ""}},
	}
	want := []string{"growth, ×", "–", "–", "2.00", "1.20", "1.00", "2.00", "1.20", "9.00"}
	if d := cmp.Diff(want, growthRow(series, r)); d != "" {
		t.Errorf("row (-want +got):\n%s", d)
	}
}

func TestCompareMarksWhatDiffers(t *testing.T) {
	r := runs{
		"old a": {{cpuTime: 1, wallTime: 1}, {cpuTime: 1, wallTime: 1}, {cpuTime: 1, wallTime: 1}},
		"new a": {{cpuTime: 1.5, wallTime: 0.5}, {cpuTime: 1.52, wallTime: 1}, {cpuTime: 1.55, wallTime: 2}},
	}
	changes := []change{
		{"a: CPU s", "old a", "new a", cpuTime, 1}, {"a: s", "old a", "new a", wallTime, 1}, {"a: peak MB", "old a", "new a", peak, 1e6},
	}
	got := compareTable(changes, r, "v1").rows
	want := [][]string{
		{"a: CPU s", "1.00", "1.52", "1.520", "1.500", "1.550", "*"},
		{"a: s", "1.00", "1.00", "1.000", "0.500", "2.000", ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
}
