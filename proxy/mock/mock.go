// Package mock answers clients as the server of a recording did.
//
//	m := mock.New(recording, mock.Options{Pace: 1})
//	err := m.Serve(ctx, listener)
//
// # Rules
//
//   - Each client gets the next recorded session, in turn, and its greeting.
//   - A command is answered as the recorded command that fits it best: the next one of the
//     session; else, with the same mailbox selected, one with the same bytes; else one with
//     the same meaning; else either of these in any state; this session is preferred to
//     others. Tags are the client's.
//   - A LOGIN or AUTHENTICATE is answered as the recorded one was, with any name and
//     password: there is nothing to protect.
//   - Literals are requested as in the recording: before their bytes, after them, or never. A
//     client that waits where the recorded one did not gets a "+" after readyGrace, so that
//     it does not hang.
//   - Data outside any command is sent at its place between the commands.
//   - Where a client is (its state, its mailbox, an AUTHENTICATE or IDLE in progress) is what
//     the decoder makes of what it and the mock have sent.
//   - TLS and compression are refused: what followed them cannot be played.
//   - A command that the recording has no answer for is reported to Options.Missing and passed
//     to Options.Fallback, which has received every command before it that the recorded server
//     did not refuse; without a Fallback it is answered BAD.
//   - Lists of capabilities are sent without those of Options.Withhold.
//   - A client sees the recorded server's unique identifiers, UIDVALIDITY and UIDNEXT in the
//     Fallback's answers, too, and may use them: see decode/binding.
package mock

import (
	"bytes"
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/decode"
	"imapscope/decode/binding"
	"imapscope/decode/diff"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/wire"
)

// Options configures a Mock.
type Options struct {
	Pace float64 // factor for the recorded response times; 0 means no delay
	// Fallback returns a Handler for the commands of one client that the recording has no
	// answer for. If nil, they are answered BAD.
	Fallback func() Handler
	// Values has what the recorded server and that of Fallback call the same things; all
	// clients share it. Nil means that they call them the same.
	Values *binding.Map
	// Withhold are capabilities that no list has which is sent to a client: Fallback lacks
	// them.
	Withhold []string
	// Dialect is what clients speak, whatever they show, unless it is
	// protocol.UnknownDialect.
	Dialect protocol.Dialect
	// Missing is called for each command without an answer, with what the client's
	// connection shows of it (nil: it is no command), and Connected for each client with its
	// session. They may be called concurrently, and may be nil. T is valid until Missing
	// returns.
	Missing   func(client int64, t *decode.Transaction)
	Connected func(client int64, addr net.Addr, s *script.Session)
}

// A Handler is another server's conversation with one client.
type Handler interface {
	// Write processes bytes from the client, and returns the server's response; more is
	// false once the conversation is over.
	Write(p []byte) (answer []byte, more bool)
	// Close ends the conversation. Write is not called after it.
	Close() error
}

// A Mock answers clients from a recording. Its methods may be called concurrently.
type Mock struct {
	opts     Options
	sessions []*script.Session
	exact    map[string][]ref
	meaning  map[string][]ref
	logins   []ref
	users    []string                   // who logged in, in that order
	known    map[string]string          // their passwords, as far as they are known
	edited   map[*decode.Message][]byte // what is not sent as it was recorded
	clients  atomic.Int64

	mu     sync.Mutex
	served map[ref]bool
}

// A ref identifies a recorded exchange.
type ref struct{ session, exchange int }

const (
	// readyGrace is how long a client may wait for the "+" before a literal, if the recorded
	// client did not wait.
	readyGrace = 5 * time.Second
	// maxCommand is the number of bytes of a command that are kept for the lookup.
	maxCommand = 64 << 20
	// writeTimeout is the time limit for writing to a client.
	writeTimeout = 30 * time.Second
)

// New returns a Mock of a recording.
func New(s *script.Script, o Options) *Mock {
	m := &Mock{opts: o, exact: make(map[string][]ref), meaning: make(map[string][]ref), served: make(map[ref]bool), known: s.Users(), edited: make(map[*decode.Message][]byte)}
	for _, x := range s.Sessions {
		if x.LeftOut != "" {
			continue
		}
		n := len(m.sessions)
		m.sessions = append(m.sessions, x)
		for i, e := range x.Exchanges {
			if len(o.Withhold) > 0 {
				m.withhold(e.Messages)
			}
			q := request(e)
			if i == 0 || q == nil {
				continue
			}
			r := ref{n, i}
			raw := string(afterTag(q.Raw))
			m.exact[raw] = append(m.exact[raw], r)
			key := diff.Request(&q.Message)
			m.meaning[key] = append(m.meaning[key], r)
			if e.IsLogin() && e.Done {
				m.logins = append(m.logins, r)
				m.users = append(m.users, e.User)
			}
		}
	}
	return m
}

// Sessions returns the number of recorded sessions that can be answered from.
func (m *Mock) Sessions() int { return len(m.sessions) }

// userOf returns whose mailboxes a client has that logged in as user: any name will do.
func (m *Mock) userOf(user string) string {
	if len(m.users) > 0 && !slices.Contains(m.users, user) {
		return m.users[0]
	}
	return user
}

// request returns the request of an exchange, or nil.
func request(e *script.Exchange) *decode.Message {
	for _, x := range e.Messages {
		if x.Kind == decode.Request {
			return x
		}
	}
	return nil
}

// afterTag returns a request without its tag.
func afterTag(raw []byte) []byte {
	if i := bytes.IndexByte(raw, ' '); i >= 0 && !bytes.ContainsAny(raw[:i], "\r\n") {
		return raw[i+1:]
	}
	return raw
}

// Serve answers clients until ctx is done, and then closes their connections. It closes l.
func (m *Mock) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { l.Close() }) //nolint:errcheck // ends Accept
	defer stop()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		// Number clients in the order in which they connect, as in the recording.
		n := m.clients.Add(1)
		all.Go(func() { m.serve(ctx, c, n) })
	}
}

// serve answers one client until either side ends the conversation, or ctx is done. It closes
// conn.
func (m *Mock) serve(ctx context.Context, conn net.Conn, n int64) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	c := &client{Mock: m, ctx: ctx, n: n, conn: conn, session: int(n-1) % max(len(m.sessions), 1), next: 1, answered: make(map[int]bool), follow: decode.New(decode.Options{Dialect: m.opts.Dialect})}
	c.framer.Init(true, maxCommand, new(wire.Pool))
	if len(m.sessions) == 0 {
		return
	}
	if m.opts.Fallback != nil {
		c.other = m.opts.Fallback()
		defer func() { _ = c.other.Close() }()
		c.feedGreeting()
	}
	if m.opts.Connected != nil {
		m.opts.Connected(n, conn.RemoteAddr(), c.s())
	}
	c.anchor = time.Now()
	if c.s().Conn.MidStream {
		c.send([]byte("* OK the recording begins in the middle of a session\r\n"))
		for c.aside < len(c.s().Asides) && c.s().Asides[c.aside].Begun == 0 {
			c.aside++ // it belongs to commands that were not recorded
		}
	}
	c.run()
	c.disconnect()
}

// closeTimeout is how long a client may take to read the last response and close.
const closeTimeout = time.Second
