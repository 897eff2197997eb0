package breakage

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"slices"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/fault"
)

// plainLimits is how many limits the program may take without faults: it may start for the first
// time, and a walk that cannot begin is of no use.
const plainLimits = 5

// DefaultLimit is how long a client may wait, if Options.Limit is 0.
const DefaultLimit = 10 * time.Second

// When a program has ended, its connections have grace to end too. Then they are ended, and
// what was seen of them is awaited for settle.
const (
	grace  = time.Second
	settle = 10 * time.Second
)

// Options configures a Walk.
type Options struct {
	Faults []fault.Fault

	// Program runs the client once, and writes its output to out. Its context ends after
	// Limit, without faults after five of it: then it must end too. The code is as a shell has it. An error is one of running
	// it, and ends the Walk. If Program is nil, clients come by themselves.
	Program func(ctx context.Context, out io.Writer) (code int, err error)
	// Limit is how long the program may take, and how long a client may be silent after a
	// fault before it counts as hung; 0 means DefaultLimit.
	Limit time.Duration
	// Mailboxes, if set, is asked for the mail on the server before and after each run of
	// the program.
	Mailboxes func(context.Context) (Mailboxes, error)
	// Report, if set, receives each Result as soon as it is known. An error of it ends the Walk.
	Report func(*Result) error
}

// A Walk leads a client through faults. It is an intercept.Stage and a decode.Handler; both see
// the traffic of one proxy. Its methods may be called concurrently.
type Walk struct {
	o Options
	*watch

	mu       sync.Mutex
	next     int  // the next fault, if connections get them
	now      *run // of the program
	runs     []*run
	assigned chan struct{} // is sent to, without waiting, when a connection has got its fault
}

// run is a fault and the connections that got it.
type run struct {
	fault *fault.Fault // nil: none
	set   *fault.Set
	conns []capture.ConnID
	open  []*intercept.Conn // the same; some may have ended
}

// New returns a Walk.
func New(o Options) *Walk {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	return &Walk{o: o, watch: newWatch(), assigned: make(chan struct{}, 1)}
}

var (
	_ intercept.Stage = (*Walk)(nil)
	_ decode.Handler  = (*Walk)(nil)
)

// Agent implements intercept.Stage: it gives a connection its fault.
func (w *Walk) Agent(c *intercept.Conn) intercept.Agent {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.now
	if w.o.Program == nil && w.next < len(w.o.Faults) {
		r, _ = newRun(&w.o.Faults[w.next]) // they were checked when the Walk began
		w.runs = append(w.runs, r)
		w.next++
	}
	if r == nil {
		return nil
	}
	r.conns, r.open = append(r.conns, c.Info.ID), append(r.open, c)
	select {
	case w.assigned <- struct{}{}:
	default:
	}
	return r.set.Agent(c)
}

func newRun(f *fault.Fault) (*run, error) {
	r := &run{fault: f, set: fault.NewSet()}
	if f == nil {
		return r, nil
	}
	_, err := r.set.Add(*f)
	return r, err
}

// Run leads the client through all faults and returns the results in their order. If ctx ends,
// the faults that are left have the outcome Unknown. The error is one of a fault, of
// the program or of Report.
func (w *Walk) Run(ctx context.Context) ([]*Result, error) {
	for i := range w.o.Faults {
		if _, err := newRun(&w.o.Faults[i]); err != nil {
			return nil, err
		}
	}
	if w.o.Program != nil {
		return w.runProgram(ctx)
	}
	return w.watchClients(ctx)
}

// report hands out a result.
func (w *Walk) report(f *fault.Fault, e, plain *Evidence) (*Result, error) {
	r := &Result{Fault: f.Name, Text: f.String(), Evidence: *e}
	r.Outcome, r.Why = judge(e, plain, w.o.Limit)
	if r.Outcome == Hung {
		r.HungMS = max(e.SilentMS, e.IdleMS)
	}
	if w.o.Report != nil {
		return r, w.o.Report(r)
	}
	return r, nil
}

// watchClients waits until each fault has had its connection.
func (w *Walk) watchClients(ctx context.Context) (results []*Result, err error) {
	for i := range w.o.Faults {
		e := w.awaitConn(ctx, i)
		r, err := w.report(&w.o.Faults[i], e, nil)
		results = append(results, r)
		if err != nil {
			return results, err
		}
	}
	return results, nil
}

// awaitConn waits until the connection that got a fault has ended.
func (w *Walk) awaitConn(ctx context.Context, i int) *Evidence {
	for {
		w.mu.Lock()
		var r *run
		if i < len(w.runs) {
			r = w.runs[i]
		}
		w.mu.Unlock()
		if r != nil {
			e, over := w.evidence(r.conns, time.Now())
			if e.Acted = r.acted(); over || ctx.Err() != nil {
				w.forget(r.conns)
				return &e
			}
		} else if ctx.Err() != nil {
			return new(Evidence)
		}
		select {
		case <-w.changed:
		case <-w.assigned:
		case <-ctx.Done():
		}
	}
}

func (r *run) acted() (n int) {
	for _, s := range r.set.List() {
		n += s.Acted
	}
	return n
}

// runProgram runs the program without faults, and under each of them.
func (w *Walk) runProgram(ctx context.Context) (results []*Result, err error) {
	plain, out, err := w.once(ctx, nil)
	if err != nil {
		return nil, err
	}
	if plain.Program.TimedOut {
		return nil, errors.New("the program does not end within the limit even without faults")
	}
	_, again, err := w.once(ctx, nil)
	if err != nil {
		return nil, err
	}
	stable := slices.Equal(out, again)
	for i := range w.o.Faults {
		f := &w.o.Faults[i]
		e, now := new(Evidence), []byte(nil)
		if ctx.Err() == nil {
			if e, now, err = w.once(ctx, f); err != nil {
				return results, err
			}
		}
		if stable && e.Program != nil && !e.Program.TimedOut {
			if e.Output = outputDiffers; slices.Equal(out, now) {
				e.Output = outputSame
			}
		}
		r, err := w.report(f, e, plain)
		if results = append(results, r); err != nil {
			return results, err
		}
	}
	return results, nil
}

// once runs the program once and returns what was observed, and a hash of its output.
func (w *Walk) once(ctx context.Context, f *fault.Fault) (e *Evidence, sum []byte, err error) {
	r, err := newRun(f)
	if err != nil {
		return nil, nil, err
	}
	before, mailErr := w.mail(ctx)
	w.mu.Lock()
	w.now = r
	w.mu.Unlock()
	out := output{Hash: sha256.New()}
	limit := w.o.Limit
	if f == nil {
		limit *= plainLimits
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	begin := time.Now()
	code, err := w.o.Program(limited, &out)
	exit := Exit{Code: code, Seconds: time.Since(begin).Seconds(), TimedOut: limited.Err() != nil}
	cancel()
	if err != nil {
		return nil, nil, err
	}
	e = w.observed(ctx, r, time.Now())
	e.Acted, e.Program = r.acted(), &exit
	after, err := w.mail(ctx)
	if mailErr = errors.Join(mailErr, err); mailErr != nil {
		e.MailError = mailErr.Error()
	} else if w.o.Mailboxes != nil {
		e.Mail = change(before, after)
	}
	return e, out.Sum(nil), nil
}

// observed waits for the end of the connections of a run, and returns what was seen of them until
// the program ended.
func (w *Walk) observed(ctx context.Context, r *run, end time.Time) *Evidence {
	w.mu.Lock()
	w.now = nil
	ids, open := slices.Clone(r.conns), slices.Clone(r.open)
	w.mu.Unlock()
	defer w.forget(ids)
	patience := time.NewTimer(grace)
	defer patience.Stop()
	for ended := false; ; {
		e, over := w.evidence(ids, end)
		if over {
			return &e
		}
		select {
		case <-w.changed:
		case <-ctx.Done():
			return &e
		case <-patience.C:
			if ended {
				return &e
			}
			for _, c := range open {
				c.End()
			}
			ended = true
			patience.Reset(settle)
		}
	}
}

func (w *Walk) mail(ctx context.Context) (Mailboxes, error) {
	if w.o.Mailboxes == nil {
		return nil, nil
	}
	return w.o.Mailboxes(ctx)
}

// output hashes what a program writes.
type output struct {
	mu sync.Mutex
	hash.Hash
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.Hash.Write(p)
}
