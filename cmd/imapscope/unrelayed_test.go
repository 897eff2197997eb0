package main

import (
	"bytes"
	"context"
	ctls "crypto/tls"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/capture/leaktest"
	"imapscope/capture/pcap"
	"imapscope/proxy"
	"imapscope/proxy/tls"
)

// TestUnrelayed records connections that the proxy did not relay: check and decode of the
// recording do not blame the server, which had no chance.
func TestUnrelayed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	go func() { // a server without TLS
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			io.WriteString(c, "* OK hi\r\n")
			c.Close()
		}
	}()
	ca, err := tls.NewCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		proxy   *proxy.Proxy
		client  func(net.Conn)
		verdict string
		text    string
	}{
		{"no server", &proxy.Proxy{Target: proxy.Fixed(gone.Addr().String())}, nil, "network", "no server: connecting to upstream " + gone.Addr().String()},
		{"no PROXY header", &proxy.Proxy{Target: proxy.Fixed(l.Addr().String()), AcceptProxyProtocol: true},
			func(c net.Conn) { io.WriteString(c, "A1 NOOP and more, so that it is long enough\r\n") }, "client", "no client: reading a PROXY header"},
		{"a server without TLS", &proxy.Proxy{Target: proxy.Fixed(l.Addr().String()), Opener: &tls.Config{Upstream: tls.Implicit, Host: "localhost"}},
			nil, "network", "no server: TLS with upstream localhost"},
		{"a client without the CA", &proxy.Proxy{Target: proxy.Fixed(l.Addr().String()), Opener: &tls.Config{
			Client: tls.Implicit, Upstream: tls.Plain, CA: ca, Host: "localhost", Hint: tls.FlagHint("--a", "--b")}},
			func(c net.Conn) { ctls.Client(c, &ctls.Config{ServerName: "localhost"}).Handshake() }, "client",
			"no client: TLS with the client: the client refused the proxy's certificate: see `imapscope ca` (bad certificate)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "recording.pcapng")
			port := record(t, test.proxy, file, test.client)
			for _, verb := range []string{"check", "decode"} {
				var out, errs bytes.Buffer
				run([]string{verb, "--port", port, file}, nil, &out, &errs)
				got := out.String() + errs.String()
				if !strings.Contains(got, "N008 connection that the proxy did not relay ("+test.verdict+")") || !strings.Contains(got, test.text) || strings.Contains(got, "S001") || strings.Contains(got, "S002") {
					t.Errorf("%s:\n%s", verb, got)
				}
			}
		})
	}
}

// record records one connection of a client to a proxy, and returns the proxy's port.
func record(t *testing.T, p *proxy.Proxy, file string, client func(net.Conn)) (port string) {
	t.Helper()
	leaktest.Check(t)
	rec, err := pcap.Create(file, pcap.RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p.Sink, p.Log = rec, slog.New(slog.DiscardHandler)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if client != nil {
		client(c)
	}
	io.Copy(io.Discard, c) // until the proxy closes it
	c.Close()
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := rec.Finish(time.Now()); err != nil {
		t.Error(err)
	}
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
