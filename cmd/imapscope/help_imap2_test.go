package main

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/decode/protocol"
)

// TestHelpListsTheIMAP2Commands: the page on IMAP2 lists every command of RFC 1176
// with its form and its page, and nothing else.
func TestHelpListsTheIMAP2Commands(t *testing.T) {
	page, ok := helpPages().Topic("imap2")
	if !ok {
		t.Fatal("there is no such page")
	}
	_, rest, _ := strings.Cut(page, "\n## Commands\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	var got, want []string
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "    ") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	for row := range protocol.Of(protocol.Command) {
		if row.Dialect == protocol.IMAP2 {
			form := strings.TrimSpace(row.Name + " " + row.Syntax)
			want = append(want, fmt.Sprintf("%-32s p. %d", form, row.Ref.Page))
		}
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w || len(want) < 14 {
		t.Errorf("the page has\n%s\nwant\n%s", g, w)
	}
}
