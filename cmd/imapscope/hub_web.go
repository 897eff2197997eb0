//go:build !nohub

package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"

	"imapscope/capture/hub"
	"imapscope/capture/hub/server"
	"imapscope/ui/web"
)

// wait waits until ctx is done or the server has ended. With --web, the page of all sensors is
// served until then.
func (o *hubFlags) wait(ctx context.Context, e *env, s *server.Server, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-s.Done()
		cancel()
	}()
	if asked, _ := o.page.asked(); !asked { // check has looked at its error
		<-ctx.Done()
		return nil
	}
	from, err := o.everySensor(s)
	if err != nil {
		return err
	}
	src := &hub.Source{Address: from, Notice: func(text string) { fmt.Fprintf(e.err, "imapscope: %s\n", text) }}
	return o.page.show(ctx, e, served{src, &o.sources}, log, web.Options{
		Source: "all sensors of " + s.Addr().String(), Grows: true,
		Hint: "Nothing was published yet. A sensor is proxy, sniff or decode with --publish " + s.URL() + "?sensor=NAME.",
	})
}

// everySensor returns the address at which the hub itself reads what its sensors publish.
func (o *hubFlags) everySensor(s *server.Server) (*hub.Address, error) {
	host, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip.IsUnspecified() {
		host = "127.0.0.1" // where a server that listens everywhere also does
	}
	query := url.Values{}
	if o.from != "" {
		query.Set("from", o.from)
	}
	a, err := hub.ParseAddress("nats://" + net.JoinHostPort(host, port) + "?" + query.Encode())
	if err == nil && !o.noAuth {
		a.Creds = server.ReaderCreds(o.store)
	}
	return a, err
}
