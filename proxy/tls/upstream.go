package tls

import (
	"bytes"
	"context"
	ctls "crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

const (
	ownTag     = "imapscope" // of the proxy's STARTTLS
	maxPreface = 64 << 10    // bytes from the upstream before its OK to that
)

// refusal reports that an upstream's greeting is a BYE.
type refusal struct{ line []byte }

func (r *refusal) Error() string {
	return "the upstream refuses the connection: " + inert(string(bytes.TrimRight(r.line, "\r\n")))
}

// connectTLS does the handshake with the upstream, after STARTTLS if that is its mode.
func (o *opener) connectTLS(ctx context.Context) error {
	if o.Upstream == Plain {
		return nil
	}
	name := o.upstreamName()
	conn := o.upstream
	var op *opening
	if o.Upstream == StartTLS {
		if err := within(ctx, o.upstream, o.timeout(), o.askForTLS); err != nil {
			return fmt.Errorf("STARTTLS with upstream %s: %w", name, timely(err))
		}
		op = &opening{Conn: o.upstream, first: []byte{recordHandshake, recordAlert}}
		conn = op
	}
	t := ctls.Client(conn, &ctls.Config{
		ServerName:             name,
		RootCAs:                o.RootCAs,
		InsecureSkipVerify:     o.Insecure,
		MinVersion:             o.minVersion(),
		KeyLogWriter:           o.KeyLog,
		SessionTicketsDisabled: true,
	})
	err := within(ctx, o.upstream, o.timeout(), func() error { return t.HandshakeContext(ctx) })
	if op != nil && op.dropped > 0 {
		o.noteSmuggled(op.dropped)
	}
	if err != nil {
		return &UpstreamError{Name: name, Err: timely(err), hint: o.hint(err)}
	}
	o.upstream = t
	s := t.ConnectionState()
	verdict := "verified"
	if o.Insecure {
		verdict = "NOT verified"
	}
	leaf := s.PeerCertificates[0]
	o.note(slog.LevelDebug, "TLS with the upstream: %s, certificate of %q from %q until %s, %s for %q", facts(s),
		leaf.Subject, leaf.Issuer, leaf.NotAfter.UTC().Format("2006-01-02"), verdict, name)
	return nil
}

func (o *opener) noteSmuggled(n int) {
	o.note(slog.LevelWarn, "dropped %d bytes that the upstream's side sent between the OK to STARTTLS and TLS", n)
}

// upstreamName returns the name that the upstream's certificate must have.
func (o *opener) upstreamName() string {
	switch {
	case o.Host != "":
		return o.Host
	case o.asked != "":
		return o.asked
	}
	return host(o.upstream.RemoteAddr())
}

// askForTLS reads the greeting, keeps it for the client, sends STARTTLS and reads its OK.
// What the upstream sends between the two, and after the OK, is dropped.
func (o *opener) askForTLS() error {
	p := preface{r: o.upstream}
	p.f.Init(false, maxLine, new(wire.Pool))
	greeting, err := p.message()
	if err != nil {
		return fmt.Errorf("no greeting: %w", err)
	}
	o.greeting = greeting
	switch statusOf(greeting) {
	case protocol.SaysBye:
		return &refusal{greeting}
	case protocol.PreAuthenticates: // RFC 3501, 6.2: not in this state; RFC 9051, 11.1: an attack
		return errors.New("the greeting is PREAUTH, after which STARTTLS is not possible; continuing would be without TLS")
	}
	if _, err := io.WriteString(o.upstream, ownTag+" STARTTLS\r\n"); err != nil {
		return err
	}
	between := 0
	for {
		m, err := p.message()
		if err != nil {
			return fmt.Errorf("no answer: %w", err)
		}
		if !bytes.HasPrefix(m, []byte(ownTag+" ")) {
			between += len(m)
			continue
		}
		if protocol.StatusEffect(word(m, len(ownTag)+1)) != protocol.Succeeds {
			return fmt.Errorf("refused: %s", inert(string(bytes.TrimRight(m[len(ownTag)+1:], "\r\n"))))
		}
		break
	}
	if between > 0 {
		o.note(slog.LevelInfo, "dropped %d bytes that the upstream sent before its OK to STARTTLS", between)
	}
	if len(p.rest) > 0 {
		o.noteSmuggled(len(p.rest))
	}
	return nil
}

// preface reads an upstream's messages one at a time.
type preface struct {
	r    io.Reader
	f    wire.Framer
	rest []byte // read after the last message
	n    int
}

func (p *preface) message() ([]byte, error) {
	var m []byte
	for {
		n, mark := p.f.Write(p.rest)
		m = append(m, p.rest[:n]...)
		p.rest = p.rest[n:]
		if mark == wire.End {
			p.f.Reset()
			return m, nil
		}
		if p.n > maxPreface {
			return nil, fmt.Errorf("more than %d bytes before it", maxPreface)
		}
		b := make([]byte, 4<<10)
		n, err := p.r.Read(b)
		p.n += n
		p.rest = b[:n]
		if n == 0 && err == io.EOF {
			return nil, errors.New("the upstream closed the connection")
		}
		if n == 0 && err != nil {
			return nil, err
		}
	}
}

// statusOf returns the effect of the status that follows "* ".
func statusOf(line []byte) protocol.Effect {
	if len(line) < 2 || line[0] != '*' || line[1] != ' ' {
		return protocol.NoEffect
	}
	return protocol.StatusEffect(word(line, skipSpaces(line, 1)))
}

// timely adds to a timeout that there was no answer in time.
func timely(err error) error {
	var n net.Error
	if errors.As(err, &n) && n.Timeout() {
		return fmt.Errorf("no answer in time: %w", err)
	}
	return err
}
