package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode/redact/scrub"
	"imapscope/proxy/intercept/fault"
	"imapscope/samples/server"
)

// brokenSession records a session that passes through a proxy with faults: all commands at once,
// to a server that answers each. It returns the recording, and what the proxy printed with
// --format jsonl.
func brokenSession(t *testing.T, commands string, faults ...string) (recording, live string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out strings.Builder
	recording, c, done := breaks(ctx, t, &out, answering(t), faults...)
	fmt.Fprint(c, commands)
	c.(*net.TCPConn).CloseWrite()
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Fatal(err)
	}
	c.Close()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return recording, out.String()
}

// breaks runs a proxy that breaks what passes between a client, whose connection it returns, and
// a server. What it prints as JSON lines is written to out.
func breaks(ctx context.Context, t *testing.T, out io.Writer, upstream string, faults ...string) (recording string, c net.Conn, done <-chan error) {
	t.Helper()
	recording = filepath.Join(t.TempDir(), "broken.pcapng")
	args := []string{"--upstream", upstream, "--format", "jsonl", "-w", recording}
	for _, f := range faults {
		args = append(args, "--fault", f)
	}
	addr, done := runProxy(ctx, t, out, args...)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return recording, c, done
}

// ranVerb runs a verb, and returns what it wrote to stdout and stderr. Findings and differences
// are no error.
func ranVerb(t *testing.T, args ...string) (out, stderr string, err error) {
	t.Helper()
	var o, e strings.Builder
	root := newRoot(&env{out: &o, err: &e})
	root.SetArgs(args)
	if err = root.ExecuteContext(t.Context()); err != nil && !errors.Is(err, errFindings) {
		t.Fatalf("%q: %v\n%s", args, err, e.String())
	}
	return o.String(), e.String(), err
}

// TestVerbsReadLegsAsOneSession checks that no verb takes the two legs of a proxy for two
// sessions, and that filters find what was done.
func TestVerbsReadLegsAsOneSession(t *testing.T) {
	file, _ := brokenSession(t, "a LOGIN fred secret\r\nb NOOP\r\nc CHECK\r\n", `tag wrong if command == "NOOP"`, `status NO if command == "CHECK"`)
	page := filepath.Join(t.TempDir(), "page.html")
	for _, c := range []struct {
		args []string
		want []string
		not  []string
	}{
		{[]string{"decode", "--stats", "-q", file}, []string{"\n1 connection (and 1 server leg, not counted), 3 transactions, 1 orphan;", "logins: fred with LOGIN command: accepted\n", ": 1 connection, 1 at once at most"}, nil},
		{[]string{"check", file}, []string{"transactions of 1 connection and 1 server leg\n"}, nil},
		{[]string{"decode", "-q", "--filter", `leg == "server"`, file}, []string{"c CHECK"}, []string{"c NO"}},
		{[]string{"decode", "-q", "--filter", `leg == "client"`, file}, []string{"c CHECK"}, []string{"a LOGIN"}},
		{[]string{"decode", "-q", "--filter", `fault contains "tag wrong"`, file}, []string{"b NOOP", "wrong"}, []string{"c CHECK", "a LOGIN"}},
		{[]string{"decode", "-q", "--filter", `fault != "" and status == "NO"`, file}, []string{"c CHECK"}, []string{"b NOOP"}},
		{[]string{"decode", "-q", "--filter", `held == true or edited == true`, file}, nil, []string{"NOOP"}},
		{[]string{"replay", "--to", "127.0.0.1:9", "--dry-run", file}, []string{"connection 1 of", "b NOOP"}, []string{"connection 2"}},
		{[]string{"diff", file, file}, []string{"in 1 session compared: the same"}, nil},
		{[]string{"report", "-o", page, file}, nil, nil},
	} {
		out, stderr, _ := ranVerb(t, c.args...)
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("%q: no %q in\n%s%s", c.args, w, out, stderr)
			}
		}
		for _, n := range c.not {
			if strings.Contains(out, n) {
				t.Errorf("%q: %q in\n%s", c.args, n, out)
			}
		}
	}
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"1 connection, 4 exchanges, and 1 server leg of a proxy", "Connection 2</a> (server’s leg)", "Connection 1, the client’s leg"} {
		if !strings.Contains(string(html), w) {
			t.Errorf("report: no %q", w)
		}
	}
}

// TestRedactKeepsWhatAProxyDid checks that a redacted recording of a broken session is explained
// as before, without its secrets and names.
func TestRedactKeepsWhatAProxyDid(t *testing.T) {
	file, _ := brokenSession(t, "a LOGIN margaret secretword\r\nb NOOP\r\nc LOGOUT\r\n",
		`tag margaret if command == "NOOP" and tag != "margaret"`, `inject "* OK [ALERT] secretword from 198.51.100.77" if n == 3 and text != "zoe"`)
	out := filepath.Join(t.TempDir(), "out.pcapng")
	ranVerb(t, "redact", file, out)
	shown, _, _ := ranVerb(t, "decode", out)
	for _, want := range []string{"* the server's leg is 127.0.0.1:", "* the client's leg is 127.0.0.1:", "* fault: tag ", ` if command == "NOOP" and tag != "`, `* fault: inject "* OK [ALERT] `, "if n == 3 and text != "} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in\n%s", want, shown)
		}
	}
	for _, secret := range []string{"margaret", "secretword", "zoe", "198.51.100.77"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q in\n%s", secret, shown)
		}
	}
	same := func(args ...string) {
		t.Helper()
		before, _, err1 := ranVerb(t, append(args, file)...)
		after, _, err2 := ranVerb(t, append(args, out)...)
		if strings.Count(before, "\n") != strings.Count(after, "\n") || !errors.Is(err1, err2) {
			t.Errorf("%q: before\n%s\nafter\n%s", args, before, after)
		}
	}
	same("decode", "-q", "--filter", `fault contains "tag"`)
	same("check", "--format", "jsonl")
}

// TestRedactKnowsTheWordsOfFaults checks that redact leaves the names of faults in notes.
func TestRedactKnowsTheWordsOfFaults(t *testing.T) {
	for _, k := range fault.Kinds() {
		var notes []string
		s := scrub.New(noteSink(func(text string) { notes = append(notes, text) }), scrub.Key{1})
		to := capturetest.To(s)
		err := errors.Join(to.Open(capture.Conn{ID: 1}), to.Note(1, time.Time{}, capture.ByFault+k.Example))
		if want := capture.ByFault + k.Name; err != nil || len(notes) != 1 || notes[0] != want && !strings.HasPrefix(notes[0], want+" ") {
			t.Errorf("%s: %v, %q", k.Name, err, notes)
		}
		word, _, _ := strings.Cut(k.Syntax, " ")
		for w := range strings.SplitSeq(word, "|") {
			if w == strings.ToLower(w) && len(notes) == 1 && strings.Contains(k.Example, " "+w) && !strings.Contains(notes[0], w) {
				t.Errorf("%s: no %s in %q", k.Name, w, notes[0])
			}
		}
	}
}

// noteSink receives the texts of notes.
type noteSink func(string)

// Event implements capture.Sink.
func (f noteSink) Event(e *capture.Event) error {
	if e.Kind == capture.Note {
		f(e.Text)
	}
	return nil
}

// TestCheckDoesNotBlameForFaults checks every fault: what comes of it is the proxy's, so that
// check succeeds where it does without the fault. And the recording shows what the proxy showed.
func TestCheckDoesNotBlameForFaults(t *testing.T) {
	s, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	upstream, stop, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	file, _ := throughFaults(t, upstream)
	if out, _, err := ranVerb(t, "check", "--fail-on", "warning", file); err != nil {
		t.Fatalf("without a fault: %s", out)
	}
	for _, f := range fault.All(1) {
		text := f.String()
		switch f.Kind {
		case "delay", "bandwidth", "stall": // once is enough
			text += ` if command == "FETCH"`
		case "status": // else a client that goes on is to blame
			text += ` if command == "FETCH"`
		}
		file, live := throughFaults(t, upstream, text)
		if shown, _, _ := ranVerb(t, "decode", "--format", "jsonl", file); byConnection(t, shown) != byConnection(t, live) {
			t.Errorf("%s: recorded\n%s\nbut live\n%s", text, byConnection(t, shown), byConnection(t, live))
		}
		out, _, err := ranVerb(t, "check", "--fail-on", "warning", "--format", "jsonl", file)
		ignored := f.Kind == "refuse-login" // this client goes on, which is its own fault, after another
		if (err != nil) != ignored || ignored != strings.Contains(out, `"after":"fault: refuse-login 1`) {
			t.Errorf("%s: %v:\n%s", text, err, out)
		}
		for line := range strings.Lines(out) {
			if strings.Contains(line, `"type":"finding"`) && !strings.Contains(line, `"severity":"note"`) && !strings.Contains(line, `"verdict":"proxy"`) && !ignored {
				t.Errorf("%s: %s", text, line)
			}
		}
	}
}

// throughFaults records a session with a server that passes through a proxy with faults, of a client
// that waits for each answer, but not forever, and goes on. It also returns what the proxy printed
// as JSON lines.
func throughFaults(t *testing.T, upstream string, faults ...string) (recording, live string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out strings.Builder
	recording, c, done := breaks(ctx, t, &out, upstream, faults...)
	in := bufio.NewReader(c)
	await := func(what string) {
		for {
			c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
			line, err := in.ReadString('\n')
			if err != nil || strings.HasPrefix(line, what) {
				return
			}
		}
	}
	await("* ")
	for i, command := range []string{"LOGIN fred secret", "SELECT INBOX", "FETCH 1:3 (FLAGS RFC822.HEADER)", "NOOP", "FETCH 2 RFC822.SIZE", "LOGOUT"} {
		tag := fmt.Sprintf("a%d ", i+1)
		if _, err := fmt.Fprintf(c, "%s%s\r\n", tag, command); err != nil {
			break
		}
		await(tag)
	}
	c.Close()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return recording, out.String()
}

// byConnection returns JSON lines ordered by connection, without what a recording leaves out: the
// order between connections, fractions of times, the name of the source, and whether an end by only
// one side was in order.
func byConnection(t *testing.T, lines string) string {
	t.Helper()
	conns := make(map[float64][]string)
	for line := range strings.Lines(lines) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"time", "end", "ms", "origin", "start", "reason"} {
			delete(fields, name)
		}
		b, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := fields["conn"].(float64)
		conns[id] = append(conns[id], string(b))
	}
	var all []string
	for _, id := range slices.Sorted(maps.Keys(conns)) {
		all = append(all, conns[id]...)
	}
	return strings.Join(all, "\n")
}
