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
//   - A command that the recording has no answer for is reported to Options.Missing and passed
//     to Options.Fallback, which has received every command before it; without a Fallback it
//     is answered BAD.
package mock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

// Options configures a Mock.
type Options struct {
	Pace float64 // factor for the recorded response times; 0 means no delay
	// Fallback returns a Handler for the commands of one client that the recording has no
	// answer for. If nil, they are answered BAD.
	Fallback func() Handler
	// Missing is called for each command without an answer, Connected for each client with
	// its session. They may be called concurrently, and may be nil.
	Missing   func(client int64, m *wire.Message)
	Connected func(client int64, addr net.Addr, s *script.Session)
}

// A Handler is another server's conversation with one client.
type Handler interface {
	// Write processes bytes from the client, and returns the server's response; more is
	// false once the conversation is over.
	Write(p []byte) (answer []byte, more bool)
}

// A Mock answers clients from a recording. Its methods may be called concurrently.
type Mock struct {
	opts     Options
	sessions []*script.Session
	exact    map[string][]ref
	meaning  map[string][]ref
	logins   []ref
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
	m := &Mock{opts: o, exact: make(map[string][]ref), meaning: make(map[string][]ref), served: make(map[ref]bool)}
	for _, x := range s.Sessions {
		if x.LeftOut != "" {
			continue
		}
		n := len(m.sessions)
		m.sessions = append(m.sessions, x)
		for i, e := range x.Exchanges {
			q := request(e)
			if i == 0 || q == nil {
				continue
			}
			r := ref{n, i}
			raw := string(afterTag(q.Raw))
			m.exact[raw] = append(m.exact[raw], r)
			key := diff.Request(&q.Message)
			m.meaning[key] = append(m.meaning[key], r)
			if logsIn(e) && protocol.StatusEffect(e.Status) == protocol.Succeeds {
				m.logins = append(m.logins, r)
			}
		}
	}
	return m
}

// Sessions returns the number of recorded sessions that can be answered from.
func (m *Mock) Sessions() int { return len(m.sessions) }

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
	c := &client{Mock: m, ctx: ctx, n: n, conn: conn, session: int(n-1) % max(len(m.sessions), 1), next: 1, answered: make(map[int]bool), at: session.New(false)}
	c.framer.Init(true, maxCommand, new(wire.Pool))
	if m.opts.Fallback != nil {
		c.other = m.opts.Fallback()
	}
	if len(m.sessions) == 0 {
		return
	}
	if m.opts.Connected != nil {
		m.opts.Connected(n, conn.RemoteAddr(), c.s())
	}
	c.anchor = time.Now()
	if c.s().Conn.MidStream {
		c.send([]byte("* OK the recording begins in the middle of a session\r\n"))
	}
	c.run()
	c.disconnect()
}

// closeTimeout is how long a client may take to read the last response and close.
const closeTimeout = time.Second

// disconnect ends the connection as the recorded server did. It reads to the end first, because
// closing with unread bytes would reset the connection, and the client could lose the last
// response.
func (c *client) disconnect() {
	s := c.s()
	if conn, ok := c.conn.(interface{ SetLinger(int) error }); ok && len(s.Ends) > 0 && s.Ends[0].Dir == capture.ServerToClient && s.Ends[0].Cause == capture.RST {
		_ = conn.SetLinger(0)
		return
	}
	conn, ok := c.conn.(interface{ CloseWrite() error })
	if !ok || conn.CloseWrite() != nil || c.conn.SetReadDeadline(time.Now().Add(closeTimeout)) != nil {
		return
	}
	_, _ = io.Copy(io.Discard, c.conn)
}

// A client is one client's conversation.
type client struct {
	*Mock
	ctx      context.Context
	n        int64
	conn     net.Conn
	framer   wire.Framer
	other    Handler
	otherOff bool // other has ended the conversation

	session  int
	next     int // index of the next exchange of the session
	answered map[int]bool
	aside    int             // index of the next of the session's Asides
	anchor   time.Time       // when the session would have started
	at       session.Session // the state after the answered exchanges

	play     *playing // the exchange that waits for another line from the client
	readies  int      // number of "+" sent for the current command
	fed      int      // bytes of the command already passed to other
	plussed  bool     // the current literal was requested
	literals int      // number of literals in the current command
	over     bool
}

// A playing is an exchange that is being answered.
type playing struct {
	ref
	tag   string
	from  int // index of the next of its messages
	skip  int // number of its "+" that have been sent already
	start time.Time
	base  time.Time // the recorded time that corresponds to start
}

func (c *client) s() *script.Session { return c.sessions[c.session] }

// run reads and answers until the conversation is over.
func (c *client) run() {
	buf := make([]byte, 16<<10)
	for !c.over {
		due, pending := c.pending()
		if pending && !time.Now().Before(due) {
			c.actPending()
			continue
		}
		switch {
		case c.framer.AtLiteral() && !c.plussed:
			c.deadline(time.Now().Add(readyGrace))
		case pending:
			c.deadline(due)
		default:
			c.deadline(time.Time{})
		}
		n, err := c.conn.Read(buf)
		c.consume(buf[:n])
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			if c.framer.AtLiteral() && !c.plussed {
				c.requestLiteral([]byte("+ go ahead\r\n"))
			}
		default:
			return
		}
	}
}

func (c *client) deadline(t time.Time) {
	if c.conn.SetReadDeadline(t) != nil {
		c.over = true
	}
}

// consume processes bytes from the client.
func (c *client) consume(p []byte) {
	for len(p) > 0 && !c.over {
		n, mark := c.framer.Write(p)
		p = p[n:]
		switch mark {
		case wire.Head:
			c.literalAnnounced()
		case wire.End:
			c.messageComplete()
		}
	}
}

// send writes to the client.
func (c *client) send(p []byte) {
	if len(p) == 0 || c.over {
		return
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		c.over = true
		return
	}
	if _, err := c.conn.Write(p); err != nil {
		c.over = true
	}
}

// requestLiteral sends a "+" line for a literal.
func (c *client) requestLiteral(line []byte) {
	c.send(line)
	c.readies++
	c.plussed = true
	c.framer.Ready()
}

// literalAnnounced handles a line that announces a literal.
func (c *client) literalAnnounced() {
	if c.play != nil {
		return // a line of a SASL response that looks like an announcement
	}
	m := c.framer.Message()
	c.literals++
	c.plussed = false
	r, ok := c.findPrefix(m)
	if !ok {
		if l := m.Literals[len(m.Literals)-1]; l.NonSync {
			c.plussed = true
			return
		}
		if answer := c.feedOther(m.Raw); c.other != nil && !bytes.Contains(answer, []byte("+ ")) && len(answer) > 0 {
			c.reportMissing(m)
			c.send(answer)
			c.refuse()
			return
		}
		c.requestLiteral([]byte("+ go ahead\r\n"))
		return
	}
	x := c.sessions[r.session].Exchanges[r.exchange]
	q := request(x)
	l := q.Literals[c.literals-1]
	switch {
	case l.State == wire.Withdrawn:
		refused := *m
		refused.Raw = bytes.Clone(m.Raw)
		c.framer.Refuse()
		c.framer.Reset()
		c.answer(r, &refused)
		c.reset()
	case l.Waited:
		c.requestLiteral(c.readyOf(x))
	case l.NonSync || m.Literals[len(m.Literals)-1].NonSync:
		c.plussed = true
	}
}

// refuse ends a command whose literal is refused.
func (c *client) refuse() {
	c.framer.Refuse()
	c.framer.Reset()
	c.reset()
}

func (c *client) reset() { c.literals, c.readies, c.fed, c.plussed = 0, 0, 0, false }

// readyOf returns the "+" line of the recorded server for the current literal.
func (c *client) readyOf(x *script.Exchange) []byte {
	n := 0
	for _, m := range x.Messages {
		if m.Kind == decode.Ready {
			if n == c.readies {
				return m.Raw
			}
			n++
		}
	}
	return []byte("+ go ahead\r\n")
}

// findPrefix returns the recorded command that begins like m, which is still incomplete.
func (c *client) findPrefix(m *wire.Message) (ref, bool) {
	begins := func(r ref) bool {
		q := request(c.sessions[r.session].Exchanges[r.exchange])
		return q != nil && len(q.Literals) >= c.literals && bytes.HasPrefix(afterTag(q.Raw), afterTag(m.Raw))
	}
	s := c.s()
	for _, from := range []int{c.next, 1} {
		for i := from; i < len(s.Exchanges); i++ {
			if begins(ref{c.session, i}) {
				return ref{c.session, i}, true
			}
		}
	}
	for n := range c.sessions {
		for i := 1; n != c.session && i < len(c.sessions[n].Exchanges); i++ {
			if begins(ref{n, i}) {
				return ref{n, i}, true
			}
		}
	}
	return ref{}, false
}

// messageComplete handles a complete command, or a line from the client within one.
func (c *client) messageComplete() {
	m := *c.framer.Message()
	m.Raw = bytes.Clone(m.Raw)
	m.Literals = slices.Clone(m.Literals)
	c.framer.Reset()
	if p := c.play; p != nil {
		c.play = nil
		c.proceed(p)
		return
	}
	defer c.reset()
	if r, ok := c.find(&m); ok {
		c.feedOther(m.Raw)
		c.answer(r, &m)
		return
	}
	tag := tagOf(&m)
	if tag == "" || len(tag) > 100 || strings.ContainsAny(tag, "*+{}\"()%\\") {
		tag = "*"
	}
	if c.s().Conn.MidStream && c.next == 1 && opens(command(&m)) {
		c.send([]byte(tag + " OK the recording begins after this\r\n"))
		return
	}
	c.reportMissing(&m)
	if c.other == nil || c.otherOff {
		c.send([]byte(tag + " BAD the recording has no answer to this\r\n"))
		return
	}
	answer := c.feedOther(m.Raw)
	for bytes.HasPrefix(answer, []byte("+ ")) { // its literals have arrived already
		_, answer, _ = bytes.Cut(answer, []byte("\n"))
	}
	c.send(answer)
	c.over = c.over || c.otherOff
}

func (c *client) reportMissing(m *wire.Message) {
	if c.opts.Missing != nil {
		c.opts.Missing(c.n, m)
	}
}

// feedOther passes the part of a command that it has not received yet to the other server.
func (c *client) feedOther(raw []byte) []byte {
	if c.other == nil || c.otherOff || c.fed >= len(raw) {
		return nil
	}
	answer, more := c.other.Write(raw[c.fed:])
	c.fed = len(raw)
	c.otherOff = !more
	return answer
}

// find returns the recorded exchange that fits a command best.
func (c *client) find(m *wire.Message) (ref, bool) {
	raw, key := string(afterTag(m.Raw)), diff.Request(m)
	s := c.s()
	if c.next < len(s.Exchanges) {
		if q := request(s.Exchanges[c.next]); q != nil && (string(afterTag(q.Raw)) == raw || diff.Request(&q.Message) == key) {
			return ref{c.session, c.next}, true
		}
	}
	for _, state := range []bool{true, false} {
		for _, list := range [][]ref{c.exact[raw], c.meaning[key]} {
			if r, ok := c.best(list, state); ok {
				return r, true
			}
		}
	}
	if r := protocol.Lookup(protocol.Command, command(m)); r.Does(protocol.LogsIn) || r.Does(protocol.Authenticates) {
		return c.best(slices.DeleteFunc(slices.Clone(c.logins), func(r ref) bool {
			return c.sessions[r.session].Exchanges[r.exchange].Command != command(m)
		}), false)
	}
	return ref{}, false
}

// tagOf returns the tag of a command.
func tagOf(m *wire.Message) string {
	tag, _, _ := bytes.Cut(bytes.TrimLeft(m.Raw, " "), []byte(" "))
	return string(bytes.TrimRight(tag, "\r\n"))
}

// command returns the name of a command in upper case.
func command(m *wire.Message) string {
	word, _, _ := bytes.Cut(afterTag(m.Raw), []byte(" "))
	return string(bytes.ToUpper(bytes.TrimSpace(word)))
}

// best chooses from list: the next exchange of this session; else its last earlier one; else one
// of another session, preferably not served yet. If state is true, only exchanges in the
// client's state are considered.
func (c *client) best(list []ref, state bool) (ref, bool) {
	var before, other *ref
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range list {
		r := list[i]
		x := c.sessions[r.session].Exchanges[r.exchange]
		if state && !c.fits(x) {
			continue
		}
		switch {
		case r.session == c.session && r.exchange >= c.next:
			return r, true
		case r.session == c.session:
			before = &list[i]
		case other == nil || c.served[*other] && !c.served[r]:
			other = &list[i]
		}
	}
	switch {
	case before != nil && (other == nil || c.answeredAll()):
		return *before, true
	case other != nil:
		return *other, true
	case before != nil:
		return *before, true
	}
	return ref{}, false
}

// answeredAll reports whether all exchanges of the session have been answered.
func (c *client) answeredAll() bool { return c.next >= len(c.s().Exchanges) }

// opens reports whether a command leads to a state in which a recording may begin.
func opens(command string) bool {
	r := protocol.Lookup(protocol.Command, command)
	return r.Does(protocol.LogsIn) || r.Does(protocol.Selects)
}

// logsIn reports whether the command of an exchange logs in.
func logsIn(x *script.Exchange) bool {
	return x.Transaction != nil && (x.Row.Does(protocol.LogsIn) || x.Row.Does(protocol.Authenticates))
}

// fits reports whether an exchange was recorded in the state that the client is in.
func (c *client) fits(x *script.Exchange) bool {
	switch {
	case logsIn(x):
		return !(c.at.State == protocol.Authenticated || c.at.State == protocol.Selected)
	case x.Row.Does(protocol.Selects), x.Row != nil && x.Row.States.Has(protocol.NotAuthenticated):
		return true
	}
	return x.Mailbox == c.at.Name
}

// answer answers a command as a recorded one was.
func (c *client) answer(r ref, m *wire.Message) {
	if r.session != c.session {
		c.session, c.aside = r.session, 0
		clear(c.answered)
		s := c.s()
		for c.aside < len(s.Asides) && s.Asides[c.aside].Begun < r.exchange {
			c.aside++ // they belong to commands that this client did not send
		}
		for i := 1; i < r.exchange; i++ {
			c.answered[i] = true
		}
	}
	c.mu.Lock()
	c.served[r] = true
	c.mu.Unlock()
	s := c.s()
	x := s.Exchanges[r.exchange]
	q := request(x)
	now := time.Now()
	c.next, c.literals = r.exchange+1, 0
	c.anchor = now.Add(-c.scaled(q.End.Sub(s.Conn.Start)))
	c.proceed(&playing{ref: r, tag: tagOf(m), skip: c.readies, start: now, base: q.End})
}

func (c *client) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.opts.Pace)
}

// proceed sends the next responses of an exchange, up to the next line from the client.
func (c *client) proceed(p *playing) {
	s := c.sessions[p.session]
	x := s.Exchanges[p.exchange]
	var out []byte
	for ; p.from < len(x.Messages); p.from++ {
		m := x.Messages[p.from]
		if m.Kind == decode.Continuation {
			c.send(out)
			p.from++
			p.start, p.base = time.Now(), m.End
			c.play = p
			return
		}
		if m.Dir == capture.ClientToServer || m.Lost > 0 || m.Elided > 0 {
			continue
		}
		if m.Kind == decode.Ready && p.skip > 0 {
			p.skip--
			continue
		}
		if c.opts.Pace > 0 {
			if d := time.Until(p.start.Add(c.scaled(m.End.Sub(p.base)))); d > 0 {
				c.send(out)
				out = out[:0]
				c.sleep(d)
			}
		}
		raw := m.Raw
		if m.Kind == decode.Tagged {
			out = append(out, p.tag...)
			raw = raw[len(m.Tag):]
		}
		out = append(out, raw...)
	}
	c.answered[p.exchange] = true
	if c.opts.Pace == 0 {
		out = c.asides(out) // in the same write as the answer, before the next command
	}
	c.send(out)
	if x.Row.Does(protocol.LogsOut) && x.Done && !c.reached(len(s.Exchanges)-1, len(s.Order)) {
		c.over = true // earlier than in the recording, whose end would never be reached
	}
	for _, m := range x.Messages {
		m.Feed(&c.at)
	}
}

// sleep waits for d or until ctx is done. A client that disconnects meanwhile is noticed at the
// next write.
func (c *client) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.ctx.Done():
		c.over = true
	}
}

// pending returns when the next action of the server outside any command is due: data, or
// closing the connection.
func (c *client) pending() (time.Time, bool) {
	s := c.s()
	if c.play != nil || c.literals > 0 {
		return time.Time{}, false
	}
	if c.aside < len(s.Asides) {
		a := s.Asides[c.aside]
		if !c.reached(a.Begun, a.Done) {
			return time.Time{}, false
		}
		return c.due(a.At), true
	}
	if len(s.Ends) == 0 || s.Ends[0].Dir != capture.ServerToClient || !c.reached(len(s.Exchanges)-1, len(s.Order)) {
		return time.Time{}, false
	}
	return c.due(s.Ends[0].At), true
}

// asides appends the data outside any command that is due now.
func (c *client) asides(out []byte) []byte {
	s := c.s()
	for c.aside < len(s.Asides) {
		if _, now := c.pending(); !now {
			break
		}
		out = append(out, c.nextAside()...)
	}
	return out
}

// nextAside returns the next data outside any command.
func (c *client) nextAside() []byte {
	s := c.s()
	m := s.Outside().Messages[s.Asides[c.aside].Message]
	c.aside++
	if m.Lost > 0 || m.Elided > 0 {
		return nil
	}
	return m.Raw
}

// reached reports whether at least begun commands of the session have begun, and the first done
// in the order of completion have been answered.
func (c *client) reached(begun, done int) bool {
	if c.next-1 < begun {
		return false
	}
	for _, i := range c.s().Order[:done] {
		if !c.answered[i] {
			return false
		}
	}
	return true
}

func (c *client) due(at time.Duration) time.Time {
	if c.opts.Pace == 0 {
		return time.Time{}
	}
	return c.anchor.Add(c.scaled(at))
}

// actPending performs the action that is pending.
func (c *client) actPending() {
	s := c.s()
	if c.aside == len(s.Asides) {
		c.over = true
		return
	}
	c.send(c.nextAside())
}
