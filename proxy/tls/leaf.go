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
	leaf, err := ca.sign(name, ip, now)
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

func (ca *CA) sign(name string, ip netip.Addr, now time.Time) (*ctls.Certificate, error) {
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
	if ip.IsValid() {
		t.IPAddresses = append(t.IPAddresses, ip.AsSlice())
	} else {
		t.DNSNames = append(t.DNSNames, name)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, ca.cert, ca.leaf.Public(), ca.key)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate for %q: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate for %q: %w", name, err)
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
