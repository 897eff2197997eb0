package tls

import (
	"context"
	ctls "crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"testing"
)

const (
	refused = "TLS with the client: the client refused the proxy's certificate: see `imapscope ca`"
	left    = "the client closed the connection when it had the proxy's certificate, which it may not trust: see `imapscope ca`"
)

func caHint(f Failure) string {
	if f == ClientRefused || f == ClientLeft {
		return "see `imapscope ca`"
	}
	return "another hint"
}

// distrust configures a client not to accept a certificate.
type distrust func(c net.Conn, config *ctls.Config)

// unencrypted sends an alert as OpenSSL does in TLS 1.3: it has not changed its keys yet.
func unencrypted(alert byte) distrust {
	return func(c net.Conn, config *ctls.Config) {
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(ctls.ConnectionState) error {
			c.Write([]byte{recordAlert, 3, 3, 0, 2, 2, alert})
			c.Close()
			return errors.New("refused")
		}
	}
}

// TestClientDistrusts checks what is reported if a client does not accept the proxy's
// certificate, in each version of TLS and with each way to say so.
func TestClientDistrusts(t *testing.T) {
	for _, test := range []struct {
		name string
		how  distrust
		want string
	}{
		{"unknown CA", func(net.Conn, *ctls.Config) {}, refused + " (bad certificate)"}, // what crypto/tls sends
		{"bad_certificate, unencrypted", unencrypted(42), refused + " (bad certificate)"},
		{"certificate_unknown, unencrypted", unencrypted(46), refused + " (unknown certificate)"},
		{"unknown_ca, unencrypted", unencrypted(48), refused + " (unknown certificate authority)"},
		{"another alert, unencrypted", unencrypted(80), "TLS with the client: remote error: tls: internal error"},
		{"closes", func(c net.Conn, config *ctls.Config) {
			config.InsecureSkipVerify = true
			config.VerifyConnection = func(ctls.ConnectionState) error { return errors.Join(c.Close(), errors.New("closed")) }
		}, left},
	} {
		for _, mode := range []Mode{Implicit, StartTLS} {
			for _, version := range []uint16{ctls.VersionTLS12, ctls.VersionTLS13} {
				t.Run(fmt.Sprintf("%s, %v, %s", test.name, mode, ctls.VersionName(version)), func(t *testing.T) {
					r := newRig(t, &Config{Client: mode, Upstream: Plain, Hint: caHint})
					both(func() {
						if mode == StartTLS {
							r.client.line()
							r.client.send("a STARTTLS\r\n")
							r.client.line()
						}
						config := &ctls.Config{ServerName: mailHost, MinVersion: version, MaxVersion: version}
						test.how(r.client.conn, config)
						if err := ctls.Client(r.client.conn, config).Handshake(); err == nil {
							t.Error("the client accepts the certificate")
						}
					}, func() {
						if mode == StartTLS {
							r.server.send("* OK [CAPABILITY IMAP4rev1] hi\r\n")
						}
					})
					r.fails(test.want)
				})
			}
		}
	}
}

// TestClientDistrustsLate checks a client that refuses the certificate after the handshake.
func TestClientDistrustsLate(t *testing.T) {
	near, far := pair(t)
	defer near.Close()
	defer far.Close()
	tap := new(tapLog)
	p := newPhase(&opener{Config: &Config{Hint: caHint}, tap: tap, raw: near, upstream: near, log: slog.New(slog.DiscardHandler)})
	p.clientEnds(&net.OpError{Op: "remote error", Err: ctls.AlertError(48)}, false)
	if !tap.noted(refused + " (unknown certificate authority)") {
		t.Errorf("%q", tap.notes)
	}
}

// TestClientLeavesBeforeTLS checks that the certificate is not suspected if the client has
// not got it.
func TestClientLeavesBeforeTLS(t *testing.T) {
	r := newRig(t, &Config{Client: Implicit, Upstream: Plain, Hint: caHint})
	r.client.conn.Close()
	if err := r.fails("the client closed the connection before TLS began"); strings.Contains(err.Error(), "imapscope ca") {
		t.Error(err)
	}
}

// TestOpenSSLDistrusts checks a client of OpenSSL that does not have the CA.
func TestOpenSSLDistrusts(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		t.Run(version, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			c := exec.Command(openssl, "s_client", "-connect", l.Addr().String(), "-verify_return_error", version)
			c.Stdin = strings.NewReader("")
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			defer c.Wait()
			client, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			near, far := pair(t)
			defer far.Close()
			_, own := cas()
			config := &Config{Client: Implicit, Upstream: Plain, CA: own, Hint: caHint, Host: mailHost}
			if _, _, err = config.Open(context.Background(), client, near, discardTap{}); err == nil {
				t.Fatal("the client accepts the certificate")
			}
			var e *ClientError
			if want := refused + " (unknown certificate authority)"; err.Error() != want || !errors.As(err, &e) || e.Why != ClientRefused {
				t.Errorf("%v, not %s", err, want)
			}
		})
	}
}

// TestAlertConn checks that an alert is found however the bytes are divided, and that the
// content of other records is not taken for one.
func TestAlertConn(t *testing.T) {
	text := "\x16\x03\x03\x00\x08\x15\x03\x03\x00\x02\x02\x2a." + "\x14\x03\x03\x00\x01\x01" + "\x15\x03\x03\x00\x02\x02\x30"
	for size := 1; size <= len(text); size++ {
		for _, end := range []int{len(text) - 1, len(text)} {
			a := new(alertConn)
			for b := text[:end]; b != ""; b = b[min(size, len(b)):] {
				a.look([]byte(b[:min(size, len(b))]))
			}
			if whole := end == len(text); a.seen != whole || whole && a.alert != 48 {
				t.Errorf("%d bytes in parts of %d: %v, %v", end, size, a.seen, a.alert)
			}
		}
	}
}
