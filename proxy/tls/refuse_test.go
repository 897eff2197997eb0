package tls

import (
	"context"
	ctls "crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// If TLS with the upstream fails for any reason, the client gets a BYE and no greeting,
// and the error suggests what to do.
func TestUpstreamFailureSendsBye(t *testing.T) {
	_, other := cas()
	upstream, _ := cas()
	starttls := func(answer string) func(*end) {
		return func(s *end) {
			s.send("* OK hi\r\n")
			s.expect("imapscope STARTTLS\r\n")
			s.send(answer)
		}
	}
	// shake does a handshake that is to fail.
	shake := func(s *end) {
		leaf, err := upstream.Leaf(mailHost)
		if err != nil {
			s.t.Fatal(err)
		}
		if err := ctls.Server(s.conn, &ctls.Config{Certificates: []ctls.Certificate{*leaf}}).Handshake(); err == nil {
			s.t.Error("the handshake went well")
		}
	}
	hint := func(f Failure) string {
		return map[Failure]string{UnknownAuthority: "no trusted CA: do this", BadCertificate: "bad certificate: do that"}[f]
	}
	tests := []struct {
		name   string
		config Config
		server func(*end)
		bye    string
		says   []string
	}{
		{"no STARTTLS", Config{Upstream: StartTLS}, starttls("imapscope BAD what\r\n"), "", []string{"STARTTLS with upstream mail.example", "refused: BAD what"}},
		{"NO", Config{Upstream: StartTLS}, starttls("imapscope NO \x1b[31mnot now\r\n"), "", []string{"refused: NO ?[31mnot now"}},
		{"closes", Config{Upstream: StartTLS}, func(s *end) { s.send("* OK hi\r\n"); s.conn.(*net.TCPConn).CloseWrite() }, "", []string{"no answer: the upstream closed the connection"}},
		{"no greeting", Config{Upstream: StartTLS}, func(s *end) { s.conn.(*net.TCPConn).CloseWrite() }, "", []string{"no greeting"}},
		{"BYE", Config{Upstream: StartTLS}, func(s *end) { s.send("* BYE overloaded\r\n") }, "* BYE overloaded\r\n", []string{"the upstream refuses the connection: * BYE overloaded"}},
		{"PREAUTH", Config{Upstream: StartTLS}, func(s *end) { s.send("* PREAUTH hi\r\n") }, "", []string{"PREAUTH", "without TLS"}},
		{"talks on", Config{Upstream: StartTLS}, func(s *end) { s.send("* OK " + strings.Repeat("x", maxPreface+8<<10)) }, "", []string{"bytes before it"}},
		{"silent", Config{Upstream: StartTLS, Timeout: 50 * time.Millisecond}, func(*end) {}, "", []string{"no answer in time"}},
		{"no handshake", Config{Upstream: Implicit, Timeout: 50 * time.Millisecond}, func(*end) {}, "", []string{"TLS with upstream mail.example", "no answer in time"}},
		{"plaintext", Config{Upstream: Implicit}, func(s *end) { s.send("* OK this is no TLS\r\n") }, "", []string{"it may want plaintext or STARTTLS"}},
		{"unknown CA", Config{Upstream: Implicit, RootCAs: pool(other), Hint: hint}, shake, "", []string{"(no trusted CA: do this)"}},
		{"wrong name", Config{Upstream: Implicit, Host: "other.example", Hint: hint}, shake, "", []string{"other.example", "(bad certificate: do that)"}},
		{"old TLS", Config{Upstream: Implicit}, func(s *end) {
			leaf, err := upstream.Leaf(mailHost)
			if err != nil {
				s.t.Fatal(err)
			}
			if err := ctls.Server(s.conn, &ctls.Config{Certificates: []ctls.Certificate{*leaf}, MinVersion: ctls.VersionTLS10, MaxVersion: ctls.VersionTLS11}).Handshake(); err == nil {
				s.t.Error("TLS 1.1 is taken")
			}
		}, "", []string{"protocol version"}},
	}
	for _, test := range tests {
		for _, mode := range []Mode{Plain, StartTLS, Implicit} {
			t.Run(test.name+", "+mode.String(), func(t *testing.T) {
				config := test.config
				config.Client = mode
				r := newRig(t, &config)
				both(func() {
					if mode == Implicit {
						r.client.trust()
					}
					got := r.client.line()
					if test.bye != "" && got != test.bye || !strings.HasPrefix(got, "* BYE ") || strings.ContainsAny(got, "\x1b") {
						t.Errorf("the client hears %q", got)
					}
					r.client.expectEOF()
				}, func() { test.server(r.server) })
				r.fails(test.says...)
				if got := r.tap.text(1); !strings.HasPrefix(got, "* BYE ") {
					t.Errorf("the tap got %q", got)
				}
			})
		}
	}
}

// With Insecure any certificate is accepted, and noted as not verified.
func TestInsecureAcceptsAnyCertificate(t *testing.T) {
	_, other := cas()
	r := newRig(t, &Config{Upstream: Implicit, RootCAs: pool(other), Host: "other.example", Insecure: true})
	both(func() { r.client.expect("* OK hi\r\n") }, func() {
		r.server.accept()
		r.server.send("* OK hi\r\n")
	})
	if !r.tap.noted(`NOT verified for "other.example"`) {
		t.Errorf("%q", r.tap.notes)
	}
}

func TestClientFaultsAreRefused(t *testing.T) {
	t.Run("old TLS", func(t *testing.T) {
		r := newRig(t, &Config{Client: Implicit, Upstream: Plain})
		_, own := cas()
		c := ctls.Client(r.client.conn, &ctls.Config{ServerName: mailHost, RootCAs: pool(own), MinVersion: ctls.VersionTLS10, MaxVersion: ctls.VersionTLS11})
		if err := c.Handshake(); err == nil {
			t.Error("TLS 1.1 is taken")
		}
		r.fails("TLS with the client")
	})
	t.Run("plaintext", func(t *testing.T) {
		r := newRig(t, &Config{Client: Implicit, Upstream: Plain})
		r.client.send("a LOGIN x y\r\n")
		r.fails("TLS with the client", "it may want plaintext or STARTTLS")
	})
	t.Run("STARTTLS where there is none", func(t *testing.T) {
		r := newRig(t, &Config{Client: Plain, Upstream: Implicit})
		both(func() {
			r.client.expect("* OK hi\r\n")
			r.client.send("a STARTTLS\r\n")
			r.client.expect("a BAD STARTTLS refused: it is not offered here\r\n")
			r.client.send("b NOOP\r\n")
			r.client.expect("b OK\r\n")
		}, func() {
			r.server.accept()
			r.server.send("* OK hi\r\n")
			r.server.expect("b NOOP\r\n")
			r.server.send("b OK\r\n")
		})
	})
	t.Run("STARTTLS twice, and with an argument", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Plain})
		both(func() {
			r.client.expect("* OK hi\r\n")
			r.client.send("a STARTTLS now\r\n")
			r.client.expect("a BAD STARTTLS refused: it has no argument\r\n")
			r.client.send("* STARTTLS\r\n")
			r.client.expect("* BAD STARTTLS refused: its tag is not valid\r\n")
			r.client.send("b STARTTLS\r\n")
			r.client.expect("b OK Begin TLS negotiation now\r\n")
			r.client.trust()
			r.client.send("c STARTTLS\r\n")
			r.client.expect("c BAD STARTTLS refused: TLS is active already\r\n")
		}, func() { r.server.send("* OK hi\r\n") })
	})
	t.Run("STARTTLS before an answer", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Plain, Timeout: 50 * time.Millisecond})
		both(func() {
			r.client.expect("* OK hi\r\n")
			r.client.send("a NOOP\r\nb STARTTLS\r\n")
			r.client.expect("b BAD STARTTLS refused: commands before it are not answered yet\r\n")
		}, func() {
			r.server.send("* OK hi\r\n")
			r.server.expect("a NOOP\r\n")
		})
	})
}

// A side that goes away is not an error, and the other side sees it.
func TestClosedSideIsForwarded(t *testing.T) {
	t.Run("the client hangs up", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Plain})
		r.server.send("* OK hi\r\n")
		r.client.expect("* OK hi\r\n")
		r.client.send("a LOGIN fred") // half a line
		r.client.conn.(*net.TCPConn).CloseWrite()
		r.server.expect("a LOGIN fred")
		r.server.expectEOF()
		r.server.send("a BAD what\r\n")
		r.server.conn.Close()
		r.client.expect("a BAD what\r\n")
		r.client.expectEOF()
		r.opens()
	})
	t.Run("the server resets", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Plain})
		r.server.send("* OK hi\r\n")
		r.client.expect("* OK hi\r\n")
		r.server.conn.(*net.TCPConn).SetLinger(0)
		r.server.conn.Close()
		if b, _ := io.ReadAll(r.client.r); len(b) > 0 {
			t.Errorf("the client hears %q", b)
		}
		r.opens()
	})
	t.Run("the proxy stops", func(t *testing.T) {
		near, client := pair(t)
		far, server := pair(t)
		for _, c := range []net.Conn{near, client, far, server} {
			defer c.Close()
		}
		ctx, cancel := context.WithCancel(context.Background())
		_, own := cas()
		c := &Config{Client: StartTLS, Upstream: StartTLS, CA: own, Host: mailHost}
		done := make(chan error, 1)
		go func() { _, _, err := c.Open(ctx, near, far, new(tapLog)); done <- err }()
		cancel()
		select {
		case err := <-done:
			if err == nil {
				t.Error("Open went well")
			}
		case <-time.After(patience):
			t.Error("Open does not return")
		}
	})
	t.Run("no CA", func(t *testing.T) {
		if _, _, err := (&Config{Client: Implicit}).Open(context.Background(), nil, nil, nil); err == nil {
			t.Error("there is no CA, and nothing is said")
		}
	})
}
