package tls

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"imapscope/capture"
)

// Secure brings TLS, as Upstream has it, to a connection that a client of our own has
// just made to a server. It returns the connection in plaintext, and what was read of
// the server's greeting before STARTTLS, which the server does not say again. On an
// error the connection stays the caller's to close.
func (c *Config) Secure(ctx context.Context, conn net.Conn) (secured net.Conn, greeting []byte, err error) {
	if c.Upstream == Plain {
		return conn, nil, nil
	}
	o := &opener{Config: c, tap: deaf{}, raw: conn, upstream: conn, log: c.Log}
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	if err := o.connectTLS(ctx); err != nil {
		return nil, nil, err
	}
	return o.upstream, o.greeting, nil
}

// Dial connects to a server and secures the connection. What it returns is as Secure has
// it.
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

// deaf is a Tap that takes nothing.
type deaf struct{}

func (deaf) Chunk(capture.Direction, time.Time, []byte) {}
func (deaf) Note(time.Time, string)                     {}
