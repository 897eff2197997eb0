package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"imapscope/proxy/tls"
)

// legs are the flags of TLS on either leg of the proxy.
type legs struct {
	client, upstream string
	insecure         bool
	trust            string
}

func (l *legs) flags(f *pflag.FlagSet) {
	f.StringVar(&l.client, "client-tls", "plain", "TLS with clients: plain, starttls (offered) or implicit; see 'imapscope ca'")
	f.StringVar(&l.upstream, "upstream-tls", "plain", "TLS with the server: plain, starttls or implicit")
	f.BoolVar(&l.insecure, "upstream-insecure", false, "take any certificate from the server: whoever answers can read and change everything")
	f.StringVar(&l.trust, "upstream-ca", "", "trust the certificates in this PEM `file` too, besides the system's")
}

// config is what the flags ask for; nil if there is no TLS at all. What it has
// open is closed by done.
func (l *legs) config(upstream string, log *slog.Logger) (c *tls.Config, done func() error, err error) {
	done = func() error { return nil }
	c = &tls.Config{Insecure: l.insecure, Log: log}
	if c.Client, err = tls.ParseMode(l.client); err != nil {
		return nil, done, fmt.Errorf("--client-tls: %w", err)
	}
	if c.Upstream, err = tls.ParseMode(l.upstream); err != nil {
		return nil, done, fmt.Errorf("--upstream-tls: %w", err)
	}
	if c.Client == tls.Plain && c.Upstream == tls.Plain {
		return nil, done, nil
	}
	if upstream != "" {
		if c.Host, _, err = net.SplitHostPort(upstream); err != nil {
			return nil, done, fmt.Errorf("--upstream: %w", err)
		}
	}
	if c.Client != tls.Plain {
		dir, err := caDir()
		if err != nil {
			return nil, done, err
		}
		if c.CA, err = tls.LoadOrCreateCA(dir); err != nil {
			return nil, done, fmt.Errorf("%w (imapscope ca --new)", err)
		}
	}
	if c.RootCAs, err = roots("--upstream-ca", l.trust); err != nil {
		return nil, done, err
	}
	c.KeyLog, done, err = keyLog()
	return c, done, err
}

// roots are the system's certificates and those of a file; nil if there are only the
// system's.
func roots(flag, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, usage("%s: %s holds no certificate in PEM", flag, file)
	}
	return pool, nil
}

// keyLog is the file that $SSLKEYLOGFILE names, appended to, for its owner only.
func keyLog() (io.Writer, func() error, error) {
	name := os.Getenv("SSLKEYLOGFILE")
	if name == "" {
		return nil, func() error { return nil }, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, func() error { return nil }, fmt.Errorf("SSLKEYLOGFILE: %w", err)
	}
	return f, f.Close, nil
}

// caDir is where the proxy's CA lives.
func caDir() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", errors.Join(errors.New("where is the CA to live? set HOME or XDG_CONFIG_HOME"), err)
	}
	return filepath.Join(dir, "imapscope", "ca"), nil
}
