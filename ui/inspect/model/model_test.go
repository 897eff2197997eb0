package model

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture/pcap"
	"imapscope/decode/archive"
	"imapscope/decode/filter"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// sample returns the model of a recording of 16 transactions.
func sample(t *testing.T) *Model {
	t.Helper()
	a, err := archive.New(archive.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if err := pcap.Files([]string{"../../../samples/mtest1988--imap-1.pcap"}, pcap.Options{}).Run(context.Background(), a.Writer()); err != nil {
		t.Fatal(err)
	}
	m := New(a, view.Options{})
	m.List.Extend()
	t.Cleanup(m.List.Stop)
	return m
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// TestNarrowedList: rows of a filtered list and indexes among all transactions lead to
// each other, and a row is that of the first match after an index that is hidden.
func TestNarrowedList(t *testing.T) {
	m := sample(t)
	if n := m.List.Len(); n != 16 || m.List.Narrowed() || m.List.Summary() != "16" {
		t.Fatalf("%d are shown: %s", n, m.List.Summary())
	}
	f, err := filter.Compile(`command == "STORE"`)
	if err != nil {
		t.Fatal(err)
	}
	m.List.Narrow(`command == "STORE"`, f, 0)
	await(t, "all were looked at", func() bool { return !m.List.Looking() })
	var got []int
	for row := range m.List.Len() {
		i := m.List.At(row)
		got = append(got, i)
		if m.List.Row(i) != row || !m.List.Shows(i) || m.Archive.Row(i).Command != "STORE" {
			t.Errorf("row %d is transaction %d, whose row is %d", row, i, m.List.Row(i))
		}
	}
	if !slices.Equal(got, []int{4, 5, 13}) {
		t.Errorf("shown are %v", got)
	}
	if row := m.List.Row(6); row != 2 || m.List.Shows(6) {
		t.Errorf("after transaction 6 follows row %d", row)
	}
	m.List.Narrow("", nil, 99)
	await(t, "all were looked at", func() bool { return !m.List.Looking() })
	if n := m.List.Len(); n != 0 {
		t.Errorf("%d transactions of a connection that does not exist", n)
	}
}

// TestAttackFilterFails checks that a filter that fails, and one that would run for ever,
// end, and that the summary reports the failures with the first error.
func TestAttackFilterFails(t *testing.T) {
	bomb := strings.Repeat("any(1..99, {", 9) + "# == 0" + strings.Repeat("})", 9)
	for source, want := range map[string]string{
		`n > 8 and kinds[9] == "X"`: "0 of 16, filter failed on 8 (column 16: index out of range: 9",
		bomb:                        "0 of 16, filter failed on 16 (column ",
	} {
		m := sample(t)
		f, err := filter.Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		m.List.Narrow(source, f, 0)
		await(t, "all were looked at", func() bool { return !m.List.Looking() })
		if got := m.List.Summary(); !strings.HasPrefix(got, want) {
			t.Errorf("summary %q, want %q", got, want)
		}
		if n, err := m.List.Failed(); n == 0 || err == nil {
			t.Errorf("%d failed: %v", n, err)
		}
	}
}

func TestMarks(t *testing.T) {
	m := &sample(t).Marks
	if _, ok := m.NextBookmark(0); ok {
		t.Error("there is a bookmark")
	}
	m.ToggleBookmark(3)
	m.ToggleBookmark(7)
	for _, c := range [][2]int{{0, 3}, {3, 7}, {7, 3}, {15, 3}} {
		if i, ok := m.NextBookmark(c[0]); !ok || i != c[1] {
			t.Errorf("after %d comes the bookmark %d, want %d", c[0], i, c[1])
		}
	}
	m.ToggleMark(7)
	m.Comment(7, "why?")
	if got := m.Flags(7); got != "mb;" {
		t.Errorf("flags are %q", got)
	}
	m.ToggleMark(7)
	m.ToggleBookmark(7)
	m.Comment(7, "")
	if got := m.Flags(7); got != "" {
		t.Errorf("flags are %q", got)
	}
}

// TestBlindHidesFindings: in a lesson that asks for the fault nothing gives it away.
func TestBlindHidesFindings(t *testing.T) {
	m := sample(t)
	r := m.Archive.Row(3)
	r.Lost = 5
	if m.Worst(&r) != "error" {
		t.Error("lost bytes are nothing")
	}
	m.SetBlind(true)
	if got := m.Worst(&r); got != "" {
		t.Errorf("the severity %q is shown", got)
	}
}

// The transactions with findings are those that have a worst one, and none in a lesson that asks
// for the fault.
func TestWithFindings(t *testing.T) {
	found, err := view.NewFindings(view.Options{}, lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := archive.New(archive.Options{Dir: t.TempDir(), Handler: found})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if err := pcap.Files([]string{"../../../samples/raw-errors--imap-1.pcap"}, pcap.Options{}).Run(context.Background(), a.Writer()); err != nil {
		t.Fatal(err)
	}
	m := New(a, view.Options{})
	for _, m.Findings = range []*view.Findings{found, nil} {
		with := m.WithFindings()
		n := 0
		for i, r := range a.Rows(0, a.Len()) {
			got, want := with.has(uint32(i)), m.Worst(&r) != ""
			if got != want {
				t.Errorf("transaction %d has findings: %t, want %t", i, got, want)
			}
			if got {
				n++
			}
		}
		if n == 0 {
			t.Error("there are none")
		}
	}
	m.SetBlind(true)
	with := m.WithFindings()
	for i := range a.Len() {
		if with.has(uint32(i)) {
			t.Errorf("transaction %d has findings, though they are hidden", i)
		}
	}
}
