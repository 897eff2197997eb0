package main

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/ui/view"
)

// captures are capture files as a source. If nothing in them is IMAP, Run fails with a
// noIMAPError; if something is not, it writes one line about that to notices.
type captures struct {
	*pcap.Source
	files   []string
	notices io.Writer
}

func openCaptures(e *env, files []string, ports []uint16) *captures {
	return &captures{pcap.Files(files, pcap.Options{Ports: ports}), files, e.err}
}

// after makes notices wait for the function that it returns: the screen is the
// inspector's until then.
func (c *captures) after() func() {
	to, kept := c.notices, new(bytes.Buffer)
	c.notices = kept
	return func() { _, _ = kept.WriteTo(to) } // nothing depends on it
}

// Run implements capture.Source. Files are decoded concurrently with reading them; standard
// input is decoded as it arrives.
func (c *captures) Run(ctx context.Context, sink capture.Sink) error {
	run := func() error { return capture.RunAsync(ctx, c.Source, sink) }
	if c.files[0] == "-" {
		run = func() error { return c.Source.Run(ctx, sink) }
	}
	err := run()
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
