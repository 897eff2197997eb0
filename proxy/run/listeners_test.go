package run

import (
	"context"
	"net"

	"imapscope/proxy/tls"
)

// openerFunc is an Opener that does nothing but call a function.
type openerFunc func()

func (f openerFunc) Open(_ context.Context, client, upstream net.Conn, _ tls.Tap) (c, u net.Conn, err error) {
	f()
	return client, upstream, nil
}
