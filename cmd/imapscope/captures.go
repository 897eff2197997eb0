package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"imapscope/capture"
	"imapscope/capture/pcap"
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
	err := c.read(ctx, sink)
	seen := c.Seen()
	none := noIMAPError(fmt.Sprintf("%s: %s", strings.Join(baseNames(c.files), " "), seen.LeftOut("; --port N names the port of an IMAP server")))
	switch {
	case ctx.Err() != nil:
	case seen.Taken > 0 && seen.Missed > 0:
		fmt.Fprintf(c.notices, "imapscope: %v\n", none)
	case seen.Taken == 0 && err == nil:
		return none
	}
	return err
}

func (c *captures) read(ctx context.Context, sink capture.Sink) error {
	if c.files[0] == "-" {
		return c.Source.Run(ctx, sink)
	}
	async := capture.NewAsync(sink)
	err := c.Source.Run(ctx, async)
	if stopped := async.Stop(); stopped != nil {
		return stopped
	}
	return err
}

// A noIMAPError reports that nothing in files is IMAP, and what they contain instead.
type noIMAPError string

func (e noIMAPError) Error() string { return string(e) }

func baseNames(files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = filepath.Base(f)
	}
	return out
}
