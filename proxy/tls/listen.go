package tls

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"imapscope/capture"
)

// listen relays what the client sends until the phase is over, and answers its STARTTLS.
// Only listen changes client, so it reads that without holding speak.
func (p *phase) listen(ctx context.Context) {
	defer close(p.done)
	b := make([]byte, readSize)
	for {
		n, err := p.client.Read(b)
		if n > 0 && !p.hear(ctx, b[:n]) {
			return
		}
		p.mu.Lock()
		over := p.over
		p.mu.Unlock()
		if err != nil || over {
			p.clientEnds(err, over)
			return
		}
	}
}

// hear forwards a chunk of the client's. It returns false if nothing more is to be
// read.
func (p *phase) hear(ctx context.Context, b []byte) bool {
	for len(b) > 0 {
		p.mu.Lock()
		var out, line []byte
		if p.over {
			out, b = append(append(out, p.cl.release()...), b...), nil
		} else {
			out, line, b = p.cl.consume(b, &p.pending, p.through)
		}
		p.mu.Unlock()
		if err := p.ask(out); err != nil {
			p.fail(err)
			return false
		}
		if line == nil {
			continue
		}
		p.tap.Chunk(capture.ClientToServer, time.Now(), line)
		rest, err := p.startTLS(ctx, line, b)
		if err != nil {
			p.end(err)
			return false
		}
		b = rest
	}
	return true
}

// ask writes bytes to the upstream.
func (p *phase) ask(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	p.tap.Chunk(capture.ClientToServer, time.Now(), b)
	_, err := p.upstream.Write(b)
	return err
}

// clientEnds forwards what was held, and how the client ended.
func (p *phase) clientEnds(err error, over bool) {
	p.mu.Lock()
	held := append([]byte(nil), p.cl.release()...)
	p.mu.Unlock()
	if werr := p.ask(held); werr != nil {
		p.fail(werr)
		return
	}
	switch {
	case err == nil, over && errors.Is(err, os.ErrDeadlineExceeded):
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // how TLS reports an end without close_notify
		if c, ok := p.upstream.(interface{ CloseWrite() error }); ok {
			c.CloseWrite() //nolint:errcheck // a side that is gone has seen the end
		}
	default:
		if a, ok := remoteAlert(err); ok && isCertificateAlert(a) { // after the handshake: it verifies late
			p.note(slog.LevelWarn, "%v", p.clientFailed(err, nil, true))
		}
		p.fail(err)
	}
}

// fail records that the client's side has failed, and ends the phase.
func (p *phase) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = err
	p.interrupt()
}

// end records why the connection cannot continue, and ends the phase.
func (p *phase) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fatal = err
	p.interrupt()
}

// interrupt ends relay's read. Once the phase is over, relay does not read. mu is held.
func (p *phase) interrupt() {
	if !p.over {
		p.upstream.SetReadDeadline(past()) //nolint:errcheck // then it has ended anyway
	}
}

// startTLS answers the client's STARTTLS. rest is what was read after it; startTLS returns
// the part that is still to be processed.
func (p *phase) startTLS(ctx context.Context, line, rest []byte) ([]byte, error) {
	v := p.turn(ctx)
	defer p.speak.Unlock()
	tag, end, _ := matchStartTLS(line)
	reason := ""
	switch {
	case v == isOver: // no longer the proxy's: the server refuses it (RFC 3501, 6.2)
		p.mu.Lock()
		p.pending.add(line)
		p.mu.Unlock()
		if _, err := p.upstream.Write(line); err != nil {
			return nil, err
		}
		return rest, nil
	case v == notBetween:
		return nil, errors.New("the client's STARTTLS came in the middle of a response that did not end")
	case v == notAnswered:
		reason = "commands before it are not answered yet"
	case p.secure:
		reason = "TLS is active already"
	case p.Client != StartTLS:
		reason = "it is not offered here"
	case len(bytes.TrimRight(line[end:], " \r\n")) > 0:
		reason = "it has no argument"
	case !isTag(tag):
		reason, tag = "its tag is not valid", []byte("*")
	}
	if reason != "" {
		p.note(slog.LevelInfo, "answered the client's STARTTLS with BAD: %s", reason)
		return rest, p.write(time.Now(), fmt.Appendf(nil, "%s BAD STARTTLS refused: %s\r\n", tag, reason))
	}
	p.tap.Note(time.Now(), "the proxy answers STARTTLS itself")
	if err := p.write(time.Now(), fmt.Appendf(nil, "%s OK Begin TLS negotiation now\r\n", tag)); err != nil {
		return nil, err
	}
	return nil, p.acceptTLS(ctx, append([]byte(nil), rest...))
}

// verdict is the result of turn.
type verdict uint8

const (
	isTurn      verdict = iota
	isOver              // login is done, or the server has gone
	notAnswered         // earlier commands got no answer in time
	notBetween          // and the server stopped inside a message
)

// turn waits until all earlier commands are answered, for as long as a handshake may take.
// It returns with speak held.
func (p *phase) turn(ctx context.Context) verdict {
	timer := time.NewTimer(p.timeout())
	defer timer.Stop()
	for late := false; ; {
		p.speak.Lock()
		p.mu.Lock()
		greeted, between, left, over := p.server.greeted, p.server.between(), len(p.pending), p.over || p.through
		p.mu.Unlock()
		switch {
		case over:
			return isOver
		case greeted && between && left == 0:
			return isTurn
		case late && !between, late && !greeted:
			return notBetween
		case late:
			return notAnswered
		}
		p.speak.Unlock()
		select {
		case <-p.heard:
		case <-timer.C:
			late = true
		case <-ctx.Done():
			late = true
		}
	}
}

// isTag reports whether a tag can be repeated in an answer: it has no other meaning, and
// only bytes of an atom (RFC 3501, 9: tag).
func isTag(t []byte) bool {
	for _, c := range t {
		if c <= ' ' || c > '~' || bytes.IndexByte([]byte(`(){%*"\+`), c) >= 0 {
			return false
		}
	}
	return len(t) > 0
}
