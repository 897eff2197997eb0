package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/spf13/pflag"

	"imapscope/proxy/replay"
	"imapscope/proxy/tls"
)

// target holds the flags of the verbs that play to a server: which it is, and how to reach it.
type target struct {
	to       string
	timeout  time.Duration
	mine     bool
	tls      string
	insecure bool
	trust    string
}

func (o *target) flags(f *pflag.FlagSet) {
	f.StringVar(&o.to, "to", "", "the server, `host:port`")
	f.DurationVar(&o.timeout, "timeout", replay.DefaultTimeout, "the longest time to wait for the server")
	f.BoolVar(&o.mine, "yes-this-is-my-server", false, "allow a server that is not on loopback")
	f.StringVar(&o.tls, "tls", "plain", "TLS with the server: plain, starttls or implicit")
	f.BoolVar(&o.insecure, "insecure", false, "accept any certificate from the server")
	f.StringVar(&o.trust, "ca", "", "also trust the certificates in this PEM `file`, in addition to the system's")
}

// allowed returns an error for a server that may belong to someone else. verb is what plays
// to it.
func (o *target) allowed(ctx context.Context, verb string) error {
	if o.to == "" {
		return usage("%s: no server; for example: --to 127.0.0.1:143", verb)
	}
	return allowedServer(ctx, "--to", o.to, o.mine, verb+" logs in, changes and deletes mail")
}

// allowedServer returns an error for the server that a flag names if it may belong to someone else,
// and the user has not said that it is theirs. does is what would be done there.
func allowedServer(ctx context.Context, flag, addr string, mine bool, does string) error {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return usage("%s %s: not of the form host:port", flag, addr)
	}
	if mine {
		return nil
	}
	switch local, err := replay.Local(ctx, addr); {
	case err != nil:
		return fmt.Errorf("%s: %w", flag, err)
	case !local:
		return usage("%s %s is not this machine: %s; if the server is yours, use --yes-this-is-my-server", flag, addr, does)
	}
	return nil
}

// dialer returns a function that connects to the server, with TLS according to the flags.
func (o *target) dialer() (func(context.Context) (net.Conn, []byte, error), error) {
	return dialer{"--", o.to, o.tls, o.trust, o.insecure, o.timeout}.dial()
}

// A dialer connects to a server, with TLS according to flags whose names have a prefix.
type dialer struct {
	prefix, to, tls, trust string
	insecure               bool
	timeout                time.Duration
}

func (d dialer) dial() (func(context.Context) (net.Conn, []byte, error), error) {
	mode, err := tls.ParseMode(d.tls)
	if err != nil {
		return nil, fmt.Errorf("%stls: %w", d.prefix, err)
	}
	host, _, _ := net.SplitHostPort(d.to)
	c := &tls.Config{Upstream: mode, Host: host, Insecure: d.insecure, Timeout: d.timeout, Hint: tls.FlagHint(d.prefix+"ca", d.prefix+"insecure")}
	if c.RootCAs, err = tls.Roots(d.trust); err != nil {
		return nil, fmt.Errorf("%sca: %w", d.prefix, err)
	}
	return func(ctx context.Context) (net.Conn, []byte, error) { return c.Dial(ctx, d.to) }, nil
}
