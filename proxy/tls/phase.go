package tls

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

const (
	readSize = 16 << 10
	joinTime = 50 * time.Millisecond // for the client's side to stop; it may be blocked in a write
)

// phase is the conversation before login, or all of it if capabilities are stripped. What
// the server sends is relayed by run's goroutine, what the client sends by another:
//
//	upstream ─> run ─> fromServer.consume ─> edit ─> tap ─> client     under speak
//	client ─> listen ─> fromClient.consume ─> tap ─> upstream
//	                         └> STARTTLS: answered here, under speak
type phase struct {
	*opener

	// speak is held while anything is written to the client, and during its handshake; it
	// guards client and secure. It is locked before mu.
	speak sync.Mutex

	mu      sync.Mutex // guards what follows
	server  fromServer
	cl      fromClient
	pending pending
	through bool  // STARTTLS is a matter between client and server
	over    bool  // nothing is inspected any more
	failed  error // of the client's side, which has stopped reading
	fatal   error // why the connection cannot continue

	heard chan struct{} // signals a change to the fields above
	done  chan struct{} // listen has returned
}

func newPhase(o *opener) *phase {
	p := &phase{opener: o, heard: make(chan struct{}, 1), done: make(chan struct{})}
	p.server.init()
	p.cl.init()
	p.cl.counts = p.sent
	return p
}

// run relays until the phase is over.
func (p *phase) run(ctx context.Context) (cl, up net.Conn, err error) {
	stop := context.AfterFunc(ctx, func() {
		p.raw.SetDeadline(past())      //nolint:errcheck // a closed one needs none
		p.upstream.SetDeadline(past()) //nolint:errcheck // likewise
	})
	go p.listen(ctx)
	upErr := p.relay()
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	p.wake()
	client, joined := p.join()
	if !stop() && ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fatal != nil {
		return nil, nil, p.fatal
	}
	up = p.upstream
	p.upstream.SetReadDeadline(time.Time{}) //nolint:errcheck // a closed one reports it when it is read
	if upErr != nil {
		up = &returned{Conn: p.upstream, err: func() error { return upErr }}
	}
	if !joined || p.failed != nil {
		client = &returned{Conn: client, ready: p.done, err: p.clientError}
	}
	return client, up, nil
}

// relay forwards what the server sends until the phase is over. The end of the connection
// is not an error.
func (p *phase) relay() error {
	if len(p.greeting) > 0 {
		if over, err := p.forward(p.greeting); over || err != nil {
			return err
		}
	}
	b := make([]byte, readSize)
	for {
		n, err := p.upstream.Read(b)
		if n > 0 {
			if over, err := p.forward(b[:n]); over || err != nil {
				return err
			}
		}
		if err != nil {
			return p.serverEnds(err)
		}
	}
}

// forward forwards a chunk of the server's to the client, edited.
func (p *phase) forward(b []byte) (over bool, err error) {
	now := time.Now()
	p.speak.Lock()
	defer p.speak.Unlock()
	p.mu.Lock()
	o := offer{
		startTLS: p.Client == StartTLS && !p.secure, stale: len(p.greeting) > 0 && !p.server.greeted,
		through: p.through, strip: p.Strip,
	}
	out, done, over := p.server.consume(b, &o, func(m []byte, greeting bool) bool {
		over := p.ended(m, greeting)
		o.through = p.through
		return over
	})
	p.over = p.over || over
	p.mu.Unlock()
	for _, what := range done {
		p.tap.Note(now, what)
		p.log.Debug(what)
	}
	err = p.write(now, out)
	p.wake()
	return over, err
}

// write sends bytes to the client. speak is held.
func (p *phase) write(t time.Time, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	p.tap.Chunk(capture.ServerToClient, t, b)
	_, err := p.client.Write(b)
	return err
}

// ended reports whether a complete message of the server ends login. mu is held.
func (p *phase) ended(m []byte, greeting bool) bool {
	if greeting {
		preauth := statusOf(m) == protocol.PreAuthenticates
		if preauth && p.Client == StartTLS && !p.secure {
			p.note(slog.LevelWarn, "the greeting is PREAUTH: the client can no longer use STARTTLS")
		}
		return preauth && p.loggedIn()
	}
	c, status, ok := p.pending.answered(m)
	if !ok {
		return false
	}
	switch status {
	case protocol.Succeeds:
		return c.opaque || c.ends && p.loggedIn()
	case protocol.Refuses, protocol.Rejects:
		p.cl.refused(c.tag)
	}
	return false
}

// loggedIn reports whether login ends the phase: not if capabilities are stripped. mu is held.
func (p *phase) loggedIn() bool {
	p.through = true
	return len(p.Strip) == 0
}

// sent notes a command whose capability is stripped. mu is held.
func (p *phase) sent(command *protocol.Row) {
	if command != nil && slices.ContainsFunc(p.Strip, func(w string) bool { return strings.EqualFold(w, command.Capability) }) {
		p.note(slog.LevelInfo, "the client sent %s, although %s was removed; it is forwarded", command.Name, command.Capability)
	}
}

// serverEnds forwards what was held. It returns the errors that the connection will not
// report again.
func (p *phase) serverEnds(err error) error {
	p.speak.Lock()
	defer p.speak.Unlock()
	p.mu.Lock()
	held := append([]byte(nil), p.server.release()...)
	interrupted := errors.Is(err, os.ErrDeadlineExceeded) && (p.failed != nil || p.fatal != nil)
	p.mu.Unlock()
	if werr := p.write(time.Now(), held); werr != nil {
		return werr
	}
	if interrupted || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// join stops listen and returns the client's connection.
func (p *phase) join() (client net.Conn, joined bool) {
	p.speak.Lock()
	client = p.client
	p.speak.Unlock()
	p.raw.SetReadDeadline(past()) //nolint:errcheck // then it has ended anyway
	timer := time.NewTimer(joinTime)
	defer timer.Stop()
	select {
	case <-p.done:
		joined = true
	case <-timer.C:
	}
	p.raw.SetReadDeadline(time.Time{}) //nolint:errcheck // a closed one reports it when it is read
	return client, joined
}

func (p *phase) clientError() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

// wake signals that something has changed.
func (p *phase) wake() {
	select {
	case p.heard <- struct{}{}:
	default:
	}
}
