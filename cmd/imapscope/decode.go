package main

import (
	"errors"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/ui/print"
)

func newDecode(e *env) *cobra.Command {
	var o output
	var spans otlpFlags
	var pub publishing
	var follow bool
	c := &cobra.Command{
		Use:  "decode FILE...",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) (err error) {
			src := openCaptures(e, files, o.sources)
			src.asItComes()
			if follow {
				if err := src.follow(); err != nil {
					return err
				}
			} else if total, known := src.size(); known {
				update, done := print.ReadProgress(e.tty, e.out, total)
				src.OnProgress(update)
				defer done()
			}
			if src.live {
				defer e.outlive(c.Context(), false).Close(&err)
			}
			spanned, err := spans.start(c.Context(), e, &o, true)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, spanned.finish()) }()
			pub.sensor.Waits = !src.live
			to, err := pub.startSensor(e)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, to.Finish(c.Context())) }()
			from := capture.Source(src)
			if to != nil {
				from = capture.Copied{From: src, To: to}
			}
			return o.run(c.Context(), e, from, src.live, spanned.handlers()...)
		},
	}
	o.flags(c)
	pub.flags(c.Flags())
	o.keylogFlag(c.Flags())
	o.serviceFlag(c.Flags())
	spans.flags(c.Flags())
	c.Flags().BoolVar(&follow, "follow", false, "keep reading the last file as it grows, until Ctrl-C")
	return c
}
