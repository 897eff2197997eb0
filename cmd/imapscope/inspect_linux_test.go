package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"imapscope/proxy/proxytest"
	"imapscope/ui/export"
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
	env := []string{"TZ=UTC", "LC_ALL=C.UTF-8"}
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
	term.Await(t, "1 comment written to a.pcap.comments.jsonl")
	term.Keys(t, "f", `status == "NO"`, "Enter")
	term.Await(t, "0 of 16")
	term.Keys(t, "q", "q")
	term.AwaitEnd(t)

	// Nothing is left but what was asked for.
	if left, _ := filepath.Glob(filepath.Join(dir, "imapscope-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	b, err := os.ReadFile(file + export.CommentsSuffix)
	if want := `{"conn":1,"n":3,"comment":"who asks for twenty?","command":"FETCH"}` + "\n"; err != nil || string(b) != want {
		t.Errorf("got %q, %v, want %q", b, err, want)
	}

	term = proxytest.Tmux(t, dir, append(env, "NO_COLOR=1"), proxytest.Peer(t, "imapscope", "imapscope"), "inspect", "--filter", "FETCH", "a.pcap")
	term.Await(t, " 6 of 16, filter FETCH")
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

// TestInspectFirstMinuteInTerminal sorts, chooses a filter from lists and changes the colours,
// in a real terminal.
func TestInspectFirstMinuteInTerminal(t *testing.T) {
	dir := t.TempDir()
	raw, err := os.ReadFile("../../samples/mtest1988--imap-1.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.pcap"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	// COLORFGBG is of a dark terminal; the variable has precedence.
	env := []string{"TZ=UTC", "LC_ALL=C.UTF-8", "COLORFGBG=15;0", "IMAPSCOPE_THEME=light"}
	term := proxytest.Tmux(t, dir, env, proxytest.Peer(t, "imapscope", "imapscope"), "inspect", "a.pcap")
	term.Await(t, "Transactions  16")
	light, dark := regexp.MustCompile(`\x1b\[[0-9;]*48;5;231[;m]`), regexp.MustCompile(`\x1b\[[0-9;]*48;5;234[;m]`)
	painted := func(is, not *regexp.Regexp) {
		t.Helper()
		var styled string
		for range 200 { // the screen may be between two drawings
			if styled = term.Styled(t); is.MatchString(styled) && !not.MatchString(styled) {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Errorf("it has other colours: %q", styled)
	}
	painted(light, dark)
	term.Keys(t, "C-t")
	term.Await(t, "theme: dark")
	painted(dark, light)
	term.Keys(t, "f", "com", "Tab", "Enter")
	term.Await(t, "startsWith")
	term.Keys(t, "Tab", "Enter")
	term.Await(t, `"LOGIN"`)
	term.Keys(t, `"fe`, "Tab")
	term.Await(t, `filter: command == "FETCH"`)
	term.Keys(t, "Enter")
	term.Await(t, `3 of 16, filter command == "FETCH"`)
	term.Keys(t, "s", "s", "S")
	shown := term.Await(t, "by number ▼")
	if first, last := strings.Index(shown, "A00012 FETCH 1:6"), strings.Index(shown, "A00002 FETCH 1:20"); first < 0 || last < first {
		t.Error(shown)
	}
	term.Keys(t, "Q")
	term.AwaitEnd(t)

	// tmux may lose what a program writes that ends at once.
	term = proxytest.Tmux(t, dir, append(env, "IMAPSCOPE_THEME=solarized"), "sh", "-c", proxytest.Peer(t, "imapscope", "imapscope")+" inspect a.pcap; read line")
	term.Await(t, `there is no theme "solarized": light, dark, terminal or auto`)
	term.Keys(t, "Enter")
	term.AwaitEnd(t)
}

// TestInspectLayersInTerminal looks at TLS that is opened with the keys in a capture, in a
// real terminal.
func TestInspectLayersInTerminal(t *testing.T) {
	dir := t.TempDir()
	raw, err := os.ReadFile("testdata/lab/imaplib--dovecot-starttls-dsb.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.pcapng"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	term := proxytest.Tmux(t, dir, []string{"TZ=UTC", "LC_ALL=C.UTF-8"}, proxytest.Peer(t, "imapscope", "imapscope"), "inspect", "a.pcapng")
	term.Await(t, "Transactions  16")
	term.Keys(t, "j", "j", "j", "7")
	term.Await(t, "wire  49 bytes from 637 on, application data")
	if shown := term.Await(t, "plain  27 bytes"); !strings.Contains(shown, "EBBA3 LOGIN fred") || strings.Contains(shown, "secret") {
		t.Error(shown)
	}
	term.Keys(t, "Tab", "Enter")
	term.Await(t, "Logs in as fred")
	term.Keys(t, "Q")
	term.AwaitEnd(t)
}

// TestInspectWhyInTerminal reads why something went wrong, in a real terminal without colour,
// and goes to what shows it.
func TestInspectWhyInTerminal(t *testing.T) {
	dir := t.TempDir()
	raw, err := os.ReadFile("../../ui/inspect/testdata/faults/06-literal-short.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.pcap"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	term := proxytest.Tmux(t, dir, []string{"TZ=UTC", "LC_ALL=C.UTF-8", "NO_COLOR=1"}, proxytest.Peer(t, "imapscope", "imapscope"), "inspect", "a.pcap")
	term.Await(t, "6Ladder 8Why 1 ")
	term.Keys(t, "8", "Tab", "z")
	term.Await(t, "! The server sent a literal shorter than it announced")
	term.Keys(t, "j", "Enter")
	term.Await(t, "300 bytes")
	term.Keys(t, "Q")
	term.AwaitEnd(t)
}

// TestInspectWhileItComes: thousands of transactions a second, live, are all there in
// the end; meanwhile the traffic flows and keys are answered.
func TestInspectWhileItComes(t *testing.T) {
	const perTick, ticks = 50, 200 // every 10 ms: 5,000 a second
	upstream := serving(t, func(c *net.TCPConn) {
		fmt.Fprint(c, "* OK hi\r\n")
		for lines := bufio.NewReader(c); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			tag, _, _ := strings.Cut(line, " ")
			if _, err := fmt.Fprintf(c, "%s OK done\r\n", tag); err != nil {
				return
			}
		}
	})
	dir := t.TempDir()
	term := proxytest.Tmux(t, dir, []string{"LC_ALL=C.UTF-8"}, proxytest.Peer(t, "imapscope", "imapscope"),
		"proxy", "--listen", "127.0.0.1:0", "--upstream", upstream, "--inspect")
	shown := regexp.MustCompile(`Point your client at (\S+:\d+)`).FindStringSubmatch(term.Await(t, "No connection yet."))
	if shown == nil {
		t.Fatal("it does not say where it listens")
	}
	d := dial(t, shown[1])
	done := make(chan error, 1)
	go func() {
		_, err := d.r.ReadString('\n')
		for i := 1; i <= perTick*ticks && err == nil; i++ {
			var line string
			if line, err = d.r.ReadString('\n'); err == nil && line != fmt.Sprintf("a%d OK done\r\n", i) {
				err = fmt.Errorf("got %q for a%d", line, i)
			}
		}
		done <- err
	}()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := range ticks {
		var b strings.Builder
		for k := range perTick {
			fmt.Fprintf(&b, "a%d NOOP\r\n", i*perTick+k+1)
		}
		if _, err := io.WriteString(d, b.String()); err != nil {
			t.Fatal(err)
		}
		switch i {
		case ticks / 4:
			term.Keys(t, "g")
			term.Await(t, " live ")
			if shown := term.Screen(t); strings.Contains(shown, "following") {
				t.Error("it follows in spite of g")
			}
		case ticks / 2:
			term.Keys(t, "p")
			term.Await(t, "paused, ")
		case ticks * 3 / 4:
			term.Keys(t, "p", "G")
			term.Await(t, "live, following")
		}
		<-tick.C
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	term.Await(t, "Transactions  10,000")
	term.Await(t, "a10000 NOOP")
	d.Close()
	term.Keys(t, "Q")
	term.AwaitEnd(t)
	if shown := term.Screen(t); strings.Contains(shown, "not shown") || strings.Contains(shown, "lost") {
		t.Error(shown)
	}
}
