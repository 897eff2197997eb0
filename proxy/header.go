package proxy

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// A headed is a connection whose first bytes after the PROXY header were read together
// with it.
type headed struct {
	net.Conn
	rest []byte
}

// Read returns the bytes that were read with the header first.
func (h *headed) Read(p []byte) (int, error) {
	if len(h.rest) > 0 {
		n := copy(p, h.rest)
		h.rest = h.rest[n:]
		return n, nil
	}
	return h.Conn.Read(p)
}

// CloseWrite shuts down the writing side.
func (h *headed) CloseWrite() error {
	if c, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return h.Conn.Close()
}

// NetConn returns the underlying connection, as the method of crypto/tls.Conn does.
func (h *headed) NetConn() net.Conn { return h.Conn }

// readHeader reads the addresses from the PROXY header, if one is required.
func (s *session) readHeader() error {
	if !s.p.AcceptProxyProtocol {
		return nil
	}
	r := bufio.NewReader(s.raw)
	if err := s.raw.SetReadDeadline(time.Now().Add(headerTimeout)); err != nil {
		return fmt.Errorf("reading a PROXY header: %w", err)
	}
	h, err := proxyproto.Read(r)
	if err != nil {
		return &clientError{fmt.Errorf("reading a PROXY header, which every client must send here: %w", err)}
	}
	if err := s.raw.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("reading a PROXY header: %w", err)
	}
	// A LOCAL header is about the connection itself, made by what sends it (a health
	// check): its addresses are ignored (PROXY protocol, section 2.2).
	if from, to, ok := h.TCPAddrs(); ok && h.Command.IsProxy() {
		s.caller, s.called = addrPort(from), addrPort(to)
	}
	if n := r.Buffered(); n > 0 {
		rest, _ := r.Peek(n)
		s.client = &headed{Conn: s.raw, rest: rest}
	}
	return nil
}

// sendHeader sends the client's addresses to the upstream in a PROXY header.
func (s *session) sendHeader(u net.Conn) error {
	if s.p.SendProxyProtocol == 0 {
		return nil
	}
	h := proxyproto.HeaderProxyFromAddrs(byte(s.p.SendProxyProtocol), tcpAddr(s.caller), tcpAddr(s.called))
	if _, err := h.WriteTo(u); err != nil {
		return fmt.Errorf("sending the PROXY header to the upstream: %w", err)
	}
	return nil
}

func tcpAddr(a netip.AddrPort) net.Addr {
	if !a.IsValid() {
		return nil
	}
	return net.TCPAddrFromAddrPort(a)
}
