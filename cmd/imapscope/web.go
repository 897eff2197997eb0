package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/filter"
	"imapscope/ui/export"
	"imapscope/ui/service"
	"imapscope/ui/view"
	"imapscope/ui/web"
)

// webFlags are the flags of web.
type webFlags struct {
	filter string
	follow bool
	shown  view.Options
	page   pageFlags
	reading
}

func newWeb(e *env) *cobra.Command {
	var o webFlags
	c := &cobra.Command{
		Use:  "web FILE…",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.BoolVar(&o.follow, "follow", false, "read on in the last file as it grows")
	filterFlag(f, &o.filter)
	shownFlags(f, &o.shown)
	o.page.flags(f)
	o.readingFlags(f)
	o.keylogFlag(f)
	o.serviceFlag(f)
	return c
}

func (o *webFlags) run(ctx context.Context, e *env, files []string) error {
	if err := exist(files); err != nil {
		return err
	}
	src := openCaptures(e, files, o.sources)
	src.asItComes()
	if o.follow {
		if err := src.follow(); err != nil {
			return err
		}
	}
	if o.page.redact && !src.live {
		src.read(export.RedactOptions(pcap.Options{Ports: o.ports}))
	}
	log, flush := service.Log(e.err, slog.LevelInfo)
	defer flush()
	return o.page.show(ctx, e, src, log, web.Options{
		Source: view.FileNames(files), Dialect: o.dialect, View: o.shown, Filter: o.filter, Grows: src.live,
		Hint: "No IMAP connection found yet. The server is the side on port 143 or 993; --port names other ports.",
	})
}

// show serves what a source reports as a page, until ctx is done.
func (p *pageFlags) show(ctx context.Context, e *env, src capture.Source, log *slog.Logger, o web.Options) (err error) {
	if _, err := filter.Compile(o.Filter); err != nil {
		return err
	}
	defer saveMemory()()
	o.Made, o.Source = "imapscope "+service.Version(), p.source(o.Source)
	s, err := web.New(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	sink, err := p.sink(s.Sink(), o.Dialect)
	if err != nil {
		return err
	}
	d, err := p.open(ctx, e, o.View.ShowSecrets, log)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.err, "imapscope: open the link in a browser; Ctrl-C ends it")
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		err := src.Run(ctx, sink)
		if ctx.Err() != nil {
			err = nil
		}
		s.Ended(err)
		if err != nil && s.Empty() { // no page would show anything
			cancel()
		}
		done <- err
	}()
	err = d.Serve(ctx, s)
	cancel()
	err = errors.Join(err, <-done)
	if n, why := s.NotKept(); n > 0 {
		fmt.Fprintf(e.err, "imapscope: %d bytes could not be kept: %v\n", n, why)
	}
	return err
}
