package replay

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"imapscope/decode/script"
	"imapscope/decode/wire"
)

// clock is the schedule of a session.
type clock struct {
	g       *game
	at, rec time.Duration
}

// next returns when a step recorded at rec is due; zero if its time does not matter.
func (c *clock) next(rec time.Duration) time.Time {
	if c.g.Pace == 0 {
		return time.Time{}
	}
	gap := max(c.g.scaled(rec-c.rec), 0)
	if c.g.MaxWait > 0 {
		gap = min(gap, c.g.MaxWait)
	}
	c.at, c.rec = c.at+gap, max(c.rec, rec)
	return c.g.start.Add(c.at)
}

// until waits until a time.
func (g *game) until(ctx context.Context, at time.Time) {
	if at.IsZero() {
		return
	}
	d := time.Until(at)
	if d <= 0 {
		return
	}
	g.readApart()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// await waits until what a step of exchange e needs has been received. It returns false if
// the step must not be taken.
func (g *game) await(ctx context.Context, n script.Needs, e int) bool {
	if g.dead {
		return false
	}
	from := time.Now()
	g.mu.Lock()
	g.last = from
	heard := g.heard
	g.mu.Unlock()
	for {
		m, missing := g.missing(n, e)
		if !missing {
			break
		}
		g.mu.Lock()
		idle, said := time.Since(g.last), g.heard-heard
		g.mu.Unlock()
		switch {
		case m.literal:
			g.trouble("%s the server waits for a literal that the recording never sent", g.name(m.e))
			g.dead = true
			return false
		case said > g.mostOf():
			g.giveUp(m, fmt.Sprintf("the answer does not end after %d MiB", g.mostOf()>>20))
		case idle >= g.timeout || time.Since(from) >= maxTimes*g.timeout:
			g.giveUp(m, fmt.Sprintf("no %s within %s", m.what, g.timeout))
		default:
			wait := g.timeout - idle
			if m.stray > 0 {
				wait = min(wait, m.stray)
			}
			if g.pause(ctx, wait) {
				continue
			}
			if _, missing := g.missing(n, e); !missing {
				continue // the last bytes were what was needed
			}
			if ctx.Err() == nil {
				g.gone()
			}
			return false
		}
		if g.dead = g.dead || m.what != "answer"; g.dead {
			return false
		}
	}
	for until := from.Add(n.Within); n.Of > 0 && !g.isDone(n.Of) && (n.Heard == 0 || g.heardOf(n.Of) < n.Heard); {
		d := time.Until(until)
		if d <= 0 || !g.pause(ctx, d) {
			break
		}
	}
	return g.awaitWorld(ctx, n.World)
}

// mostOf returns how many bytes a server may send during one wait.
func (g *game) mostOf() int64 { return cmp.Or(g.most, g.MaxAnswer, maxAnswer) }

// awaitWorld waits for other sessions, as long as a server may be silent.
func (g *game) awaitWorld(ctx context.Context, n int) bool {
	ch := g.world.after(n)
	if ch == nil {
		return true
	}
	g.readApart()
	tick := time.NewTicker(strayGrace / 4)
	defer tick.Stop()
	for from := time.Now(); ; {
		select {
		case <-ch:
			return true
		case <-ctx.Done():
			return false
		case <-tick.C:
			g.updateWorld()
			if time.Since(from) > g.timeout {
				g.trouble("continued after %s, although other sessions were ahead of it in the recording", g.timeout)
				return true
			}
		}
	}
}

// pause waits for news, for at most d. It returns false if there will be no more news.
func (g *game) pause(ctx context.Context, d time.Duration) bool {
	d = max(d, time.Microsecond)
	if !g.apart {
		return g.hear(d) // ctx closes the connection
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-g.news:
	case <-t.C:
	case <-g.over:
		return false
	case <-ctx.Done():
		return false
	}
	return true
}

// lack is something that is still missing.
type lack struct {
	e       int    // recorded exchange; 0 if none
	what    string // "answer", "ready", "greeting"
	stray   time.Duration
	literal bool // the server waits for the client instead
}

// missing returns what a step needs and is still missing; false if nothing is.
func (g *game) missing(n script.Needs, e int) (lack, bool) {
	g.mu.Lock()
	greeted, ready := g.out.Now.Greeted, g.out.Now.Ready
	g.mu.Unlock()
	if n.Greeting && !greeted {
		return lack{what: "greeting"}, true
	}
	for g.prefix < n.Done && g.isDone(g.s.Order[g.prefix]) {
		g.prefix++
	}
	g.updateWorld()
	if g.prefix < n.Done {
		return g.lackOf(g.s.Order[g.prefix]), true
	}
	if n.Ready > 0 && ready-g.base[e] < n.Ready && !g.isDone(e) {
		return lack{e: e, what: "ready"}, true
	}
	return lack{}, false
}

// lackOf returns the missing answer to a recorded exchange.
func (g *game) lackOf(r int) lack {
	m := lack{e: r, what: "answer"}
	g.mu.Lock()
	defer g.mu.Unlock()
	start := g.starts[r]
	if s, ok := g.strays[start]; ok {
		m.stray = max(strayGrace-time.Since(s.at), time.Millisecond)
	}
	x := g.s.Exchanges[r]
	lits := x.Request.Literals
	if k := len(lits); k > 0 && lits[k-1].State == wire.Withdrawn && g.out.Now.Ready-g.base[r] > x.Ready {
		m.literal = true
	}
	return m
}

// heardOf returns how many messages of a recorded exchange were received.
func (g *game) heardOf(r int) int {
	start, sent := g.starts[r]
	g.mu.Lock()
	defer g.mu.Unlock()
	i, ok := g.byStart[start]
	if !sent || !ok {
		return 0
	}
	return g.out.Now.Exchanges[i].Heard
}

// updateWorld reports to the other sessions which commands are no longer waited for.
func (g *game) updateWorld() {
	for k := g.known; g.world != nil && k < len(g.s.Order); k++ {
		if g.isDone(g.s.Order[k]) {
			g.world.answered(g.s.World[k])
			if k == g.known {
				g.known++
			}
		}
	}
}

// giveUp stops waiting for something. Giving up twice in a row ends the session.
func (g *game) giveUp(m lack, why string) {
	g.given[m.e] = true
	if i, ok := g.pair[m.e]; ok {
		g.out.Pairs[i].Note = why
	}
	g.trouble("%s %s", g.name(m.e), why)
	g.mu.Lock()
	defer g.mu.Unlock()
	answered := len(g.out.Now.Order)
	g.dead = g.dead || g.silent && answered == g.before
	g.silent, g.before = true, answered
	g.last = time.Now()
}

// name returns a recorded exchange as the prefix of a line.
func (g *game) name(e int) string {
	if e == 0 {
		return "connection:"
	}
	x := g.s.Exchanges[e]
	if g.live { // it is reported with its connection, and counted
		return x.Command + ":"
	}
	return fmt.Sprintf("transaction %d, %s:", x.N, x.Name())
}
