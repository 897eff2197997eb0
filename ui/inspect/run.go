package inspect

import (
	"context"
	"errors"
	"sync"
	"time"
)

// run draws and handles keys until the inspector is left.
func (x *inspector) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if x.Holds != nil {
		defer x.Holds.Close()
		defer context.AfterFunc(ctx, x.Holds.Close)() // also while an editor runs
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.watch(ctx)
	}()
	var reasons sync.WaitGroup
	reasons.Go(func() { x.reason(ctx) })
	var replays sync.WaitGroup
	x.play = func() {
		replays.Go(func() {
			text, err := x.Replay.Replay(ctx)
			x.later(func() {
				x.report(text)
				x.reportError(err)
			})
		})
	}
	x.edit = func(file string) error { return x.Editor(ctx, file) }
	if x.Replay != nil {
		x.play()
	}
	err := terminalError(x.draw())
	close(x.gone)
	cancel()
	replays.Wait()
	reasons.Wait()
	x.search.stop()
	x.model.List.Stop()
	<-done
	return err
}

// How long reason waits between two times: at least reasonEvery, and pauses times as long as
// the last one took, so that what arrives does not wait for it.
const (
	reasonEvery = 500 * time.Millisecond
	pauses      = 10
)

// reason finds out why things went wrong, as they arrive.
func (x *inspector) reason(ctx context.Context) {
	if x.Findings == nil || !x.Findings.Reasoned() {
		return
	}
	for {
		start := time.Now()
		x.Findings.Reason()
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(reasonEvery, pauses*time.Since(start))):
		}
	}
}

// watchEvery is the shortest time between two drawings of what has arrived.
const watchEvery = 100 * time.Millisecond

// watch draws what arrives.
func (x *inspector) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	ended := x.Ended
	seen, held := uint64(0), signature{}
	for {
		select {
		case <-ctx.Done():
			select {
			case <-x.gone:
			default:
				// In its own loop: it may be about to end by itself.
				x.later(x.app.Stop)
			}
			return
		case err := <-ended:
			ended = nil
			x.later(func() {
				x.source.ended, x.source.err = true, err
				x.refresh()
				x.loadComments()
			})
		case <-tick.C:
			if s := x.signature(); s != held {
				held = s
				x.later(func() { x.look() })
			}
			v := x.model.Version() + x.model.List.Version() + x.model.Reasons()
			if x.Guide != nil {
				v += x.Guide.Version()
			}
			if v != seen {
				seen = v
				x.later(x.refresh)
			}
		}
	}
}

// refresh shows what has arrived.
func (x *inspector) refresh() {
	list := x.model.List
	x.rearrange()
	if x.source.follow && !x.source.paused {
		x.txns.GoTo(list.Len() - 1)
	}
	switch i, ok := x.current(); {
	case !ok:
		x.showConn()
	case x.detail.Stale(i):
		x.show(i)
	}
	if x.search.pending != nil {
		x.search.pending()
	}
	if x.lesson != nil {
		x.followLesson()
	}
}

// later runs f where the inspector runs, and draws. It returns once that is done, or
// once the inspector is left: tview would wait for ever then.
func (f *frame) later(do func()) {
	done := make(chan struct{})
	go func() {
		f.app.QueueUpdateDraw(do)
		close(done)
	}()
	select {
	case <-done:
	case <-f.gone:
	}
}

// report shows a line at the foot of the screen, until the next key; "" removes it.
func (f *frame) report(text string) { f.status.said = text }

// reportError shows what went wrong, if something did.
func (f *frame) reportError(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		f.report(err.Error())
	}
}
