package capture

import (
	"net/netip"
	"strings"
)

// Leg is which of the two connections that a changing proxy reports a connection is.
type Leg uint8

// The legs. A connection that is the only one of its session is neither.
const (
	NoLeg Leg = iota
	ClientLeg
	ServerLeg
)

// String returns "client", "server", or "" for no leg.
func (l Leg) String() string {
	return [...]string{"", "client", "server"}[min(l, ServerLeg)]
}

// Peers are the addresses of a connection.
type Peers struct{ Client, Server netip.AddrPort }

// String returns the addresses as the Notes that link two legs write them.
func (p Peers) String() string { return p.Client.String() + " > " + p.Server.String() }

// Plain returns the addresses as they are compared: a recording may have an IPv4 address in IPv6.
func (p Peers) Plain() Peers {
	for _, a := range [...]*netip.AddrPort{&p.Client, &p.Server} {
		*a = netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
	}
	return p
}

// Peers returns the addresses of the connection.
func (c *Conn) Peers() Peers { return Peers{c.Client, c.Server} }

// LegOf reads a Note that links two legs: it returns which leg the connection of the Note is,
// and the addresses of the other one. It returns NoLeg for any other Note.
func LegOf(note string) (Leg, Peers) {
	for _, n := range [...]struct {
		begins string
		leg    Leg
	}{{ServerLegIs, ClientLeg}, {ClientLegIs, ServerLeg}} {
		text, ok := strings.CutPrefix(note, n.begins)
		if !ok {
			continue
		}
		client, server, _ := strings.Cut(text, " > ")
		var p Peers
		var errs [2]error
		p.Client, errs[0] = netip.ParseAddrPort(client)
		p.Server, errs[1] = netip.ParseAddrPort(server)
		if errs[0] == nil && errs[1] == nil {
			return n.leg, p
		}
	}
	return NoLeg, Peers{}
}

// Link returns the Note that links a connection, which is a leg, to the other one. LegOf reads it.
func Link(leg Leg, other Peers) string {
	if leg == ServerLeg {
		return ClientLegIs + other.String()
	}
	return ServerLegIs + other.String()
}
