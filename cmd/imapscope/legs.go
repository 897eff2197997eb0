package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/pflag"

	"imapscope/proxy/tls"
)

// legs holds the TLS flags for both legs of the proxy.
type legs struct {
	client, upstream string
	insecure         bool
	trust            string
	strip            []string
}

func (l *legs) flags(f *pflag.FlagSet) {
	f.StringVar(&l.client, "client-tls", "plain", "TLS with clients: plain, starttls (offered) or implicit; see 'imapscope ca'")
	f.StringVar(&l.upstream, "upstream-tls", "plain", "TLS with the server: plain, starttls or implicit")
	f.BoolVar(&l.insecure, "upstream-insecure", false, "accept any certificate from the server: anyone who answers in its place can read and change everything")
	f.StringVar(&l.trust, "upstream-ca", "", "also trust the certificates in this PEM `file`, in addition to the system's")
	f.StringArrayVar(&l.strip, "strip", nil, "remove this `capability` from what the server offers, for example COMPRESS=DEFLATE (repeatable)")
}

// config returns the TLS configuration, or nil if there is nothing to do on either leg. done
// closes the files that it opened.
func (l *legs) config(upstream string, log *slog.Logger) (c *tls.Config, done func() error, err error) {
	done = func() error { return nil }
	c = &tls.Config{Insecure: l.insecure, Log: log, Strip: l.strip, Hint: tls.FlagHint("--upstream-ca", "--upstream-insecure")}
	if err = tls.CheckStrip(l.strip); err != nil {
		return nil, done, fmt.Errorf("--strip: %w", err)
	}
	if c.Client, err = tls.ParseMode(l.client); err != nil {
		return nil, done, fmt.Errorf("--client-tls: %w", err)
	}
	if c.Upstream, err = tls.ParseMode(l.upstream); err != nil {
		return nil, done, fmt.Errorf("--upstream-tls: %w", err)
	}
	if c.Client == tls.Plain && c.Upstream == tls.Plain && len(l.strip) == 0 {
		return nil, done, nil
	}
	if upstream != "" {
		if c.Host, _, err = net.SplitHostPort(upstream); err != nil {
			return nil, done, fmt.Errorf("--upstream: %w", err)
		}
	}
	if c.Client != tls.Plain {
		if c.CA, err = ownCA(); err != nil {
			return nil, done, err
		}
	}
	if c.RootCAs, err = tls.Roots(l.trust); err != nil {
		return nil, done, fmt.Errorf("--upstream-ca: %w", err)
	}
	keys, err := tls.OpenKeyLog(os.Getenv("SSLKEYLOGFILE"))
	if err != nil {
		return nil, done, fmt.Errorf("SSLKEYLOGFILE: %w", err)
	}
	if keys != nil {
		c.KeyLog, done = keys, keys.Close
	}
	return c, done, nil
}

// ownCA returns the CA of 'imapscope ca', which is made if there is none.
func ownCA() (*tls.CA, error) {
	dir, err := tls.DefaultCADir()
	if err != nil {
		return nil, err
	}
	ca, err := tls.LoadOrCreateCA(dir)
	if err != nil {
		return nil, fmt.Errorf("%w (imapscope ca --new)", err)
	}
	return ca, nil
}
