package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"imapscope/capture"
	"imapscope/ui/service"
	"imapscope/ui/web"
	"imapscope/ui/web/door"
)

// livePage is a page that a verb serves next to what it does.
type livePage struct {
	e      *env
	server *web.Server
	queue  *capture.Queue // in front of the page, so that nothing waits for it
	stop   func()
	served chan error
}

// beside starts to serve a page, if the flags ask for one. It is served until its end is called,
// also when ctx is done before that.
func (p *pageFlags) beside(ctx context.Context, e *env, log *slog.Logger, o web.Options) (_ *livePage, err error) {
	if ok, err := p.asked(); !ok {
		return nil, err
	}
	o.Made, o.Grows, o.Source = "imapscope "+service.Version(), true, p.source(o.Source)
	l := &livePage{e: e, served: make(chan error, 1)}
	if l.server, err = web.New(o); err != nil {
		return nil, err
	}
	sink, err := p.sink(l.server.Sink(), o.Dialect)
	if err != nil {
		return nil, errors.Join(err, l.server.Close())
	}
	d, err := p.openTo(ctx, e, door.Options{Out: e.err, Prefix: "imapscope: page at "}, o.View.ShowSecrets, log)
	if err != nil {
		return nil, errors.Join(err, l.server.Close())
	}
	l.queue = capture.NewQueue(sink, 0)
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		err := d.Serve(ctx, l.server)
		if err != nil {
			log.Error("the page is no longer served", "error", err)
		}
		l.served <- err
	}()
	return l, nil
}

// sink returns a sink that reports to the page too.
func (l *livePage) sink(to capture.Sink) capture.Sink {
	switch {
	case l == nil:
		return to
	case to == nil:
		return l.queue
	}
	return capture.Tee{to, l.queue}
}

// end ends the page, after the source has.
func (l *livePage) end() error {
	if l == nil {
		return nil
	}
	err := l.queue.Stop()
	if n := l.queue.Lost(); n > 0 {
		fmt.Fprintf(l.e.err, "imapscope: %d bytes are missing on the page, which could not keep up\n", n)
	}
	l.server.Ended(err)
	l.stop()
	err = errors.Join(err, <-l.served)
	if n, why := l.server.NotKept(); n > 0 {
		fmt.Fprintf(l.e.err, "imapscope: %d bytes could not be kept: %v\n", n, why)
	}
	return errors.Join(err, l.server.Close())
}
