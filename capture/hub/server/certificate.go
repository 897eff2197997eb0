package server

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// renewal is how long before its end a certificate is replaced.
const renewal = 30 * 24 * time.Hour

// A certificate is that of the server. It changes with the server's names, and before it expires.
type certificate struct {
	mu      sync.Mutex
	certify func(hosts []string) (*tls.Certificate, error)
	hosts   []string
	now     *tls.Certificate
}

// use makes the certificate one for these hosts.
func (c *certificate) use(certify func(hosts []string) (*tls.Certificate, error), hosts []string) error {
	if certify == nil {
		return errors.New("a hub with authentication needs a certificate")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now != nil && slices.Equal(hosts, c.hosts) {
		return nil
	}
	cert, err := certify(hosts)
	if err != nil {
		return err
	}
	c.certify, c.hosts, c.now = certify, hosts, cert
	return nil
}

// get is the GetCertificate of a tls.Config.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if leaf := c.now.Leaf; leaf != nil && time.Now().Add(renewal).After(leaf.NotAfter) {
		cert, err := c.certify(c.hosts)
		if err != nil {
			return nil, err
		}
		c.now = cert
	}
	return c.now, nil
}

// hosts returns the names and addresses of a server that listens at one: it, those of
// loopback, and more.
func hosts(listen string, more []string) []string {
	out := []string{"localhost", "127.0.0.1", "::1"}
	if addr, err := netip.ParseAddr(listen); listen != "" && (err != nil || !addr.IsUnspecified()) {
		more = append([]string{listen}, more...)
	}
	for _, h := range more {
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}
