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
	caYears  = 10
	leafDays = 397 // what browsers and mail clients take at most
	backdate = 24 * time.Hour
	maxLeafs = 256
)

// CA signs leaves for the client's leg. Its methods may be called concurrently.
type CA struct {
	cert *x509.Certificate
	key  crypto.Signer
	leaf *ecdsa.PrivateKey // all leaves have this key, which is nowhere else
	path string

	mu    sync.Mutex
	leafs map[string]*ctls.Certificate
	order []string // of leafs, oldest first
}

// newCA makes a CA that lies nowhere yet.
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

// useCA makes a CA of what is stored of one.
func useCA(cert *x509.Certificate, key crypto.Signer) (*CA, error) {
	leaf, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the leaves' key: %w", err)
	}
	return &CA{cert: cert, key: key, leaf: leaf, leafs: map[string]*ctls.Certificate{}}, nil
}

// Path is the file with the certificate alone, in PEM, for whoever is to trust it.
// It is empty if the CA lies in memory only.
func (ca *CA) Path() string { return ca.path }

// Certificate is the CA's own; not to be changed.
func (ca *CA) Certificate() *x509.Certificate { return ca.cert }

// NotAfter is when it expires.
func (ca *CA) NotAfter() time.Time { return ca.cert.NotAfter }

// Fingerprint is the certificate's SHA-256 in hex with colons, as openssl shows it.
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
		return nil, fmt.Errorf("drawing a serial number: %w", err)
	}
	return n.Add(n, big.NewInt(1)), nil
}
