package tls

import (
	"crypto/x509"
	"fmt"
	"io"
	"os"
)

// Roots returns the system's CA certificates and those of a PEM file. Without a file it
// returns nil, which means the system's only.
func Roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s contains no PEM certificate", file)
	}
	return pool, nil
}

// OpenKeyLog opens a file for Config.KeyLog for appending; only its owner can read it. If
// name is empty it returns nil.
func OpenKeyLog(name string) (io.WriteCloser, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}
