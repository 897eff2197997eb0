package replay

import (
	"context"
	"fmt"
	"sync"

	"imapscope/capture"
	"imapscope/decode/diff"
	"imapscope/decode/script"
)

// Rehearsal is a capture.Source of a recording and of its replays, one for each call of
// Replay, as further connections. Its methods may be called concurrently with Run.
type Rehearsal struct {
	src    capture.Source
	player *Player
	opts   diff.Options
	check  func(*script.Script) error

	again chan chan outcome

	mu    sync.Mutex
	twins map[place]twin
}

type outcome struct {
	text string
	err  error
}

// place identifies a transaction.
type place struct {
	conn capture.ConnID
	n    int
}

type twin struct {
	place
	played, differs bool
}

// NewRehearsal returns a Rehearsal of the recording that src reports, which player plays and
// whose results are compared as o specifies. Check may refuse the recording before it is
// played.
func NewRehearsal(src capture.Source, player *Player, o diff.Options, check func(*script.Script) error) *Rehearsal {
	return &Rehearsal{src: src, player: player, opts: o, check: check, again: make(chan chan outcome), twins: make(map[place]twin)}
}

// Run implements capture.Source.
func (r *Rehearsal) Run(ctx context.Context, sink capture.Sink) error {
	shown := capture.NewQueue(sink, 0)
	k := script.NewCollector(script.Options{Dialect: r.player.Dialect})
	err := r.src.Run(ctx, capture.Tee{shown, k})
	s := k.Script()
	base := s.Last
	for err == nil {
		select {
		case <-ctx.Done():
			return shown.Stop()
		case back := <-r.again:
			back <- r.play(ctx, s, shown, base)
			base += capture.ConnID(len(s.Sessions))
		}
	}
	if stopped := shown.Stop(); stopped != nil {
		return stopped
	}
	return err
}

// play plays a recording; its connections are numbered from base on.
func (r *Rehearsal) play(ctx context.Context, s *script.Script, sink capture.Sink, base capture.ConnID) outcome {
	if err := r.check(s); err != nil {
		return outcome{err: err}
	}
	p := *r.player
	p.Sink = capture.Renumbered{To: sink, Base: base}
	exchanges, differ, failures := 0, 0, 0
	var failed error
	twins := make(map[place]twin)
	for i, x := range p.PlayAll(ctx, s) {
		if x.Err != nil {
			failed = x.Err
			continue
		}
		failures += len(x.Trouble)
		now := base + capture.ConnID(i+1)
		both := func(pair Pair, differs bool) {
			if pair.Recorded == 0 || pair.Now == 0 {
				return
			}
			then := place{x.Session.Conn.ID, x.Session.Exchanges[pair.Recorded].N}
			here := place{now, x.Now.Exchanges[pair.Now].N}
			twins[then], twins[here] = twin{here, false, differs}, twin{then, true, differs}
		}
		for _, pair := range x.Pairs {
			exchanges++
			both(pair, false)
		}
		for _, d := range x.Divergences(r.opts) {
			differ++
			both(d.Pair, true)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for at, t := range twins {
		r.twins[at] = t
	}
	if exchanges == 0 && failed != nil {
		return outcome{err: failed}
	}
	return outcome{text: fmt.Sprintf("%s played: %d differ (≠; d shows how), %s", count(exchanges, "exchange"), differ, count(failures, "failure"))}
}

// Replay plays the recording once it has been read, and returns a sentence about the
// result. It waits for Run.
func (r *Rehearsal) Replay(ctx context.Context) (string, error) {
	back := make(chan outcome, 1)
	select {
	case r.again <- back:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	x := <-back
	return x.text, x.err
}

// Twin returns the transaction that was last played in place of a recorded one, or the
// recorded one that a played one replaces, and whether the two differ in meaning.
func (r *Rehearsal) Twin(c capture.ConnID, n int) (twinConn capture.ConnID, m int, played, differs, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.twins[place{c, n}]
	return t.conn, t.n, t.played, t.differs, ok
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
