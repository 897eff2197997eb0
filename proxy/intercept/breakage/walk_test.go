package breakage_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/decode"
	"imapscope/proxy/intercept/breakage"
	"imapscope/proxy/intercept/fault"
	"imapscope/proxy/intercept/intercepttest"
)

func parsed(t *testing.T, texts ...string) (list []fault.Fault) {
	t.Helper()
	for _, text := range texts {
		f, err := fault.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		f.Name = text
		list = append(list, f)
	}
	return list
}

// start runs a proxy with a Walk.
func start(t *testing.T, o breakage.Options) (*breakage.Walk, *intercepttest.Rig) {
	t.Helper()
	w := breakage.New(o)
	return w, intercepttest.Start(t, intercepttest.Answers, &locked{to: decode.NewDemux(decode.Options{}, w)}, w)
}

// locked is a Sink for several connections at once.
type locked struct {
	mu sync.Mutex
	to capture.Sink
}

// Event implements capture.Sink.
func (s *locked) Event(e *capture.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Event(e)
}

// client is a client that begins with two commands. How it takes faults is in patient and again.
type client struct {
	addr    string
	patient bool // waits for ever
	again   bool // begins again once, in a new connection
}

func (c client) run(ctx context.Context, out io.Writer) (int, error) {
	var got bytes.Buffer
	err := c.once(ctx, &got)
	if err != nil && c.again && ctx.Err() == nil {
		got.Reset()
		err = c.once(ctx, &got)
	}
	if err != nil {
		return 1, nil
	}
	_, err = got.WriteTo(out)
	return 0, err
}

func (c client) once(ctx context.Context, out io.Writer) error {
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if !c.patient {
		conn.SetDeadline(time.Now().Add(5 * time.Second)) // a limit for the test, not for the client
	}
	r := bufio.NewReader(conn)
	if _, err := r.ReadString('\n'); err != nil {
		return err
	}
	for _, tag := range []string{"a", "b"} {
		fmt.Fprintf(conn, "%s NOOP\r\n", tag)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return err
			}
			if rest, ok := strings.CutPrefix(line, tag+" "); ok {
				if !strings.HasPrefix(rest, "OK") {
					return errors.New(rest)
				}
				break
			}
			io.WriteString(out, line)
		}
	}
	return nil
}

// TestProgramOutcomes runs clients that take faults in different ways.
func TestProgramOutcomes(t *testing.T) {
	leaktest.Check(t)
	for _, c := range []struct {
		name   string
		client client
		fault  string
		want   breakage.Outcome
		why    string
	}{
		{"recovers", client{again: true}, "close count 1", breakage.Recovered, "connections after the fault: 1"},
		{"takes its time", client{}, "delay tagged 20ms", breakage.Recovered, "with the same output"},
		{"gives up", client{}, "close", breakage.Ended, "exit code 1, without faults with 0"},
		{"waits for ever", client{patient: true}, "drop tagged", breakage.Hung, "did not end within 2s"},
		{"is deceived", client{}, "drop data", breakage.Unknown, "its output differs"},
		{"is not concerned", client{}, "uidvalidity 9", breakage.Unknown, "did not act"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w *breakage.Walk
			var rig *intercepttest.Rig
			w, rig = start(t, breakage.Options{
				Faults: parsed(t, c.fault), Limit: 2 * time.Second,
				Program: func(ctx context.Context, out io.Writer) (int, error) {
					c.client.addr = rig.Addr
					return c.client.run(ctx, out)
				},
			})
			results, err := w.Run(t.Context())
			if err != nil || len(results) != 1 {
				t.Fatalf("%d results, %v", len(results), err)
			}
			r := results[0]
			if r.Outcome != c.want || !strings.Contains(r.Why, c.why) {
				t.Errorf("%s: %s; want %s: %s", r.Outcome, r.Why, c.want, c.why)
			}
			if (r.Acted == 0) != (c.name == "is not concerned") || len(r.Conns) == 0 {
				t.Errorf("acted %d times, connections %v", r.Acted, r.Conns)
			}
			if r.Outcome == breakage.Hung && r.HungMS < 1000 {
				t.Errorf("it hung for %d ms", r.HungMS)
			}
			if c.name == "recovers" && (r.Again != 1 || r.Program.Code != 0) {
				t.Errorf("%d connections after the fault, exit code %d", r.Again, r.Program.Code)
			}
		})
	}
}

// TestConnectionsGetFaultsInTurn has clients come by themselves: each gets the next fault, and
// the Walk is over when the last has ended.
func TestConnectionsGetFaultsInTurn(t *testing.T) {
	leaktest.Check(t)
	var reported []string
	w, rig := start(t, breakage.Options{
		Faults: parsed(t, "delay tagged 10ms", "close", `status NO "no"`, "uidvalidity 4", "drop tagged if n == 1"),
		Limit:  100 * time.Millisecond,
		Report: func(r *breakage.Result) error { reported = append(reported, r.Fault); return nil },
	})
	type end struct {
		results []*breakage.Result
		err     error
	}
	done := make(chan end)
	go func() {
		results, err := w.Run(t.Context())
		done <- end{results, err}
	}()
	for i := range 5 {
		c := rig.Dial()
		r := bufio.NewReader(c)
		r.ReadString('\n')
		io.WriteString(c, "a NOOP\r\n")
		if i != 4 {
			r.ReadString('\n')
			r.ReadString('\n')
		} else {
			r.ReadString('\n')
			time.Sleep(300 * time.Millisecond) // the client waits for the answer that does not come
		}
		if i == 0 {
			io.WriteString(c, "b NOOP\r\n")
			r.ReadString('\n')
			r.ReadString('\n')
		}
		c.Close()
	}
	e := <-done
	if e.err != nil {
		t.Fatal(e.err)
	}
	want := []breakage.Outcome{breakage.Recovered, breakage.Unknown, breakage.Ended, breakage.Unknown, breakage.Hung}
	for i, r := range e.results {
		if r.Outcome != want[i] {
			t.Errorf("%s: %s, %s; want %s", r.Fault, r.Outcome, r.Why, want[i])
		}
	}
	if len(reported) != 5 || reported[4] != "drop tagged if n == 1" {
		t.Errorf("reported %q", reported)
	}
	var table bytes.Buffer
	if err := breakage.WriteTable(&table, e.results); err != nil || !strings.Contains(table.String(), "5 faults: 1 recovered 1 ended 1 hung 2 unknown\n") {
		t.Errorf("%v\n%s", err, &table)
	}
}

// TestInterrupted checks that the faults that no connection came for are reported as unknown.
func TestInterrupted(t *testing.T) {
	leaktest.Check(t)
	w := breakage.New(breakage.Options{Faults: parsed(t, "close", "reset")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	results, err := w.Run(ctx)
	if err != nil || len(results) != 2 || results[1].Outcome != breakage.Unknown || results[1].Why != "no connection came" {
		t.Errorf("%+v, %v", results, err)
	}
}
