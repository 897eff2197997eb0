package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	ctls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"
)

const (
	caYears   = 10
	leafDays  = 397 // the maximum that browsers and mail clients accept
	backdate  = 24 * time.Hour
	maxLeaves = 256
)

// CA signs leaves for the client's leg. Its methods may be called concurrently.
type CA struct {
	cert *x509.Certificate
	key  crypto.Signer
	leaf *ecdsa.PrivateKey // all leaves share this key, which is never stored
	path string

	mu     sync.Mutex
	leaves map[string]*ctls.Certificate
	order  []string // of leaves, oldest first
}

// newCA makes a CA that is not stored yet.
func newCA(now time.Time) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a CA: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"imapscope"}, CommonName: "imapscope local CA " + now.UTC().Format("2006-01-02 15:04:05")},
		NotBefore:             now.Add(-backdate).UTC(),
		NotAfter:              now.AddDate(caYears, 0, 0).UTC(),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making a CA: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("making a CA: %w", err)
	}
	return useCA(cert, key)
}

// useCA returns a CA with a given certificate and key.
func useCA(cert *x509.Certificate, key crypto.Signer) (*CA, error) {
	leaf, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the leaves' key: %w", err)
	}
	return &CA{cert: cert, key: key, leaf: leaf, leaves: map[string]*ctls.Certificate{}}, nil
}

// Path returns the name of the file with only the certificate, in PEM, for clients that
// are to trust it. It is empty if the CA is in memory only.
func (ca *CA) Path() string { return ca.path }

// Certificate returns the CA's own certificate, which must not be changed.
func (ca *CA) Certificate() *x509.Certificate { return ca.cert }

// NotAfter returns when the CA expires.
func (ca *CA) NotAfter() time.Time { return ca.cert.NotAfter }

// Fingerprint returns the certificate's SHA-256 in hex with colons, as openssl shows it.
func (ca *CA) Fingerprint() string {
	sum := sha256.Sum256(ca.cert.Raw)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(parts, ":")
}

func newSerial() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, fmt.Errorf("generating a serial number: %w", err)
	}
	return n.Add(n, big.NewInt(1)), nil
}
