package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"imapscope/capture"
	"imapscope/capture/hub"
	"imapscope/capture/logs"
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
	sensors bool // they are the URL of a hub, see hub.go
	notices io.Writer
}

func openCaptures(e *env, files []string, s sources) *captures {
	c := &captures{sources: s, files: files, live: slices.Contains(files, "-"), notices: e.err}
	c.sensors = slices.ContainsFunc(files, hub.IsAddress)
	c.read(pcap.Options{Ports: s.ports})
	return c
}

// read makes Run read the files with these options. Those that are no captures are read as logs.
func (c *captures) read(o pcap.Options) {
	if c.sensors {
		c.from(pcap.Files(nil, o))
		return
	}
	c.from(pcap.Files(logs.Inputs(c.files), o))
}

// from makes Run read src.
func (c *captures) from(src *pcap.Source) {
	c.Source = src
	c.Foreign, c.Opener = readLog, logs.Open
	c.ForeignHint = "imapscope help logs lists the logs that are read"
}

// size returns how many bytes the files have together on disk. It reports false if one of them is
// no regular file.
func (c *captures) size() (total int64, ok bool) {
	if c.sensors {
		return 0, false
	}
	return pcap.Size(logs.OnDisk(logs.Inputs(c.files)))
}

// follow makes Run read on in the last file as it grows, until the context is done.
func (c *captures) follow() error {
	if c.sensors {
		return usage("--follow is for files: what a hub has is read as it arrives without it")
	}
	if c.live {
		return usage("--follow is for files: standard input (-) is read as it arrives without it")
	}
	if !slices.Equal(logs.Inputs(c.files), c.files) {
		return usage("--follow reads one file as it grows: name only the .in or the .out of a rawlog")
	}
	c.from(pcap.Follow(c.files, pcap.Options{Ports: c.ports}))
	c.live = true
	return nil
}

// Run implements capture.Source. Files are decoded concurrently with reading them; standard
// input and a file that grows are decoded as they arrive.
func (c *captures) Run(ctx context.Context, sink capture.Sink) error {
	sink = c.ofService(sink)
	if c.sensors {
		return c.runHub(ctx, sink)
	}
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
