package main

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/proxy/conform"
	"imapscope/ui/view"
)

// conformanceTable is all scripts of conform, with what they need and how many steps they have.
func conformanceTable(t *testing.T) string {
	list, err := conform.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range list {
		needs := ""
		if len(s.Capabilities) > 0 {
			needs = " if " + strings.Join(s.Capabilities, " ")
		}
		fmt.Fprintf(&b, "    %s, %s%s\n        %s\n", s.Name, view.Count(len(s.Steps), "step"), needs, s.Title)
	}
	return b.String()
}
