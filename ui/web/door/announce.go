package door

import (
	"crypto/sha256"
	"fmt"
	"net"
	"net/url"
	"strings"
)

func scheme(secure bool) string {
	if secure {
		return "https"
	}
	return "http"
}

// link returns the address of the page on a host, with a key.
func (d *Door) link(host, name, key string) string {
	_, port, _ := net.SplitHostPort(d.listener.Addr().String()) // an address that net made
	u := url.URL{Scheme: scheme(d.secure), Host: net.JoinHostPort(host, port), Path: "/", RawQuery: url.Values{name: {key}}.Encode()}
	return u.String()
}

// Link returns the link that lets a browser in.
func (d *Door) Link() string { return d.link(d.hosts[0], tokenName, d.token) }

// announce prints the links and how to use them.
func (d *Door) announce() error {
	for _, h := range d.hosts {
		if _, err := fmt.Fprintln(d.Out, d.Prefix+d.link(h, tokenName, d.token)); err != nil {
			return err
		}
	}
	if d.local {
		return nil
	}
	if d.Terminal != nil {
		if err := writeQR(d.Terminal, d.Link(), !d.Mono); err != nil {
			return err
		}
	}
	if !d.secure {
		_, err := fmt.Fprintln(d.Err, "imapscope: --http: everyone on the network between can read all of the page and the token, and use it")
		return err
	}
	_, err := fmt.Fprintf(d.Err, `imapscope: browsers warn, since they do not know imapscope's CA. Before anyone
continues, the certificate in the warning must have this SHA-256 fingerprint:
  %s
On your own machines, trust the CA instead: 'imapscope ca' shows how.
`, fingerprint(d.cert.Certificate[0]))
	return err
}

// fingerprint returns a certificate's SHA-256 in two lines, as they fit on a screen.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	var b strings.Builder
	for i, c := range sum {
		switch {
		case i == len(sum)/2:
			b.WriteString(":\n  ")
		case i > 0:
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02X", c)
	}
	return b.String()
}

// browse opens the browser.
func (d *Door) browse() {
	if d.Browse == nil {
		return
	}
	if err := d.Browse(d.link(d.hosts[0], ticketName, d.tickets.issue())); err != nil {
		fmt.Fprintf(d.Err, "imapscope: no browser could be opened (%v); open the link above\n", err)
	}
}
