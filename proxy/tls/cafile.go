package tls

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// The files in a CA's folder. The certificate is in both; the first is authoritative, the
// second is for distribution.
const (
	caKeyFile  = "ca-key.pem" // certificate and key, 0600
	caCertFile = "ca.pem"     // the certificate alone, 0644
)

// LoadOrCreateCA returns the CA in dir, which it creates on first use (dir 0700, key
// 0600). It fails if others can read the key, or if the CA has expired.
func LoadOrCreateCA(dir string) (*CA, error) {
	ca, err := loadCA(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return ca, err
	}
	ca, err = createCA(dir, os.Link) // fails if another process was first
	if errors.Is(err, fs.ErrExist) {
		return loadCA(dir)
	}
	return ca, err
}

// NewCA makes a new CA and stores it in dir, replacing the one that is there. With dir ""
// the CA is in memory only.
func NewCA(dir string) (*CA, error) {
	if dir == "" {
		return newCA(time.Now())
	}
	return createCA(dir, os.Rename)
}

// createCA makes a CA and stores it atomically: place gives the finished file its name.
func createCA(dir string, place func(from, to string) error) (*CA, error) {
	ca, err := newCA(time.Now())
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(ca.key)
	if err != nil {
		return nil, fmt.Errorf("storing the CA: %w", err)
	}
	both := append(ca.pem(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("storing the CA: %w", err)
	}
	if err := store(dir, caKeyFile, both, 0o600, place); err != nil {
		return nil, fmt.Errorf("storing the CA: %w", err)
	}
	return ca, ca.publish(dir)
}

func loadCA(dir string) (*CA, error) {
	path := filepath.Join(dir, caKeyFile)
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the CA: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading the CA: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("the CA's key %s can be read or changed by others (mode %04o): anyone who has it can pose as any server to clients that trust it; if no one has read it, chmod 600 it, otherwise make a new CA", path, mode)
	}
	if info.Size() > 1<<20 {
		return nil, fmt.Errorf("the CA's key %s has %d bytes, which is too large for a key", path, info.Size())
	}
	data := make([]byte, info.Size())
	if _, err := f.ReadAt(data, 0); err != nil {
		return nil, fmt.Errorf("reading the CA: %w", err)
	}
	ca, err := parseCA(data)
	if err != nil {
		return nil, fmt.Errorf("the CA in %s is not usable: %w; make a new one", path, err)
	}
	return ca, ca.publish(dir)
}

// parseCA reads what createCA wrote.
func parseCA(data []byte) (*CA, error) {
	var cert *x509.Certificate
	var key crypto.Signer
	for {
		var b *pem.Block
		if b, data = pem.Decode(data); b == nil {
			break
		}
		switch b.Type {
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(b.Bytes)
			if err != nil {
				return nil, err
			}
			cert = c
		case "PRIVATE KEY":
			k, err := x509.ParsePKCS8PrivateKey(b.Bytes)
			if err != nil {
				return nil, err
			}
			key, _ = k.(crypto.Signer)
		}
	}
	switch {
	case cert == nil || key == nil:
		return nil, errors.New("no certificate or no key in it")
	case !cert.IsCA:
		return nil, errors.New("its certificate is not a CA certificate")
	case !samePublicKey(cert.PublicKey, key.Public()):
		return nil, errors.New("its certificate and its key do not match")
	case time.Now().After(cert.NotAfter):
		return nil, fmt.Errorf("it expired on %s", cert.NotAfter.Format(time.DateOnly))
	}
	return useCA(cert, key)
}

func samePublicKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// publish makes sure that the file for distribution has this certificate.
func (ca *CA) publish(dir string) error {
	ca.path = filepath.Join(dir, caCertFile)
	want := ca.pem()
	if have, err := os.ReadFile(ca.path); err == nil && string(have) == string(want) {
		return nil
	}
	if err := store(dir, caCertFile, want, 0o644, os.Rename); err != nil {
		return fmt.Errorf("storing the CA's certificate: %w", err)
	}
	return nil
}

func (ca *CA) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw})
}

// store writes a file under a temporary name first.
func store(dir, name string, data []byte, mode fs.FileMode, place func(from, to string) error) error {
	f, err := os.CreateTemp(dir, ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // gone already if it was renamed
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return place(f.Name(), filepath.Join(dir, name))
}
