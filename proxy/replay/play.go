package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/xdg-go/scram"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/binding"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
)

// PlayAll plays all sessions of a recording, concurrently where they were concurrent. The
// results are in the order of the sessions.
func (p *Player) PlayAll(ctx context.Context, s *script.Script) []*Played {
	w, values := newWorld(s), binding.New()
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
			g := newGame(p, x, start.Add(p.scaled(x.Conn.Start.Sub(first))), p.Set, values, capture.ConnID(i+1), newScratch())
			g.inOrder(w)
			out[i] = g.play(ctx)
		})
	}
	all.Wait()
	return out
}

// Play plays one session, whose time zero is start.
func (p *Player) Play(ctx context.Context, s *script.Session, start time.Time) *Played {
	return newGame(p, s, start, p.Set, binding.New(), s.Conn.ID, newScratch()).play(ctx)
}

func (p *Player) scaled(d time.Duration) time.Duration { return time.Duration(float64(d) * p.Pace) }

// inOrder makes the session keep the order in which the commands of w were answered.
func (g *game) inOrder(w *world) {
	g.world = w
	g.order = make(map[int]int, len(g.s.Order))
	for k, e := range g.s.Order {
		g.order[e] = k
	}
}

// play plays it.
func (g *game) play(ctx context.Context) *Played {
	g.run(ctx)
	g.world.opened(g.s)
	for k := g.known; g.world != nil && k < len(g.s.Order); k++ { // no one waits for what will not come
		g.world.answered(g.s.World[k])
	}
	if g.watch != nil {
		g.watch.ends(g.out)
	}
	return g.out
}

// newGame returns a session that is ready to be played, in memory that no other one uses before
// its result has been used.
func newGame(p *Player, s *script.Session, start time.Time, set Bindings, values *binding.Map, id capture.ConnID, m *scratch) *game {
	g := &game{
		Player: p, set: set, s: s, start: start, id: id, assigned: assigned{values: values}, scratch: m,
		timeout: cmp.Or(p.Timeout, DefaultTimeout),
	}
	g.out = &Played{Session: s, begun: start, Now: m.now, Pairs: m.pairs}
	g.out.Now.Light = p.Light
	return g
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
	watch *watch // of a load; or nil

	timeout time.Duration
	*scratch
	receiving

	mu      sync.Mutex
	dec     *decode.Decoder
	order   map[int]int // where in s.Order a recorded exchange is, if world matters
	last    time.Time   // when a byte was last received or sent
	heard   int64       // bytes received
	sentOff int64
	pos     [2]int64 // bytes reported to Sink
	oldest  int      // index in out.Now's exchanges: all before it are done
	readErr error

	prefix  int                               // index in s.Order: all before it are done
	known   int                               // index in s.Order: all before it were reported to world
	silent  bool                              // a wait timed out,
	before  int                               // when this many commands had been answered
	strange bool                              // the server answers with unknown tags: do not wait for the right ones
	dead    bool                              // nothing more is sent
	first   string                            // the mailbox that is selected first, once it is known
	reads   bool                              // mailboxes are opened read-only
	bare    bool                              // what is played opens a mailbox, without parameters
	most    int64                             // what a server may send during one wait, if it is set
	live    bool                              // the session is still being recorded: see Live
	scrams  map[int]*scram.ClientConversation // by recorded exchange
	assigned
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
	g.giveUnsent()
	if !g.awaitWorld(ctx, g.s.Opened) {
		return
	}
	g.until(ctx, g.start)
	g.world.turn(ctx, g.s)
	if g.out.Err = g.connect(ctx); g.out.Err != nil {
		return
	}
	stop := context.AfterFunc(ctx, func() { g.conn.Close() })
	defer stop()
	defer g.conn.Close()
	if g.s.Conn.MidStream && !g.ownLogin(ctx) {
		g.dead = true
	}
	g.steps(ctx)
	g.end(ctx)
	g.conn.Close()
	g.received()
	g.out.over = time.Now()
	g.learn()
	g.close()
}

// connect connects to the server.
func (g *game) connect(ctx context.Context) error {
	conn, greeting, err := g.Dial(ctx)
	if err != nil {
		return err
	}
	g.conn = conn
	g.last = time.Now()
	g.dec = decode.New(decode.Options{Keep: cmp.Or(g.Keep, keepBytes), Dialect: g.Dialect, Pool: &g.decoders})
	g.open()
	g.world.opened(g.s)
	g.receive(greeting)
	if _, buffers := conn.(*net.TCPConn); !g.Light || !buffers {
		g.readApart()
	}
	return nil
}

// giveUnsent waits for no answers to requests that the recording does not have whole.
func (g *game) giveUnsent() {
	has := make([]bool, len(g.s.Exchanges))
	for i := range g.s.Steps {
		s := &g.s.Steps[i]
		has[s.Exchange] = has[s.Exchange] || g.s.Exchanges[s.Exchange].Messages[s.Message].Kind == decode.Request
	}
	for e, x := range g.s.Exchanges {
		if e == 0 || has[e] {
			continue
		}
		g.given[e] = true
		g.leaveOut("transaction %d: %s", x.N, cmp.Or(x.LeftOut, "its request was not recorded"))
	}
}

// keepBytes is how much of each server message is kept for comparison, unless Player.Keep says
// otherwise.
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
	first := ""
	skip := func(e int) {
		g.given[e] = true
		if g.out.Skipped++; first == "" {
			first = g.s.Exchanges[e].Name()
		}
	}
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
				skip(msg[0].Exchange)
			}
			continue
		}
		if why := LeavesOut(x); why != "" && m.Kind == decode.Request {
			g.given[msg[0].Exchange] = true
			g.leaveOut("%s: %s", x.Name(), why)
			continue
		}
		g.message(ctx, msg, m, at, &clock)
		if _, sent := g.starts[msg[0].Exchange]; m.Kind == decode.Request && !sent {
			skip(msg[0].Exchange)
		}
	}
	if n := g.out.Skipped; n > 0 {
		g.leaveOut("%d commands, from %s on", n, first)
	}
}

// message sends one of the client's messages.
func (g *game) message(ctx context.Context, steps []script.Step, m *decode.Message, at time.Time, clock *clock) {
	e := steps[0].Exchange
	request := m.Kind == decode.Request
	if !request && !g.continues(e) || !g.await(ctx, steps[0].Needs, e) {
		return
	}
	if !request && !g.continues(e) { // refused meanwhile
		return
	}
	g.group = g.parts(steps, m)
	if request && g.watch != nil && g.watch.tickets != nil {
		at = g.watch.tickets.next()
	}
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

// LeavesOut returns why an exchange of a recording is never played; empty if it is.
func LeavesOut(x *script.Exchange) string {
	if x.ChangesLayer() {
		return "TLS and compression are not part of a replay"
	}
	return ""
}

// continues reports whether a line within a recorded exchange would be one now: its
// AUTHENTICATE or IDLE was sent and is in progress.
func (g *game) continues(e int) bool {
	if g.isDone(e) {
		return false
	}
	start, sent := g.starts[e]
	g.mu.Lock()
	defer g.mu.Unlock()
	i := g.byStart[start]
	if !sent || i == 0 {
		return false
	}
	n := g.out.Now.Exchanges[i].N
	return n == g.dec.Session().Authenticating() || n == g.dec.Session().Idling()
}

// begin records that a request begins.
func (g *game) begin(e int, m *decode.Message, due time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.starts[e] = g.sentOff
	if g.watch != nil {
		g.watch.sends(g.sentOff)
	}
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
	g.unheard += len(p)
	if g.unheard > maxUnheard {
		g.readApart()
	}
	g.feed(capture.ClientToServer, p)
	g.mu.Unlock()
	if g.apart { // else the bytes fit into the system's buffers
		if err := g.conn.SetWriteDeadline(time.Now().Add(g.timeout)); err != nil {
			return err
		}
	}
	_, err := g.conn.Write(p)
	return err
}

// gone ends the session because the server ended it.
func (g *game) gone() {
	g.drain(time.Second) // its last bytes
	g.dead = true
	g.mu.Lock()
	err := g.readErr
	bye := g.dec.Session().State == protocol.Logout
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
		if !g.drain(min(grace, g.timeout)) {
			g.out.ended = difference{true, "end", "closed by the server", "still open"}
		}
	case e.Cause == capture.RST:
		if c, ok := g.conn.(interface{ SetLinger(int) error }); ok {
			_ = c.SetLinger(0) // then Close is a reset
		}
	default:
		if c, ok := g.conn.(interface{ CloseWrite() error }); ok && c.CloseWrite() == nil {
			g.drain(min(endGrace, g.timeout))
		}
	}
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
		g.settle(&g.out.Pairs[i])
	}
}

// settle finds what was played in place of a recorded exchange. The lock must be held.
func (g *game) settle(p *Pair) {
	start := g.starts[p.Recorded]
	p.Now = g.byStart[start]
	if p.Now == 0 || !g.out.Now.Exchanges[p.Now].Done {
		p.Stray = g.strays[start].tag
	}
}
