package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"imapscope/capture/golden"
	"imapscope/capture/pcap"
	"imapscope/decode/decodetest"
	"imapscope/decode/lint"
)

// missed are faults that a person looks for, in recordings, or else in the example of
// the rule, and the line that has each.
var missed = []struct{ id, recording, line string }{
	{"C002", "raw-errors--imap-1.pcap", "a002 SELECT INBOX"},
	{"C005", "raw-errors--imap-1.pcap", "* NOOP"},
	{"C006", "", "a1 NOOP"},
	{"C008", "raw-errors--imap-1.pcap", "a022 FETCH 99 ALL"},
	{"C013", "raw-errors--imap-1.pcap", "b1 NOOP"},
	{"C015", "raw-newmail-readonly2nd--imap-1.pcap", "z3 STORE"},
	{"S007", "", "* 7 EXISTS"},
	{"S011", "raw-hang--imap-1.pcap", "+ Ready"},
	{"S014", "mtest-imap-1--imap-1.pcap", "* 1 FETCH (RFC822.HEADER {146}"},
	{"N004", "", "* 99 EXISTS"},
}

// TestWhatWiresharkSays makes the table of `imapscope help wireshark`: ten faults, what
// check says of each and what tshark does.
func TestWhatWiresharkSays(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	switch {
	case err == nil:
	case os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "":
		t.Fatal("tshark is not installed: apt-get install tshark")
	default:
		t.Skip("NOT TESTED: tshark is not installed: apt-get install tshark")
	}
	version, err := exec.Command(tshark, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(version), "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "%s prints:\n", regexp.MustCompile(`^\S+ \(Wireshark\) [0-9.]+`).FindString(first))
	for _, m := range missed {
		rule, ok := lint.Lookup(m.id)
		if !ok {
			t.Fatalf("no rule %s", m.id)
		}
		file, where := filepath.Join("testdata/lab", m.recording), "recorded for the tests: "+m.recording
		if m.recording == "" {
			file, where = recordExample(t, rule), "the example of imapscope explain "+m.id
		} else if _, err := os.Stat(filepath.Join("../../samples", m.recording)); err == nil {
			where = "samples/" + m.recording
		}
		f := firstFinding(t, m.id, file)
		fmt.Fprintf(&b, "\n    %s  %s\n", m.id, rule.Title)
		if f.N > 0 {
			where += fmt.Sprintf(", transaction %d", f.N)
		}
		wrapTo(&b, "          ", where)
		wrapTo(&b, "          ", "check:  "+f.Message)
		wrapTo(&b, "          ", "tshark: "+tsharkSays(t, tshark, file, m.line))
	}

	const topic = "help/wireshark.md"
	text, err := os.ReadFile(topic)
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), tableMark)
	heading, _, _ := strings.Cut(b.String(), "\n")
	if ok && !golden.Updating() && !strings.HasPrefix(table, heading+"\n") {
		t.Skipf("NOT COMPARED: the table is of another version of tshark; this one gives\n%s", b.String())
	}
	golden.Section(t, topic, tableMark, "", b.String())
}

// recordExample writes the example of a rule as a capture.
func recordExample(t *testing.T, r *lint.Rule) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), r.ID+".pcapng")
	rec, err := pcap.Create(file, pcap.RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := decodetest.Play(r.Bad, rec); err != nil {
		t.Fatal(err)
	}
	if err := rec.Finish(time.Now()); err != nil {
		t.Fatal(err)
	}
	return file
}

type foundLine struct {
	N       int
	Message string
}

// firstFinding returns what check says first about a file.
func firstFinding(t *testing.T, id, file string) foundLine {
	t.Helper()
	var out bytes.Buffer
	root := newRoot(&env{out: &out, err: &bytes.Buffer{}})
	root.SetArgs([]string{"check", "--format", "jsonl", "--fail-on", "never", "--only", id, file})
	if err := root.ExecuteContext(context.Background()); err != nil {
		t.Fatal(err)
	}
	var f foundLine
	if err := json.NewDecoder(&out).Decode(&f); err != nil {
		t.Fatalf("%s: no %s in it: %v", file, id, err)
	}
	return f
}

// tsharkSays is what tshark -V prints of the line in question: what it takes for
// fields, and what it complains of in that packet.
func tsharkSays(t *testing.T, tshark, file, line string) string {
	t.Helper()
	args := []string{"-V", "-r", file}
	for p := range strings.SplitSeq(labPorts, ",") {
		args = append(args, "-d", "tcp.port=="+p+",imap")
	}
	out, err := exec.Command(tshark, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for frame := range strings.SplitSeq(string(out), "\n\n") {
		_, imap, ok := strings.Cut(frame, "\nInternet Message Access Protocol\n")
		if !ok || !strings.Contains(imap, line) {
			continue
		}
		var says []string
		in := false
		for l := range strings.Lines(imap) {
			text := strings.TrimSpace(l)
			switch {
			case strings.HasPrefix(text, "Line: "):
				if in = strings.Contains(text, line); in && len(says) == 0 {
					says = append(says, text)
				}
			case strings.Contains(text, "Expert Info") || strings.Contains(text, "Malformed"):
				says = append(says, text)
			case in && !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "Request: ") && !strings.HasPrefix(text, "Response: "):
				says = append(says, text)
			}
		}
		for i, s := range says {
			says[i] = strings.Join(strings.Fields(s), " ")
		}
		return strings.Join(says, "; ")
	}
	t.Fatalf("%s: tshark shows no line with %q", file, line)
	return ""
}
