package main

import (
	"github.com/spf13/pflag"

	"imapscope/capture/pcap"
	"imapscope/decode/protocol"
)

// reading holds the flags that say what to read the traffic of a source as.
type reading struct {
	ports   []uint16
	dialect protocol.Dialect
}

func (t *reading) readingFlags(f *pflag.FlagSet) {
	f.Var((*pcap.Ports)(&t.ports), "port", "a server `port` in addition to 143 and 993 (repeatable)")
	dialectFlag(f, &t.dialect)
}

func dialectFlag(f *pflag.FlagSet, to *protocol.Dialect) {
	f.Var(to, "dialect", "the `dialect` to assume, whatever a connection shows: imap2, imap3, imap2bis, imap4, imap4rev1 or imap4rev2")
	f.Lookup("dialect").DefValue = "" // not "unknown"
}
