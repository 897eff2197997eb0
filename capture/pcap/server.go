package pcap

import (
	"bytes"
	"time"
)

// Which side is the server: the one that a recording says, otherwise the one on a server
// port, otherwise the one that did not send the SYN, otherwise the one that greets. In a
// recording, and on a server port, a connection is taken from its first packet on,
// regardless of its content; on another port only if its first bytes are a greeting from
// the server (RFC 1176, "The Protocol", p. 6), so FTP, SMTP and HTTP are not taken.

// imapPort reports whether a port is one of IMAP's, without TLS or with it.
func imapPort(port uint16) bool { return port == 143 || port == 993 }

// server reports whether a port is a server's.
func (a *Assembler) server(port uint16) bool { return imapPort(port) || a.ports[port] }

// place decides which side is the server, if ports and flags show it.
func (a *Assembler) place(c *conn, s *segment) error {
	if s.sender != SenderUnknown {
		c.knowServer, c.serverIsB = true, (s.sender == SenderServer) == (s.src == c.flow.b)
		return a.open(c)
	}
	aPort, bPort := a.server(c.flow.a.port), a.server(c.flow.b.port)
	if aPort != bPort {
		c.knowServer, c.serverIsB = true, bPort
	} else if s.flags&flagSYN != 0 && !c.knowServer {
		// The receiver of the SYN, or the sender of a SYN with an ACK.
		toB := s.src == c.flow.a
		c.knowServer, c.serverIsB = true, toB == (s.flags&flagACK == 0)
	}
	if c.knowServer && (aPort || bPort) || a.opts.everything {
		return a.open(c)
	}
	return nil
}

// greetings a server begins with. PREAUTH came after RFC 1176.
var greetings = [][]byte{[]byte("* OK "), []byte("* PREAUTH "), []byte("* BYE "), []byte("* OK\r"), []byte("* BYE\r")}

// judge examines the first bytes of an undecided connection. Until they are enough
// to decide, they wait in c.doubt: at most the length of a greeting.
func (a *Assembler) judge(c *conn, half int, t time.Time, data []byte) error {
	if a.server(c.flow.a.port) && a.server(c.flow.b.port) {
		// It is IMAP, begun before the capture. Servers begin lines like this.
		server := data[0] == '*' || data[0] == '+'
		c.knowServer, c.serverIsB = true, server == (half == 1)
		c.doubtful().early = []early{{half, t, bytes.Clone(data)}}
		return a.open(c)
	}
	d := c.doubtful()
	if len(d.early) > 0 && d.early[0].half != half || c.knowServer && (half == 1) != c.serverIsB {
		a.ignore(c) // the client sent first
		return nil
	}
	d.early = append(d.early, early{half, t, bytes.Clone(data)})
	var first []byte
	for _, e := range d.early {
		first = append(first, e.data...)
	}
	open := false
	for _, g := range greetings {
		n := min(len(first), len(g))
		if !bytes.EqualFold(first[:n], g[:n]) {
			continue
		}
		if n == len(g) {
			c.knowServer, c.serverIsB = true, half == 1
			return a.open(c)
		}
		open = true
	}
	if !open {
		a.ignore(c)
	}
	return nil
}
