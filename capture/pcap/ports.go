package pcap

import (
	"fmt"
	"strconv"
	"strings"
)

// Ports is a flag.Value of TCP ports: it may be set repeatedly, and to several ports with
// commas between them.
type Ports []uint16

// String returns the ports with commas between them.
func (p *Ports) String() string {
	s := make([]string, len(*p))
	for i, n := range *p {
		s[i] = strconv.Itoa(int(n))
	}
	return strings.Join(s, ",")
}

// Set adds ports.
func (p *Ports) Set(v string) error {
	for part := range strings.SplitSeq(v, ",") {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("%q is not a port from 1 to 65535", part)
		}
		*p = append(*p, uint16(n))
	}
	return nil
}

// Type returns "port", for help.
func (p *Ports) Type() string { return "port" }
