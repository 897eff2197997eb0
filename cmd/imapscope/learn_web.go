package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"imapscope/samples/lesson"
	"imapscope/ui/learn"
	"imapscope/ui/service"
	"imapscope/ui/web"
	"imapscope/ui/web/door"
)

// inBrowser opens a page for lessons. Each lesson has a web.Server of its own.
func (o *learnFlags) inBrowser(ctx context.Context, e *env) (open showing, end func() error, err error) {
	log, flush := service.Log(e.err, slog.LevelInfo)
	d, err := o.page.openTo(ctx, e, door.Options{Out: e.out, Acts: true}, false, log)
	if err != nil {
		flush()
		return nil, nil, err
	}
	fmt.Fprintln(e.err, "imapscope: open the link in a browser; Ctrl-C ends it")
	ctx, stop := context.WithCancel(ctx)
	hand := new(handoff)
	hand.to(nil)
	served := make(chan error, 1)
	go func() {
		served <- d.Serve(ctx, hand)
		stop()
	}()
	open = func(_ context.Context, _ *env, l *lesson.Lesson, t *learn.Tutor) (bool, error) {
		return hand.lesson(ctx, l, t)
	}
	return open, func() error {
		defer flush()
		stop()
		return <-served
	}, nil
}

// handoff is a handler that others take turns to be.
type handoff struct {
	mu  sync.RWMutex // held while a request is answered
	now http.Handler // nil: it is no one's turn

	endMu sync.Mutex
	end   context.CancelFunc // of the requests that are answered now
	ctx   context.Context
}

// ServeHTTP implements http.Handler. Between two turns it waits.
func (t *handoff) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for !t.serve(w, r) {
		if r.Context().Err() != nil {
			return
		}
	}
}

// serve returns false if it was no one's turn, after waiting for a change.
func (t *handoff) serve(w http.ResponseWriter, r *http.Request) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(t.ctx, cancel)()
	if t.now == nil {
		<-ctx.Done()
		return false
	}
	t.now.ServeHTTP(w, r.WithContext(ctx))
	return true
}

// to has another handler answer, or none for now. It returns once the one before answers nothing any more.
func (t *handoff) to(h http.Handler) {
	t.endMu.Lock()
	defer t.endMu.Unlock()
	if t.end != nil {
		t.end()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = h
	t.ctx, t.end = context.WithCancel(context.Background())
}

// lesson shows a lesson until the student leaves it after the last step, or ctx is done.
func (t *handoff) lesson(ctx context.Context, l *lesson.Lesson, tutor *learn.Tutor) (next bool, err error) {
	s, err := web.New(web.Options{
		Source: l.Title, Handler: tutor, Grows: true, Lesson: tutor, LastLesson: l.Next() == "",
		Hint: "The lesson's recordings are being read.", Made: "imapscope " + service.Version(),
	})
	if err != nil {
		return false, err
	}
	t.to(s)
	defer func() {
		t.to(nil)
		err = errors.Join(err, s.Close())
	}()
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- tutor.Run(ctx, s.Sink()) }()
	defer func() {
		cancel()
		err = errors.Join(err, <-done)
	}()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, nil
		case err := <-done:
			done <- nil
			s.Ended(err)
			return false, err
		case <-look.C:
			if tutor.Page().Left {
				return true, nil
			}
		}
	}
}
