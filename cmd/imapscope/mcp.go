package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/ui/export"
	"imapscope/ui/mcp"
	"imapscope/ui/print"
	"imapscope/ui/service"
)

// mcpFlags are the flags of mcp.
type mcpFlags struct {
	raw, follow bool
	reading
}

func newMCP(e *env) *cobra.Command {
	var o mcpFlags
	c := &cobra.Command{
		Use:  "mcp FILE…",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.BoolVar(&o.raw, "raw", false, "give the assistant names, addresses and the text of mail too")
	f.BoolVar(&o.follow, "follow", false, "keep reading the last file as it grows")
	o.readingFlags(f)
	o.keylogFlag(f)
	return c
}

func (o *mcpFlags) run(ctx context.Context, e *env, files []string) (err error) {
	if slices.Contains(files, "-") {
		return usage("mcp: standard input is the assistant's; FILE must be a file")
	}
	if err := exist(files); err != nil {
		return err
	}
	src := openCaptures(e, files, o.sources)
	switch total, known := pcap.Size(files); {
	case o.follow:
		if err := src.follow(); err != nil {
			return err
		}
	default:
		if !o.raw {
			src.read(export.RedactOptions(pcap.Options{Ports: o.ports}))
		}
		if known {
			update, done := print.ReadProgress(e.tty, e.out, total)
			src.OnProgress(update)
			defer done()
		}
	}
	if o.raw {
		fmt.Fprintln(e.err, "imapscope: --raw: the assistant and its provider can read names, addresses and the text of mail; passwords stay masked")
	}
	face, err := mcp.New(mcp.Options{Version: service.Version(), Dialect: o.dialect, Help: helpPages(), Raw: o.raw, Grows: o.follow})
	if err != nil {
		return fmt.Errorf("mcp: %w", err)
	}
	defer func() { err = errors.Join(err, face.Close()) }()
	return o.serve(ctx, e, src, face)
}

// serve answers the assistant while src is read, until standard input ends.
func (o *mcpFlags) serve(ctx context.Context, e *env, src capture.Source, face *mcp.Face) error {
	reading, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		err := o.read(reading, src, face.Sink())
		if reading.Err() != nil {
			err = nil
		}
		face.Ended(err)
		done <- err
	}()
	err := face.Serve(ctx, e.in, e.out)
	cancel()
	err = errors.Join(err, <-done)
	if n, why := face.NotKept(); n > 0 {
		fmt.Fprintf(e.err, "imapscope: %d bytes could not be kept: %v\n", n, why)
	}
	return err
}

// read reports what is read of src to a sink: without persons, unless it is raw.
func (o *mcpFlags) read(ctx context.Context, src capture.Source, to capture.Sink) error {
	if o.raw {
		return src.Run(ctx, to)
	}
	s, err := unnamed(to, o.dialect)
	if err != nil {
		return err
	}
	return src.Run(ctx, s)
}
