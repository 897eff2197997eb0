package replay

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"imapscope/decode/script"
)

// timed returns a session of NOOPs at the given times, the greeting at 0.
func timed(t *testing.T, at ...time.Duration) *script.Session {
	t.Helper()
	s := &script.Session{}
	*s = *recording(t, append([]string{"LOGIN fred secret"}, make([]string, len(at)-1)...)...).Sessions[0]
	if len(s.Steps) != len(at) {
		t.Fatalf("%d steps", len(s.Steps))
	}
	for i := range s.Steps {
		s.Steps[i].At = at[i]
	}
	return s
}

// Steps are sent exactly on time, however long the server takes; a server that is too
// slow delays the steps that wait for it, not those after them.
func TestPaceFollowsTheSchedule(t *testing.T) {
	for _, c := range []struct {
		name    string
		pace    float64
		maxWait time.Duration
		takes   []time.Duration // by the server, for each command
		at      []time.Duration
		want    []time.Duration
	}{
		{"as recorded", 1, 0, []time.Duration{0, 0, 0}, []time.Duration{time.Second, 2 * time.Second, time.Minute}, []time.Duration{time.Second, 2 * time.Second, time.Minute}},
		{"twice as fast", 0.5, 0, []time.Duration{0, 0, 0}, []time.Duration{time.Second, 2 * time.Second, time.Minute}, []time.Duration{500 * time.Millisecond, time.Second, 30 * time.Second}},
		{"pauses cut", 1, 3 * time.Second, []time.Duration{0, 0, 0}, []time.Duration{time.Second, 2 * time.Second, time.Minute}, []time.Duration{time.Second, 2 * time.Second, 5 * time.Second}},
		{"a stall", 1, 0, []time.Duration{5 * time.Second, 0, 0}, []time.Duration{time.Second, 2 * time.Second, time.Minute}, []time.Duration{time.Second, 6 * time.Second, time.Minute}},
		{"not at all", 0, 0, []time.Duration{7 * time.Second, 0, 0}, []time.Duration{time.Second, 2 * time.Second, time.Minute}, []time.Duration{0, 7 * time.Second, 7 * time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := timed(t, c.at...)
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var got []time.Duration
				client, srv := net.Pipe()
				go func() {
					defer srv.Close()
					fmt.Fprint(srv, "* OK\r\n")
					r := bufio.NewReader(srv)
					for i := range c.takes {
						l, err := r.ReadString('\n')
						if err != nil {
							return
						}
						got = append(got, time.Since(start))
						time.Sleep(c.takes[i])
						tag, _, _ := strings.Cut(l, " ")
						fmt.Fprintf(srv, "%s OK\r\n", strings.TrimSpace(tag))
					}
				}()
				p := &Player{Pace: c.pace, MaxWait: c.maxWait, Dial: func(context.Context) (net.Conn, []byte, error) { return client, nil, nil }}
				x := p.Play(t.Context(), s, start)
				synctest.Wait()
				if fmt.Sprint(got) != fmt.Sprint(c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
				// Latency is measured from when it should have been sent.
				for i, pair := range x.Pairs {
					if c.pace == 0 {
						continue
					}
					due := c.at[i]
					switch {
					case c.name == "pauses cut":
						due = c.want[i]
					default:
						due = time.Duration(float64(due) * c.pace)
					}
					if d := pair.Due.Sub(start); d != due {
						t.Errorf("command %d was due at %v, not %v", i, due, d)
					}
				}
			})
		})
	}
}

func TestWaitEndsAtTheTimeout(t *testing.T) {
	s := timed(t, 0, 0, 0)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		client, srv := net.Pipe()
		go func() {
			fmt.Fprint(srv, "* OK\r\n")
			r := bufio.NewReader(srv)
			for {
				if _, err := r.ReadString('\n'); err != nil {
					return
				}
			}
		}()
		p := &Player{Timeout: 10 * time.Second, Dial: func(context.Context) (net.Conn, []byte, error) { return client, nil, nil }}
		x := p.Play(t.Context(), s, start)
		if d := time.Since(start); d != 20*time.Second || len(x.Trouble) != 2 {
			t.Errorf("%v, %q", d, x.Trouble)
		}
	})
}
