package tls

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"imapscope/capture"
)

// Secure starts TLS, as Upstream specifies, on a connection that a client of our own has
// just made to a server. It returns the connection in plaintext, and the server's greeting
// if it was read before STARTTLS, as the server does not repeat it. On an error the caller
// closes the connection.
func (c *Config) Secure(ctx context.Context, conn net.Conn) (secured net.Conn, greeting []byte, err error) {
	if c.Upstream == Plain {
		return conn, nil, nil
	}
	o := &opener{Config: c, tap: discardTap{}, raw: conn, upstream: conn, log: c.Log}
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	if err := o.connectTLS(ctx); err != nil {
		return nil, nil, err
	}
	return o.upstream, o.greeting, nil
}

// Dial connects to a server and secures the connection. Its results are those of Secure.
func (c *Config) Dial(ctx context.Context, address string) (secured net.Conn, greeting []byte, err error) {
	d := net.Dialer{Timeout: c.timeout()}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, nil, fmt.Errorf("connecting to the server: %w", err)
	}
	secured, greeting, err = c.Secure(ctx, conn)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return secured, greeting, nil
}

// discardTap is a Tap that discards everything.
type discardTap struct{}

func (discardTap) Chunk(capture.Direction, time.Time, []byte) {}
func (discardTap) Note(time.Time, string)                     {}
