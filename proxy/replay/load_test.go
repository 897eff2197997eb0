package replay

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"imapscope/capture/leaktest"
	"imapscope/decode/script"
	"imapscope/samples/server"
)

// trivial answers every line with OK, many at a time if they arrive so.
func trivial(t testing.TB) func(context.Context) (net.Conn, []byte, error) {
	return listen(t, func(ctx context.Context, l net.Listener) {
		var all sync.WaitGroup
		defer all.Wait()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				stop := context.AfterFunc(ctx, func() { c.Close() })
				defer stop()
				defer c.Close()
				fmt.Fprint(c, "* OK\r\n")
				r := bufio.NewReader(c)
				var out []byte
				for {
					line, err := r.ReadSlice('\n')
					if err != nil {
						return
					}
					tag, rest, _ := bytes.Cut(line, []byte(" "))
					out = append(append(out, tag...), " OK\r\n"...)
					if r.Buffered() == 0 {
						c.Write(out)
						out = out[:0]
					}
					if bytes.HasPrefix(rest, []byte("LOGOUT")) {
						return
					}
				}
			})
		}
	})
}

// noops returns a session of n commands.
func noops(t testing.TB, n int) *script.Session {
	commands := []string{"LOGIN fred secret"}
	for range n - 2 {
		commands = append(commands, "NOOP")
	}
	return recording(t, append(commands, "LOGOUT")...).Sessions[0]
}

func TestLoadRunsEachClientRepeatAndUser(t *testing.T) {
	s := recording(t, "LOGIN fred secret", "SELECT INBOX", "FETCH 1:12 ALL", "2: LOGIN fred secret", "2: NOOP", "2: LOGOUT", "LOGOUT")
	users := map[string]string{"wilma": "a", "barney": "b,c"}
	l := &Load{
		Player: &Player{Dial: serveSample(t, server.Options{Users: users}), Light: true}, Sessions: s.Sessions, Clients: 4, Repeat: 5,
		Users: []Bindings{{User: "wilma", Password: "a"}, {User: "barney", Password: "b,c"}},
	}
	r := l.Run(t.Context())
	if r.Sessions != 20 || r.Errors != 0 || r.Tally.Commands != 10*4+10*3 {
		t.Errorf("%+v %v", r.Tally, r.Failures)
	}
	counts := make(map[string]int64)
	for _, c := range r.Commands {
		counts[c.Command] = c.Now.TotalCount()
	}
	for name, n := range map[string]int64{Connecting: 20, "LOGIN": 20, "LOGOUT": 20, "SELECT": 10, "FETCH": 10, "NOOP": 10} {
		if counts[name] != n {
			t.Errorf("%s: %d, want %d", name, counts[name], n)
		}
	}
}

func TestLoadStopsAfterMaxErrors(t *testing.T) {
	s := recording(t, "LOGIN fred secret", "NOOP", "LOGOUT")
	l := &Load{
		Player: &Player{Dial: serveSample(t, server.Options{Users: map[string]string{"nobody": "x"}}), Light: true}, Sessions: s.Sessions,
		Clients: 2, Duration: time.Minute, MaxErrors: 10,
	}
	r := l.Run(t.Context())
	if !r.Stopped || r.Errors < 11 || r.Errors > 20 || r.Failures[0].Count < 2 || !strings.Contains(r.Failures[0].Text, "A01 LOGIN: NO, recorded OK") {
		t.Errorf("stopped %v, %+v, %v", r.Stopped, r.Tally, r.Failures)
	}
	refused := &Load{Player: &Player{Light: true, Dial: func(context.Context) (net.Conn, []byte, error) {
		return nil, nil, errors.New("connection refused")
	}}, Sessions: s.Sessions, Repeat: 3}
	if r := refused.Run(t.Context()); r.Errors != 3 || r.Failures[0].Count != 3 {
		t.Errorf("%+v, %v", r.Tally, r.Failures)
	}
}

// With a rate, sessions begin on schedule although the server stalls, and the stall
// shows in the latency.
func TestRateKeepsTheScheduleWhenTheServerStalls(t *testing.T) {
	s := recording(t, "LOGIN fred secret", "LOGOUT")
	l := &Load{
		Player: &Player{Dial: serveSample(t, server.Options{Delay: 150 * time.Millisecond}), Light: true}, Sessions: s.Sessions,
		Rate: 100, Repeat: 20, Clients: 1,
	}
	l.Clients = 2
	l.Repeat = 10
	r := l.Run(t.Context())
	if r.Sessions != 20 || r.Errors != 0 || r.NotBegun == 0 {
		t.Fatalf("%+v, %d had no room, %v", r.Tally, r.NotBegun, r.Failures)
	}
	// Each takes 300 ms, two at a time: the last has waited nearly three seconds.
	if worst := r.Commands[0].Now.Max(); worst < 1_500_000 {
		t.Errorf("the longest wait for a connection was %d µs", worst)
	}
}

func TestManyClientsLeakNoGoroutines(t *testing.T) {
	leaktest.Check(t)
	dial := trivial(t)
	s := noops(t, 20)
	l := &Load{Player: &Player{Dial: dial, Light: true}, Sessions: []*script.Session{s}, Clients: 1000, Repeat: 2}
	r := l.Run(t.Context())
	if r.Sessions != 2000 || r.Errors != 0 {
		t.Errorf("%+v %v", r.Tally, r.Failures)
	}
}

// BenchmarkLoad runs 50 clients against a server that only says OK and shares the
// processors with them, and for comparison a client that neither paces, decodes nor
// compares: what remains is the cost of the server and the system.
func BenchmarkLoad(b *testing.B) {
	const clients, commands = 50, 500
	b.Run("replay", func(b *testing.B) {
		dial := trivial(b)
		s := noops(b, commands)
		b.ReportAllocs()
		b.ResetTimer()
		for b.Loop() {
			l := &Load{Player: &Player{Dial: dial, Light: true}, Sessions: []*script.Session{s}, Clients: clients, Repeat: 1}
			if r := l.Run(context.Background()); r.Errors > 0 {
				b.Fatal(r.Failures)
			}
		}
		b.ReportMetric(float64(b.N*clients*commands)/b.Elapsed().Seconds(), "txn/s")
	})
	b.Run("bare", func(b *testing.B) {
		dial := trivial(b)
		for b.Loop() {
			var all sync.WaitGroup
			for range clients {
				all.Go(func() {
					c, _, err := dial(context.Background())
					if err != nil {
						b.Error(err)
						return
					}
					defer c.Close()
					r := bufio.NewReader(c)
					r.ReadSlice('\n')
					for range commands {
						fmt.Fprint(c, "A01 NOOP\r\n")
						if _, err := r.ReadSlice('\n'); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
		}
		b.ReportMetric(float64(b.N*clients*commands)/b.Elapsed().Seconds(), "txn/s")
	})
}

// BenchmarkPacing runs 200 concurrent sessions, begun over half a second, each with a
// command every 20 ms; it reports how late the commands were sent.
func BenchmarkPacing(b *testing.B) {
	dial := trivial(b)
	s := noops(b, 100)
	for i := range s.Steps {
		s.Steps[i].At = time.Duration(i) * 20 * time.Millisecond
	}
	for b.Loop() {
		l := &Load{Player: &Player{Dial: dial, Light: true, Pace: 1}, Sessions: []*script.Session{s}, Clients: 200, Repeat: 1, Rate: 400}
		r := l.Run(context.Background())
		if r.Errors > 0 {
			b.Fatal(r.Failures)
		}
		b.ReportMetric(float64(r.Late.ValueAtPercentile(50)), "p50-µs-late")
		b.ReportMetric(float64(r.Late.ValueAtPercentile(99)), "p99-µs-late")
	}
}
