package replay_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/proxy/replay"
)

// worlds are the servers that are mutated.
var worlds = []struct {
	name      string
	column    string // in the table
	start     func(*testing.T) func(*testing.T) place
	mutations []mutation
}{
	{"imap2", "IMAP2", startSamples, slices.Concat(imap2Mutations, moreOfIMAP2)},
	{"imap4", "IMAP4rev1", startMemory, slices.Concat(imap4Mutations, moreOfIMAP4)},
	{"extensions", "extensions", startDovecot, slices.Concat(extensionMutations, moreOfExtensions)},
}

// TestMutations replays a recording of each server against the same server, once as it is, and once
// for each mutation: each fault is found where it shows, and each harmless variation is none.
func TestMutations(t *testing.T) {
	results := make(map[string]*tally)
	for _, w := range worlds {
		t.Run(w.name, func(t *testing.T) {
			begin := w.start(t)
			recorded := record(t, begin(t), "testdata/mutations/"+w.name+".txt")
			if r := play(t, recorded, &rewriter{place: begin(t)}, diff.Options{}); len(r.found) > 0 {
				t.Fatalf("without a mutation, replay found:\n%s", strings.Join(r.found, "\n"))
			}
			results[w.name] = new(tally)
			for _, m := range w.mutations {
				t.Run(m.name, func(t *testing.T) {
					results[w.name].add(m, mutate(t, w.name, begin(t), recorded, m))
				})
			}
		})
	}
	table(t, results)
}

// mutate replays a recording against a server with a mutation, and reports whether the result is
// the right one.
func mutate(t *testing.T, world string, p place, recorded *script.Script, m mutation) bool {
	w := &rewriter{place: p, at: m.at, edit: m.edit, back: back[world+"/"+m.name]}
	at := m.at
	if l := later[world+"/"+m.name]; l != "" {
		at = l
	}
	var strict diff.Options
	if m.verdict == normal {
		strict, _ = diff.ParseStrict([]string{"all"})
	}
	r := play(t, recorded, w, diff.Options{})
	switch {
	case !w.changed:
		t.Error("it changed nothing")
	case m.verdict == fault && len(r.found) == 0:
		t.Errorf("%s: not found", m.does)
	case m.verdict == fault && at != anywhere && !r.foundAt(at):
		t.Errorf("%s: not found there, but:\n%s", m.does, strings.Join(r.found, "\n"))
	case m.verdict != fault && len(r.found) > 0:
		t.Errorf("%s: a false alarm:\n%s", m.does, strings.Join(r.found, "\n"))
	case m.verdict == normal && !r.strictly(strict).foundAt(at):
		t.Errorf("%s: not found with --strict all", m.does)
	}
	return !t.Failed()
}

// result is what a replay found.
type result struct {
	played []*replay.Played
	at     []string // the requests that were answered differently
	found  []string // what it reports, a line each
}

func (r *result) foundAt(at string) bool {
	at, _, _ = strings.Cut(at, " #")
	re := regexp.MustCompile("^(?:" + at + ")")
	for _, a := range r.at {
		if re.MatchString(a) {
			return true
		}
	}
	return false
}

// play replays a recording through a rewriter.
func play(t *testing.T, s *script.Script, w *rewriter, o diff.Options) *result {
	t.Helper()
	addr := w.listen(t)
	p := &replay.Player{Timeout: patience, Dial: func(ctx context.Context) (net.Conn, []byte, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		return c, nil, err
	}}
	r := &result{played: p.PlayAll(t.Context(), s)}
	for _, played := range r.played {
		if played.Err != nil {
			t.Fatal(played.Err)
		}
	}
	return r.strictly(o)
}

// patience is how long replay waits for a server that says nothing.
const patience = time.Second

// strictly returns the same replay, compared with other options.
func (r *result) strictly(o diff.Options) *result {
	out := &result{played: r.played}
	for _, played := range r.played {
		for _, d := range played.Divergences(o) {
			at := "greeting"
			if d.Recorded > 0 {
				at = requested(played.Session.Exchanges[d.Recorded])
			}
			out.at = append(out.at, at)
			for _, y := range d.Differences {
				out.found = append(out.found, at+": "+y.String())
			}
		}
		out.found = append(out.found, played.Trouble...)
	}
	return out
}

// requested returns the first line of a request, without its tag.
func requested(x *script.Exchange) string {
	for _, m := range x.Messages {
		if m.Kind == decode.Request {
			head, _, _ := strings.Cut(string(m.Raw), "\r\n")
			_, head, _ = strings.Cut(head, " ")
			return head
		}
	}
	return ""
}

// record plays a script of requests to a server, and returns the recording. Each line is a
// request; what follows "|" is sent when the server asks for it, with "^" for line ends.
func record(t *testing.T, p place, file string) *script.Script {
	t.Helper()
	requests, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	k := script.NewCollector(script.Options{})
	to, now := capturetest.To(k), time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	c := capture.Conn{ID: 1, Client: netip.MustParseAddrPort("127.0.0.1:40000"), Server: netip.MustParseAddrPort("127.0.0.1:143"), Start: now, Origin: "test"}
	if err := to.Open(c); err != nil {
		t.Fatal(err)
	}
	var off [2]int64
	say := func(dir capture.Direction, text string) {
		now = now.Add(time.Millisecond)
		if err := to.Data(1, dir, now, off[dir], []byte(text)); err != nil {
			t.Fatal(err)
		}
		off[dir] += int64(len(text))
	}
	send := func(text string) {
		say(capture.ClientToServer, text)
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
	}
	r := bufio.NewReader(conn)
	hear := func() string {
		m, err := read(r)
		if err != nil {
			t.Fatal(err)
		}
		say(capture.ServerToClient, m)
		return m
	}
	hear() // the greeting
	n := 0
	for request := range strings.Lines(string(requests)) {
		n++
		head, rest, _ := strings.Cut(strings.TrimSuffix(request, "\n"), "|")
		send(fmt.Sprintf("a%d %s\r\n", n, head))
		for {
			m := hear()
			if strings.HasPrefix(m, "+") {
				send(strings.ReplaceAll(rest, "^", "\r\n") + "\r\n")
			}
			if strings.HasPrefix(m, fmt.Sprintf("a%d ", n)) {
				break
			}
		}
	}
	to.HalfClose(1, capture.ServerToClient, now, capture.FIN)
	to.Close(1, now, capture.FIN)
	return k.Script()
}
