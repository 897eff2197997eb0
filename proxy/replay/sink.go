package replay

import (
	"net"
	"net/netip"

	"imapscope/capture"
)

// open reports the connection to the Sink.
func (g *game) open() {
	if g.Sink == nil {
		return
	}
	c := capture.Conn{ID: g.id, Client: addrPort(g.conn.LocalAddr()), Server: addrPort(g.conn.RemoteAddr()), Start: g.last, Origin: "replay"}
	g.report(capture.Event{Kind: capture.Opened, Time: c.Start, Info: &c})
}

// report passes a fact to the Sink, whose error does not stop the replay.
func (g *game) report(e capture.Event) {
	e.Conn = g.id
	_ = g.Sink.Event(&e)
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
