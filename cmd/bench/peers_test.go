package main

import (
	"strings"
	"testing"
)

func TestAbsentPeersNameTheirPackage(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var lines []string
	for _, p := range absent() {
		lines = append(lines, p.String())
	}
	want := "mitmdump is not installed, and missing from relay: apt-get install mitmproxy"
	if text := strings.Join(lines, "\n"); !strings.Contains(text, want) {
		t.Errorf("absent are\n%s", text)
	}
	b := &bench{options: options{rounds: 3, max: 4e9}, root: t.TempDir()}
	if text := b.machine(t.Context()); !strings.Contains(text, "Medians of 3 rounds") || !strings.Contains(text, "no commit. Not installed, so not measured: ") ||
		!strings.HasSuffix(text, "mitmdump.") {
		t.Errorf("the machine is %s", text)
	}
}
