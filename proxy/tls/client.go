package tls

import (
	"context"
	ctls "crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"imapscope/capture"
)

// acceptTLS does the handshake with the client. rest is what was read after its STARTTLS.
func (o *opener) acceptTLS(ctx context.Context, rest []byte) error {
	conn := o.raw
	var op *opening
	if o.Client == StartTLS {
		op = &opening{Conn: o.raw, rest: rest, first: []byte{recordHandshake}}
		conn = op
	}
	watched := &alertConn{Conn: conn}
	offered := false
	t := ctls.Server(watched, &ctls.Config{
		MinVersion:             o.minVersion(),
		KeyLogWriter:           o.clientKeys(),
		SessionTicketsDisabled: true,
		GetCertificate: func(h *ctls.ClientHelloInfo) (*ctls.Certificate, error) {
			o.asked, offered = h.ServerName, true
			return o.CA.Leaf(o.leafName())
		},
	})
	err := within(ctx, o.raw, o.timeout(), func() error { return t.HandshakeContext(ctx) })
	if op != nil && op.dropped > 0 {
		o.note(slog.LevelWarn, "dropped %d bytes that the client's side sent between STARTTLS and TLS", op.dropped)
	}
	if err != nil {
		return o.clientFailed(err, watched, offered)
	}
	watched.off = true
	o.client, o.secure = t, true
	s := t.ConnectionState()
	o.note(slog.LevelDebug, "TLS with the client: %s, certificate for %q", facts(s), o.leafName())
	return nil
}

// clientKeys returns the writer of the secrets of the client's leg; nil if there is none.
func (o *opener) clientKeys() io.Writer {
	switch {
	case o.ClientKeyLog == nil:
		return o.KeyLog
	case o.KeyLog == nil:
		return o.ClientKeyLog
	}
	return io.MultiWriter(o.KeyLog, o.ClientKeyLog)
}

// leafName returns the name for the certificate that the client gets: the one it asks for,
// else the address it dialled. Where connections are redirected to the proxy, that is the
// upstream's.
func (o *opener) leafName() string {
	if o.asked != "" {
		return o.asked
	}
	if o.Host == "" {
		return host(o.upstream.RemoteAddr())
	}
	return host(o.raw.LocalAddr())
}

// bye sends the client the reason why there is no upstream, and returns the reason.
func (o *opener) bye(ctx context.Context, why error) error {
	if o.Client == Implicit && !o.secure {
		if err := o.acceptTLS(ctx, nil); err != nil {
			o.note(slog.LevelWarn, "could not send the client a BYE: %v", err)
			return why
		}
	}
	line := []byte("* BYE imapscope: " + inert(why.Error()) + "\r\n")
	var said *refusal
	if errors.As(why, &said) {
		line = said.line
	} else {
		o.tap.Note(time.Now(), capture.InsteadOfServer)
	}
	o.tap.Chunk(capture.ServerToClient, time.Now(), line)
	err := within(ctx, o.raw, o.timeout(), func() error {
		_, err := o.client.Write(line)
		if t, ok := o.client.(*ctls.Conn); ok && err == nil {
			err = t.CloseWrite()
		}
		return err
	})
	if err != nil {
		o.log.Debug("writing the BYE to the client failed", "error", err)
	}
	return why
}

// inert makes a text that may quote others safe for a text line: one line, printable
// ASCII, of bounded length (RFC 1176, "Formal Syntax", p. 27: text_line).
func inert(s string) string {
	b := []byte(s)
	b = b[:min(len(b), 400)]
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}

// facts returns what was negotiated.
func facts(s ctls.ConnectionState) string {
	return ctls.VersionName(s.Version) + ", " + ctls.CipherSuiteName(s.CipherSuite)
}

// host returns an address without its port.
func host(a net.Addr) string {
	ap, err := netip.ParseAddrPort(addr(a))
	if err != nil {
		return "localhost" // not a TCP connection: a pipe in a test
	}
	return ap.Addr().Unmap().WithZone("").String()
}
