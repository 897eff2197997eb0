package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
)

// TestInspectInTerminal looks at a capture in a real terminal, comments on it, saves,
// leaves, and finds the comment again.
func TestInspectInTerminal(t *testing.T) {
	dir := t.TempDir()
	raw, err := os.ReadFile("../../samples/mtest1988--imap-1.pcap")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "a.pcap")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"TZ=UTC", "LC_ALL=C.UTF-8", "TMPDIR=" + dir}
	term := proxytest.Tmux(t, dir, env, proxytest.Peer(t, "imapscope", "imapscope"), "inspect", "a.pcap")
	term.Await(t, "Transactions  16")
	term.Keys(t, "j", "j")
	term.Await(t, "Asks for FLAGS, INTERNALDATE, RFC822.SIZE and ENVELOPE of messages 1 to 20.")
	if styled := term.Styled(t); !regexp.MustCompile(`\x1b\[[0-9;]*3[0-8]m`).MatchString(styled) {
		t.Error("there is no colour")
	}
	term.Keys(t, "6")
	term.Await(t, "A00002 FETCH 1:20 ALL ──")
	term.Keys(t, ":", "annotated", "Enter", "?")
	term.Await(t, "Help: Transactions")
	term.Keys(t, "q", ";", "who asks for twenty?", "Enter")
	term.Await(t, "A00002 FETCH 1:20 ALL")
	term.Keys(t, "w", "Enter")
	term.Await(t, "1 comments written to a.pcap.comments.jsonl")
	term.Keys(t, "f", `status == "NO"`, "Enter")
	term.Await(t, "0 of 16")
	term.Keys(t, "q", "q")
	term.AwaitEnd(t)

	// Nothing is left but what was asked for.
	if left, _ := filepath.Glob(filepath.Join(dir, "imapscope-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	b, err := os.ReadFile(file + commentsEnding)
	if want := `{"conn":1,"n":3,"comment":"who asks for twenty?","command":"FETCH"}` + "\n"; err != nil || string(b) != want {
		t.Errorf("got %q, %v, want %q", b, err, want)
	}

	term = proxytest.Tmux(t, dir, append(env, "NO_COLOR=1"), proxytest.Peer(t, "imapscope", "imapscope"), "inspect", "--filter", "FETCH", "a.pcap")
	term.Await(t, "of 16, filter FETCH")
	if shown := term.Screen(t); !regexp.MustCompile(`(?m)^;\s+3 `).MatchString(shown) {
		t.Errorf("the comment is gone:\n%s", shown)
	}
	term.Keys(t, "5")
	term.Await(t, "; who asks for twenty?")
	if styled := term.Styled(t); regexp.MustCompile(`\x1b\[[0-9;]*[34][0-8]m`).MatchString(styled) {
		t.Errorf("there is colour in spite of NO_COLOR: %q", styled)
	}
	term.Keys(t, "Q")
	term.AwaitEnd(t)
	if shown := term.Screen(t); strings.Contains(shown, "panic") {
		t.Error(shown)
	}
}
