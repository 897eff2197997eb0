package minimize_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/decodetest/gen"
	"imapscope/decode/lint"
	"imapscope/decode/minimize"
)

// play reports a generated session.
func play(s *gen.Session, to capture.Sink) error {
	now := time.Unix(1, 0)
	var off [2]int64
	info := &capture.Conn{ID: 1, Start: now, Client: netip.MustParseAddrPort("127.0.0.1:40000"), Server: netip.MustParseAddrPort("127.0.0.1:143")}
	events := []capture.Event{{Kind: capture.Opened, Info: info}}
	for _, step := range s.Steps {
		events = append(events, capture.Event{Kind: capture.Data, Dir: step.Dir, Off: off[step.Dir], Data: step.Data, Time: now.Add(step.Wait)})
		off[step.Dir] += int64(len(step.Data))
		now = now.Add(step.Wait + time.Millisecond)
	}
	now = now.Add(s.Wait)
	events = append(events, capture.Event{Kind: capture.HalfClosed, Dir: s.First, Cause: s.Cause, Time: now}, capture.Event{Kind: capture.Closed, Cause: s.Cause, Time: now})
	for i := range events {
		e := &events[i]
		if e.Conn = 1; e.Time.IsZero() {
			e.Time = now
		}
		if err := to.Event(e); err != nil {
			return err
		}
	}
	return nil
}

// streams are the bytes of each connection and direction.
type streams map[string]*bytes.Buffer

func (s streams) Event(e *capture.Event) error {
	key := fmt.Sprint(e.Conn, e.Dir)
	if s[key] == nil {
		s[key] = new(bytes.Buffer)
	}
	s[key].Write(e.Data)
	return nil
}

// within reports whether the bytes of a, except for digits, occur in b in the same order.
func within(a, b []byte) bool {
	for _, c := range a {
		if '0' <= c && c <= '9' {
			continue
		}
		i := bytes.IndexByte(b, c)
		if i < 0 {
			return false
		}
		b = b[i+1:]
	}
	return true
}

// checkPart fails if a result is not part of a recording.
func checkPart(t interface{ Errorf(string, ...any) }, part, of *minimize.Recording) {
	a, b := make(streams), make(streams)
	part.Run(context.Background(), a)
	of.Run(context.Background(), b)
	for key, x := range a {
		if y := b[key]; y == nil || !within(x.Bytes(), y.Bytes()) {
			t.Errorf("%s: %q is not part of what was recorded", key, x)
		}
	}
}

// TestGeneratedFaults: of a correct session with one fault, what is left still has the fault, is part
// of the session, and has no other finding that the session does not have.
func TestGeneratedFaults(t *testing.T) {
	faults := gen.Faults()
	rapid.Check(t, func(rt *rapid.T) {
		f := &faults[rapid.IntRange(0, len(faults)-1).Draw(rt, "fault")]
		s := gen.Draw(rt, gen.Options{Fault: f})
		var c minimize.Collector
		if err := play(s, &c); err != nil {
			rt.Fatal(err)
		}
		rec, err := c.Recording()
		if err != nil {
			rt.Fatal(err)
		}
		found := first(findings(t, rec), f.Rule)
		if found == nil {
			rt.Skip("the dialect does not have the fault")
		}
		shows, err := minimize.NewShows(rec, lint.Options{}, found)
		if err != nil {
			rt.Fatal(err)
		}
		res, err := minimize.Minimize(t.Context(), rec, minimize.Options{Test: minimize.One(shows.Shown), Width: 2})
		if err != nil {
			rt.Fatal(err)
		}
		if !shows.Shown(res.Recording) {
			rt.Errorf("%s is not shown", f.Rule)
		}
		checkPart(rt, res.Recording, rec)
		other, err := minimize.Minimize(t.Context(), rec, minimize.Options{Test: minimize.One(shows.Shown)})
		if err != nil {
			rt.Fatal(err)
		}
		if a, b := text(t, res.Recording), text(t, other.Recording); a != b || res.Trials != other.Trials {
			rt.Errorf("with two trials at once:\n%s\nwith one:\n%s", a, b)
		}
	})
}

// talk records several connections.
func talk(t *testing.T, lines string) *minimize.Recording {
	t.Helper()
	var c minimize.Collector
	if err := decodetest.Talk(lines, &c); err != nil {
		t.Fatal(err)
	}
	r, err := c.Recording()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTwoConnections: a finding that takes two connections keeps both, and drops the third.
func TestTwoConnections(t *testing.T) {
	var b strings.Builder
	for i, validity := range []int{7, 0, 6} {
		say := func(format string, args ...any) { fmt.Fprintf(&b, "%d %s\n", i+1, fmt.Sprintf(format, args...)) }
		say("S: * OK [CAPABILITY IMAP4rev1] ready")
		say("C: l LOGIN fred x")
		say("S: l OK done")
		say("C: n NOOP")
		say("S: n OK done")
		if validity > 0 {
			say("C: a1 STATUS saved (UIDNEXT UIDVALIDITY)")
			say("S: * STATUS saved (UIDNEXT 50 UIDVALIDITY %d)", validity)
			say("S: a1 OK done")
		}
	}
	rec := talk(t, b.String())
	var found *lint.Finding
	for _, f := range findings(t, rec) {
		if f.Rule.ID == "S052" {
			found = &f
		}
	}
	if found == nil {
		t.Fatal("S052 is not found")
	}
	shows, err := minimize.NewShows(rec, lint.Options{}, found)
	if err != nil {
		t.Fatal(err)
	}
	res, err := minimize.Minimize(t.Context(), rec, minimize.Options{Test: minimize.One(shows.Shown)})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(res.Conns()); got != "[1 3]" || res.Size().Commands != 4 {
		t.Errorf("connections %s, %+v:\n%s", got, res.Size(), text(t, res.Recording))
	}
}

// TestSearchEndsWithTheBestSoFar: the search ends with the trials, with the context and with an error of the test, and
// the best so far is returned.
func TestSearchEndsWithTheBestSoFar(t *testing.T) {
	var b strings.Builder
	b.WriteString("# INBOX selected, 9 messages\n")
	for i := range 100 {
		fmt.Fprintf(&b, "C: a%d FETCH %d FAST\nS: a%d OK done\n", i, i%9+1, i)
	}
	b.WriteString("C: z FETCH 5:2 FAST\nS: z OK done\n")
	rec := record(t, b.String())
	shows, err := minimize.NewShows(rec, lint.Options{}, first(findings(t, rec), "C009"))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		trials int
		after  error
	}{"trials": {7, nil}, "canceled": {0, context.Canceled}, "an error": {0, broken}} {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		test := func(ctx context.Context, trials []*minimize.Recording) (int, error) {
			if n++; n > 7 {
				if cancel(); errors.Is(c.after, broken) {
					return -1, broken
				}
			}
			return minimize.One(shows.Shown)(ctx, trials)
		}
		res, err := minimize.Minimize(ctx, rec, minimize.Options{Test: test, Trials: c.trials})
		if !errors.Is(err, c.after) || res.Spent != (c.trials > 0) || res.Trials > 8 {
			t.Errorf("%s: %v, %v, %d trials", name, err, res.Spent, res.Trials)
		}
		if !shows.Shown(res.Recording) || res.Size().Commands >= 100 {
			t.Errorf("%s: %+v", name, res.Size())
		}
		cancel()
	}
}

// TestTooLongIsNotHeld: what is too long is not held; one connection of it may be.
func TestTooLongIsNotHeld(t *testing.T) {
	long := "# INBOX selected, 9 messages\n" + strings.Repeat("C: a NOOP\nS: a OK done\n", 1000)
	c := &minimize.Collector{Limit: 100 << 10}
	if err := decodetest.Play(long, c); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Recording(); !errors.Is(err, minimize.ErrTooLong) || !c.TooLong() {
		t.Error(err)
	}
	c = &minimize.Collector{Limit: 100 << 10, Wants: func(id capture.ConnID) bool { return id == 2 }}
	for _, err := range []error{decodetest.Play(long, c), decodetest.Play(other, second{c})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if r, err := c.Recording(); err != nil || r.Size().Conns != 1 {
		t.Error(err)
	}
}

// TestRecordingIsWhole: what was recorded is reported again as it was.
func TestRecordingIsWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := gen.Draw(rt, gen.Options{})
		var c minimize.Collector
		want, got := make(streams), make(streams)
		if err := play(s, capture.Tee{&c, want}); err != nil {
			rt.Fatal(err)
		}
		rec, err := c.Recording()
		if err != nil {
			rt.Fatal(err)
		}
		if err := rec.Run(t.Context(), got); err != nil {
			rt.Fatal(err)
		}
		for key, x := range want {
			if !bytes.Equal(x.Bytes(), got[key].Bytes()) {
				rt.Errorf("%s: %q; want %q", key, got[key], x)
			}
		}
		if n := rec.Size().Commands; n != len(s.Transactions) {
			rt.Errorf("%d commands, want %d", n, len(s.Transactions))
		}
	})
}

// FuzzMinimize: nothing that a connection carries makes it panic, and what is left is part of it.
func FuzzMinimize(f *testing.F) {
	for _, r := range lint.Rules() {
		f.Add(r.Bad)
	}
	f.Add("# INBOX selected, 9 messages\nC: a FETCH 1 BODY[]\nS: * 1 FETCH (BODY[] {10}\nS: 1234567)\nS: a OK\nS! 5\nC^ 3\n")
	f.Fuzz(func(t *testing.T, transcript string) {
		var c minimize.Collector
		if decodetest.Play(transcript, &c) != nil {
			return
		}
		rec, err := c.Recording()
		if err != nil {
			t.Fatal(err)
		}
		list := findings(t, rec)
		if len(list) == 0 {
			return
		}
		shows, err := minimize.NewShows(rec, lint.Options{}, &list[len(list)-1])
		if err != nil {
			t.Fatal(err)
		}
		res, err := minimize.Minimize(t.Context(), rec, minimize.Options{Test: minimize.One(shows.Shown), Trials: 200})
		if err != nil {
			t.Fatal(err)
		}
		checkPart(t, res.Recording, rec)
	})
}

// BenchmarkMinimize minimizes a session of a thousand commands.
func BenchmarkMinimize(b *testing.B) {
	var text strings.Builder
	text.WriteString("# INBOX selected, 9 messages\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "C: a%d FETCH %d FAST\nS: * %d FETCH (FLAGS (\\Seen))\nS: a%d OK done\n", i, i%9+1, i%9+1, i)
	}
	text.WriteString("C: z FETCH 5:2 FAST\nS: z OK done\n")
	var c minimize.Collector
	if err := decodetest.Play(text.String(), &c); err != nil {
		b.Fatal(err)
	}
	rec, err := c.Recording()
	if err != nil {
		b.Fatal(err)
	}
	var found *lint.Finding
	l, err := lint.New(lint.Options{Only: []string{"C009"}}, func(f lint.Finding) { found = &f })
	if err != nil {
		b.Fatal(err)
	}
	if err := rec.Run(b.Context(), decode.NewDemux(decode.Options{}, l)); err != nil {
		b.Fatal(err)
	}
	shows, err := minimize.NewShows(rec, lint.Options{}, found)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(rec.Size().Octets)
	for b.Loop() {
		if _, err := minimize.Minimize(b.Context(), rec, minimize.Options{Test: minimize.One(shows.Shown)}); err != nil {
			b.Fatal(err)
		}
	}
}
