package pcap

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Seen counts what a capture holds, for a user who sees less than expected.
type Seen struct {
	Packets int64
	Taken   int64 // connections that were reported
	Missed  int64 // TCP connections that were not: nothing shows that they are IMAP
	// Ports are the server ports of the missed connections, the most frequent first; at
	// most maxPorts different ones.
	Ports []PortCount
}

// PortCount is a number of connections to a server port.
type PortCount struct {
	Port  uint16
	Conns int64
}

// maxPorts bounds the ports that are counted separately: a port scan in a capture has them all.
const maxPorts = 1024

// miss counts a connection that is not reported, by its server's port. Where no SYN
// shows which side is the server, it is assumed to be the one with the lower port.
func (a *Assembler) miss(c *conn) {
	a.missed++
	port := min(c.flow.a.port, c.flow.b.port)
	if c.knowServer {
		port = c.flow.a.port
		if c.serverIsB {
			port = c.flow.b.port
		}
	}
	if a.missedPorts == nil {
		a.missedPorts = make(map[uint16]int64)
	}
	if _, ok := a.missedPorts[port]; ok || len(a.missedPorts) < maxPorts {
		a.missedPorts[port]++
	}
}

// Seen returns what was seen so far. Connections that may still turn out to be IMAP are
// counted only after Flush.
func (a *Assembler) Seen() Seen {
	s := Seen{Packets: a.stats.Packets, Taken: a.stats.Taken, Missed: a.missed}
	for port, n := range a.missedPorts {
		s.Ports = append(s.Ports, PortCount{port, n})
	}
	slices.SortFunc(s.Ports, func(x, y PortCount) int {
		return cmp.Or(cmp.Compare(y.Conns, x.Conns), cmp.Compare(x.Port, y.Port))
	})
	return s
}

// LeftOut describes what was left out, for a line of its own; hint, if there is a port to
// name, ends it.
func (s Seen) LeftOut(hint string) string {
	text := "no IMAP connection: "
	if s.Taken > 0 {
		text = "left out, because nothing shows that it is IMAP: "
	}
	if text += s.String(); s.Missed > 0 {
		text += hint
	}
	return text
}

// portsNamed is how many ports String names.
const portsNamed = 5

// String describes the connections that were left out: "3 TCP connections, to port 80 (2 of them), 8080".
func (s Seen) String() string {
	switch {
	case s.Packets == 0:
		return "no packet"
	case s.Missed == 0:
		return "no TCP connection in " + count(s.Packets, "packet")
	}
	var ports []string
	for _, p := range s.Ports[:min(portsNamed, len(s.Ports))] {
		name := fmt.Sprint(p.Port)
		if p.Conns > 1 && len(s.Ports) > 1 {
			name += fmt.Sprintf(" (%d of them)", p.Conns)
		}
		ports = append(ports, name)
	}
	text := count(s.Missed, "TCP connection") + ", to port " + strings.Join(ports, ", ")
	if more := len(s.Ports) - len(ports); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Seen returns what was seen in the files once Run has returned.
func (s *Source) Seen() Seen { return s.seen }
