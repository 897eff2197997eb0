package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/proxy/replay"
	"imapscope/ui/inspect"
	"imapscope/ui/view"
)

// rehearsal is a recording and what comes of playing it, as one source. It is a
// capture.Source and an inspect.Replayer.
type rehearsal struct {
	files  []string
	ports  []uint16
	player *replay.Player
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

// place is a transaction.
type place struct {
	conn capture.ConnID
	n    int
}

type twin struct {
	place
	played, differs bool
}

// inspector shows a recording and what comes of playing it.
func (o *replayFlags) inspector(ctx context.Context, e *env, files []string, p *replay.Player, opts diff.Options) error {
	r := &rehearsal{
		files: files, ports: o.ports, player: p, opts: opts, again: make(chan chan outcome), twins: make(map[place]twin),
		check: func(s *script.Script) error { return hinted(p.Check(s, o.hasUsers())) },
	}
	in := inspected{showSecrets: o.showSecrets}
	return in.run(ctx, e, r, inspect.Options{Source: strings.Join(baseNames(files), " ") + " → " + o.to, Live: true, Replay: r})
}

// Run implements capture.Source.
func (r *rehearsal) Run(ctx context.Context, sink capture.Sink) error {
	shown := capture.NewQueue(sink, 0)
	k := script.NewCollector(script.Options{})
	err := pcap.Files(r.files, pcap.Options{Ports: r.ports}).Run(ctx, capture.Tee{shown, k})
	s := k.Script()
	base := capture.ConnID(0)
	for _, x := range s.Sessions {
		base = max(base, x.Conn.ID)
	}
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
func (r *rehearsal) play(ctx context.Context, s *script.Script, sink capture.Sink, base capture.ConnID) outcome {
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
		both := func(pair replay.Pair, differs bool) {
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
	return outcome{text: fmt.Sprintf("%s played: %d differ (≠; d shows how), %s", view.Count(exchanges, "exchange"), differ, view.Count(failures, "failure"))}
}

// Replay implements inspect.Replayer.
func (r *rehearsal) Replay(ctx context.Context) (string, error) {
	back := make(chan outcome, 1)
	select {
	case r.again <- back:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	x := <-back
	return x.text, x.err
}

// Twin implements inspect.Replayer.
func (r *rehearsal) Twin(c capture.ConnID, n int) (capture.ConnID, int, bool, bool, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.twins[place{c, n}]
	return t.conn, t.n, t.played, t.differs, ok
}
