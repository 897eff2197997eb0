package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/pires/go-proxyproto"

	"imapscope/capture/leaktest"
	"imapscope/proxy"
)

// TestProxyProtocol has a header come in and another one go out, both versions of
// both, with and without bytes behind the client's in the same segment.
func TestProxyProtocol(t *testing.T) {
	leaktest.Check(t)
	const from, to = "[2001:db8::7]:40001", "[2001:db8::1]:143"
	for in := 1; in <= 2; in++ {
		for out := 0; out <= 2; out++ {
			for _, text := range []string{"", "A1 NOOP\r\n"} {
				t.Run(fmt.Sprintf("v%d in, v%d out, %d octets with it", in, out, len(text)), func(t *testing.T) {
					got := make(chan string, 1)
					up := upstream(t, func(c *net.TCPConn) {
						r := bufio.NewReader(c)
						said := "none "
						if out > 0 {
							h, err := proxyproto.Read(r)
							if err != nil {
								got <- err.Error()
								return
							}
							said = fmt.Sprintf("v%d %s %s ", h.Version, h.SourceAddr, h.DestinationAddr)
						}
						rest, _ := io.ReadAll(r)
						got <- said + string(rest)
					})
					s := newSink()
					r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: s, AcceptProxyProtocol: true, SendProxyProtocol: out})
					c := r.dial()
					h := proxyproto.HeaderProxyFromAddrs(byte(in), net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from)), net.TCPAddrFromAddrPort(netip.MustParseAddrPort(to)))
					b, err := h.Format()
					if err != nil {
						t.Fatal(err)
					}
					c.Write(append(b, text...))
					io.WriteString(c, "A2 LOGOUT\r\n")
					c.CloseWrite()
					want := text + "A2 LOGOUT\r\n"
					if out > 0 {
						want = fmt.Sprintf("v%d %s %s %s", out, from, to, want)
					} else {
						want = "none " + want
					}
					if said := <-got; said != want {
						t.Errorf("the upstream got %q, want %q", said, want)
					}
					s.end(t)
					if conn := s.conns[0]; conn.Client.String() != from || conn.Server.String() != to {
						t.Errorf("%+v", conn)
					}
					if data, lost := s.octets(t, 1, 0); string(data) != text+"A2 LOGOUT\r\n" || lost != 0 {
						t.Errorf("the Sink got %q", data)
					}
				})
			}
		}
	}
}

// TestProxyProtocolLocal checks that a LOCAL header does not change the addresses, whatever
// it contains (PROXY protocol, section 2.2): it is about the connection itself.
func TestProxyProtocolLocal(t *testing.T) {
	leaktest.Check(t)
	const from, to = "192.0.2.7:40001", "192.0.2.1:143"
	for _, withAddresses := range []bool{true, false} {
		got := make(chan string, 1)
		up := upstream(t, func(c *net.TCPConn) {
			r := bufio.NewReader(c)
			h, err := proxyproto.Read(r)
			if err != nil {
				got <- err.Error()
				return
			}
			got <- h.SourceAddr.String()
		})
		s := newSink()
		r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: s, AcceptProxyProtocol: true, SendProxyProtocol: 2})
		c := r.dial()
		h := &proxyproto.Header{Version: 2, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
		if withAddresses {
			h.TransportProtocol = proxyproto.TCPv4
			h.SourceAddr = net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))
			h.DestinationAddr = net.TCPAddrFromAddrPort(netip.MustParseAddrPort(to))
		}
		b, err := h.Format()
		if err != nil {
			t.Fatal(err)
		}
		c.Write(b)
		c.CloseWrite()
		client := c.LocalAddr().String()
		if said := <-got; said != client {
			t.Errorf("the upstream heard of %s, not %s", said, client)
		}
		s.end(t)
		if conn := s.conns[0]; conn.Client.String() != client || conn.Server.String() != c.RemoteAddr().String() {
			t.Errorf("%v, %v", conn.Client, conn.Server)
		}
	}
}

func TestProxyProtocolMissing(t *testing.T) {
	leaktest.Check(t)
	up := upstream(t, func(c *net.TCPConn) { t.Error("the upstream was reached") })
	r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), AcceptProxyProtocol: true})
	c := r.dial()
	io.WriteString(c, "A1 NOOP and then some, so that it is long enough\r\n")
	if all, err := io.ReadAll(c); err != nil || len(all) > 0 {
		t.Errorf("%q, %v", all, err)
	}
	if !strings.Contains(r.log.String(), "PROXY header") {
		t.Errorf("log:\n%s", r.log)
	}
}
