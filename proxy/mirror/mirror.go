// Package mirror sends live traffic to a second server as well, and compares the answers by meaning.
//
//	m := mirror.New(mirror.Options{Player: &replay.Player{Dial: dial}, Differs: print})
//	source.Copies = append(source.Copies, m) // of a proxy.Source
//	…
//	report := m.Stop()
//
// For each connection:
//
//	capture.Event ─> queue ─> decode.Decoder ─> complete exchanges ─> what is played? ─> queue ─> replay.Live ─> diff
//
// # Rules
//
//   - The first server and its clients never wait: Mirror.Event copies and returns. A connection
//     whose mirroring falls behind, or fails, is no longer mirrored, which is reported.
//   - A command is played once the first server has answered it, and the one before it has been
//     played. A login that the first server refused is not played, and a user whom the second
//     server has refused several times is not tried again, so that no account is locked.
//   - Unless Options.Writes is set, only what reads is played: commands whose rows say that they
//     write, CLOSE, which removes what is marked as deleted, and commands without a row are skipped.
//     Mailboxes are opened with EXAMINE, under which reading marks nothing as seen (RFC 3501, 6.3.2,
//     p. 33), and text is read with BODY.PEEK, should a server forget that. That a mailbox is
//     read-only, and which messages are seen, is no difference then.
//   - What was changed on the first server alone would differ ever after. It is skipped, and
//     counted: commands in that mailbox, names after a mailbox was made.
//   - Values that servers assign, such as unique identifiers, are replaced as in a replay. A
//     command with one that no answer has shown on both servers is skipped.
//   - When a server reports new mail by itself is up to it: of commands that only wait for it, the
//     status is compared, and otherwise not how many messages there are, but when a mailbox is opened.
//   - Memory is bounded: the queue of bytes (32 MiB), maxHeld bytes of exchanges that wait or are being
//     gathered, of which a connection has maxWaiting at most, and of each connection that plays the
//     answer to one command: leastAnswer and four times the first server's answer, maxAnswer at most.
//     Of each message keepBytes are kept.
package mirror

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/binding"
	"imapscope/decode/diff"
	"imapscope/decode/protocol"
	"imapscope/proxy/replay"
)

// The bounds.
const (
	queueBytes  = 32 << 20
	maxHeld     = 256 << 20 // of all connections
	maxWaiting  = 96 << 20  // of one connection
	maxExchange = 64 << 20  // a command with its answer that is longer is not compared
	maxAnswer   = 96 << 20  // of the second server
	leastAnswer = 8 << 20   // and four times the first server's answer
	keepBytes   = 64 << 10
	maxConns    = 1000 // to the second server, at a time
)

// drain is how long Stop waits for what is still to be played.
const drain = 5 * time.Second

// Options configures a Mirror.
type Options struct {
	// Player plays to the second server. Its Pace, Keep and MaxAnswer are set.
	Player replay.Player
	// Compare says which differences count.
	Compare diff.Options
	// Writes has commands played that change something.
	Writes bool
	// Dialect is what the clients speak, unless it is protocol.UnknownDialect.
	Dialect protocol.Dialect
	// Differs is called for each command that was answered differently, and Ended when the
	// mirroring of a connection ends before the connection: one call at a time. Both may be nil.
	Differs func(*Difference)
	Ended   func(conn capture.ConnID, why string)
	// Backlog bounds what waits to be played on one connection, in bytes; 0 means 96 MiB.
	Backlog int64
}

// Difference is a command that the servers answered differently.
type Difference struct {
	Conn capture.ConnID
	// First and Second are the exchanges with either server, what is outside any if it is about the
	// greeting.
	First, Second *diff.Exchange
	// List are the differences that were not reported before with the same command, and Again is
	// how many were.
	List  []diff.Difference
	Again int
}

// A Mirror is a capture.Sink that plays what it sees of clients to a second server.
type Mirror struct {
	opts   Options
	queue  *capture.Queue
	conns  map[capture.ConnID]*conn // only for the goroutine of the queue
	since  *changes                 // likewise
	values *binding.Map
	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup // the players
	held   atomic.Int64   // bytes of exchanges
	open   atomic.Int64   // connections to the second server
	tally  tally
}

// New returns a Mirror, whose Stop must be called.
func New(o Options) *Mirror {
	o.Player.Pace, o.Player.Keep, o.Player.MaxAnswer = 0, keepBytes, maxAnswer
	o.Compare.Unread, o.Compare.Together = o.Compare.Unread || !o.Writes, true
	if o.Backlog == 0 {
		o.Backlog = maxWaiting
	}
	m := &Mirror{opts: o, conns: make(map[capture.ConnID]*conn), since: newChanges(), values: binding.New()}
	m.values.Together = true
	m.tally.init()
	m.ctx, m.cancel = context.WithCancel(context.Background())
	demux := decode.NewDemux(decode.Options{Keep: keepBytes, Dialect: o.Dialect, Keyless: true}, (*handler)(m))
	m.queue = capture.NewQueue(demux, queueBytes)
	return m
}

// Event implements capture.Sink. It never blocks, and returns no error.
func (m *Mirror) Event(e *capture.Event) error { return m.queue.Event(e) }

// Stop plays what has been seen, for some seconds at most, and ends all connections to the second
// server. Nothing is reported after it.
func (m *Mirror) Stop() *Report {
	m.tally.fail(m.queue.Stop())
	for _, c := range m.conns { // no more will come
		c.finish()
	}
	done := make(chan struct{})
	go func() { m.all.Wait(); close(done) }()
	t := time.NewTimer(drain)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
		m.cancel()
		<-done
	}
	m.cancel()
	return m.Report()
}

// Depth returns the bytes that wait, or are being gathered, and Lost those that were lost before
// they were decoded.
func (m *Mirror) Depth() int64 { return m.queue.Depth() + m.held.Load() }

// Lost returns the bytes that were lost: see Depth.
func (m *Mirror) Lost() int64 { return m.queue.Lost() }

// Report returns what was compared so far.
func (m *Mirror) Report() *Report { return m.tally.report() }

// handler is the Mirror as a decode.Handler.
type handler Mirror

// Open implements decode.Handler.
func (h *handler) Open(c capture.Conn) error {
	m := (*Mirror)(h)
	m.conns[c.ID] = newConn(m, c)
	m.tally.add(func(r *Report) { r.Connections++ })
	return nil
}

// Events implements decode.Handler.
func (h *handler) Events(id capture.ConnID, events []decode.Event) error {
	m := (*Mirror)(h)
	c := m.conns[id]
	for _, e := range events {
		if c == nil {
			return nil
		}
		c.event(e)
		if _, over := e.(*decode.Closed); over {
			c.finish()
			delete(m.conns, id)
			return nil
		}
	}
	return nil
}
