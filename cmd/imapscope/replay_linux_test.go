package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
	"imapscope/proxy/replay"
	"imapscope/ui/print"
)

// TestHelpListsTheLoadFields: what a load writes as JSON lines stands in the help.
func TestHelpListsTheLoadFields(t *testing.T) {
	l := replay.Load{Player: &replay.Player{Dial: func(context.Context) (net.Conn, []byte, error) { return nil, nil, errors.New("refused") }}}
	s, err := recorded(t.Context(), &env{err: io.Discard}, []string{"../../samples/mtest1988--imap-1.pcap"}, &reading{})
	if err != nil {
		t.Fatal(err)
	}
	l.Sessions = s.Sessions
	r := l.Run(t.Context())
	r.Commands = append(r.Commands, &replay.Latencies{Command: "NOOP", Now: r.Late, Recorded: r.Late})
	var out bytes.Buffer
	if err := print.LoadJSON(&out, r); err != nil {
		t.Fatal(err)
	}
	topic, err := helpFiles.ReadFile("help/jsonl.md")
	if err != nil {
		t.Fatal(err)
	}
	types := 0
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		_, text, ok := strings.Cut(string(topic), "\n## "+fields["type"].(string)+"\n")
		if !ok {
			t.Errorf("jsonl.md has no %s", fields["type"])
		}
		types++
		text, _, _ = strings.Cut(text, "\n## ")
		for name := range fields {
			if !strings.Contains(text, `"`+name+`"`) {
				t.Errorf("jsonl.md, %s: nothing about %s", fields["type"], name)
			}
		}
	}
	if types != 3 {
		t.Errorf("%d types", types)
	}
}

// TestReplayInspector: in the inspector a recording is played against a server; what
// differs is marked, and shown side by side; it can be played again.
func TestReplayInspector(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: it wants a terminal")
	}
	dir := t.TempDir()
	b, err := os.ReadFile("../../samples/mtest1988--imap-1.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.pcap"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	to := sampleServer(t, proxytest.Mails(3, 500))
	env := []string{"TZ=UTC", "LC_ALL=C.UTF-8", "NO_COLOR=1"}
	term := proxytest.Tmux(t, dir, env, proxytest.Peer(t, "imapscope", "imapscope"), "replay", "a.pcap", "--to", to, "--inspect")
	term.Await(t, "16 exchanges played: ")
	term.Await(t, "≠        2/2 ")
	term.Keys(t, "g", "j", "d")
	term.Await(t, "A 1/2  A00001 SELECT INBOX")
	term.Await(t, "B 2/2  A00001 SELECT INBOX")
	term.Await(t, "EXISTS")
	term.Keys(t, "r")
	term.Await(t, "Transactions  48")
	term.Keys(t, "Q")
	term.AwaitEnd(t)
}
