package service

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// ErrHangup is the cause of the end of a Context after SIGHUP.
var ErrHangup = errors.New("the terminal was closed")

// errAsked is the cause after Ctrl-C and SIGTERM.
var errAsked = errors.New("stopped by a signal")

// HangupGrace is how long Again waits for open connections after a hangup: no second signal
// can be expected from a terminal that is closed.
const HangupGrace = 10 * time.Second

// firstGrace is how long a signal may take to all who wait for it.
const firstGrace = 100 * time.Millisecond

// Context returns a context that is done at the first Ctrl-C, SIGTERM or, unless the program
// was started with it ignored, SIGHUP. After that Ctrl-C and SIGTERM act as by default: the
// next one kills the program, unless Again handles it. cancel ends the handling of signals.
func Context(parent context.Context) (ctx context.Context, cancel context.CancelFunc) {
	ctx, end := context.WithCancelCause(parent)
	asked, hungUp := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(hungUp, syscall.SIGHUP) // also after the first: nothing reads it then
	}
	go func() {
		select {
		case <-asked:
			end(errAsked)
		case <-hungUp:
			end(ErrHangup)
		case <-ctx.Done():
		}
		signal.Stop(asked)
	}()
	return ctx, func() {
		end(context.Canceled)
		signal.Stop(asked)
		signal.Stop(hungUp)
	}
}

// Again calls f once at the next Ctrl-C or SIGTERM after ctx, of Context, is done, or
// HangupGrace after a hangup. done ends that.
func Again(ctx context.Context, f func()) (done func()) {
	over := make(chan struct{})
	// From now on, so that no signal between the first and the next kills the program.
	again := make(chan os.Signal, 2)
	signal.Notify(again, os.Interrupt, syscall.SIGTERM)
	first := ctx.Err() == nil // the first signal comes here, too
	go func() {
		defer signal.Stop(again)
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		if first && context.Cause(ctx) == errAsked {
			select {
			case <-over:
				return
			case <-again:
			case <-time.After(firstGrace): // it came just before Again was called
			}
		}
		var late <-chan time.Time
		if context.Cause(ctx) == ErrHangup {
			late = time.After(HangupGrace)
		}
		select {
		case <-over:
			return
		case <-again:
		case <-late:
		}
		f()
	}()
	return func() { close(over) }
}

// OutliveReaders lets the program go on when a reader of its standard output or standard
// error leaves, as head does: it is not killed by SIGPIPE, and writing fails.
func OutliveReaders() {
	// Nothing reads the channel: what counts is that the signal does not kill.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}
