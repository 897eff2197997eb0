package main

import (
	"fmt"
	"strconv"
	"strings"
)

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
