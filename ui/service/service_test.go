package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A valve is a Writer whose Write blocks while it is shut.
type valve struct {
	mu   sync.Mutex
	cond *sync.Cond
	shut bool
	err  error
	got  bytes.Buffer
}

func newValve(shut bool) *valve {
	v := &valve{shut: shut}
	v.cond = sync.NewCond(&v.mu)
	return v
}

func (v *valve) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for v.shut {
		v.cond.Wait()
	}
	if v.err != nil {
		return 0, v.err
	}
	return v.got.Write(p)
}

func (v *valve) set(shut bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shut, v.err = shut, err
	v.cond.Broadcast()
}

func (v *valve) String() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.got.String()
}

// TestOutletKeepsLinesWhole: whatever is discarded, only whole lines arrive, in order, and
// what arrived and what was counted is everything.
func TestOutletKeepsLinesWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newValve(true)
		o := NewOutlet(v, OutletOptions{Patience: time.Second, Bound: 1000})
		var states []State
		o.OnChange(func(s State, _ Lost) { states = append(states, s) })
		var sent strings.Builder
		for i := range 400 {
			fmt.Fprintf(&sent, "line %d %s\n", i, strings.Repeat("x", i%50))
		}
		for i, text := 0, sent.String(); len(text) > 0; i++ {
			n := min(7+i%90, len(text))
			if m, err := o.Write([]byte(text[:n])); m != n || err != nil {
				t.Fatal(m, err)
			}
			text = text[n:]
			if i == 100 {
				v.set(false, nil)
				synctest.Wait()
			}
		}
		lost := o.Close()
		got := v.String()
		next := 0
		for line := range strings.Lines(got) {
			var n int
			var x string
			if _, err := fmt.Sscanf(line, "line %d %s", &n, &x); n < next || len(x) != n%50 && err == nil {
				t.Fatalf("line %q after %d", line, next-1)
			}
			next = n + 1
		}
		if kept := int64(strings.Count(got, "\n")); kept+lost.Lines != 400 || int64(len(got))+lost.Bytes != int64(sent.Len()) || lost.Lines == 0 || kept < 100 {
			t.Errorf("%d lines arrived, %+v", kept, lost)
		}
		if fmt.Sprint(states) != fmt.Sprint([]State{Stalled, Reads}) {
			t.Errorf("states %v", states)
		}
	})
}

// TestOutletWaits: without Patience, Write and Close wait for the reader, until there is a
// limit; with it they do not.
func TestOutletWaits(t *testing.T) {
	for _, patience := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			v := newValve(true)
			o := NewOutlet(v, OutletOptions{Patience: patience, Bound: 10})
			begin := time.Now()
			if patience == 0 {
				time.AfterFunc(time.Hour, func() { o.Limit(time.Minute) })
			}
			for range 100 {
				_, _ = o.Write([]byte("0123456789\n"))
			}
			lost := o.Close()
			want := time.Second + closeGrace
			if patience == 0 {
				want = time.Hour + time.Minute
			}
			if d := time.Since(begin); d != want || lost.Lines != 100 {
				t.Errorf("%v, %+v", d, lost)
			}
			v.set(false, nil)
		})
	}
}

// TestOutletLimit checks that a reader that keeps up gets everything, however
// late it comes, and that one that stops after the limit was set is not waited for.
func TestOutletLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newValve(false)
		o := NewOutlet(v, OutletOptions{Prompt: true})
		o.Limit(time.Second)
		time.Sleep(time.Hour + 500*time.Millisecond) // not when a limit comes
		_, _ = o.Write([]byte("late\n"))
		if got := v.String(); got != "late\n" {
			t.Errorf("written: %q", got)
		}
		v.set(true, nil)
		begin := time.Now()
		_, _ = o.Write([]byte("stuck\n"))
		_, _ = o.Write([]byte("lost\n"))
		if lost := o.Close(); lost.Lines != 2 || time.Since(begin) > time.Second {
			t.Errorf("%+v after %v", lost, time.Since(begin))
		}
		v.set(false, nil)
	})
}

// TestOutletBackpressure: a reader that is slow, but reads, loses nothing.
func TestOutletBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		o := NewOutlet(w, OutletOptions{Patience: time.Second, Bound: 64 << 10})
		var got bytes.Buffer
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for b := make([]byte, 8<<10); ; time.Sleep(400 * time.Millisecond) {
				n, err := r.Read(b)
				if got.Write(b[:n]); err != nil {
					return
				}
			}
		}()
		want := bytes.Repeat([]byte("0123456789\n"), 40_000)
		for p := want; len(p) > 0; p = p[min(len(p), 5000):] {
			_, _ = o.Write(p[:min(len(p), 5000)])
		}
		for range 100 {
			time.Sleep(time.Second) // the rest, before Close begins to count
		}
		lost := o.Close()
		w.Close()
		<-ended
		if lost != (Lost{}) || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%d bytes of %d arrived, %+v", got.Len(), len(want), lost)
		}
	})
}

// TestOutletReaderLeaves: after an error nothing is written, and everything is counted.
func TestOutletReaderLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newValve(false)
		o := NewOutlet(v, OutletOptions{Prompt: true})
		gone := 0
		o.OnChange(func(s State, _ Lost) {
			if s == Gone {
				gone++
			}
		})
		_, _ = o.Write([]byte("one\n"))
		if got := v.String(); got != "one\n" {
			t.Errorf("%q was written when Write returned", got)
		}
		v.set(false, errors.New("broken pipe"))
		for range 3 {
			_, _ = o.Write([]byte("two\n"))
		}
		if lost := o.Close(); lost != (Lost{3, 12}) || gone != 1 {
			t.Errorf("%+v, reported %d times", lost, gone)
		}
	})
}

// TestLogDoesNotRepeatWithoutEnd: a message that repeats for a day makes few lines, and all
// of them are counted.
func TestLogDoesNotRepeatWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newValve(false)
		log, flush := Log(v, slog.LevelInfo)
		const n = 86_400
		for i := range n {
			log.Warn("again", "n", i)
			if i == 50_000 {
				log.Warn("once")
			}
			time.Sleep(time.Second)
		}
		flush()
		got := v.String()
		lines := strings.Count(got, "msg=again n=")
		total := lines
		for line := range strings.Lines(got) {
			var more int
			if _, rest, ok := strings.Cut(line, `msg="again: `); ok {
				if _, err := fmt.Sscanf(rest, "%d more like it", &more); err != nil {
					t.Error(err)
				}
				total += more
			}
		}
		if total != n || strings.Count(got, "\n") > 350 || strings.Count(got, "msg=once") != 1 {
			t.Errorf("%d of %d in %d lines", total, n, strings.Count(got, "\n"))
		}
		// Once it has ended, the next one is news.
		log.Warn("again", "n", n)
		time.Sleep(time.Hour)
		log.Warn("again", "n", n+1)
		flush()
		if got := v.String(); !strings.Contains(got, fmt.Sprint("n=", n+1)) {
			t.Errorf("the first after an hour is not logged")
		}
	})
}

// TestRepeatsKindsAreBounded: kinds that a client invents take no memory without end.
func TestRepeatsKindsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var held int64
		r := NewRepeats(func(_ string, n int64, _ time.Duration) { held += n })
		passed := 0
		for i := range 10_000 {
			if r.Allow(fmt.Sprint(i)) {
				passed++
			}
		}
		if n := len(r.kinds); n > maxKinds+1 {
			t.Errorf("%d kinds", n)
		}
		if r.Flush(); int64(passed)+held != 10_000 || passed > maxKinds+burst {
			t.Errorf("%d passed, %d counted", passed, held)
		}
	})
}

// TestWithin: there is no limit before the context is done.
func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begin := time.Now()
		if err := Within(ctx, time.Second, "sleep", func() error { time.Sleep(time.Hour + time.Second/2); return io.EOF }); err != io.EOF {
			t.Error(err)
		}
		release := make(chan struct{})
		err := Within(ctx, time.Second, "waiting", func() error { <-release; return nil })
		if d := time.Since(begin); err == nil || d != time.Hour+3*time.Second/2 {
			t.Errorf("%v after %v", err, d)
		}
		close(release)
	})
}

// TestStreamsNameTheError: a full disk is not a reader that left.
func TestStreamsNameTheError(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{syscall.EPIPE, "the reader of standard output left"},
		{&fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}, "standard output: no space left on device"},
	} {
		v, e := newValve(false), newValve(false)
		v.set(false, c.err)
		s := Outlive(t.Context(), v, e, true)
		fmt.Fprintln(s.Out, "a line")
		s.Close(new(error))
		if got := e.String(); !strings.Contains(got, c.want+": nothing more is shown\n") {
			t.Errorf("%v: %q", c.err, got)
		}
	}
}
