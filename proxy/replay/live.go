package replay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode/binding"
	"imapscope/decode/diff"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
)

// A Live plays a session while it is being recorded: one exchange after the other, each once
// it is complete. It holds no more than one of them. Its methods must not be called concurrently.
type Live struct {
	g    *game
	stop func() bool
	over error // why nothing more is played
}

// LiveOptions configures a Live.
type LiveOptions struct {
	// Values holds what both servers call the same things; sessions may share it.
	Values *binding.Map
	// ReadOnly has mailboxes opened with EXAMINE where the recording has SELECT, and sections read
	// with BODY.PEEK where it has BODY.
	ReadOnly bool
}

// Turn is an exchange that was played.
type Turn struct {
	Pair
	Answer      *script.Exchange
	Bare        bool          // it was sent without its parameters, whose values are unknown to the server
	Took        time.Duration // from the first byte that was sent to the end of the answer
	Differences []diff.Difference
}

// Live connects to the server, for a session that has just begun, and waits for the greeting.
func (p *Player) Live(ctx context.Context, c capture.Conn, o LiveOptions) (*Live, error) {
	s := &script.Session{Conn: c}
	s.Outside()
	g := newGame(p, s, time.Now(), p.Set, o.Values, c.ID, newScratch())
	g.reads, g.live = o.ReadOnly, true
	if err := g.connect(ctx); err != nil {
		return nil, err
	}
	l := &Live{g: g, stop: context.AfterFunc(ctx, func() { g.conn.Close() })}
	if !g.await(ctx, script.Needs{Greeting: true}, 0) {
		err := l.ended(ctx)
		l.Close()
		return nil, err
	}
	return l, nil
}

// Outside returns what the server sent outside any command since the last exchange: first its
// greeting.
func (l *Live) Outside() *diff.Exchange {
	l.g.mu.Lock()
	defer l.g.mu.Unlock()
	x := *l.g.out.Now.Outside()
	return &x.Exchange
}

// Dialect returns what the server speaks, as far as it has shown.
func (l *Live) Dialect() protocol.Dialect {
	l.g.mu.Lock()
	defer l.g.mu.Unlock()
	return l.g.dec.Session().Dialect
}

// SetReadOnly sets LiveOptions.ReadOnly for what follows.
func (l *Live) SetReadOnly(on bool) { l.g.reads = on }

// SetMost sets Player.MaxAnswer for what follows.
func (l *Live) SetMost(n int64) {
	l.g.mu.Lock()
	defer l.g.mu.Unlock()
	l.g.most = n
}

// Unbound returns the values in a request that the server assigned, such as unique identifiers,
// and that no answer shows what the other server has in their place.
func (l *Live) Unbound(x *script.Exchange) []binding.Loose {
	a := x.Assigned()
	if a.Request == nil {
		return nil
	}
	_, loose := l.g.values.Request(a)
	return loose
}

// Check returns why an exchange cannot be played: the login that it is needs a password or a token
// that Bindings does not set.
func (l *Live) Check(x *script.Exchange) error {
	switch {
	case x.Masked() && x.Row.TakesSASL() && !x.SendsToken() && (l.g.set.User == "" || l.g.set.Password == ""):
		return ErrMaskedUser
	case x.Masked() && !x.SendsToken() && l.g.set.Password == "":
		return ErrMasked
	}
	_, err := l.g.checkExchange(x, l.g.set.Password != "")
	return err
}

// Play plays a complete exchange, waits for the answer and compares it. An error means that the
// session is over: nothing more can be played.
func (l *Live) Play(ctx context.Context, x *script.Exchange, o diff.Options) (*Turn, error) {
	if l.over != nil {
		return nil, l.over
	}
	steps, leftOut := script.Steps(x)
	if leftOut != "" || len(steps) == 0 {
		return nil, fmt.Errorf("%s: %s", x.Name(), leftOut)
	}
	g := l.g
	l.begin(x, steps)
	g.bare = x.Row.Does(protocol.Selects) && len(l.Unbound(x)) > 0
	clock := clock{g: g}
	for i := 0; i < len(steps) && !g.dead && ctx.Err() == nil; {
		n := i + 1
		for n < len(steps) && !steps[n].Begins {
			n++
		}
		msg := steps[i:n]
		i = n
		g.message(ctx, msg, x.Messages[msg[0].Message], time.Time{}, &clock)
	}
	if !g.await(ctx, script.Needs{Done: 1}, 1) {
		return nil, l.ended(ctx)
	}
	return l.turn(ctx, x, o)
}

// begin makes an exchange the only one of the session.
func (l *Live) begin(x *script.Exchange, steps []script.Step) {
	g := l.g
	g.mu.Lock()
	defer g.mu.Unlock()
	g.s.Exchanges, g.s.Order, g.s.Steps = []*script.Exchange{g.s.Outside(), x}, []int{1}, steps
	if g.first == "" && x.Row.Does(protocol.Selects) && !x.Row.Shared {
		g.first = x.Mailbox
	}
	g.out.Now.Forget()
	g.out.Pairs, g.out.LeftOut, g.compared, g.oldest, g.prefix = nil, nil, 0, 0, 0
	g.forget()
	clear(g.scrams)
	g.heard = 0
}

// turn compares what was played.
func (l *Live) turn(ctx context.Context, x *script.Exchange, o diff.Options) (*Turn, error) {
	g := l.g
	g.learn()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.out.Pairs) == 0 {
		return nil, l.endedLocked(ctx)
	}
	g.settle(&g.out.Pairs[0])
	t := &Turn{Pair: g.out.Pairs[0], Bare: g.bare}
	if t.Now == 0 || !g.out.Now.Exchanges[t.Now].Done {
		if t.Stray != "" {
			l.over = fmt.Errorf("%s: a response with the tag %s came in place of its own", x.Name(), t.Stray)
			return nil, l.over
		}
		return nil, l.endedLocked(ctx)
	}
	t.Answer = g.out.Now.Exchanges[t.Now]
	t.Took = max(t.Answer.End.Sub(t.Sent), 0)
	t.Differences = withoutRequest(g.out.differences(t.Pair, &comparison{o: o}))
	return t, nil
}

// ended returns why the session is over.
func (l *Live) ended(ctx context.Context) error {
	l.g.mu.Lock()
	defer l.g.mu.Unlock()
	return l.endedLocked(ctx)
}

func (l *Live) endedLocked(ctx context.Context) error {
	if l.over == nil {
		l.over = ctx.Err()
	}
	if g := l.g; l.over == nil && g.heard > g.mostOf() {
		l.over = fmt.Errorf("the server sent more than %d MiB at once", g.mostOf()>>20)
	}
	if n := len(l.g.out.Trouble); l.over == nil && n > 0 {
		l.over = errors.New(l.g.out.Trouble[n-1])
	}
	if l.over == nil {
		l.over = errors.New("the server did not answer")
	}
	return l.over
}

// Close ends the connection.
func (l *Live) Close() {
	l.stop()
	l.g.conn.Close()
	l.g.received()
	l.g.mu.Lock()
	defer l.g.mu.Unlock()
	l.g.dec.Close(time.Now(), capture.EndOfCapture)
	if l.g.Sink != nil {
		l.g.report(capture.Event{Kind: capture.Closed, Time: time.Now(), Cause: capture.FIN})
	}
}

// opensToWrite reports whether a command opens a mailbox so that it can be changed, and another
// one opens it read-only.
func opensToWrite(row *protocol.Row) bool {
	return row.Does(protocol.Selects) && !row.ReadOnly && !row.Shared
}

// examine is the command that opens a mailbox read-only.
var examine = func() string {
	for r := range protocol.Of(protocol.Command) {
		if r.Does(protocol.Selects) && r.ReadOnly {
			return r.Name
		}
	}
	return ""
}()

// peek returns the edit that makes a fetch item that reads a section of a message, BODY[TEXT], one
// that does not mark it as seen, BODY.PEEK[TEXT], whose answer is the same (RFC 3501, 6.4.5, p. 56). A
// mailbox that is open read-only needs none, but not all servers know that.
func peek(n *syntax.Node, raw []byte) (e edit, ok bool) {
	if n.Kind != syntax.KindSection || len(n.Kids) == 0 || n.Kids[0].Kind != syntax.KindAttribute {
		return edit{}, false
	}
	name := n.Kids[0].Span
	reads := protocol.Lookup(protocol.FetchItem, string(name.Of(raw))+"[]")
	if reads == nil || !reads.Reads {
		return edit{}, false
	}
	before, brackets := reads.Name[:name.Len()], reads.Name[name.Len():]
	if protocol.Lookup(protocol.FetchItem, before+peeking+brackets) == nil {
		return edit{}, false
	}
	e.Start, e.End, e.text = name.End, name.End, []byte(peeking)
	return e, true
}

// peeking is what the name of an item that does not mark messages as seen has more.
const peeking = ".PEEK"

// withoutParameters returns the edit that cuts off what follows the mailbox in a request that
// opens it; ok is false if nothing does.
func withoutParameters(root *syntax.Node, raw []byte) (e edit, ok bool) {
	n := root.FindRole(protocol.RoleMailbox)
	if n == nil {
		return edit{}, false
	}
	end := len(bytes.TrimRight(raw, "\r\n"))
	e.Start, e.End = n.Span.End, end
	return e, e.Start < end
}
