package scan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/decode/lint"
	"imapscope/ui/scan"
)

func TestResultsDoNotDependOnHowTheWorkIsDivided(t *testing.T) {
	dir := archive(t)
	backwards := func(units []int) []int { slices.Reverse(units); return units }
	twice := func(units []int) []int { return append(units, units...) }
	for _, format := range []string{scan.JSONL, scan.Parquet} {
		whole, sum := scanned(t, scan.Settings{Format: format}, inOrder, dir)
		want := content(t, whole)
		if sum.Connections != 120 || sum.Transactions != 480 || sum.Findings.Error == 0 || sum.Reasons == 0 || len(want) != 5 {
			t.Fatalf("%+v, %d files", *sum, len(want))
		}
		for _, split := range []int64{2 << 10, 10 << 10} {
			for what, order := range map[string]func([]int) []int{"in order": inOrder, "backwards": backwards, "twice": twice} {
				parts, _ := scanned(t, scan.Settings{Format: format, Split: split}, order, dir)
				same(t, fmt.Sprintf("%s, parts of %d bytes, %s", format, split, what), content(t, parts), want)
			}
		}
	}
}

func TestLargeFilesAreDivided(t *testing.T) {
	dir := archive(t)
	for split, units := range map[int64]int{0: 3, 1: 24, 10 << 30: 3} {
		p, err := finder().Plan([]string{dir}, scan.Settings{Split: split}, "test")
		if err != nil || len(p.Units()) != units {
			t.Errorf("parts of %d bytes: %d units, not %d: %v", split, len(p.Units()), units, err)
		}
	}
}

// TestScanContinues has a scan that is interrupted at each of its units in turn.
func TestScanContinues(t *testing.T) {
	dir := archive(t)
	settings := scan.Settings{Format: scan.JSONL, Split: 8 << 10}
	whole, _ := scanned(t, settings, inOrder, dir)
	want := content(t, whole)
	p, err := finder().Plan([]string{dir}, settings, "test")
	if err != nil {
		t.Fatal(err)
	}
	results := filepath.Join(t.TempDir(), "results")
	x, err := scan.Begin(results, p, scan.Fresh)
	if err != nil {
		t.Fatal(err)
	}
	for len(x.Missing()) > 0 {
		if err := x.Do(t.Context(), x.Missing()[0], open, true); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if rest := x.Missing(); len(rest) > 0 {
			if err := x.Do(ctx, rest[0], open, true); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		if x, err = scan.Begin(results, p, scan.Resume); err != nil || !x.Resume {
			t.Fatal(err)
		}
	}
	if _, err := scan.Begin(results, p, scan.Fresh); err == nil || !strings.Contains(err.Error(), "--resume continues it") {
		t.Error(err)
	}
	if _, err := x.Merge(nil); err != nil {
		t.Fatal(err)
	}
	same(t, "resumed", content(t, results), want)
}

func TestResumeRefusesAnotherScan(t *testing.T) {
	dir := archive(t)
	settings := scan.Settings{Format: scan.JSONL}
	plan := func(s scan.Settings, version string) *scan.Plan {
		p, err := finder().Plan([]string{dir}, s, version)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	results := filepath.Join(t.TempDir(), "results")
	if _, err := scan.Begin(results, plan(settings, "1"), scan.Resume); !errors.Is(err, scan.ErrNone) {
		t.Error(err)
	}
	if _, err := scan.Begin(results, plan(settings, "1"), scan.Fresh); err != nil {
		t.Fatal(err)
	}
	resume := func(p *scan.Plan, want string) {
		t.Helper()
		if _, err := scan.Begin(results, p, scan.Resume); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
	}
	resume(plan(settings, "2"), "was begun by imapscope 1")
	other := settings
	other.Format = scan.Parquet
	resume(plan(other, "1"), "other flags")
	record(t, filepath.Join(dir, "new.pcapng"), client{"192.0.2.1", fmt.Sprintf(session, 1, 1), 0})
	resume(plan(settings, "1"), "the files are not those")
	if _, err := scan.Begin(results, plan(settings, "1"), scan.Force); err != nil {
		t.Error(err)
	}
}

func TestResultsAreNotReplaced(t *testing.T) {
	dir := archive(t)
	results, _ := scanned(t, scan.Settings{Format: scan.JSONL}, inOrder, dir)
	want := content(t, results)
	p, err := finder().Plan([]string{dir}, scan.Settings{Format: scan.JSONL}, "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := scan.Begin(results, p, scan.Fresh); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	same(t, "afterwards", content(t, results), want)
}

// TestDamagedFilesDoNotStopTheOthers has files that are cut, unreadable, empty, and no captures.
func TestDamagedFilesDoNotStopTheOthers(t *testing.T) {
	dir := archive(t)
	whole, err := os.ReadFile(filepath.Join(dir, "day0", "a.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"cut.pcapng": whole[:len(whole)/2+1], "empty": nil, "text.txt": []byte("Hello, this is no capture\n"), "named.txt": []byte("Nor is this one\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, split := range []int64{0, 2 << 10} {
		_, sum := scanned(t, scan.Settings{Format: scan.JSONL, Split: split}, inOrder, dir, filepath.Join(dir, "named.txt"))
		var skipped, failed []string
		for _, s := range sum.Skipped {
			skipped = append(skipped, filepath.Base(s.File))
		}
		for _, f := range sum.Failed {
			failed = append(failed, filepath.Base(f.File))
		}
		slices.Sort(skipped)
		if fmt.Sprint(skipped) != "[empty link text.txt]" || !slices.Contains(failed, "cut.pcapng") {
			t.Errorf("skipped %v, failed %v", skipped, failed)
		}
		if sum.Files != 4 || sum.Connections <= 120 || sum.Connections >= 160 {
			t.Errorf("%+v", *sum)
		}
	}
}

func TestLostUnitsAreReported(t *testing.T) {
	dir := archive(t)
	p, err := finder().Plan([]string{dir}, scan.Settings{Format: scan.Parquet}, "test")
	if err != nil {
		t.Fatal(err)
	}
	x, err := scan.Begin(filepath.Join(t.TempDir(), "results"), p, scan.Fresh)
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range []int{0, 2} {
		if err := x.Do(t.Context(), unit, open, true); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := x.Merge(map[int]string{1: "its worker died"})
	if err != nil || len(sum.Failed) != 1 || sum.Failed[0].Error != "its worker died" || sum.Connections != 80 || sum.Files != 2 {
		t.Errorf("%+v: %v", sum, err)
	}
}

const selecting = `S: * OK ready
C: a LOGIN fred secret
S: a OK done
C: b SELECT INBOX
S: * FLAGS (\Seen)
S: * 3 EXISTS
S: * 0 RECENT
S: * OK [UIDVALIDITY %d] valid
S: * OK [UIDNEXT 10] next
S: b OK [READ-WRITE] done
C: c LOGOUT
S: * BYE
S: c OK done
# closed by the server
`

// TestAccountsAreThoseOfAllFiles has one account in two files, whose mailbox is another one in the second.
func TestAccountsAreThoseOfAllFiles(t *testing.T) {
	dir := t.TempDir()
	record(t, filepath.Join(dir, "a.pcapng"), client{"192.0.2.1", fmt.Sprintf(selecting, 7), 0})
	record(t, filepath.Join(dir, "b.pcapng"), client{"192.0.2.2", fmt.Sprintf(selecting, 8), time.Hour})
	results, sum := scanned(t, scan.Settings{Format: scan.JSONL}, inOrder, dir)
	if sum.Accounts != 1 || sum.Reasons != 1 {
		t.Errorf("%+v", *sum)
	}
	got := content(t, results)
	var reason struct {
		Kind, Account, Sentence, File string
		Evidence                      []struct{ File string }
	}
	if err := json.Unmarshal([]byte(got["reasons.jsonl"]), &reason); err != nil {
		t.Fatal(err)
	}
	if reason.Kind != "uids" || !strings.HasPrefix(reason.Account, "fred at ") || reason.File != "" || len(reason.Evidence) != 2 ||
		filepath.Base(reason.Evidence[0].File) != "a.pcapng" || filepath.Base(reason.Evidence[1].File) != "b.pcapng" {
		t.Errorf("%+v", reason)
	}
	if !strings.Contains(got["accounts.jsonl"], `"uidvalidities":[{"value":7,`) {
		t.Error(got["accounts.jsonl"])
	}
}

func TestSecretsAreMasked(t *testing.T) {
	for _, format := range []string{scan.JSONL, scan.Parquet} {
		results, _ := scanned(t, scan.Settings{Format: format}, inOrder, archive(t))
		for name, text := range content(t, results) {
			if bytes.Contains([]byte(text), []byte("secret1")) {
				t.Errorf("%s has a password", name)
			}
		}
	}
}

func TestSummarySaysHowSevereTheWorstFindingIs(t *testing.T) {
	_, sum := scanned(t, scan.Settings{Format: scan.JSONL}, inOrder, archive(t))
	if !sum.Found(lint.Error) {
		t.Error("no error")
	}
	dir := t.TempDir()
	record(t, filepath.Join(dir, "a.pcapng"), client{"192.0.2.1", "S: * OK ready\nC: a LOGOUT\nS: * BYE\nS: a OK done\n# closed by the server\n", 0})
	if _, sum = scanned(t, scan.Settings{Format: scan.JSONL}, inOrder, dir); sum.Found(lint.Error) {
		t.Errorf("%+v", *sum)
	}
}

// TestFileThatIsElsewhereIsTriedAgain has a file that is gone, and one that has grown: a worker leaves
// them to others, and the last one reports them.
func TestFileThatIsElsewhereIsTriedAgain(t *testing.T) {
	dir := archive(t)
	p, err := finder().Plan([]string{dir}, scan.Settings{Format: scan.JSONL}, "test")
	if err != nil {
		t.Fatal(err)
	}
	x, err := scan.Begin(filepath.Join(t.TempDir(), "results"), p, scan.Fresh)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(p.Files[0].Path); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(p.Files[1].Path, p.Files[0].Path+".x"); err != nil {
		t.Fatal(err)
	}
	record(t, p.Files[1].Path, client{"192.0.2.1", fmt.Sprintf(session, 1, 1), 0})
	for _, unit := range x.Missing() {
		if err := x.Do(t.Context(), unit, open, false); (err == nil) != (unit == 2) {
			t.Errorf("unit %d: %v", unit, err)
		}
	}
	if got := x.Missing(); fmt.Sprint(got) != "[0 1]" {
		t.Errorf("missing: %v", got)
	}
	for _, unit := range x.Missing() {
		if err := x.Do(t.Context(), unit, open, true); err != nil {
			t.Error(err)
		}
	}
	sum, err := x.Merge(nil)
	if err != nil || len(sum.Failed) != 2 || !strings.Contains(sum.Failed[0].Error, "no such file") || !strings.Contains(sum.Failed[1].Error, "when the scan began") || sum.Connections != 41 {
		t.Errorf("%+v: %v", sum, err)
	}
}
