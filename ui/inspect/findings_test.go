package inspect

import (
	"context"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/ui/inspect/panes"
)

// found returns the rules that fire for a capture.
func found(t *testing.T, file string) []string {
	t.Helper()
	ids := make(map[string]bool)
	l, err := lint.New(lint.Options{}, func(f lint.Finding) { ids[f.Rule.ID] = true })
	if err != nil {
		t.Fatal(err)
	}
	if err := pcap.Files([]string{file}, pcap.Options{}).Run(context.Background(), decode.NewDemux(decode.Options{}, oneByOne{l})); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(ids))
}

// oneByOne passes events on one at a time, as check does.
type oneByOne struct{ *lint.Linter }

// Events implements decode.Handler.
func (h oneByOne) Events(id capture.ConnID, events []decode.Event) error {
	for i := range events {
		if err := h.Linter.Events(id, events[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// TestFindingsAreThoseOfCheck checks that the findings tabs of all transactions of a capture
// show what check finds.
func TestFindingsAreThoseOfCheck(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?m)^[!?·] (?:error|warning|note) ([A-Z]\d{3}) `)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want := found(t, file)
			d := openSource(t, 140, 200, pcap.Files([]string{file}, pcap.Options{}), Options{Source: "a fault"})
			d.sees("Transactions  [1-9]", "^ ended").press("5").onTab(panes.TabFindings)
			n := 0
			d.do(func() { n = d.x.model.List.Len() })
			ids := make(map[string]bool)
			for range n {
				for _, m := range shown.FindAllStringSubmatch(d.settled(), -1) {
					ids[m[1]] = true
				}
				d.press("j")
			}
			if got := slices.Sorted(maps.Keys(ids)); !slices.Equal(got, want) {
				t.Errorf("the tab shows %v, check finds %v", got, want)
			}
		})
	}
}
