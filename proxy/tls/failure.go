package tls

import (
	ctls "crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// UpstreamError reports that the TLS handshake with an upstream failed.
type UpstreamError struct {
	Name string // the name or address that the upstream's certificate must have
	Err  error
	hint string
}

func (e *UpstreamError) Error() string {
	s := fmt.Sprintf("TLS with upstream %s: %v", e.Name, e.Err)
	if e.hint != "" {
		s += " (" + e.hint + ")"
	}
	return s
}

// Unwrap returns e.Err.
func (e *UpstreamError) Unwrap() error { return e.Err }

// Failure classifies why a handshake failed, for a hint.
type Failure uint8

// The failures that a user can do something about. FailureOf returns those before
// ClientRefused.
const (
	OtherFailure     Failure = iota
	NotTLS                   // what answers does not speak TLS
	UnknownAuthority         // no trusted CA signed the certificate
	BadCertificate           // it is for another name, or it is not valid
	ClientRefused            // a client refused the proxy's certificate
	ClientLeft               // a client closed the connection instead
)

// FailureOf classifies an error of a handshake.
func FailureOf(err error) Failure {
	var (
		record    ctls.RecordHeaderError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &record):
		return NotTLS
	case errors.As(err, &authority):
		return UnknownAuthority
	case errors.As(err, &name), errors.As(err, &invalid):
		return BadCertificate
	}
	return OtherFailure
}

// notTLSHint is the same for every caller: no flag is named in it.
const notTLSHint = "it does not speak TLS here; it may want plaintext or STARTTLS"

// hint returns what can be done about err.
func (c *Config) hint(err error) string {
	f := FailureOf(err)
	switch {
	case f == NotTLS:
		return notTLSHint
	case f == OtherFailure || c.Hint == nil:
		return ""
	}
	return c.Hint(f)
}

// FlagHint returns a function for Config.Hint that names the flags which make a rejected
// server certificate acceptable, or the verb that makes the proxy's acceptable to clients.
func FlagHint(authority, insecure string) func(Failure) string {
	return func(f Failure) string {
		switch f {
		case UnknownAuthority:
			return authority + " FILE trusts another CA, " + insecure + " accepts any certificate"
		case ClientRefused, ClientLeft:
			return "see `imapscope ca`"
		}
		return insecure + " accepts any certificate"
	}
}
