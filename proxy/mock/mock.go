// Package mock stands in for the server of a recording; what it has no answer for goes to a handler it is given.
//
//	m := mock.New(recording, mock.Options{Pace: 1})
//	err := m.Serve(ctx, listener)
//
// # Rules
//
//   - A client that connects gets the next recorded session, in turn, and its greeting.
//   - A command is answered as the recording answered the command that fits it best: the
//     one that comes next in the session; else, where the same mailbox was selected, one
//     with the same octets; else one with the same meaning; else the same of any state;
//     of this session before others. Tags are the client's.
//   - A LOGIN or AUTHENTICATE is answered as the recorded one was, whatever the name and
//     the password: there is nobody to protect.
//   - Literals are asked for as they were: before their octets, after them, or never. A
//     client that waits where the recorded one did not is asked after readyGrace, so
//     that it does not hang.
//   - What stands outside any command comes at its place between the commands.
//   - What the recording has no answer for is told, and goes to Options.Fallback, which
//     has been told every command before; without one it is answered BAD.
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

// Options of a Mock.
type Options struct {
	Pace float64 // times the recorded time of answers; 0: at once
	// Fallback answers one client's commands that the recording has no answer for;
	// nil: they are BAD.
	Fallback func() Handler
	// Missing is told of them; Connected of each client and its session. They may be
	// called concurrently, and may be nil.
	Missing   func(client int64, m *wire.Message)
	Connected func(client int64, addr net.Addr, s *script.Session)
}

// Handler is another server's conversation with one client.
type Handler interface {
	// Write takes what the client sent, and returns what the server says to it; more is
	// false once the conversation is over.
	Write(p []byte) (answer []byte, more bool)
}

// Mock answers clients from a recording. Its methods may be called concurrently.
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

// ref is a recorded exchange.
type ref struct{ session, exchange int }

const (
	// readyGrace is how long a client may hold back a literal that was not held back in
	// the recording.
	readyGrace = 5 * time.Second
	// maxCommand is how many octets of a command are kept to be looked up.
	maxCommand = 64 << 20
	// writeTimeout is how long a client may take no answer.
	writeTimeout = 30 * time.Second
)

// New is a Mock of a recording.
func New(s *script.Script, o Options) *Mock {
	m := &Mock{opts: o, exact: make(map[string][]ref), meaning: make(map[string][]ref), served: make(map[ref]bool)}
	for _, x := range s.Sessions {
		if x.LeftOut != "" {
			continue
		}
		k := len(m.sessions)
		m.sessions = append(m.sessions, x)
		for i, e := range x.Exchanges {
			q := request(e)
			if i == 0 || q == nil {
				continue
			}
			r := ref{k, i}
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

// Sessions is how many recorded sessions there are to answer from.
func (m *Mock) Sessions() int { return len(m.sessions) }

// request is an exchange's.
func request(e *script.Exchange) *decode.Message {
	for _, x := range e.Messages {
		if x.Kind == decode.Request {
			return x
		}
	}
	return nil
}

// afterTag is a request without its tag.
func afterTag(raw []byte) []byte {
	if i := bytes.IndexByte(raw, ' '); i >= 0 && !bytes.ContainsAny(raw[:i], "\r\n") {
		return raw[i+1:]
	}
	return raw
}

// Serve answers clients until ctx ends, and then ends their connections. The listener
// is closed.
func (m *Mock) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { l.Close() }) //nolint:errcheck // it is what ends Accept
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
		// In the order in which they came, so that it is the recording's.
		n := m.clients.Add(1)
		all.Go(func() { m.serve(ctx, c, n) })
	}
}

// serve answers one client until one of them has had enough, or ctx ends. The connection
// is closed.
func (m *Mock) serve(ctx context.Context, conn net.Conn, n int64) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	k := &client{Mock: m, ctx: ctx, n: n, conn: conn, session: int(n-1) % max(len(m.sessions), 1), next: 1, answered: make(map[int]bool), at: session.New(false)}
	k.framer.Init(true, maxCommand, new(wire.Pool))
	if m.opts.Fallback != nil {
		k.other = m.opts.Fallback()
	}
	if len(m.sessions) == 0 {
		return
	}
	if m.opts.Connected != nil {
		m.opts.Connected(n, conn.RemoteAddr(), k.s())
	}
	k.anchor = time.Now()
	if k.s().Conn.MidStream {
		k.say([]byte("* OK a session that was recorded from its middle\r\n"))
	}
	k.run()
	k.leave()
}

// lastWords is how long a client may take to hear the last words and go.
const lastWords = time.Second

// leave ends the connection as the recorded server did. To close while octets of the
// client's are unread would be a reset, which may take the last words away.
func (k *client) leave() {
	s := k.s()
	if c, ok := k.conn.(interface{ SetLinger(int) error }); ok && len(s.Ends) > 0 && s.Ends[0].Dir == capture.ServerToClient && s.Ends[0].Cause == capture.RST {
		_ = c.SetLinger(0)
		return
	}
	c, ok := k.conn.(interface{ CloseWrite() error })
	if !ok || c.CloseWrite() != nil || k.conn.SetReadDeadline(time.Now().Add(lastWords)) != nil {
		return
	}
	_, _ = io.Copy(io.Discard, k.conn)
}

// client is one client's conversation.
type client struct {
	*Mock
	ctx      context.Context
	n        int64
	conn     net.Conn
	framer   wire.Framer
	other    Handler
	otherOff bool // it has ended

	session  int
	next     int // exchange of the session
	answered map[int]bool
	aside    int             // of the session's Asides
	anchor   time.Time       // when the session would have begun
	at       session.Session // where the exchanges that were answered have led

	play     *playing // that waits for a line of the client's
	readies  int      // "+" sent for the literals of the command that is coming
	fed      int      // octets of it that the other server knows
	plussed  bool     // the literal that is due was asked for
	literals int      // of it
	over     bool
}

// playing is an exchange that is being answered.
type playing struct {
	ref
	tag   string
	from  int // of its messages: what comes next
	skip  int // "+" that went out before
	start time.Time
	base  time.Time // recorded time that start stands for
}

func (k *client) s() *script.Session { return k.sessions[k.session] }

// run reads until the conversation is over.
func (k *client) run() {
	buf := make([]byte, 16<<10)
	for !k.over {
		due, pending := k.pending()
		if pending && !time.Now().Before(due) {
			k.tell()
			continue
		}
		switch {
		case k.framer.AtLiteral() && !k.plussed:
			k.deadline(time.Now().Add(readyGrace))
		case pending:
			k.deadline(due)
		default:
			k.deadline(time.Time{})
		}
		n, err := k.conn.Read(buf)
		k.take(buf[:n])
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			if k.framer.AtLiteral() && !k.plussed {
				k.ready([]byte("+ go ahead\r\n"))
			}
		default:
			return
		}
	}
}

func (k *client) deadline(t time.Time) {
	if k.conn.SetReadDeadline(t) != nil {
		k.over = true
	}
}

// take takes octets of the client's.
func (k *client) take(p []byte) {
	for len(p) > 0 && !k.over {
		n, mark := k.framer.Write(p)
		p = p[n:]
		switch mark {
		case wire.Head:
			k.head()
		case wire.End:
			k.end()
		}
	}
}

// say writes to the client.
func (k *client) say(p []byte) {
	if len(p) == 0 || k.over {
		return
	}
	if err := k.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		k.over = true
		return
	}
	if _, err := k.conn.Write(p); err != nil {
		k.over = true
	}
}

// ready asks for a literal.
func (k *client) ready(line []byte) {
	k.say(line)
	k.readies++
	k.plussed = true
	k.framer.Ready()
}

// head takes a line that announced a literal.
func (k *client) head() {
	if k.play != nil {
		return // a line of a SASL response that looks like it
	}
	m := k.framer.Message()
	k.literals++
	k.plussed = false
	r, ok := k.beginning(m)
	if !ok {
		if l := m.Literals[len(m.Literals)-1]; l.NonSync {
			k.plussed = true
			return
		}
		if answer := k.feedOther(m.Raw); k.other != nil && !bytes.Contains(answer, []byte("+ ")) && len(answer) > 0 {
			k.miss(m)
			k.say(answer)
			k.refuse()
			return
		}
		k.ready([]byte("+ go ahead\r\n"))
		return
	}
	x := k.sessions[r.session].Exchanges[r.exchange]
	q := request(x)
	l := q.Literals[k.literals-1]
	switch {
	case l.State == wire.Withdrawn:
		c := *m
		c.Raw = bytes.Clone(m.Raw)
		k.framer.Refuse()
		k.framer.Reset()
		k.answer(r, &c)
		k.reset()
	case l.Waited:
		k.ready(k.readyOf(x))
	case l.NonSync || m.Literals[len(m.Literals)-1].NonSync:
		k.plussed = true
	}
}

// refuse ends a command whose literal is not asked for.
func (k *client) refuse() {
	k.framer.Refuse()
	k.framer.Reset()
	k.reset()
}

func (k *client) reset() { k.literals, k.readies, k.fed, k.plussed = 0, 0, 0, false }

// readyOf is the "+" that the recorded server said to the literal that is due.
func (k *client) readyOf(x *script.Exchange) []byte {
	n := 0
	for _, m := range x.Messages {
		if m.Kind == decode.Ready {
			if n == k.readies {
				return m.Raw
			}
			n++
		}
	}
	return []byte("+ go ahead\r\n")
}

// beginning is the recorded command that begins like one that is coming.
func (k *client) beginning(m *wire.Message) (ref, bool) {
	begins := func(r ref) bool {
		q := request(k.sessions[r.session].Exchanges[r.exchange])
		return q != nil && len(q.Literals) >= k.literals && bytes.HasPrefix(afterTag(q.Raw), afterTag(m.Raw))
	}
	s := k.s()
	for _, from := range []int{k.next, 1} {
		for i := from; i < len(s.Exchanges); i++ {
			if begins(ref{k.session, i}) {
				return ref{k.session, i}, true
			}
		}
	}
	for n := range k.sessions {
		for i := 1; n != k.session && i < len(k.sessions[n].Exchanges); i++ {
			if begins(ref{n, i}) {
				return ref{n, i}, true
			}
		}
	}
	return ref{}, false
}

// end takes a whole command, or the client's line within one.
func (k *client) end() {
	m := *k.framer.Message()
	m.Raw = bytes.Clone(m.Raw)
	m.Literals = slices.Clone(m.Literals)
	k.framer.Reset()
	if p := k.play; p != nil {
		k.play = nil
		k.proceed(p)
		return
	}
	defer k.reset()
	if r, ok := k.find(&m); ok {
		k.feedOther(m.Raw)
		k.answer(r, &m)
		return
	}
	tag := tagOf(&m)
	if tag == "" || len(tag) > 100 || strings.ContainsAny(tag, "*+{}\"()%\\") {
		tag = "*"
	}
	if c := command(&m); k.s().Conn.MidStream && k.next == 1 && opens(c) {
		k.say([]byte(tag + " OK the recording begins behind this\r\n"))
		return
	}
	k.miss(&m)
	if k.other == nil || k.otherOff {
		k.say([]byte(tag + " BAD the recording has no answer to this\r\n"))
		return
	}
	answer := k.feedOther(m.Raw)
	for bytes.HasPrefix(answer, []byte("+ ")) { // its literals are here already
		_, answer, _ = bytes.Cut(answer, []byte("\n"))
	}
	k.say(answer)
	k.over = k.over || k.otherOff
}

func (k *client) miss(m *wire.Message) {
	if k.opts.Missing != nil {
		k.opts.Missing(k.n, m)
	}
}

// feedOther tells the other server what it does not know yet of a command.
func (k *client) feedOther(raw []byte) []byte {
	if k.other == nil || k.otherOff || k.fed >= len(raw) {
		return nil
	}
	answer, more := k.other.Write(raw[k.fed:])
	k.fed = len(raw)
	k.otherOff = !more
	return answer
}

// find is the recorded exchange that fits a command best.
func (k *client) find(m *wire.Message) (ref, bool) {
	raw, key := string(afterTag(m.Raw)), diff.Request(m)
	s := k.s()
	if k.next < len(s.Exchanges) {
		if q := request(s.Exchanges[k.next]); q != nil && (string(afterTag(q.Raw)) == raw || diff.Request(&q.Message) == key) {
			return ref{k.session, k.next}, true
		}
	}
	for _, state := range []bool{true, false} {
		for _, list := range [][]ref{k.exact[raw], k.meaning[key]} {
			if r, ok := k.best(list, state); ok {
				return r, true
			}
		}
	}
	if r := protocol.Lookup(protocol.Command, command(m)); r.Does(protocol.LogsIn) || r.Does(protocol.Authenticates) {
		return k.best(slices.DeleteFunc(slices.Clone(k.logins), func(r ref) bool {
			return k.sessions[r.session].Exchanges[r.exchange].Command != command(m)
		}), false)
	}
	return ref{}, false
}

// tagOf is a command's.
func tagOf(m *wire.Message) string {
	tag, _, _ := bytes.Cut(bytes.TrimLeft(m.Raw, " "), []byte(" "))
	return string(bytes.TrimRight(tag, "\r\n"))
}

// command is the name of one.
func command(m *wire.Message) string {
	word, _, _ := bytes.Cut(afterTag(m.Raw), []byte(" "))
	return string(bytes.ToUpper(bytes.TrimSpace(word)))
}

// best is, among exchanges, the next of this session; else its last before; else that of
// the session after this one that nobody has been given yet.
func (k *client) best(list []ref, state bool) (ref, bool) {
	var before, other *ref
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range list {
		r := list[i]
		x := k.sessions[r.session].Exchanges[r.exchange]
		if state && !k.fits(x) {
			continue
		}
		switch {
		case r.session == k.session && r.exchange >= k.next:
			return r, true
		case r.session == k.session:
			before = &list[i]
		case other == nil || k.served[*other] && !k.served[r]:
			other = &list[i]
		}
	}
	switch {
	case before != nil && (other == nil || k.answeredAll()):
		return *before, true
	case other != nil:
		return *other, true
	case before != nil:
		return *before, true
	}
	return ref{}, false
}

// answeredAll reports whether the session has been played to its end.
func (k *client) answeredAll() bool { return k.next >= len(k.s().Exchanges) }

// opens reports whether a command is one that leads to where a recording may begin.
func opens(command string) bool {
	r := protocol.Lookup(protocol.Command, command)
	return r.Does(protocol.LogsIn) || r.Does(protocol.Selects)
}

// logsIn reports whether an exchange is a command that logs in.
func logsIn(x *script.Exchange) bool {
	return x.Transaction != nil && (x.Row.Does(protocol.LogsIn) || x.Row.Does(protocol.Authenticates))
}

// fits reports whether an exchange was in the state that the client is in.
func (k *client) fits(x *script.Exchange) bool {
	switch {
	case logsIn(x):
		return !(k.at.State == protocol.Authenticated || k.at.State == protocol.Selected)
	case x.Row.Does(protocol.Selects), x.Row != nil && x.Row.States.Has(protocol.NotAuthenticated):
		return true
	}
	return x.Mailbox == k.at.Name
}

// answer answers a command as a recorded one was.
func (k *client) answer(r ref, m *wire.Message) {
	if r.session != k.session {
		k.session, k.aside = r.session, 0
		clear(k.answered)
		s := k.s()
		for k.aside < len(s.Asides) && s.Asides[k.aside].Begun < r.exchange {
			k.aside++ // they belong to what this client never asked
		}
		for i := 1; i < r.exchange; i++ {
			k.answered[i] = true
		}
	}
	k.mu.Lock()
	k.served[r] = true
	k.mu.Unlock()
	s := k.s()
	x := s.Exchanges[r.exchange]
	q := request(x)
	now := time.Now()
	k.next, k.literals = r.exchange+1, 0
	k.anchor = now.Add(-k.scaled(q.End.Sub(s.Conn.Start)))
	k.proceed(&playing{ref: r, tag: tagOf(m), skip: k.readies, start: now, base: q.End})
}

func (k *client) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * k.opts.Pace)
}

// proceed says what comes next of an exchange, up to where the client had to say something.
func (k *client) proceed(p *playing) {
	s := k.sessions[p.session]
	x := s.Exchanges[p.exchange]
	var out []byte
	for ; p.from < len(x.Messages); p.from++ {
		m := x.Messages[p.from]
		if m.Kind == decode.Continuation {
			k.say(out)
			p.from++
			p.start, p.base = time.Now(), m.End
			k.play = p
			return
		}
		if m.Dir == capture.ClientToServer || m.Lost > 0 || m.Elided > 0 {
			continue
		}
		if m.Kind == decode.Ready && p.skip > 0 {
			p.skip--
			continue
		}
		if k.opts.Pace > 0 {
			if d := time.Until(p.start.Add(k.scaled(m.End.Sub(p.base)))); d > 0 {
				k.say(out)
				out = out[:0]
				k.sleep(d)
			}
		}
		raw := m.Raw
		if m.Kind == decode.Tagged {
			out = append(out, p.tag...)
			raw = raw[len(m.Tag):]
		}
		out = append(out, raw...)
	}
	k.answered[p.exchange] = true
	if k.opts.Pace == 0 {
		out = k.asides(out) // in one piece with the answer: before the next command
	}
	k.say(out)
	if x.Row.Does(protocol.LogsOut) && x.Done && !k.reached(len(s.Exchanges)-1, len(s.Order)) {
		k.over = true // earlier than in the recording: its own end would never come
	}
	for _, m := range x.Messages {
		m.Feed(&k.at)
	}
}

// sleep waits. A client that goes meanwhile is noticed with the next octet.
func (k *client) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-k.ctx.Done():
		k.over = true
	}
}

// pending is when the next thing is due that the server says or does by itself.
func (k *client) pending() (time.Time, bool) {
	s := k.s()
	if k.play != nil || k.literals > 0 {
		return time.Time{}, false
	}
	if k.aside < len(s.Asides) {
		a := s.Asides[k.aside]
		if !k.reached(a.Begun, a.Done) {
			return time.Time{}, false
		}
		return k.due(a.At), true
	}
	if len(s.Ends) == 0 || s.Ends[0].Dir != capture.ServerToClient || !k.reached(len(s.Exchanges)-1, len(s.Order)) {
		return time.Time{}, false
	}
	return k.due(s.Ends[0].At), true
}

// asides adds what the server says now outside any command.
func (k *client) asides(out []byte) []byte {
	s := k.s()
	for k.aside < len(s.Asides) {
		if _, now := k.pending(); !now {
			break
		}
		out = append(out, k.nextAside()...)
	}
	return out
}

// nextAside is the next of them.
func (k *client) nextAside() []byte {
	s := k.s()
	m := s.Outside().Messages[s.Asides[k.aside].Message]
	k.aside++
	if m.Lost > 0 || m.Elided > 0 {
		return nil
	}
	return m.Raw
}

// reached reports whether so many commands of the session have begun, and so many are
// answered.
func (k *client) reached(begun, done int) bool {
	if k.next-1 < begun {
		return false
	}
	for _, i := range k.s().Order[:done] {
		if !k.answered[i] {
			return false
		}
	}
	return true
}

func (k *client) due(at time.Duration) time.Time {
	if k.opts.Pace == 0 {
		return time.Time{}
	}
	return k.anchor.Add(k.scaled(at))
}

// tell says, or does, what is pending.
func (k *client) tell() {
	s := k.s()
	if k.aside == len(s.Asides) {
		k.over = true
		return
	}
	k.say(k.nextAside())
}
