package tls

import (
	"context"
	ctls "crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"
)

// DefaultTimeout is the default of Config.Timeout.
const DefaultTimeout = 30 * time.Second

// Config configures TLS on the two legs. Its fields must not be changed while Open runs,
// which may be called concurrently. The zero value means no TLS at all.
type Config struct {
	Client, Upstream Mode

	// CA signs leaves for the client's leg, for the name the client asks for (SNI), else
	// for the address it dialled. It is required unless Client is Plain.
	CA *CA

	// Host is the upstream's name, for verification and SNI. It is empty if every
	// connection has its own upstream: the name is then the one that the client asks for,
	// if that is known first (Client is Implicit), else the upstream's address.
	Host string

	RootCAs    *x509.CertPool // that may sign the upstream's certificate; nil: the system's
	Insecure   bool           // accept any certificate from the upstream
	MinVersion uint16         // of TLS, on both legs; 0: TLS 1.2

	// KeyLog receives the secrets of both legs in NSS key log format, as in SSLKEYLOGFILE.
	// crypto/tls writes whole lines, one at a time for all connections.
	KeyLog io.Writer

	// ClientKeyLog, if set, receives those of the client's leg too, before the records that
	// need them are written.
	ClientKeyLog io.Writer

	// Hint returns what the user can do about a certificate that was not accepted, the
	// upstream's or the proxy's, in the terms of the caller's flags; it becomes part of the
	// error, which is logged. The failure is UnknownAuthority, BadCertificate,
	// ClientRefused or ClientLeft. Hint may be nil.
	Hint func(Failure) string

	// Strip names capabilities, such as COMPRESS=DEFLATE, that are removed wherever the
	// server offers them, until the connection ends or becomes opaque.
	Strip []string

	Timeout time.Duration // for a handshake, STARTTLS included; 0: DefaultTimeout
	Log     *slog.Logger  // nil: no logging
}

// Open does what precedes free relaying: handshakes, STARTTLS on either leg, and the
// conversation before login, whose lines are edited where the legs differ. It reports
// what it relays to tap, as the client's leg sees it. It returns the two connections, in
// plaintext where there is TLS, once free relaying may begin; they may be its arguments.
// All bytes read by then have been relayed.
//
// On an error, Open has sent the client a BYE if possible; the caller closes the
// connections, and logs and notes the error. The end or reset of a connection is not an
// error: the returned connections will report it.
func (c *Config) Open(ctx context.Context, client, upstream net.Conn, tap Tap) (cl, up net.Conn, err error) {
	if c.Client == Plain && c.Upstream == Plain && len(c.Strip) == 0 {
		return client, upstream, nil
	}
	if c.Client != Plain && c.CA == nil {
		return nil, nil, errors.New("TLS with the client needs a CA to sign its certificates")
	}
	o := &opener{Config: c, tap: tap, raw: client, client: client, upstream: upstream, log: c.Log}
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	return o.open(ctx)
}

func (c *Config) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return DefaultTimeout
}

func (c *Config) minVersion() uint16 {
	if c.MinVersion != 0 {
		return c.MinVersion
	}
	return ctls.VersionTLS12
}

// opener holds the state of one call of Open.
type opener struct {
	*Config
	tap Tap
	log *slog.Logger

	raw      net.Conn // the client's, as accepted
	client   net.Conn // with TLS, once established
	upstream net.Conn // likewise
	asked    string   // the name the client asked for
	secure   bool     // the client's leg has TLS
	greeting []byte   // of the upstream, read before its STARTTLS
}

func (o *opener) open(ctx context.Context) (cl, up net.Conn, err error) {
	if o.Client == Implicit && o.Host == "" { // the name to expect of the upstream
		if err := o.acceptTLS(ctx, nil); err != nil {
			return nil, nil, err
		}
	}
	if err := o.connectTLS(ctx); err != nil {
		return nil, nil, o.bye(ctx, err)
	}
	if o.Client == Implicit && !o.secure {
		if err := o.acceptTLS(ctx, nil); err != nil {
			return nil, nil, err
		}
	}
	same := o.Client == o.Upstream && o.Client != StartTLS // nothing differs
	if same && len(o.Strip) == 0 {
		return o.client, o.upstream, nil
	}
	p := newPhase(o)
	p.through = same
	return p.run(ctx)
}

// within runs f with deadlines on conn, which also ends with ctx.
func within(ctx context.Context, conn net.Conn, d time.Duration, f func() error) error {
	if err := conn.SetDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(past()) }) //nolint:errcheck // a closed one needs none
	err := f()
	if !stop() && ctx.Err() != nil {
		return ctx.Err()
	}
	if derr := conn.SetDeadline(time.Time{}); err == nil {
		err = derr
	}
	return err
}

// past returns a deadline in the past.
func past() time.Time { return time.Unix(1, 0) }

// note reports a remark to the tap and the log.
func (o *opener) note(level slog.Level, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	o.tap.Note(time.Now(), text)
	o.log.Log(context.Background(), level, text, "client", addr(o.raw.RemoteAddr()), "upstream", addr(o.upstream.RemoteAddr()))
}

func addr(a net.Addr) string {
	if a == nil {
		return "?"
	}
	return a.String()
}
