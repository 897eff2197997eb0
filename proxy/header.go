package proxy

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// headed is a connection whose first octets after the PROXY header have been read
// along with it.
type headed struct {
	net.Conn
	rest []byte
}

// Read gives the octets that came along first.
func (h *headed) Read(p []byte) (int, error) {
	if len(h.rest) > 0 {
		n := copy(p, h.rest)
		h.rest = h.rest[n:]
		return n, nil
	}
	return h.Conn.Read(p)
}

// CloseWrite ends this direction.
func (h *headed) CloseWrite() error {
	if c, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return h.Conn.Close()
}

// NetConn is the connection below, as crypto/tls's is.
func (h *headed) NetConn() net.Conn { return h.Conn }

// readHeader takes the addresses from a PROXY header, if there must be one.
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
		return fmt.Errorf("reading a PROXY header, which every client must send here: %w", err)
	}
	if err := s.raw.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("reading a PROXY header: %w", err)
	}
	if from, to, ok := h.TCPAddrs(); ok {
		s.caller, s.called = addrPort(from), addrPort(to)
	}
	if n := r.Buffered(); n > 0 {
		rest, _ := r.Peek(n)
		s.client = &headed{Conn: s.raw, rest: rest}
	}
	return nil
}

// sendHeader tells the upstream whose connection this is.
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
