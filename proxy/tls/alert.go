package tls

import (
	ctls "crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
)

// alertConn is a client's connection during its handshake. It looks for an alert that is
// not encrypted: OpenSSL sends one when it refuses a certificate in TLS 1.3, where
// crypto/tls expects encrypted records by then and only sees a bad record MAC.
type alertConn struct {
	net.Conn
	off   bool // the handshake is over
	buf   []byte
	skip  int // bytes of a record that is no alert
	alert ctls.AlertError
	seen  bool
}

// Read reads, and looks for an alert in what was read.
func (a *alertConn) Read(p []byte) (int, error) {
	n, err := a.Conn.Read(p)
	if !a.off {
		a.look(p[:n])
	}
	return n, err
}

// An alert is 7 bytes: its type, version and length, and then level and description
// (RFC 8446, 5.1 and 6). One that is encrypted is longer, or of another type.
const (
	recordHead   = 5
	plainAlert   = 7
	alertContent = plainAlert - recordHead
)

func (a *alertConn) look(b []byte) {
	for len(b) > 0 {
		if n := min(a.skip, len(b)); n > 0 {
			a.skip -= n
			b = b[n:]
			continue
		}
		a.buf = append(a.buf, b[0])
		b = b[1:]
		if len(a.buf) < recordHead {
			continue
		}
		size := int(a.buf[3])<<8 | int(a.buf[4])
		switch {
		case a.buf[0] != recordAlert || size != alertContent:
			a.skip, a.buf = size, a.buf[:0]
		case len(a.buf) == plainAlert:
			a.alert, a.seen = ctls.AlertError(a.buf[plainAlert-1]), true
			a.buf = a.buf[:0]
		}
	}
}

// isCertificateAlert reports whether a is one by which a client refuses a certificate (RFC 8446, 6.2):
// bad_certificate, unsupported_certificate, certificate_revoked, certificate_expired,
// certificate_unknown, unknown_ca.
func isCertificateAlert(a ctls.AlertError) bool { return a >= 42 && a <= 46 || a == 48 }

// remoteAlert returns the alert that an error of crypto/tls reports, whose type there is
// not exported.
func remoteAlert(err error) (ctls.AlertError, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return 0, false
	}
	for a := range 256 {
		if ctls.AlertError(a).Error() == op.Err.Error() {
			return ctls.AlertError(a), true
		}
	}
	return 0, false
}

// ClientError reports that TLS with a client failed.
type ClientError struct {
	Err  error
	Why  Failure // NotTLS, ClientRefused, ClientLeft or OtherFailure
	what string  // what failed, if Err would mislead or is not enough
	hint string
}

func (e *ClientError) Error() string {
	s := "TLS with the client: "
	switch {
	case e.what == "":
		s += e.Err.Error()
	default:
		s += e.what
	}
	switch {
	case e.hint == "":
	case e.Why == NotTLS:
		s += " (" + e.hint + ")"
	default:
		s += ": " + e.hint
	}
	if a, ok := remoteAlert(e.Err); ok && e.Why == ClientRefused {
		s += " (" + strings.TrimPrefix(a.Error(), "tls: ") + ")"
	}
	return s
}

// Unwrap returns e.Err.
func (e *ClientError) Unwrap() error { return e.Err }

// clientFailed explains an error of a handshake with a client, or of reading from it
// after that. plain is the alert that was not encrypted, if one was seen; offered reports
// whether the client got the proxy's certificate.
func (c *Config) clientFailed(err error, plain *alertConn, offered bool) error {
	if plain != nil && plain.seen {
		err = &net.OpError{Op: "remote error", Err: plain.alert} // what crypto/tls would have said
	}
	e := &ClientError{Err: err}
	a, ok := remoteAlert(err)
	switch {
	case ok && isCertificateAlert(a):
		e.Why, e.what = ClientRefused, "the client refused the proxy's certificate"
	case FailureOf(err) == NotTLS:
		e.Why, e.hint = NotTLS, notTLSHint
		return e
	case offered && isGone(err):
		e.Why, e.what = ClientLeft, "the client closed the connection when it had the proxy's certificate, which it may not trust"
	case isGone(err):
		e.what = "the client closed the connection before TLS began"
	}
	if (e.Why == ClientRefused || e.Why == ClientLeft) && c.Hint != nil {
		e.hint = c.Hint(e.Why)
	}
	return e
}

// isGone reports whether the other side has ended the connection.
func isGone(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &op) && op.Op == "read" && !op.Timeout()
}
