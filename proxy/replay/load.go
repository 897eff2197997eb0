package replay

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"imapscope/capture"
	"imapscope/decode/binding"
	"imapscope/decode/script"
)

// Load plays sessions many times. Its fields must not be changed while it runs.
type Load struct {
	*Player
	Sessions []*script.Session // taken in turn
	Clients  int               // at a time; 0 means 1, or with Rate as many as needed
	Repeat   int               // sessions of each client; 0 means 1, or with Duration as many as fit
	Duration time.Duration     // after which no session begins
	Rate     float64           // sessions begun per second, however slow the server is; 0: each after the previous one
	Users    []Bindings        // of the clients, in turn; empty: the Player's bindings
	// MaxErrors is the number of errors after which the load ends; 0 means no limit.
	MaxErrors int

	tally tally
}

// Choose makes the sessions of s that can be played those of the load, and lets the player
// look at answers no closer than they need.
func (l *Load) Choose(s *script.Script) {
	l.Light = true
	for _, session := range s.Sessions {
		if session.LeftOut == "" && (!session.Conn.MidStream || l.Login) {
			l.Sessions = append(l.Sessions, session)
			l.Light = l.Light && !session.Binds()
		}
	}
}

// MaxClients bounds the concurrent sessions with Rate, if Clients does not.
const MaxClients = 10_000

type tally struct {
	active, sessions, commands, errors atomic.Int64
}

// Tally counts what a load has done so far.
type Tally struct {
	Active, Sessions, Commands, Errors int64
}

// Tally returns the counts so far. It may be called while the load runs.
func (l *Load) Tally() Tally {
	return Tally{l.tally.active.Load(), l.tally.sessions.Load(), l.tally.commands.Load(), l.tally.errors.Load()}
}

// Connecting is listed among the commands for what precedes the first one: the time from
// when a session should have begun to the server's greeting.
const Connecting = "(connect)"

// Latencies holds the latencies of one command.
type Latencies struct {
	Command string
	// Now is measured from when the command should have been sent to its tagged response,
	// Recorded from its first byte to that response. In microseconds.
	Now, Recorded *hdrhistogram.Histogram
	Errors        int64
}

// Report is the result of a load.
type Report struct {
	Tally
	Start    time.Time
	Elapsed  time.Duration
	Commands []*Latencies // in the order of their first occurrence
	// Late is how late commands were sent, in microseconds.
	Late *hdrhistogram.Histogram
	// Failures are the first kinds of errors.
	Failures []Failure
	// Stopped reports whether there were more errors than MaxErrors.
	Stopped bool
	// NotBegun is the number of sessions that could not begin on time: see Rate.
	NotBegun int64
}

// Failure is an error and how often it occurred.
type Failure struct {
	Text  string
	Count int64
}

const (
	maxFailures = 10
	maxLatency  = int64(time.Hour / time.Microsecond)
	digits      = 3
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, maxLatency, digits) }

// collecting collects a Report.
type collecting struct {
	mu     sync.Mutex
	report Report
	by     map[string]*Latencies
	stop   context.CancelFunc
	max    int
	tally  *tally
}

// Run plays until everything is played or ctx ends.
func (l *Load) Run(ctx context.Context) *Report {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c := &collecting{by: make(map[string]*Latencies), stop: stop, max: l.MaxErrors, tally: &l.tally}
	c.report.Start, c.report.Late = time.Now(), newHistogram()
	if l.Rate > 0 {
		l.open(ctx, c)
	} else {
		l.closed(ctx, c)
	}
	c.report.Elapsed = time.Since(c.report.Start)
	c.report.Tally = l.Tally()
	return &c.report
}

// over reports whether no further session begins.
func (l *Load) over(ctx context.Context, c *collecting, at time.Time) bool {
	return ctx.Err() != nil || l.Duration > 0 && at.Sub(c.report.Start) >= l.Duration
}

// closed runs clients that begin a session when their previous one has ended.
func (l *Load) closed(ctx context.Context, c *collecting) {
	var clients sync.WaitGroup
	for k := range max(l.Clients, 1) {
		clients.Go(func() {
			for r := 0; (l.Repeat == 0 && l.Duration > 0 || r < max(l.Repeat, 1)) && !l.over(ctx, c, time.Now()); r++ {
				l.one(ctx, c, k, k+r, time.Now())
			}
		})
	}
	clients.Wait()
}

// open begins sessions on schedule, whether others have ended or not.
func (l *Load) open(ctx context.Context, c *collecting) {
	limit := l.Clients
	if limit == 0 {
		limit = MaxClients
	}
	total := max(l.Repeat, 1) * max(l.Clients, 1)
	slots := make(chan int, limit)
	for k := range limit {
		slots <- k
	}
	var clients sync.WaitGroup
	timer := time.NewTimer(0)
	defer timer.Stop()
	for r := 0; l.Repeat == 0 && l.Duration > 0 || r < total; r++ {
		at := c.report.Start.Add(time.Duration(float64(r) / l.Rate * float64(time.Second)))
		if l.over(ctx, c, at) {
			break
		}
		timer.Reset(time.Until(at))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		var k int
		select {
		case k = <-slots:
		default:
			c.report.NotBegun++ // it begins late, which its latency shows
			select {
			case k = <-slots:
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			break
		}
		clients.Go(func() {
			l.one(ctx, c, k, r, at)
			slots <- k
		})
	}
	clients.Wait()
}

// one plays one session of client k.
func (l *Load) one(ctx context.Context, c *collecting, k, r int, at time.Time) {
	set := l.Set
	if len(l.Users) > 0 {
		u := l.Users[k%len(l.Users)]
		set.User, set.Password = u.User, u.Password
	}
	l.tally.active.Add(1)
	x := l.play(ctx, l.Sessions[r%len(l.Sessions)], at, set, nil, binding.New(), capture.ConnID(l.tally.sessions.Add(1)))
	l.tally.active.Add(-1)
	if ctx.Err() == nil {
		c.add(x, at)
	}
}

// add adds the result of a session.
func (c *collecting) add(x *Played, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := fmt.Sprintf("connection %d of %s", x.Session.Conn.ID, x.Session.Conn.Origin)
	if x.Err != nil {
		c.fail(fmt.Sprintf("%s: %v", name, x.Err), nil)
		return
	}
	if !x.greeted.IsZero() {
		h := c.of(Connecting)
		record(h.Now, x.greeted.Sub(at))
	}
	for _, t := range x.Trouble {
		c.fail(name+": "+t, nil)
	}
	for _, p := range x.Pairs {
		c.tally.commands.Add(1)
		record(c.report.Late, p.Sent.Sub(p.Due))
		y := x.Session.Exchanges[p.Recorded]
		h := c.of(p.Command)
		if d, ok := y.Elapsed(); ok {
			record(h.Recorded, d)
		}
		now := "no response"
		if p.Now > 0 {
			z := x.Now.Exchanges[p.Now]
			now = status(z)
			if z.Done {
				record(h.Now, z.End.Sub(p.Due))
			}
		}
		if then := status(y); now != then && y.LeftOut == "" {
			c.fail(fmt.Sprintf("%s, transaction %d, %s: %s, recorded %s", name, y.N, y.Name(), now, then), h)
		}
	}
}

func (c *collecting) of(command string) *Latencies {
	h := c.by[command]
	if h == nil {
		h = &Latencies{Command: command, Now: newHistogram(), Recorded: newHistogram()}
		c.by[command] = h
		c.report.Commands = append(c.report.Commands, h)
	}
	return h
}

func (c *collecting) fail(line string, of *Latencies) {
	if of != nil {
		of.Errors++
	}
	if i := slices.IndexFunc(c.report.Failures, func(f Failure) bool { return f.Text == line }); i >= 0 {
		c.report.Failures[i].Count++
	} else if len(c.report.Failures) < maxFailures {
		c.report.Failures = append(c.report.Failures, Failure{line, 1})
	}
	if n := c.tally.errors.Add(1); c.max > 0 && n > int64(c.max) {
		c.report.Stopped = true
		c.stop()
	}
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(int64(d/time.Microsecond), 0), maxLatency)) // it is in the range
}
