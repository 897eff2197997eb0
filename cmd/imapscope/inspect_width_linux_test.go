package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
	"imapscope/ui/view"
)

// TestColumnsHoldInTerminal: flags, Thai vowels, skin tones and wide letters leave the
// columns behind them where they are, in a real terminal, in the table and below it.
func TestColumnsHoldInTerminal(t *testing.T) {
	file, err := filepath.Abs("testdata/faults/39-widths.pcap")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := []string{"TZ=UTC", "LC_ALL=C.UTF-8"}
	term := proxytest.Tmux(t, dir, env, proxytest.Peer(t, "imapscope", "imapscope"), "inspect", file)
	term.Await(t, "Transactions  18")
	for _, text := range []string{`"🇩🇪 flag"`, `"กำ thai"`, `"👍🏽 tone"`, `"한국어 제목"`} {
		term.Keys(t, "/", strings.Trim(text[len(text)-6:], `"`), "Enter")
		term.Await(t, "→ b") // the detail
		term.Await(t, " SELECT "+text)
	}
	term.Keys(t, "z")
	term.Await(t, "z9 LOGOUT")
	row := regexp.MustCompile(`(?m)^(.* )(?:OK|NO) +\d+\.\d\d `)
	columns := make(map[int]int)
	for _, m := range row.FindAllStringSubmatch(term.Screen(t), -1) {
		columns[view.Width(m[1])]++
	}
	if len(columns) != 1 || columns[70] != 18 {
		t.Errorf("the status of 18 transactions is at the columns %v", columns)
	}
	for _, text := range []string{`b4 SELECT "🇩🇪 flag" `, `b13 SELECT "กำ thai" `, `b10 SELECT "👍🏽 tone" `} {
		if !strings.Contains(term.Screen(t), text) {
			t.Errorf("%s is not shown as it is", text)
		}
	}
	term.Keys(t, "Q")
	term.AwaitEnd(t)
}
