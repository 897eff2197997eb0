package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/ui/view"
)

// captures are capture files as a source, with the keys of --keylog. If nothing in them is
// IMAP, Run fails with a noIMAPError; if something is not, or if there are keys in them, it
// writes one line about that to notices.
type captures struct {
	*pcap.Source
	sources
	files   []string
	live    bool // they are decoded as they arrive
	notices io.Writer
}

func openCaptures(e *env, files []string, s sources) *captures {
	return &captures{pcap.Files(files, pcap.Options{Ports: s.ports}), s, files, slices.Contains(files, "-"), e.err}
}

// follow makes Run read on in the last file as it grows, until the context is done.
func (c *captures) follow() error {
	if c.live {
		return usage("--follow is for files: standard input (-) is read as it arrives without it")
	}
	c.Source, c.live = pcap.Follow(c.files, pcap.Options{Ports: c.ports}), true
	return nil
}

// Run implements capture.Source. Files are decoded concurrently with reading them; standard
// input and a file that grows are decoded as they arrive.
func (c *captures) Run(ctx context.Context, sink capture.Sink) error {
	var err error
	if src := c.keyed(c.Source, c.live, c.notices); c.live {
		err = src.Run(ctx, sink)
	} else {
		err = capture.RunAsync(ctx, src, sink)
	}
	for _, k := range c.Keys() {
		fmt.Fprintf(c.notices, "imapscope: %s\n", k)
	}
	seen := c.Seen()
	none := noIMAPError(fmt.Sprintf("%s: %s", view.FileNames(c.files), seen.LeftOut("; --port N names the port of an IMAP server")))
	switch {
	case ctx.Err() != nil:
	case seen.Taken > 0 && seen.Missed > 0:
		fmt.Fprintf(c.notices, "imapscope: %v\n", none)
	case seen.Taken == 0 && err == nil:
		return none
	}
	return err
}

// A noIMAPError reports that nothing in files is IMAP, and what they contain instead.
type noIMAPError string

func (e noIMAPError) Error() string { return string(e) }
