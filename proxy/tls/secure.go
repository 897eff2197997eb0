package tls

import (
	"context"
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

// deaf is a Tap that takes nothing.
type deaf struct{}

func (deaf) Chunk(capture.Direction, time.Time, []byte) {}
func (deaf) Note(time.Time, string)                     {}
