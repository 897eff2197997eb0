package replay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/samples/server"
)

func TestParseLimit(t *testing.T) {
	for _, c := range []struct {
		text string
		want Limit
		err  string
	}{
		{"FETCH p99 200ms", Limit{"FETCH", 99, 200 * time.Millisecond, "FETCH p99 200ms"}, ""},
		{" uid fetch  P99.9 2s", Limit{"UID FETCH", 99.9, 2 * time.Second, "uid fetch P99.9 2s"}, ""},
		{"* max 1m", Limit{"*", 100, time.Minute, "* max 1m"}, ""},
		{"(connect) p50 10ms", Limit{Connecting, 50, 10 * time.Millisecond, "(connect) p50 10ms"}, ""},
		{"FETCH 200ms", Limit{}, "such as"},
		{"FETCH p0 200ms", Limit{}, "p1 to p100"},
		{"FETCH p101 200ms", Limit{}, "p1 to p100"},
		{"FETCH pNaN 200ms", Limit{}, "p1 to p100"},
		{"FETCH 99 200ms", Limit{}, "form p99"},
		{"FETCH p99 200", Limit{}, "not a time"},
		{"FETCH p99 -1s", Limit{}, "not a time"},
	} {
		got, err := ParseLimit(c.text)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: %v", c.text, err)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%q: %+v, %v", c.text, got, err)
		}
	}
	for _, s := range []string{"2x", "2", "0.5x"} {
		if _, err := Factor(s); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"", "x", "-1x", "0", "NaNx", "Inf"} {
		if f, err := Factor(s); err == nil {
			t.Errorf("%q is %g", s, f)
		}
	}
}

// hanging answers every command but the NOOPs from the third on.
func hanging(t testing.TB) func(context.Context) (net.Conn, []byte, error) {
	return listen(t, func(ctx context.Context, l net.Listener) {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				stop := context.AfterFunc(ctx, func() { c.Close() })
				defer stop()
				fmt.Fprint(c, "* OK\r\n")
				lines := bufio.NewScanner(c)
				for n := 0; lines.Scan(); {
					tag, rest, _ := strings.Cut(lines.Text(), " ")
					if n++; rest == "NOOP" && n > 3 {
						continue
					}
					fmt.Fprintf(c, "%s OK\r\n", tag)
				}
			}()
		}
	})
}

// TestLoadShowsAServerThatHangs: commands that are never answered count with the time that was
// waited for them, those that were not sent any more are counted, and a limit on the latency
// is broken.
func TestLoadShowsAServerThatHangs(t *testing.T) {
	const timeout = 300 * time.Millisecond
	l := &Load{
		Player: &Player{Dial: hanging(t), Light: true, Timeout: timeout}, Sessions: []*script.Session{noops(t, 10)}, Clients: 2,
	}
	limit, err := ParseLimit("NOOP p99 100ms")
	if err != nil {
		t.Fatal(err)
	}
	l.Gates = Gates{Limits: []Limit{limit}, Answers: 7}
	r := l.Run(t.Context())
	i := slices.IndexFunc(r.Commands, func(c *Latencies) bool { return c.Command == "NOOP" })
	noop := r.Commands[i]
	if noop.Unanswered != 4 || noop.Now.TotalCount() != 8 || noop.Errors != 4 || quantile(noop.Now, 99) < timeout || quantile(noop.Sent, 100) < timeout {
		t.Errorf("%d unanswered of %d, %d errors, p99 %s", noop.Unanswered, noop.Now.TotalCount(), noop.Errors, quantile(noop.Now, 99))
	}
	if r.Skipped != 10 || r.Early != 0 {
		t.Errorf("%d commands were not sent, %d sessions cut short", r.Skipped, r.Early)
	}
	if len(r.Broken) != 2 || !strings.Contains(r.Broken[0], "6 commands were answered, fewer than 7") || !strings.HasPrefix(r.Broken[1], "NOOP: ") {
		t.Errorf("%q", r.Broken)
	}
}

// TestLoadThatIsInterrupted keeps what the sessions in flight have measured.
func TestLoadThatIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := &Load{Player: &Player{Dial: hanging(t), Light: true, Timeout: time.Minute}, Sessions: []*script.Session{noops(t, 10)}, Clients: 3}
	go func() {
		for l.Tally().Active < 3 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		cancel()
	}()
	r := l.Run(ctx)
	if r.Early != 3 || r.Sessions != 3 || r.Errors != 0 || r.Tally.Commands == 0 {
		t.Errorf("%d of %d sessions were cut short, %+v, %v", r.Early, r.Sessions, r.Tally, r.Failures)
	}
}

// TestLoadPausesWhenThereIsNoServer: ever longer, but not more than a second.
func TestLoadPausesWhenThereIsNoServer(t *testing.T) {
	sessions := []*script.Session{noops(t, 3)}
	synctest.Test(t, func(t *testing.T) {
		l := &Load{Player: &Player{Light: true, Dial: func(context.Context) (net.Conn, []byte, error) {
			return nil, nil, errors.New("connection refused")
		}}, Sessions: sessions, Duration: 10 * time.Second}
		r := l.Run(t.Context())
		// 10 ms, 20 ms … 640 ms are together 1.27 s; then there is one each second.
		if r.Errors != 16 || r.Failures[0].Count != 16 || r.Commands[0].Errors != 16 {
			t.Errorf("%+v, %v", r.Tally, r.Failures)
		}
	})
}

// TestMediansAreComparedWithTheRecording compares medians with those of the recording.
func TestMediansAreComparedWithTheRecording(t *testing.T) {
	c := &Latencies{Command: "FETCH", Now: newHistogram(), Sent: newHistogram(), Recorded: newHistogram()}
	for range 9 {
		record(c.Recorded, 10*time.Millisecond)
		record(c.Sent, 21*time.Millisecond)
		record(c.Now, 500*time.Millisecond) // it was sent late, which is not the server's doing
	}
	quick := &Latencies{Command: "NOOP", Now: newHistogram(), Sent: newHistogram(), Recorded: newHistogram()}
	record(quick.Recorded, 10*time.Microsecond)
	record(quick.Sent, 900*time.Microsecond)
	record(quick.Now, 900*time.Microsecond)
	r := &Report{Commands: []*Latencies{c, quick}}
	if lines := (&Gates{Slower: 2}).Broken(r); len(lines) != 1 || !strings.HasPrefix(lines[0], "FETCH: the median is 2") {
		t.Errorf("%q", lines)
	}
	if lines := (&Gates{Slower: 2.2}).Broken(r); len(lines) != 0 {
		t.Errorf("%q", lines)
	}
	if lines := (&Gates{Limits: []Limit{{Command: "STORE", Quantile: 50, Most: time.Hour, text: "STORE p50 1h"}}}).Broken(r); len(lines) != 1 {
		t.Errorf("a limit for what was not sent: %q", lines)
	}
}

// TestDelaysPassUnlessALimitIsSet: to a plain replay, a server that is slow and answers as
// recorded is the same, unless there is a limit.
func TestDelaysPassUnlessALimitIsSet(t *testing.T) {
	s := recording(t, "LOGIN fred secret", "SELECT INBOX", "NOOP", "NOOP", "LOGOUT")
	p := &Player{Dial: serveSample(t, server.Options{Delay: 60 * time.Millisecond})}
	played := p.PlayAll(t.Context(), s)
	for _, x := range played {
		if d := x.Divergences(diff.Options{}); len(d) > 0 || x.Err != nil || len(x.Trouble) > 0 {
			t.Errorf("%+v, %v, %q", d, x.Err, x.Trouble)
		}
	}
	all, err := ParseLimit("* p99 50ms")
	if err != nil {
		t.Fatal(err)
	}
	loose, err := ParseLimit("* p99 1h")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		gates Gates
		want  int // lines
	}{
		{Gates{}, 0},
		{Gates{Limits: []Limit{loose}, Slower: 1e6, Answers: 5}, 0},
		{Gates{Limits: []Limit{all}}, 4}, // of LOGIN, SELECT, NOOP, LOGOUT
		{Gates{Slower: 10}, 4},           // recorded in 1 ms
		{Gates{Answers: 6}, 1},
	} {
		if got := c.gates.Broken(Measure(played)); len(got) != c.want {
			t.Errorf("%+v: %q", c.gates, got)
		}
	}
}
