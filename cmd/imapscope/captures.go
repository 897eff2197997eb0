package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"imapscope/capture"
	"imapscope/capture/pcap"
)

// captures are capture files as a source. If nothing in them is IMAP, Run fails with a
// *noIMAPError.
type captures struct {
	*pcap.Source
	files []string
}

func openCaptures(files []string, ports []uint16) *captures {
	return &captures{pcap.Files(files, pcap.Options{Ports: ports}), files}
}

// Run implements capture.Source. Files are decoded concurrently with reading them; standard
// input is decoded as it arrives.
func (c *captures) Run(ctx context.Context, sink capture.Sink) error {
	err := c.read(ctx, sink)
	if seen := c.Seen(); err == nil && ctx.Err() == nil && seen.Taken == 0 {
		return &noIMAPError{c.files, seen}
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
type noIMAPError struct {
	files []string
	seen  pcap.Seen
}

func (e *noIMAPError) Error() string {
	s := fmt.Sprintf("%s: no IMAP connection: %v", strings.Join(baseNames(e.files), " "), e.seen)
	if e.seen.Missed > 0 {
		s += "; --port N names the port of an IMAP server"
	}
	return s
}

func baseNames(files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = filepath.Base(f)
	}
	return out
}
