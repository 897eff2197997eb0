package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
)

// exported exports a file in a format, and returns the file that was written.
func exported(t *testing.T, format string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	var errw bytes.Buffer
	if code := run(append([]string{"export", "--as", format, "-o", out}, args...), nil, &bytes.Buffer{}, &errw); code != 0 {
		t.Fatalf("export --as %s %v: exit code %d: %s", format, args, code, &errw)
	}
	return out
}

// commandsInLog returns the tags of the commands in a log, and the ports of its servers.
func commandsInLog(t *testing.T, file string) (tags []string, ports map[string]bool) {
	t.Helper()
	out, err := decoded(t, "--format", "jsonl", file)
	if err != nil {
		t.Fatal(err)
	}
	ports = make(map[string]bool)
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var l struct{ Type, Tag, Server, Outcome string }
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		switch {
		case l.Type == "connection":
			ports[fmt.Sprint(netip.MustParseAddrPort(l.Server).Port())] = true
		case l.Type == "transaction" && l.Outcome != "orphan":
			tags = append(tags, l.Tag)
		}
	}
	return tags, ports
}

// TestPeersLogsInTshark: tshark opens each log that was exported as pcapng, and finds the same
// commands. It takes the lines of SASL exchanges and of literals for commands too, and
// fetchmail's mask of a password, a *, for malformed.
func TestPeersLogsInTshark(t *testing.T) {
	tshark := proxytest.Peer(t, "tshark", "tshark")
	for _, log := range logSamples(t) {
		t.Run(filepath.Base(log), func(t *testing.T) {
			want, ports := commandsInLog(t, log)
			args := []string{"-n", "-r", exported(t, "pcapng", log)}
			for p := range ports {
				args = append(args, "-d", "tcp.port=="+p+",imap")
			}
			ask := func(filter, field string) []string {
				out := proxytest.Run(t, t.TempDir(), nil, nil, tshark, append(slices.Clone(args), "-Y", filter, "-T", "fields", "-E", "occurrence=a", "-e", field)...)
				return strings.FieldsFunc(string(out), func(r rune) bool { return r == ',' || r == '\n' })
			}
			got := make(map[string]int)
			for _, tag := range ask("imap.request_tag", "imap.request_tag") {
				got[tag]++
			}
			for _, tag := range want {
				if got[tag]--; got[tag] < 0 {
					t.Errorf("no command %s", tag)
				}
			}
			for _, line := range ask(`_ws.malformed && !(imap.line contains " *")`, "frame.number") {
				t.Errorf("packet %s is malformed", line)
			}
		})
	}
}

// mboxReader prints each message of an mbox file as Python reads it: its size and subject.
const mboxReader = `
import mailbox, sys
box = mailbox.mbox(sys.argv[1])
for m in box:
    print(m["subject"])
`

// TestPeersMbox: Python and mutt find as many messages in an mbox file as were exported, with the
// same subjects.
func TestPeersMbox(t *testing.T) {
	recording := recordTranscript(t, "# logged in\n# INBOX selected, 9 messages\nC: a FETCH 1:2 BODY[]\n"+
		"S: * 1 FETCH (BODY[] {45}\nS: Subject: one\nS: \nS: From me to you\nS: >From x\nS: \nS: )\n"+
		"S: * 2 FETCH (BODY[] {25}\nS: Subject: two\nS: \nS| no end)\nS: \nS: a OK done\n")
	file := exported(t, "mbox", recording)
	out := string(proxytest.Run(t, t.TempDir(), nil, strings.NewReader(mboxReader), proxytest.Peer(t, "/usr/bin/python3", "python3"), "-", file))
	if out != "one\ntwo\n" {
		text, _ := os.ReadFile(file)
		t.Errorf("Python: %q of\n%s", out, text)
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "muttrc")
	settings := "set folder=" + dir + "\nset mbox_type=Maildir confirmappend=no confirmcreate=no delete=no copy=no wait_key=no\n" +
		"push \"<tag-pattern>~A<enter><tag-prefix><copy-message>=out<enter><exit>\"\n"
	if err := os.WriteFile(conf, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	proxytest.Tmux(t, dir, nil, proxytest.Peer(t, "mutt", "mutt"), "-n", "-R", "-F", conf, "-f", file).AwaitEnd(t)
	var subjects []string
	files, _ := filepath.Glob(filepath.Join(dir, "out", "*", "*"))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		_, subject, _ := strings.Cut(string(text), "Subject: ")
		subject, _, _ = strings.Cut(subject, "\n")
		subjects = append(subjects, subject)
	}
	slices.Sort(subjects)
	if !slices.Equal(subjects, []string{"one", "two"}) {
		t.Errorf("mutt: %q", subjects)
	}
}

// TestExportRoundTrip: what is exported as a transcript, and as pcapng, decodes to the same lines:
// bytes, times, findings and ends.
func TestExportRoundTrip(t *testing.T) {
	files, err := filepath.Glob("testdata/lab/*.pcap")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range append(files, logSamples(t)...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want := factsIn(t, file)
			again := exported(t, "transcript", "--show-secrets", file)
			if got := factsIn(t, again); got != want {
				t.Errorf("as a transcript: %s", firstLineThatDiffers(want, got))
			}
			if got := exported(t, "transcript", "--show-secrets", again); !sameBytes(t, got, again) {
				t.Error("the transcript of the transcript is another")
			}
		})
	}
}

// factsIn returns the JSON lines of a file with its findings, without its name.
func factsIn(t *testing.T, file string) string {
	t.Helper()
	out, err := decoded(t, "--format", "jsonl", "--findings", "note", file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(out), "\n")
	for i, l := range lines {
		if head, _, ok := strings.Cut(l, `,"origin":`); ok {
			lines[i] = head + "\n"
		}
	}
	return strings.Join(lines, "")
}

func firstLineThatDiffers(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, a[i], b[min(i, len(b)-1)])
		}
	}
	return "more lines"
}

func sameBytes(t *testing.T, a, b string) bool {
	t.Helper()
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	return err == nil && bytes.Equal(x, y)
}
