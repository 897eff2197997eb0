package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"imapscope/decode/protocol"
)

// reading holds the flags that say what to read the traffic of a source as.
type reading struct {
	ports   []uint16
	dialect protocol.Dialect
}

func (t *reading) readingFlags(f *pflag.FlagSet) {
	f.Var((*portList)(&t.ports), "port", "a server `port` in addition to 143 and 993 (repeatable)")
	dialectFlag(f, &t.dialect)
}

func dialectFlag(f *pflag.FlagSet, to *protocol.Dialect) {
	f.Var(to, "dialect", "the `dialect` to assume, whatever a connection shows: imap2, imap3, imap2bis, imap4, imap4rev1 or imap4rev2")
	f.Lookup("dialect").DefValue = "" // not "unknown"
}

// portList is the value of a flag that holds TCP ports; it is repeatable, and accepts lists
// separated by commas.
type portList []uint16

func (p *portList) String() string {
	s := make([]string, len(*p))
	for i, n := range *p {
		s[i] = strconv.Itoa(int(n))
	}
	return strings.Join(s, ",")
}

func (p *portList) Set(v string) error {
	for part := range strings.SplitSeq(v, ",") {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("%q is not a port from 1 to 65535", part)
		}
		*p = append(*p, uint16(n))
	}
	return nil
}

func (p *portList) Type() string { return "port" }
