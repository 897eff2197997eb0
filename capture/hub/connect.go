package hub

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// maxCreds is the greatest size of a credentials file, in bytes.
const maxCreds = 64 << 10

// Connect connects to a NATS server with the credentials in a file, if there is one: an NKey
// seed, or a JWT with its seed as NATS's own tools write it, and possibly PEM certificates.
// With certificates, the connection must be TLS and the server's certificate issued by one of them.
func Connect(server, creds string, more ...nats.Option) (*nats.Conn, error) {
	options := []nats.Option{
		nats.Name("imapscope"), nats.MaxReconnects(-1),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // the default prints; requests fail anyway
	}
	if creds != "" {
		given, err := credentials(creds)
		if err != nil {
			return nil, err
		}
		options = append(options, given...)
	}
	nc, err := nats.Connect(server, append(options, more...)...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Redacted(server), err)
	}
	return nc, nil
}

// credentials reads a credentials file.
func credentials(name string) ([]nats.Option, error) {
	text, err := readCreds(name)
	if err != nil {
		return nil, err
	}
	var out []nats.Option
	if roots := x509.NewCertPool(); roots.AppendCertsFromPEM(text) {
		out = append(out, nats.Secure(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}))
	}
	if bytes.Contains(text, []byte("BEGIN NATS USER JWT")) {
		return append(out, nats.UserCredentialBytes(text)), nil
	}
	pair, public, err := keyPair(name, text)
	if err != nil {
		return nil, err
	}
	return append(out, nats.Nkey(public, pair.Sign)), nil
}

// PublicKey returns the public key that belongs to the NKey seed in a credentials file.
func PublicKey(name string) (string, error) {
	text, err := readCreds(name)
	if err != nil {
		return "", err
	}
	_, public, err := keyPair(name, text)
	return public, err
}

// readCreds returns the text of a credentials file.
func readCreds(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCreds+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxCreds {
		return nil, fmt.Errorf("%s: too large for a credentials file", name)
	}
	return text, nil
}

// keyPair returns the NKey in the text of a credentials file.
func keyPair(name string, text []byte) (pair nkeys.KeyPair, public string, err error) {
	if pair, err = nkeys.ParseDecoratedNKey(text); err != nil {
		return nil, "", fmt.Errorf("%s: no NKey seed and no JWT in it", name)
	}
	if public, err = pair.PublicKey(); err != nil {
		return nil, "", fmt.Errorf("%s: %w", name, err)
	}
	return pair, public, nil
}
