package replay

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

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
	// CommandRate is the number of commands due per second, over all clients and however slow
	// the server is; 0: each as soon as its session is ready for it. It excludes Rate and the
	// Player's Pace.
	CommandRate float64
	// RampUp is how long it takes until all clients have begun or, with a rate, until the rate
	// has risen from zero to its full height.
	RampUp time.Duration
	Users  []Bindings // of the clients, in turn; empty: the Player's bindings
	// MaxErrors is the number of errors after which the load ends; 0 means no limit.
	MaxErrors int
	Gates     Gates

	// Stop, once closed, lets no further session begin. Those in flight may finish, within Grace.
	Stop  <-chan struct{}
	Grace time.Duration // 0: DefaultTimeout

	// Interval is how often OnInterval, if set, is called while the load runs, and at its end;
	// 0 means a second. The Interval is valid until it returns.
	Interval   time.Duration
	OnInterval func(*Interval)

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
	active, waiting, sessions, commands, errors atomic.Int64
}

// Tally counts what a load has done so far.
type Tally struct {
	Active, Waiting            int64 // sessions that are being played, and commands without an answer so far
	Sessions, Commands, Errors int64
}

// Tally returns the counts so far. It may be called while the load runs.
func (l *Load) Tally() Tally { return l.tally.counts() }

func (t *tally) counts() Tally {
	return Tally{t.active.Load(), t.waiting.Load(), t.sessions.Load(), t.commands.Load(), t.errors.Load()}
}

// Run plays until everything is played or ctx ends, which cuts the sessions in flight short.
func (l *Load) Run(ctx context.Context) *Report {
	ctx, cancel := context.WithCancel(ctx)
	c := newCollecting(&l.tally)
	c.stop, c.max = cancel, l.MaxErrors
	c.report.Start, c.report.Rate, c.report.CommandRate = time.Now(), l.Rate, l.CommandRate
	c.from = c.report.Start
	user, system := processorTime()
	if l.CommandRate > 0 {
		c.tickets = &tickets{schedule: schedule{c.report.Start, l.CommandRate, l.RampUp}}
	}
	var helpers sync.WaitGroup
	helpers.Go(func() { l.windDown(ctx, cancel) })
	helpers.Go(func() { l.report(ctx, c) })
	if l.Rate > 0 {
		l.open(ctx, c)
	} else {
		l.closed(ctx, c)
	}
	cancel()
	helpers.Wait()
	c.report.Elapsed = time.Since(c.report.Start)
	c.rotate(l.OnInterval)
	c.report.User, c.report.System = processorTime()
	c.report.User, c.report.System = c.report.User-user, c.report.System-system
	c.report.Tally = l.Tally()
	c.report.Interrupted = l.stopped()
	c.report.Broken = l.Gates.Broken(&c.report)
	return &c.report
}

// stopped reports whether Stop is closed.
func (l *Load) stopped() bool {
	select {
	case <-l.Stop:
		return true
	default:
		return false
	}
}

// windDown cuts the sessions in flight short if they have not finished within Grace of Stop.
func (l *Load) windDown(ctx context.Context, cancel func()) {
	select {
	case <-l.Stop:
	case <-ctx.Done():
		return
	}
	grace := time.NewTimer(cmp.Or(l.Grace, DefaultTimeout))
	defer grace.Stop()
	select {
	case <-grace.C:
		cancel()
	case <-ctx.Done():
	}
}

// report reports the intervals, except the last one.
func (l *Load) report(ctx context.Context, c *collecting) {
	tick := time.NewTicker(cmp.Or(l.Interval, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.rotate(l.OnInterval)
		case <-ctx.Done():
			return
		}
	}
}

// over reports whether no further session begins.
func (l *Load) over(ctx context.Context, c *collecting, at time.Time) bool {
	return ctx.Err() != nil || l.stopped() || l.Duration > 0 && at.Sub(c.report.Start) >= l.Duration
}

// pause waits for d, unless the load ends earlier.
func (l *Load) pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.Stop:
	case <-ctx.Done():
	}
}

// closed runs clients that begin a session when their previous one has ended.
func (l *Load) closed(ctx context.Context, c *collecting) {
	var clients sync.WaitGroup
	n := max(l.Clients, 1)
	for k := range n {
		clients.Go(func() {
			if l.CommandRate == 0 { // else the rate of the commands rises
				l.pause(ctx, time.Duration(float64(l.RampUp)*float64(k)/float64(n)))
			}
			wait := firstPause
			for r := 0; (l.Repeat == 0 && l.Duration > 0 || r < max(l.Repeat, 1)) && !l.over(ctx, c, time.Now()); r++ {
				if l.one(ctx, c, k, k+r, time.Now()) {
					wait = firstPause
					continue
				}
				l.pause(ctx, wait)
				wait = min(2*wait, lastPause)
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
	due := schedule{c.report.Start, l.Rate, l.RampUp}
	var clients sync.WaitGroup
	for r := 0; l.Repeat == 0 && l.Duration > 0 || r < total; r++ {
		at := due.at(r)
		if l.over(ctx, c, at) {
			break
		}
		l.pause(ctx, time.Until(at))
		k, ok := l.slot(ctx, c, slots)
		if !ok {
			break
		}
		clients.Go(func() {
			l.one(ctx, c, k, r, at)
			slots <- k
		})
	}
	clients.Wait()
}

// slot returns a client that is free; false if the load ends before one is.
func (l *Load) slot(ctx context.Context, c *collecting, slots <-chan int) (k int, ok bool) {
	if ctx.Err() != nil || l.stopped() {
		return 0, false
	}
	select {
	case k = <-slots:
		return k, true
	default:
		c.report.NotBegun++ // it begins late, which its latency shows
	}
	select {
	case k = <-slots:
		return k, ctx.Err() == nil
	case <-l.Stop:
	case <-ctx.Done():
	}
	return 0, false
}

// one plays one session of client k, and reports whether there was a connection.
func (l *Load) one(ctx context.Context, c *collecting, k, r int, at time.Time) bool {
	set := l.Set
	if len(l.Users) > 0 {
		u := l.Users[k%len(l.Users)]
		set.User, set.Password = u.User, u.Password
	}
	l.tally.active.Add(1)
	m := c.scratch()
	g := newGame(l.Player, l.Sessions[r%len(l.Sessions)], at, set, binding.New(), capture.ConnID(l.tally.sessions.Add(1)), m)
	g.watch = &watch{collecting: c, session: g.s, due: at, begun: m.begun}
	x := g.play(ctx)
	l.tally.active.Add(-1)
	c.add(x, at, ctx.Err() != nil)
	m.begun = g.watch.begun
	c.recycle(m, x)
	return x.Err == nil
}
