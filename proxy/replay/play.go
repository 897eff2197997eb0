package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/wire"
)

// PlayAll plays all sessions of a recording, concurrently where they were concurrent. The
// results are in the order of the sessions.
func (p *Player) PlayAll(ctx context.Context, s *script.Script) []*Played {
	w := newWorld(s)
	out := make([]*Played, len(s.Sessions))
	start := time.Now()
	var first time.Time
	for _, x := range s.Sessions {
		if first.IsZero() || x.Conn.Start.Before(first) {
			first = x.Conn.Start
		}
	}
	var all sync.WaitGroup
	for i, x := range s.Sessions {
		all.Go(func() {
			out[i] = p.play(ctx, x, start.Add(p.scaled(x.Conn.Start.Sub(first))), p.Set, w, capture.ConnID(i+1))
		})
	}
	all.Wait()
	return out
}

// Play plays one session, whose time zero is start.
func (p *Player) Play(ctx context.Context, s *script.Session, start time.Time) *Played {
	return p.play(ctx, s, start, p.Set, nil, s.Conn.ID)
}

func (p *Player) scaled(d time.Duration) time.Duration { return time.Duration(float64(d) * p.Pace) }

func (p *Player) play(ctx context.Context, s *script.Session, start time.Time, set Bindings, w *world, id capture.ConnID) *Played {
	g := &game{
		Player: p, set: set, s: s, world: w, start: start, id: id,
		news: make(chan struct{}, 1), over: make(chan struct{}),
		starts: make(map[int]int64), byStart: make(map[int64]int), base: make(map[int]int),
		given: make(map[int]bool), pair: make(map[int]int), strays: make(map[int64]stray), place: make(map[int64]int),
	}
	g.out = &Played{Session: s}
	g.out.Now.Light = p.Light
	if w != nil {
		g.order = make(map[int]int, len(s.Order))
		for k, e := range s.Order {
			g.order[e] = k
		}
	}
	if g.timeout = p.Timeout; g.timeout == 0 {
		g.timeout = DefaultTimeout
	}
	g.run(ctx)
	w.opened(s)
	for k := range s.Order { // no one waits for what will not come
		if k >= g.known {
			w.answered(s.World[k])
		}
	}
	return g.out
}

// game is one session that is being played.
type game struct {
	*Player
	set   Bindings
	s     *script.Session
	out   *Played
	world *world
	start time.Time
	id    capture.ConnID
	conn  net.Conn

	timeout time.Duration
	news    chan struct{} // something was received
	over    chan struct{} // closed when nothing more will be received

	mu      sync.Mutex
	dec     *decode.Decoder
	byStart map[int64]int   // exchanges by where their request began
	order   map[int]int     // where in s.Order a recorded exchange is, if world matters
	place   map[int64]int   // where in s.Order a request is, by where it began
	strays  map[int64]stray // requests that were answered with an unknown tag
	last    time.Time       // when a byte was last received or sent
	heard   int64           // bytes received
	sentOff int64
	pos     [2]int64 // bytes reported to Sink
	oldest  int      // index in out.Now's exchanges: all before it are done
	readErr error

	starts  map[int]int64 // recorded exchanges, where their request began now
	base    map[int]int   // "+" before them
	given   map[int]bool  // recorded exchanges that are no longer waited for
	pair    map[int]int   // of out.Pairs, by recorded exchange
	prefix  int           // index in s.Order: all before it are done
	known   int           // index in s.Order: all before it were reported to world
	silent  bool          // a wait timed out,
	before  int           // when this many commands had been answered
	strange bool          // the server answers with unknown tags: do not wait for the right ones
	dead    bool          // nothing more is sent
	group   []part        // of the message being sent
	uids    uidMap
}

// stray is a response with an unknown tag.
type stray struct {
	tag string
	at  time.Time
}

// run plays the session.
func (g *game) run(ctx context.Context) {
	if g.s.LeftOut != "" {
		g.leaveOut("all of it: %s", g.s.LeftOut)
		return
	}
	if g.s.Conn.MidStream && !g.Login {
		g.leaveOut("%s", MidStream)
		return
	}
	for _, m := range g.s.Missing {
		g.leaveOut("%s", m)
	}
	if !g.awaitWorld(ctx, g.s.Opened) {
		return
	}
	g.until(ctx, g.start)
	g.world.turn(ctx, g.s)
	conn, greeting, err := g.Dial(ctx)
	if err != nil {
		g.out.Err = err
		return
	}
	g.conn = conn
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	g.last = time.Now()
	g.dec = decode.New(decode.Options{Keep: keepBytes})
	g.open()
	g.world.opened(g.s)
	g.receive(greeting)
	go g.read()
	if g.s.Conn.MidStream && !g.ownLogin(ctx) {
		g.dead = true
	}
	g.steps(ctx)
	g.end(ctx)
	conn.Close()
	<-g.over
	g.close()
}

// keepBytes is how much of each server message is kept for comparison.
const keepBytes = 64 << 20

func (g *game) leaveOut(format string, args ...any) {
	g.out.LeftOut = append(g.out.LeftOut, fmt.Sprintf(format, args...))
}

func (g *game) trouble(format string, args ...any) {
	g.out.Trouble = append(g.out.Trouble, fmt.Sprintf(format, args...))
}

// steps takes the client's steps.
func (g *game) steps(ctx context.Context) {
	clock := clock{g: g}
	skipped, first := 0, ""
	for i := 0; i < len(g.s.Steps); {
		n := i + 1
		for n < len(g.s.Steps) && !g.s.Steps[n].Begins {
			n++
		}
		msg := g.s.Steps[i:n]
		i = n
		x := g.s.Exchanges[msg[0].Exchange]
		at := clock.next(msg[0].At)
		m := x.Messages[msg[0].Message]
		if g.dead || ctx.Err() != nil {
			if m.Kind == decode.Request {
				g.given[msg[0].Exchange] = true
				if skipped++; first == "" {
					first = x.Tag + " " + x.Command
				}
			}
			continue
		}
		if m.Kind == decode.Request && x.Row.Does(protocol.StartsTLS) {
			g.given[msg[0].Exchange] = true
			g.leaveOut("%s %s: TLS is not part of a replay", x.Tag, x.Command)
			continue
		}
		g.message(ctx, msg, m, at, &clock)
	}
	if skipped > 0 {
		g.leaveOut("%d commands, from %s on", skipped, first)
	}
}

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

// message sends one of the client's messages.
func (g *game) message(ctx context.Context, steps []script.Step, m *decode.Message, at time.Time, clock *clock) {
	e := steps[0].Exchange
	request := m.Kind == decode.Request
	if !request && g.isDone(e) {
		return // an AUTHENTICATE or IDLE that has ended
	}
	if !g.await(ctx, steps[0].Needs, e) {
		return
	}
	g.group = g.parts(steps, m)
	due := at
	for i := range g.group {
		p := &g.group[i]
		if i > 0 {
			if !g.await(ctx, p.needs, e) || p.needs.Ready > 0 && g.isDone(e) {
				return // refused: the rest would be taken for commands
			}
			if p.step != nil {
				at = clock.next(p.step.At)
			}
		}
		if due.IsZero() {
			due = time.Now()
		}
		g.until(ctx, at)
		if i == 0 && request {
			g.begin(e, m, due)
		}
		if err := g.send(p.data); err != nil {
			g.gone()
			return
		}
	}
}

// begin records that a request begins.
func (g *game) begin(e int, m *decode.Message, due time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.starts[e] = g.sentOff
	if k, ok := g.order[e]; ok {
		g.place[g.sentOff] = k
	}
	g.base[e] = g.out.Now.Ready
	g.pair[e] = len(g.out.Pairs)
	g.out.Pairs = append(g.out.Pairs, Pair{Recorded: e, Command: g.s.Exchanges[e].Command, Due: due, Sent: time.Now()})
	g.out.Sent++
}

// send sends bytes. The decoder sees them first, so that no answer precedes them.
func (g *game) send(p []byte) error {
	g.mu.Lock()
	g.sentOff += int64(len(p))
	g.feed(capture.ClientToServer, p)
	g.mu.Unlock()
	if err := g.conn.SetWriteDeadline(time.Now().Add(g.timeout)); err != nil {
		return err
	}
	_, err := g.conn.Write(p)
	return err
}

// read receives from the server until the connection ends.
func (g *game) read() {
	defer close(g.over)
	buf := make([]byte, 32<<10)
	for {
		n, err := g.conn.Read(buf)
		g.receive(buf[:n])
		if err != nil {
			g.mu.Lock()
			g.readErr = err
			g.mu.Unlock()
			return
		}
	}
}

func (g *game) receive(p []byte) {
	if len(p) == 0 {
		return
	}
	g.mu.Lock()
	g.heard += int64(len(p))
	g.feed(capture.ServerToClient, p)
	g.mu.Unlock()
	select {
	case g.news <- struct{}{}:
	default:
	}
}

// feed decodes bytes of either side. The lock must be held.
func (g *game) feed(dir capture.Direction, p []byte) {
	now := time.Now()
	g.last = now
	if g.Sink != nil {
		g.report(capture.Event{Kind: capture.Data, Dir: dir, Time: now, Off: g.pos[dir], Data: p})
		g.pos[dir] += int64(len(p))
	}
	if dir == capture.ServerToClient && g.out.greeted.IsZero() {
		g.out.greeted = now
	}
	for _, ev := range g.dec.Write(dir, now, p) {
		i := g.out.Now.Event(ev)
		switch ev := ev.(type) {
		case *decode.Message:
			if ev.Kind == decode.Request {
				g.byStart[ev.Off] = i
			}
		case *decode.Transaction:
			if ev.Outcome == decode.Orphan {
				g.strayed(ev.Tag, now)
			} else if k, ok := g.place[g.out.Now.Exchanges[i].Start]; ok && ev.Outcome == decode.Completed {
				g.world.answered(g.s.World[k])
			}
		}
	}
}

// strayed records a response with an unknown tag, in place of the one that the oldest
// command waits for. The lock must be held.
func (g *game) strayed(tag string, now time.Time) {
	all := g.out.Now.Exchanges
	for g.oldest = max(g.oldest, 1); g.oldest < len(all) && all[g.oldest].Done; g.oldest++ {
	}
	for i, x := range all[min(g.oldest, len(all)):] {
		if _, has := g.strays[x.Start]; !x.Done && !has && g.byStart[x.Start] == g.oldest+i {
			g.strays[x.Start] = stray{tag, now}
			return
		}
	}
}

// isDone reports whether a recorded exchange is answered, or no longer waited for.
func (g *game) isDone(e int) bool {
	if g.given[e] {
		return true
	}
	start, sent := g.starts[e]
	if !sent {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	i, ok := g.byStart[start]
	if ok && g.out.Now.Exchanges[i].Done {
		return true
	}
	s, ok := g.strays[start]
	if ok && time.Since(s.at) >= strayGrace {
		g.strange = true
	}
	return ok && g.strange
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
		m := g.missing(n, e)
		if m == nil {
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
		case said > maxAnswer:
			g.giveUp(m, fmt.Sprintf("the answer does not end after %d MiB", maxAnswer>>20))
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
			if g.missing(n, e) == nil {
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

// awaitWorld waits for other sessions, as long as a server may be silent.
func (g *game) awaitWorld(ctx context.Context, n int) bool {
	ch := g.world.after(n)
	if ch == nil {
		return true
	}
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
	t := time.NewTimer(max(d, time.Microsecond))
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

// missing returns what a step needs and is still missing; nil if nothing is.
func (g *game) missing(n script.Needs, e int) *lack {
	g.mu.Lock()
	greeted, ready := g.out.Now.Greeted, g.out.Now.Ready
	g.mu.Unlock()
	if n.Greeting && !greeted {
		return &lack{what: "greeting"}
	}
	for g.prefix < n.Done && g.isDone(g.s.Order[g.prefix]) {
		g.prefix++
	}
	g.updateWorld()
	if g.prefix < n.Done {
		return g.lackOf(g.s.Order[g.prefix])
	}
	if n.Ready > 0 && ready-g.base[e] < n.Ready && !g.isDone(e) {
		return &lack{e: e, what: "ready"}
	}
	return nil
}

// lackOf returns the missing answer to a recorded exchange.
func (g *game) lackOf(r int) *lack {
	m := &lack{e: r, what: "answer"}
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
func (g *game) giveUp(m *lack, why string) {
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
	return fmt.Sprintf("transaction %d, %s %s:", x.N, x.Tag, x.Command)
}

// gone ends the session because the server ended it.
func (g *game) gone() {
	<-g.wait(g.over, time.Second) // its last bytes
	g.dead = true
	g.mu.Lock()
	err := g.readErr
	bye := g.out.Now.Bye
	g.mu.Unlock()
	what := "the server closed the connection"
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		what = "the server reset the connection"
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed):
		what = "the connection failed: " + err.Error()
	case bye:
		what = "the server said BYE and closed the connection"
	}
	e := 0
	for _, p := range g.out.Pairs {
		if !g.isDone(p.Recorded) && g.s.Exchanges[p.Recorded].Done {
			e = p.Recorded
			break
		}
	}
	g.trouble("%s %s", g.name(e), what)
}

// wait returns a channel that is closed with ch, or after d.
func (g *game) wait(ch <-chan struct{}, d time.Duration) <-chan struct{} {
	out := make(chan struct{})
	go func() {
		defer close(out)
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-ch:
		case <-t.C:
		}
	}()
	return out
}

// end ends the session as it ended in the recording.
func (g *game) end(ctx context.Context) {
	leave := g.s.Leave
	leave.Done, leave.World = len(g.s.Order), 0
	g.await(ctx, leave, 0)
	if g.dead || ctx.Err() != nil || len(g.s.Ends) == 0 {
		return
	}
	e := g.s.Ends[0]
	if g.Pace > 0 && e.Dir == capture.ClientToServer {
		g.until(ctx, g.start.Add(g.scaled(e.At)))
	}
	switch {
	case e.Dir == capture.ServerToClient:
		grace := endGrace
		if g.Pace > 0 {
			grace += max(time.Until(g.start.Add(g.scaled(e.At))), 0)
		}
		<-g.wait(g.over, min(grace, g.timeout))
		select {
		case <-g.over:
		default:
			g.out.ended = difference{true, "end", "closed by the server", "still open"}
		}
	case e.Cause == capture.RST:
		if c, ok := g.conn.(interface{ SetLinger(int) error }); ok {
			_ = c.SetLinger(0) // then Close is a reset
		}
	default:
		if c, ok := g.conn.(interface{ CloseWrite() error }); ok && c.CloseWrite() == nil {
			<-g.wait(g.over, min(endGrace, g.timeout))
		}
	}
}

// open reports the connection to the Sink.
func (g *game) open() {
	if g.Sink == nil {
		return
	}
	c := capture.Conn{ID: g.id, Client: addrPort(g.conn.LocalAddr()), Server: addrPort(g.conn.RemoteAddr()), Start: g.last, Origin: "replay"}
	g.report(capture.Event{Kind: capture.Opened, Time: c.Start, Info: &c})
}

// report passes a fact to the Sink, whose error does not stop the replay.
func (g *game) report(e capture.Event) {
	e.Conn = g.id
	_ = g.Sink.Event(&e)
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// close collects the results.
func (g *game) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for _, ev := range g.dec.Close(now, capture.EndOfCapture) {
		i := g.out.Now.Event(ev)
		if m, ok := ev.(*decode.Message); ok && m.Kind == decode.Request {
			g.byStart[m.Off] = i
		}
	}
	if g.Sink != nil {
		g.report(capture.Event{Kind: capture.Closed, Time: now, Cause: capture.FIN})
	}
	for i := range g.out.Pairs {
		p := &g.out.Pairs[i]
		start := g.starts[p.Recorded]
		p.Now = g.byStart[start]
		if p.Now == 0 || !g.out.Now.Exchanges[p.Now].Done {
			p.Stray = g.strays[start].tag
		}
	}
}
