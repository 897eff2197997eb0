package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/ui/view"
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

// Run implements capture.Source. Files are decoded while they are read; what comes on
// standard input is not held back.
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

// noIMAPError reports that nothing in files is IMAP, and what there is instead.
type noIMAPError struct {
	files []string
	seen  pcap.Seen
}

// portsNamed is how many ports the error names.
const portsNamed = 5

func (e *noIMAPError) Error() string {
	files := strings.Join(baseNames(e.files), " ")
	switch {
	case e.seen.Packets == 0:
		return files + ": no packet in it"
	case e.seen.Missed == 0:
		return fmt.Sprintf("%s: no IMAP connection: no TCP in %s", files, view.Count(int(e.seen.Packets), "packet"))
	}
	return fmt.Sprintf("%s: no IMAP connection: %s, to port %s; --port N names the port of an IMAP server",
		files, view.Count(int(e.seen.Missed), "TCP connection"), e.ports())
}

// ports lists the most frequent ports, each with its number of connections.
func (e *noIMAPError) ports() string {
	all := e.seen.Ports
	if len(all) == 1 {
		return fmt.Sprint(all[0].Port)
	}
	var list []string
	for _, p := range all[:min(portsNamed, len(all))] {
		list = append(list, fmt.Sprintf("%d (%s)", p.Port, view.Count(int(p.Conns), "time")))
	}
	s := strings.Join(list, ", ")
	if more := len(all) - len(list); more > 0 {
		s += fmt.Sprintf(" and %d others", more)
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
