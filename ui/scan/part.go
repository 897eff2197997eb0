package scan

import (
	"hash/fnv"
	"net/netip"

	"imapscope/capture"
)

// partOf returns the part of a file that a connection is in: by its two addresses, and if ports is
// set by its ports, too.
func partOf(c *capture.Conn, parts int, ports bool) int {
	if parts <= 1 {
		return 0
	}
	h := fnv.New32a()
	for _, a := range [...]netip.AddrPort{c.Client, c.Server} {
		b := a.Addr().Unmap().WithZone("").As16()
		_, _ = h.Write(b[:]) // it does not fail
		if ports {
			_, _ = h.Write([]byte{byte(a.Port() >> 8), byte(a.Port())})
		}
	}
	return int(h.Sum32() % uint32(parts))
}

// only is a capture.Sink that passes on the connections of a part, with their numbers, and Secrets.
type only struct {
	to          capture.Sink
	part, parts int
	ports       bool
	open        map[capture.ConnID]struct{}
}

// Event implements capture.Sink.
func (o *only) Event(e *capture.Event) error {
	switch e.Kind {
	case capture.Secrets:
		return o.to.Event(e)
	case capture.Opened:
		if partOf(e.Info, o.parts, o.ports) != o.part {
			return nil
		}
		o.open[e.Conn] = struct{}{}
		return o.to.Event(e)
	}
	if _, ok := o.open[e.Conn]; !ok {
		return nil
	}
	if e.Kind == capture.Closed {
		delete(o.open, e.Conn)
	}
	return o.to.Event(e)
}
