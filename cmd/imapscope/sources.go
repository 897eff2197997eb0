package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/capture/keylog"
	"imapscope/capture/pcap"
	"imapscope/decode/protocol"
)

// sources holds the flags that say what is read of a source, and with which keys.
type sources struct {
	ports   pcap.Ports
	keylog  string
	service string
}

func (s *sources) portFlag(f *pflag.FlagSet) {
	f.Var(&s.ports, "port", "a server `port` in addition to 143 and 993 (repeatable)")
}

func (s *sources) keylogFlag(f *pflag.FlagSet) {
	f.StringVar(&s.keylog, "keylog", "", "read TLS with the keys in this `file`, which programs write for SSLKEYLOGFILE")
}

func (s *sources) serviceFlag(f *pflag.FlagSet) {
	f.StringVar(&s.service, "service", "", "all servers are frontends of one service with this `name`: accounts are the same on each")
}

// ofService returns a sink that reports to another one, with connections of the service of
// --service.
func (s *sources) ofService(to capture.Sink) capture.Sink {
	if s.service == "" {
		return to
	}
	return capture.OfService{To: to, Name: s.service}
}

// served is a source whose connections are of the service of --service.
type served struct {
	capture.Source
	flags *sources
}

// Run implements capture.Source.
func (s served) Run(ctx context.Context, to capture.Sink) error {
	return s.Source.Run(ctx, s.flags.ofService(to))
}

// keyed returns src with the keys of --keylog. Those of a live source are read as the file
// grows.
func (s *sources) keyed(src capture.Source, live bool, notices io.Writer) capture.Source {
	if s.keylog == "" {
		return src
	}
	notice := func(text string) { fmt.Fprintf(notices, "imapscope: %s\n", text) }
	return &keylog.Source{From: src, File: s.keylog, Grows: live, Notice: notice}
}

// reading holds the flags that say what to read the traffic of a source as.
type reading struct {
	sources
	dialect protocol.Dialect
}

func (t *reading) readingFlags(f *pflag.FlagSet) {
	t.portFlag(f)
	dialectFlag(f, &t.dialect)
}

func dialectFlag(f *pflag.FlagSet, to *protocol.Dialect) {
	f.Var(to, "dialect", "the `dialect` to assume, regardless of what a connection shows: imap2, imap3, imap2bis, imap4, imap4rev1 or imap4rev2")
	f.Lookup("dialect").DefValue = "" // not "unknown"
}
