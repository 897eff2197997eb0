package tls

import (
	"crypto/rand"
	ctls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Leaf returns a certificate for a host name or an IP address, signed by ca, with the
// chain a client needs. The last 256 certificates are cached.
func (ca *CA) Leaf(host string) (*ctls.Certificate, error) {
	name, ip, err := subject(host)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	ca.mu.Lock()
	defer ca.mu.Unlock()
	old, ok := ca.leaves[name]
	if ok && now.Add(time.Hour).Before(old.Leaf.NotAfter) {
		return old, nil
	}
	leaf, err := ca.sign(now, named{name, ip})
	if err != nil {
		return nil, err
	}
	if !ok {
		if len(ca.order) == maxLeaves {
			delete(ca.leaves, ca.order[0])
			ca.order = append(ca.order[:0], ca.order[1:]...)
		}
		ca.order = append(ca.order, name)
	}
	ca.leaves[name] = leaf
	return leaf, nil
}

// Shared returns one certificate for several host names and IP addresses, signed by ca, with the
// chain a client needs. It is for a server that shows its fingerprint; it is not cached.
func (ca *CA) Shared(hosts []string) (*ctls.Certificate, error) {
	var all []named
	for _, h := range hosts {
		name, ip, err := subject(h)
		if err != nil {
			return nil, err
		}
		all = append(all, named{name, ip})
	}
	return ca.sign(time.Now(), all...)
}

// named is what a certificate is for: an address, or a name.
type named struct {
	name string
	ip   netip.Addr // zero for a name
}

func (ca *CA) sign(now time.Time, hosts ...named) (*ctls.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"imapscope"}},
		NotBefore:    now.Add(-backdate).UTC(),
		NotAfter:     now.AddDate(0, 0, leafDays).Add(-backdate).UTC(),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if t.NotAfter.After(ca.cert.NotAfter) {
		t.NotAfter = ca.cert.NotAfter
	}
	var names []string // for errors
	for _, h := range hosts {
		if names = append(names, h.name); h.ip.IsValid() {
			t.IPAddresses = append(t.IPAddresses, h.ip.AsSlice())
		} else {
			t.DNSNames = append(t.DNSNames, h.name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, ca.cert, ca.leaf.Public(), ca.key)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate for %q: %w", names, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate for %q: %w", names, err)
	}
	return &ctls.Certificate{Certificate: [][]byte{der, ca.cert.Raw}, PrivateKey: ca.leaf, Leaf: cert}, nil
}

// subject returns the name that a leaf is made for: an address without its zone, or a name
// in lower case. The name a client asks for may be neither, which is an error.
func subject(host string) (name string, ip netip.Addr, err error) {
	if a, perr := netip.ParseAddr(strings.Trim(host, "[]")); perr == nil {
		a = a.Unmap().WithZone("")
		return a.String(), a, nil
	}
	name = strings.ToLower(strings.TrimSuffix(host, "."))
	if name == "" || len(name) > 253 {
		return "", ip, fmt.Errorf("no certificate for a name of %d bytes", len(name))
	}
	for label := range strings.SplitSeq(name, ".") {
		ok := label != "" && len(label) <= 63
		for _, c := range []byte(label) {
			ok = ok && ('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_')
		}
		if !ok {
			return "", ip, fmt.Errorf("no certificate for %q: not a host name", name)
		}
	}
	return name, ip, nil
}
