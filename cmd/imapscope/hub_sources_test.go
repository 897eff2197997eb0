package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"imapscope/capture/hub"
	"imapscope/capture/hub/server"
	"imapscope/capture/leaktest"
)

// openHub starts a hub that anyone may use, until the end of the test.
func openHub(t *testing.T) *server.Server {
	t.Helper()
	s, err := server.Start(server.Options{Listen: "127.0.0.1:0", Store: t.TempDir(), Limits: hub.Limits{MaxBytes: 1 << 30}, NoAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	return s
}

// sensorURL returns the URL of a hub for a sensor.
func sensorURL(s *server.Server, sensor string, more ...string) string {
	return s.URL() + "?" + strings.Join(append(more, "sensor="+url.QueryEscape(sensor)), "&")
}

// verb runs the program and returns its exit code and its outputs.
func verb(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// hubDiffers matches what differs in JSON lines of a capture that came through a hub: its origin, what
// lay below the text, and what AUTHENTICATE's lines said beside the user.
var hubDiffers = regexp.MustCompile(`"origin":"[^"]*"|,"sasl":\{[^{}]*\}`)

// inCommon returns the lines that a capture and its copy in a hub have in common. Of a connection with
// layers these are the transactions only, without their positions.
func inCommon(jsonl string) (lines []string, layered bool) {
	layered = strings.Contains(jsonl, `"type":"upgrade"`) || strings.Contains(jsonl, "TLS was opened") || strings.Contains(jsonl, "TLS that was not opened")
	for line := range strings.Lines(jsonl) {
		if strings.Contains(line, `"text":"the user is `) || layered && !strings.Contains(line, `"type":"transaction"`) {
			continue
		}
		lines = append(lines, hubDiffers.ReplaceAllString(line, ""))
	}
	slices.SortStableFunc(lines, func(a, b string) int { return connOf(a) - connOf(b) }) // within the linger, connections overtake each other
	return lines, layered
}

// connOf returns the number of the connection of a line.
func connOf(line string) int {
	_, rest, _ := strings.Cut(line, `"conn":`)
	number, _, _ := strings.Cut(rest, ",")
	n, _ := strconv.Atoi(number)
	return n
}

// TestHubIsAnySource checks that what decode publishes is decoded from the hub as from the file, for
// all sample captures; and that no password is in the hub.
func TestHubIsAnySource(t *testing.T) {
	leaktest.Check(t)
	s := openHub(t)
	var files []string
	for _, pattern := range []string{"testdata/lab/*.pcap", "testdata/lab/*.pcapng", "testdata/faults/*.pcap", "../../samples/*.pcapng"} {
		more, err := filepath.Glob(pattern)
		if err != nil || len(more) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		files = append(files, more...)
	}
	layers := 0
	for _, file := range files {
		_, want, _ := verb("decode", "--format", "jsonl", file)
		code, _, errs := verb("decode", "--format", "none", "--publish", sensorURL(s, file), file)
		if strings.Contains(errs, "no IMAP connection") || !strings.Contains(errs, "publishing to") {
			continue
		}
		if code == 2 && !strings.Contains(errs, filepath.Base(file)) {
			t.Errorf("%s: %s", file, errs)
		}
		_, got, errs := verb("decode", "--format", "jsonl", sensorURL(s, file, "until=now"))
		wantLines, layered := inCommon(want)
		gotLines, _ := inCommon(got)
		if layered {
			layers++
		}
		if !slices.Equal(gotLines, wantLines) {
			for i := range max(len(gotLines), len(wantLines)) {
				g, w := at(gotLines, i), at(wantLines, i)
				if g != w {
					t.Errorf("%s: line %d is\n%s\nnot\n%s\n%s", file, i, g, w, errs)
					break
				}
			}
		}
	}
	if layers == 0 {
		t.Error("no capture has TLS")
	}
	_, out, _ := verb("decode", "--format", "none", "--stats", s.URL()+"?until=now")
	if !strings.Contains(out, "fred with PLAIN: accepted") {
		t.Errorf("the user of AUTHENTICATE is not known:\n%s", out)
	}
}

func at(lines []string, i int) string {
	if i >= len(lines) {
		return "nothing"
	}
	return lines[i]
}

// TestHubHoldsNoSecrets checks that nothing that is kept in a hub or in a spool has a
// password, unless --raw was given, which is said aloud.
func TestHubHoldsNoSecrets(t *testing.T) {
	leaktest.Check(t)
	s := openHub(t)
	const file = "testdata/lab/raw-newmail-readonly2nd--imap-1.pcap"
	_, clear, _ := verb("decode", "--show-secrets", "--format", "jsonl", file)
	password := regexp.MustCompile(`LOGIN fred ([^"\\ ]+)`).FindStringSubmatch(clear)
	if password == nil {
		t.Fatal("the recording has no LOGIN")
	}
	if code, _, errs := verb("decode", "--format", "none", "--publish", sensorURL(s, "masked"), file); code != 0 || !strings.Contains(errs, "with passwords masked") {
		t.Fatalf("%d: %s", code, errs)
	}
	if _, out, _ := verb("decode", "--show-secrets", "-v", s.URL()+"?until=now"); strings.Contains(out, password[1]) || !strings.Contains(out, "LOGIN fred ####") {
		t.Errorf("the hub has the password:\n%s", out)
	}
	code, _, errs := verb("decode", "--format", "none", "--raw", "--publish", sensorURL(s, "raw"), file)
	if code != 0 || !strings.Contains(errs, "unmasked, passwords included") {
		t.Fatalf("%d: %s", code, errs)
	}
	if _, out, _ := verb("decode", "--show-secrets", "-v", sensorURL(s, "raw", "until=now")); !strings.Contains(out, password[1]) {
		t.Errorf("--raw masks:\n%s", out)
	}
}

// TestHubWithoutServer checks that publishing that is not acknowledged ends with 2 and the number of
// facts, and that what is left is sent by the next run with the same spool.
func TestHubWithoutServer(t *testing.T) {
	leaktest.Check(t)
	const file = "../../samples/mtest1988--imap-1.pcap"
	code, _, errs := verb("decode", "--publish", "nats://127.0.0.1:1?sensor=x", file)
	if code != 2 || !strings.Contains(errs, "no servers available") {
		t.Errorf("%d: %s", code, errs)
	}
	for _, wrong := range [][]string{
		{"decode", "--spool", "x", file},
		{"decode", "--publish", "http://127.0.0.1:1", file},
		{"decode", "--publish", "nats://127.0.0.1:1?from=start", file},
		{"decode", "nats://127.0.0.1:1?from=yesterday"},
		{"decode", "nats://127.0.0.1:1?creds=" + filepath.Join(t.TempDir(), "missing")},
		{"decode", "nats://127.0.0.1:1", file},
		{"decode", "--follow", "nats://127.0.0.1:1"},
		{"check", "nats://user:hunter2@127.0.0.1:1"},
	} {
		code, out, errs := verb(wrong...)
		if code != 2 || out != "" && wrong[0] != "check" || strings.Count(errs, "\n") != 1 || strings.Contains(errs, "hunter2") {
			t.Errorf("%q: %d, %q, %q", wrong, code, out, errs)
		}
	}
	if _, err := os.Stat("x"); err == nil {
		t.Error("a spool was made")
	}
}

// TestAccountsOverFrontends checks that with --service an account is the same on all servers: the
// model of accounts then works over the sensors of a hub.
func TestAccountsOverFrontends(t *testing.T) {
	leaktest.Check(t)
	s := openHub(t)
	const session = `S: * OK [CAPABILITY IMAP4rev1] ready
C: a1 LOGIN fred secret
S: a1 OK done
C: a2 SELECT INBOX
S: * 1 EXISTS
S: * OK [UIDVALIDITY %d] valid
S: * OK [UIDNEXT 9] next
S: a2 OK [READ-WRITE] done
`
	for i, port := range []string{"1143", "2143"} {
		file := recordTranscript(t, "# to port "+port+"\n"+fmt.Sprintf("# %ds later\n", 60*i+1)+fmt.Sprintf(session, 7+i))
		if code, _, errs := verb("decode", "--port", port, "--format", "none", "--publish", sensorURL(s, port), file); code != 0 {
			t.Fatalf("%d: %s", code, errs)
		}
	}
	_, each, _ := verb("decode", "--format", "none", "--stats", s.URL()+"?until=now")
	_, all, _ := verb("decode", "--format", "none", "--stats", "--service", "mail", s.URL()+"?until=now")
	const change = "UIDVALIDITY changed from 7 to 8"
	if strings.Contains(each, change) || !strings.Contains(all, change) || !strings.Contains(all, "fred at mail: 2 connections") {
		t.Errorf("each server has its own accounts:\n%s\nall have the same:\n%s", each, all)
	}
}
