package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"imapscope/capture/outfile"
	"imapscope/proxy/replay"
	"imapscope/ui/load"
	"imapscope/ui/print"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// loadOutput is what a load test writes: to standard output, to the files of --hdr and --html,
// and to a terminal while it runs.
type loadOutput struct {
	e      *env
	format string
	html   string
	force  bool
	inputs []string // the recordings
	source string   // what is played, and to which server
	width  int      // of standard output, if it is a terminal

	file    *outfile.File // of --hdr; or nil
	log     *bufio.Writer
	hdr     *load.Log
	history load.History
	live    *load.Live // nil without a terminal
	start   time.Time
	err     error // of writing while the load runs
}

// open begins the file of --hdr, and checks that of --html.
func (o *loadOutput) open(hdr string) (err error) {
	if o.html != "" && o.html != "-" {
		if err := outfile.Check(o.html, o.force, o.inputs...); err != nil {
			return fmt.Errorf("--html: %w", forceHint(err))
		}
	}
	if hdr == "" {
		return nil
	}
	if err := outfile.Check(hdr, o.force, o.inputs...); err != nil {
		return fmt.Errorf("--hdr: %w", forceHint(err))
	}
	if o.file, err = outfile.Create(hdr, outfile.Options{Replace: o.force}); err != nil {
		return fmt.Errorf("--hdr: %w", forceHint(err))
	}
	o.log = bufio.NewWriter(o.file)
	return nil
}

// discard removes the file of --hdr if it is not complete.
func (o *loadOutput) discard() error {
	if o.file == nil {
		return nil
	}
	return o.file.Discard()
}

// play runs a load until it is over, or is asked to end: by Ctrl-C, after which sessions in flight
// may finish, or by a second one.
func (o *loadOutput) play(ctx context.Context, l *replay.Load) *replay.Report {
	whole, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	defer service.Again(ctx, cut)()
	mixed := o.format == "jsonl" && print.IsTerminal(o.e.out) // with the lines of intervals
	if print.IsTerminal(o.e.tty) && os.Getenv("TERM") != "dumb" && !mixed {
		o.live = load.NewLive(o.e.tty, l.Tally, load.LiveOptions{Width: func() int { return print.Width(o.e.tty) }, Color: print.Colored(o.e.tty)})
		defer o.live.Close()
	}
	defer context.AfterFunc(ctx, o.ending)()
	l.OnInterval = o.interval
	return l.Run(whole)
}

// ending says that the load was asked to end.
func (o *loadOutput) ending() {
	if o.live != nil {
		o.live.Ending()
		return
	}
	fmt.Fprintln(o.e.err, "imapscope: "+load.Ending)
}

// interval writes what an interval of the load has shown.
func (o *loadOutput) interval(i *replay.Interval) {
	if o.start.IsZero() {
		o.start = i.Start
		if o.log != nil {
			o.hdr = load.NewLog(o.log, o.start)
		}
	}
	if o.hdr != nil {
		o.hdr.Add(i)
	}
	if o.format == "jsonl" && o.html != "-" && o.err == nil {
		o.err = load.Line(o.e.out, i, o.start)
	}
	if o.live != nil {
		o.live.Add(i)
	}
	o.history.Add(i)
}

// write writes the result of a load.
func (o *loadOutput) write(r *replay.Report) error {
	if o.hdr != nil {
		if err := errors.Join(o.hdr.Err(), o.log.Flush()); err != nil {
			return fmt.Errorf("--hdr: %w", err)
		}
		if err := o.file.Commit(); err != nil {
			return fmt.Errorf("--hdr: %w", forceHint(err))
		}
	}
	err := o.err
	switch {
	case err != nil:
	case o.html == "-": // instead of the table
	case o.format == "text":
		err = load.Table(o.e.out, r, o.width)
	case o.format == "jsonl":
		err = load.JSON(o.e.out, r)
	}
	if err != nil || o.html == "" {
		return err
	}
	page := func(w io.Writer) error {
		return load.Page(w, r, &o.history, load.PageOptions{Source: view.Inert(o.source), Made: "imapscope " + service.Version()})
	}
	if o.html == "-" {
		return page(o.e.out)
	}
	if err := outfile.Write(o.html, outfile.Options{Replace: o.force}, page); err != nil {
		return fmt.Errorf("--html: %w", forceHint(err))
	}
	return nil
}
