package replay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"imapscope/decode/script"
)

// A slowServer answers on pipes, so that time can be simulated.
type slowServer struct {
	takes func(n int, line string) time.Duration // for the nth line of all; negative: no answer at all
	mute  bool                                   // no greeting

	all sync.WaitGroup
	mu  sync.Mutex
	n   int
}

func (s *slowServer) dial(context.Context) (net.Conn, []byte, error) {
	client, c := net.Pipe()
	s.all.Go(func() {
		defer c.Close()
		r := bufio.NewReader(c)
		if !s.mute {
			fmt.Fprint(c, "* OK\r\n")
		}
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			s.mu.Lock()
			n := s.n
			s.n++
			s.mu.Unlock()
			tag, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			d := time.Duration(0)
			if s.takes != nil {
				d = s.takes(n, rest)
			}
			if d < 0 {
				continue
			}
			time.Sleep(d)
			fmt.Fprintf(c, "%s OK\r\n", tag)
			if rest == "LOGOUT" {
				return
			}
		}
	})
	return client, nil, nil
}

// of returns the latencies of a command.
func of(t *testing.T, r *Report, command string) *Latencies {
	t.Helper()
	i := slices.IndexFunc(r.Commands, func(c *Latencies) bool { return c.Command == command })
	if i < 0 {
		t.Fatalf("there is no %s", command)
	}
	return r.Commands[i]
}

// near reports whether a quantile is d, as exactly as a histogram has it.
func near(got, want time.Duration) bool {
	return got >= want-want/500 && got <= want+want/500+time.Microsecond
}

func TestScheduleRamp(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		s    schedule
		n    int
		want time.Duration
	}{
		{schedule{start, 10, 0}, 0, 0},
		{schedule{start, 10, 0}, 25, 2500 * time.Millisecond},
		{schedule{start, 10, 4 * time.Second}, 0, 0},
		{schedule{start, 10, 4 * time.Second}, 5, 2 * time.Second},  // a quarter of what is due in the ramp
		{schedule{start, 10, 4 * time.Second}, 20, 4 * time.Second}, // half of what the full rate would have
		{schedule{start, 10, 4 * time.Second}, 30, 5 * time.Second},
	} {
		if got := c.s.at(c.n).Sub(start); got.Round(time.Microsecond) != c.want {
			t.Errorf("number %d of %v: %v, want %v", c.n, c.s, got, c.want)
		}
	}
	s := schedule{start, 7, 3 * time.Second}
	for n := range 100 {
		if !s.at(n + 1).After(s.at(n)) {
			t.Fatalf("number %d is not after the one before it", n+1)
		}
	}
}

// TestStallShowsInEveryCommandThatWasDue: a stall of two seconds concerns one command that was
// sent, and all that were due meanwhile.
func TestStallShowsInEveryCommandThatWasDue(t *testing.T) {
	sessions := []*script.Session{noops(t, 502)}
	synctest.Test(t, func(t *testing.T) {
		s := slowServer{takes: func(n int, _ string) time.Duration {
			if n == 101 {
				return 2 * time.Second
			}
			return time.Millisecond
		}}
		defer s.all.Wait()
		silent, busy := 0, 0
		l := &Load{
			Player: &Player{Dial: s.dial, Light: true}, Sessions: sessions, Clients: 1, CommandRate: 100, Interval: 500 * time.Millisecond,
			OnInterval: func(i *Interval) {
				if i.All.Now.TotalCount() == 0 {
					silent++
					if i.Waiting != 1 || i.Active != 1 {
						t.Errorf("in the stall %d commands were waiting, of %d sessions", i.Waiting, i.Active)
					}
				} else {
					busy++
				}
			},
		}
		r := l.Run(t.Context())
		noop := of(t, r, "NOOP")
		if r.Tally.Commands != 502 || r.Errors != 0 || noop.Now.TotalCount() != 500 {
			t.Fatalf("%+v, %v", r.Tally, r.Failures)
		}
		if !near(quantile(noop.Sent, 100), 2*time.Second) || !near(quantile(noop.Sent, 99), time.Millisecond) {
			t.Errorf("from when they were sent: p99 %s, max %s", quantile(noop.Sent, 99), quantile(noop.Sent, 100))
		}
		// 200 of the 500 were due in the stall. After it 9 of each 10 ms are left to catch up.
		if p := quantile(noop.Now, 99); p < 1900*time.Millisecond || quantile(noop.Now, 70) < 500*time.Millisecond {
			t.Errorf("from when they were due: p70 %s, p99 %s", quantile(noop.Now, 70), p)
		}
		if !near(quantile(noop.Now, 20), time.Millisecond) {
			t.Errorf("before the stall: %s", quantile(noop.Now, 20))
		}
		if silent != 3 || busy < 7 { // from 1.01 s to 3.01 s
			t.Errorf("%d intervals without an answer, %d with some", silent, busy)
		}
	})
}

// TestServerBeyondItsCapacity: what was asked of it and what it did are both shown.
func TestServerBeyondItsCapacity(t *testing.T) {
	sessions := []*script.Session{noops(t, 202)}
	synctest.Test(t, func(t *testing.T) {
		s := slowServer{takes: func(int, string) time.Duration { return 20 * time.Millisecond }}
		defer s.all.Wait()
		l := &Load{Player: &Player{Dial: s.dial, Light: true}, Sessions: sessions, Clients: 2, CommandRate: 1000}
		r := l.Run(t.Context())
		noop := of(t, r, "NOOP")
		if d := r.Elapsed.Round(10 * time.Millisecond); d != 202*20*time.Millisecond {
			t.Errorf("404 commands, two at a time, took %s", r.Elapsed)
		}
		if !near(quantile(noop.Sent, 50), 20*time.Millisecond) || !near(quantile(noop.Sent, 100), 20*time.Millisecond) {
			t.Errorf("from when they were sent: %s to %s", quantile(noop.Sent, 50), quantile(noop.Sent, 100))
		}
		// The last was due after 0.4 s, and answered after 4 s.
		if d := quantile(noop.Now, 100); d < 3500*time.Millisecond || d > 3700*time.Millisecond {
			t.Errorf("from when it was due, the last took %s", d)
		}
		if late := quantile(r.Late, 50); late < time.Second {
			t.Errorf("half of them were sent %s late", late)
		}
	})
}

// TestSessionRateBeyondCapacity: sessions begin on schedule, as many at a time as that needs.
func TestSessionRateBeyondCapacity(t *testing.T) {
	sessions := []*script.Session{noops(t, 3)}
	synctest.Test(t, func(t *testing.T) {
		s := slowServer{takes: func(int, string) time.Duration { return time.Second }}
		defer s.all.Wait()
		var most int64
		l := &Load{
			Player: &Player{Dial: s.dial, Light: true}, Sessions: sessions, Rate: 10, Repeat: 40, RampUp: 2 * time.Second,
			OnInterval: func(i *Interval) { most = max(most, i.Active) },
		}
		r := l.Run(t.Context())
		if r.Sessions != 40 || r.Errors != 0 || r.NotBegun != 0 {
			t.Fatalf("%+v, %v", r.Tally, r.Failures)
		}
		// Each takes 3 s; the 10 of the ramp's 2 s, then 10 in each second: the last is due after 4.9 s.
		if d := r.Elapsed.Round(time.Millisecond); d != 7900*time.Millisecond || most < 25 || most > 31 {
			t.Errorf("%s, %d at a time", d, most)
		}
	})
}

// TestDeadServers: one that does not answer at all, one that does not greet, and one that cannot
// be reached.
func TestDeadServers(t *testing.T) {
	sessions := []*script.Session{noops(t, 5)}
	timeout := &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
	synctest.Test(t, func(t *testing.T) {
		silent := slowServer{takes: func(int, string) time.Duration { return -1 }}
		defer silent.all.Wait()
		r := (&Load{Player: &Player{Dial: silent.dial, Light: true, Timeout: 10 * time.Second}, Sessions: sessions, Clients: 3}).Run(t.Context())
		login := of(t, r, "LOGIN")
		if login.Unanswered != 3 || login.Errors != 3 || quantile(login.Now, 50) < 10*time.Second || r.All.Unanswered != r.Tally.Commands || r.Skipped == 0 {
			t.Errorf("%+v, LOGIN %d unanswered, p50 %s; %d of all; %d were not sent", r.Tally, login.Unanswered, quantile(login.Now, 50), r.All.Unanswered, r.Skipped)
		}
		mute := slowServer{mute: true}
		defer mute.all.Wait()
		r = (&Load{Player: &Player{Dial: mute.dial, Light: true, Timeout: 10 * time.Second}, Sessions: sessions, Clients: 3}).Run(t.Context())
		connect := of(t, r, Connecting)
		if connect.Unanswered != 3 || quantile(connect.Now, 50) < 10*time.Second || r.Tally.Commands != 0 || r.Skipped != 15 || r.Errors == 0 {
			t.Errorf("%+v, %d without a greeting, p50 %s, %d commands were not sent", r.Tally, connect.Unanswered, quantile(connect.Now, 50), r.Skipped)
		}
		r = (&Load{Player: &Player{Light: true, Dial: func(context.Context) (net.Conn, []byte, error) {
			time.Sleep(7 * time.Second)
			return nil, nil, timeout
		}}, Sessions: sessions, Clients: 3}).Run(t.Context())
		connect = of(t, r, Connecting)
		if connect.Unanswered != 3 || connect.Errors != 3 || !near(quantile(connect.Now, 50), 7*time.Second) {
			t.Errorf("%d of %d waited in vain, p50 %s", connect.Unanswered, connect.Now.TotalCount(), quantile(connect.Now, 50))
		}
		r = (&Load{Player: &Player{Light: true, Dial: func(context.Context) (net.Conn, []byte, error) {
			return nil, nil, errors.New("connection refused")
		}}, Sessions: sessions, Clients: 3}).Run(t.Context())
		if connect = of(t, r, Connecting); connect.Errors != 3 || connect.Now.TotalCount() != 0 {
			t.Errorf("%d errors, %d latencies of a server that refuses", connect.Errors, connect.Now.TotalCount())
		}
	})
}

// TestIntervalsCountWhatWasAnswered although the session is not over.
func TestIntervalsCountWhatWasAnswered(t *testing.T) {
	sessions := []*script.Session{noops(t, 50)}
	synctest.Test(t, func(t *testing.T) {
		s := slowServer{takes: func(int, string) time.Duration { return 100 * time.Millisecond }}
		defer s.all.Wait()
		var counts []int64
		l := &Load{Player: &Player{Dial: s.dial, Light: true}, Sessions: sessions, OnInterval: func(i *Interval) {
			counts = append(counts, i.All.Now.TotalCount())
		}}
		r := l.Run(t.Context())
		sum := int64(0)
		for i, n := range counts {
			if sum += n; i < len(counts)-1 && (n < 9 || n > 11) {
				t.Errorf("interval %d has %d commands", i, n)
			}
		}
		if len(counts) < 5 || sum != 50 || r.All.Now.TotalCount() != 50 || r.Tally.Waiting != 0 {
			t.Errorf("%v; %d together, of %d; %d waiting", counts, sum, r.All.Now.TotalCount(), r.Tally.Waiting)
		}
	})
}

// TestStopLetsSessionsFinish, within Grace.
func TestStopLetsSessionsFinish(t *testing.T) {
	sessions := []*script.Session{noops(t, 20)} // 2 s
	for _, c := range []struct {
		name  string
		rate  float64
		grace time.Duration
		early int64
		took  time.Duration
	}{
		{"enough time", 0, 5 * time.Second, 0, 4 * time.Second},
		{"too little", 0, time.Second, 4, 3500 * time.Millisecond},
		{"with a rate", 4, 5 * time.Second, 0, 4250 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := slowServer{takes: func(int, string) time.Duration { return 100 * time.Millisecond }}
				defer s.all.Wait()
				stop := make(chan struct{})
				l := &Load{
					Player: &Player{Dial: s.dial, Light: true}, Sessions: sessions, Clients: 4, Duration: time.Hour, Rate: c.rate, Stop: stop, Grace: c.grace,
				}
				if c.rate > 0 {
					l.Clients = 0
				}
				time.AfterFunc(2500*time.Millisecond, func() { close(stop) })
				r := l.Run(t.Context())
				if !r.Interrupted || r.Early != c.early || r.Errors != 0 || r.Tally.Active != 0 {
					t.Errorf("interrupted %v, %d cut short, %+v, %v", r.Interrupted, r.Early, r.Tally, r.Failures)
				}
				if r.Elapsed < c.took-300*time.Millisecond || r.Elapsed > c.took+300*time.Millisecond {
					t.Errorf("it took %s", r.Elapsed)
				}
				if c.early == 0 && r.Tally.Commands != 20*r.Sessions {
					t.Errorf("%d commands of %d sessions", r.Tally.Commands, r.Sessions)
				}
			})
		})
	}
}

// TestRampUpSpreadsTheClients: the last of four begins after three quarters of the time.
func TestRampUpSpreadsTheClients(t *testing.T) {
	sessions := []*script.Session{noops(t, 3)}
	synctest.Test(t, func(t *testing.T) {
		s := slowServer{}
		defer s.all.Wait()
		var at []time.Duration
		var mu sync.Mutex
		start := time.Now()
		l := &Load{Player: &Player{Light: true, Dial: func(ctx context.Context) (net.Conn, []byte, error) {
			mu.Lock()
			at = append(at, time.Since(start))
			mu.Unlock()
			return s.dial(ctx)
		}}, Sessions: sessions, Clients: 4, RampUp: 8 * time.Second}
		if r := l.Run(t.Context()); r.Errors > 0 || of(t, r, Connecting).Now.Max() > 1000 {
			t.Errorf("%v; connecting took %d µs", r.Failures, of(t, r, Connecting).Now.Max())
		}
		if want := []time.Duration{0, 2 * time.Second, 4 * time.Second, 6 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("clients began at %v, want %v", at, want)
		}
	})
}

// TestStallOnTheWallClock is TestStallShowsInEveryCommandThatWasDue over TCP.
func TestStallOnTheWallClock(t *testing.T) {
	const stall = 400 * time.Millisecond
	dial := listen(t, func(ctx context.Context, l net.Listener) {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		defer context.AfterFunc(ctx, func() { c.Close() })()
		fmt.Fprint(c, "* OK\r\n")
		lines := bufio.NewScanner(c)
		for n := 0; lines.Scan(); n++ {
			if n == 20 {
				time.Sleep(stall)
			}
			tag, _, _ := strings.Cut(lines.Text(), " ")
			fmt.Fprintf(c, "%s OK\r\n", tag)
		}
	})
	l := &Load{Player: &Player{Dial: dial, Light: true}, Sessions: []*script.Session{noops(t, 200)}, Clients: 1, CommandRate: 200}
	r := l.Run(t.Context())
	noop := of(t, r, "NOOP")
	if r.Errors != 0 || noop.Now.TotalCount() != 198 {
		t.Fatalf("%+v, %v", r.Tally, r.Failures)
	}
	// 80 commands were due in the stall; at least one was sent in it. A slow machine adds to that.
	behind := int64(0)
	for _, b := range noop.Now.Distribution() {
		if b.From >= (stall / 8).Microseconds() {
			behind += b.Count
		}
	}
	if behind < 60 || quantile(noop.Now, 100) < stall*9/10 {
		t.Errorf("%d commands show the stall; max %s", behind, quantile(noop.Now, 100))
	}
}

// TestCommandsAreBounded: a recording can have any number of unknown commands.
func TestCommandsAreBounded(t *testing.T) {
	c := newCollecting(new(tally))
	for range 2 {
		for i := range 3 * maxCommands {
			record(c.latencies(fmt.Sprintf("X%d", i)).Now, time.Millisecond)
		}
		c.rotate(nil)
	}
	r := &c.report
	if n := len(r.Commands); n != maxCommands+1 || of(t, r, "X0").Now.TotalCount() != 2 || of(t, r, Others).Now.TotalCount() != 4*maxCommands {
		t.Errorf("%d commands; %d are others", n, of(t, r, Others).Now.TotalCount())
	}
}
