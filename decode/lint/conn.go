package lint

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/layer"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

// conn holds what the rules share about one connection. Only its own methods change it.
type conn struct {
	*Linter
	capture.Conn
	session *session.Model
	known   *session.Words // secrets that no finding may repeat
	counts  []int32        // findings so far, by rule
	memory  map[*Rule]any  // rules' own state

	next     [2]int64     // stream position after the last message
	last     time.Time    // time of the last message
	startTLS [2]time.Time // when STARTTLS came, and its OK
	requests int          // so far
	answered int          // the last command that had a response

	afterLiteral int // the command right after one that ended in a literal

	acts     acts // what a proxy did, while the connection is no leg
	pair     *pair
	leg      capture.Leg // of pair
	reported marks       // while the connection is no leg
	recent   []passed    // by the client, while the connection is no leg
	ends     bool        // it has ended

	held   []held // findings that are not certain yet
	ending ending

	greeted     bool    // the first response was seen, or was not captured
	serverSpoke bool    // the server sent something
	headless    bool    // the greeting, which shows the dialect, was not captured
	blind       bool    // what came before is unknown: rules about state report nothing
	gapped      bool    // bytes are missing in this message, or before it
	torn        [2]bool // by direction: bytes are missing in the last message, which broke off there
	doubt       bool    // framing of the server's side was lost: what looks like a response may be mail
	noBox       bool    // the mailbox is unknown too
	secure      bool    // STARTTLS was answered OK
	upgraded    bool
	fromLog     bool   // it is read from a program's log
	leftOut     bool   // the source leaves out what follows: it was not lost
	masked      bool   // which masks secrets
	byProxy     bool   // what the server seems to send is the proxy's
	unrelayed   string // the proxy's reason not to relay the connection
	bye         bool
	loggedOut   bool // LOGOUT was sent
	stray       bool // a command with a literal was refused: the server may answer the literal too

	gapTime [2]time.Time // by direction, of the last message that bytes are missing in or before

	who        *account.Conn
	openedBox  *session.Mailbox // the mailbox of the last SELECT that succeeded
	openedGone account.Gone     // the identifiers that were gone by then, on any connection
	topOf      *session.Mailbox // where an identifier was seen last
	high       highest          // of that mailbox
	top        uint32           // the highest one seen there; 0: known to boxes already
	mismatch   mismatch         // known when the connection has ended
	server     program          // what it shows itself to be
	offered    bool             // the capabilities that the session has are those of now
	relist     bool             // this message has a list of them in its code
	heard      time.Time        // time of the server's last message
	deaf       *command         // the IDLE in which the connection went deaf, known when it has ended
	deafFor    time.Duration
	structures structures
	names      naming
	utf8       bool // UTF8=ACCEPT is enabled
	cut        bool // the last message ended right after a literal, and lacks what should follow
	resyncs    bool // QRESYNC is enabled

	habits habits
	out    []command // outstanding, oldest first
}

func newConn(l *Linter, c capture.Conn, s *session.Model) *conn {
	who := account.ConnOf(&c)
	return &conn{
		Linter: l, Conn: c, session: s, counts: make([]int32, len(rules)), who: &who,
		greeted: c.MidStream, headless: c.MidStream, blind: c.MidStream, noBox: c.MidStream,
	}
}

// dispatch runs the rules that look at a fact, and apply to the dialect.
func (c *conn) dispatch(f Fact) {
	p := &c.pass
	p.fact = f
	for _, w := range c.watching(f) {
		if (c.fromLog || c.leftOut) && w.Wire || c.masked && w.Secret {
			continue
		}
		p.rule = w.entry
		w.run(p)
	}
}

// watching returns the rules that look at a fact, and apply to the dialect.
func (c *conn) watching(f Fact) []watcher {
	if c.isIMAP4() {
		return c.byFact[later][f]
	}
	return c.byFact[early][f]
}

// event looks at one event and then lets the session follow it.
func (c *conn) event(e decode.Event) {
	c.pass = Pass{conn: c}
	switch e := e.(type) {
	case *decode.Message:
		c.known = e.Known
		c.follow(e)
	case *decode.Transaction:
		c.known = e.Known
		c.finish(e)
		decode.Follow(&c.world, c.ID, e)
	case *decode.Again:
		c.repeated(e)
	case *decode.Dark:
		c.upgraded = true
	case *decode.Record:
		if e.Fault == layer.BadTag || e.Fault == layer.Malformed {
			c.pass.record = e
			c.dispatch(OnRecord)
		}
	case *decode.Note:
		c.remark(e.Text)
		decode.Follow(&c.world, c.ID, e)
		c.fromLog = c.fromLog || strings.HasPrefix(e.Text, capture.FromLog)
		c.leftOut = c.leftOut || strings.HasPrefix(e.Text, capture.LeftOut)
		c.masked = c.masked || strings.HasPrefix(e.Text, capture.LogMasks)
		c.byProxy = c.byProxy || e.Text == capture.InsteadOfServer
		if strings.HasPrefix(e.Text, capture.NoServer) || strings.HasPrefix(e.Text, capture.NoClient) {
			c.unrelayed = printable(e.Text)
		}
	case *decode.Closed:
		c.end(e)
		decode.Follow(&c.world, c.ID, e)
	}
}

// follow processes one message. The rules see the session as it was before it.
func (c *conn) follow(m *decode.Message) {
	p := &c.pass
	p.message = m
	c.actedOn(m)
	c.ending.discard(m)
	c.missing(m)
	if !c.startTLS[m.Dir].IsZero() {
		c.alongTLS(m)
	}
	switch {
	case m.Kind == decode.Junk && m.Dir == capture.ClientToServer: // a blank line: not a request
		c.dispatch(OnLine)
	case m.Kind == decode.Request:
		p.tree = c.parser.Request(&m.Message)
		c.request(m)
		decode.FollowParsed(&c.world, c.ID, m, nil)
	case m.Kind == decode.Continuation:
		if p.cmd = c.outstanding(m.Txn); p.cmd != nil {
			p.cmd.lines++
			c.dispatch(OnLine)
		}
		decode.FollowParsed(&c.world, c.ID, m, nil)
	default:
		p.tree, p.cmd = c.parser.Response(&m.Message), c.outstanding(m.Txn)
		announces := m.Kind == decode.Greeting || m.Row.Does(protocol.Offers)
		if announces { // it is judged by the announced dialect
			decode.FollowParsed(&c.world, c.ID, m, p.tree)
		}
		lengths := c.response(m)
		if !announces {
			decode.FollowParsed(&c.world, c.ID, m, p.tree)
		}
		if lengths {
			c.dispatch(OnLengths)
		}
		c.serverSpoke = true
		if m.Row.Does(protocol.Offers) || c.relist {
			c.relist = false
			c.listed()
		}
	}
	if m.Dir == capture.ServerToClient {
		c.heard = m.Time
	}
	c.last = m.End
	if m.Broken {
		c.last = m.Time // m.End is when the break was noticed
		if m.Lost == 0 {
			c.ending.brokeOff(m)
		}
	}
}

// missing processes bytes that were not captured before or within a message.
func (c *conn) missing(m *decode.Message) {
	before := m.Off - c.next[m.Dir]
	if middle := c.MidStream && c.next[m.Dir] == 0; before > 0 && !middle {
		c.lost(place{dir: m.Dir, off: c.next[m.Dir], len: before, time: m.Time},
			fmt.Sprintf("%d bytes were not captured, or make no sense because bytes before them were not", before))
	}
	if m.Lost > 0 {
		c.lost(all(m), fmt.Sprintf("%d bytes of a message were not captured", m.Lost))
	}
	c.gapped = m.Lost > 0 || before > 0 || c.torn[m.Dir]
	c.torn[m.Dir] = m.Broken && m.Lost > 0
	c.headless = c.headless || m.Dir == capture.ServerToClient && c.gapped && (c.next[m.Dir] == 0 || m.Off == 0)
	if c.gapped {
		c.blind, c.noBox = true, true
		c.gapTime[m.Dir] = m.Time
	}
	c.release(m.Dir, !c.gapped)
	if c.gapped && m.Dir == capture.ServerToClient {
		for i := range c.out {
			c.out[i].lossy = true
		}
		c.doubt = c.doubt || before > 0 || m.Broken
	}
	c.next[m.Dir] = m.Off + m.Len + m.Lost
}

func (c *conn) lost(at place, text string) {
	c.pass.gap = gap{at, text}
	c.dispatch(OnMissing)
}

// alongTLS checks for data in the same segment as STARTTLS, or as the OK to it.
func (c *conn) alongTLS(m *decode.Message) {
	if m.Time.Equal(c.startTLS[m.Dir]) {
		c.dispatch(OnPlain)
		c.startTLS[m.Dir] = time.Time{}
	}
}

// repeated processes bytes that were sent again while a command waited.
func (c *conn) repeated(e *decode.Again) {
	if e.Txn != nil {
		c.pass.again = e
		c.dispatch(OnAgain)
	}
}

// finish processes a completed command.
func (c *conn) finish(t *decode.Transaction) {
	cmd := c.outstanding(t)
	switch t.Outcome {
	case decode.Completed:
		if cmd != nil {
			c.measure(t, cmd)
		}
	case decode.Abandoned:
		c.endRuns()
		if cmd != nil {
			c.ending.abandon(t, cmd)
		}
	}
	c.forget(t.N)
}

// end processes the end of a connection.
func (c *conn) end(e *decode.Closed) {
	p := &c.pass
	p.closed, c.ends = e, true
	if c.mismatch = c.mismatched(e); c.mismatch != agreed {
		c.held = nil // that the client spoke first, and the like, comes of this
	}
	c.deaf, c.deafFor = p.findDeaf()
	c.endings()
	p.message, p.transaction, p.cmd = nil, nil, nil
	for _, dir := range directions {
		c.release(dir, c.missingAt(e, dir) == 0)
	}
	c.endRuns()
	for _, dir := range directions {
		if tail := c.missingAt(e, dir); tail > 0 && !c.upgraded {
			c.lost(place{dir: dir, off: c.next[dir], len: tail, time: e.Time},
				fmt.Sprintf("%d bytes at the end were not captured, or make no sense because bytes before them were not", tail))
		}
	}
	c.dispatch(OnClosed)
}

// endings processes what was incomplete when the connection ended.
func (c *conn) endings() {
	p := &c.pass
	short := c.swallowed()
	asking := 0 // the transaction whose literal the server never asked for
	for _, dir := range directions {
		m := c.ending.broken[dir]
		if m == nil || short && dir == capture.ServerToClient {
			continue
		}
		p.message, p.cmd = m, nil
		if awaitsReady(m) && m.Txn != nil {
			asking = m.Txn.N
			c.dispatch(OnNotAsked)
			continue
		}
		c.dispatch(OnBrokenOff)
	}
	p.message = nil
	for i := range c.ending.unanswered {
		u := &c.ending.unanswered[i]
		if u.txn.N == asking || u.swallowed {
			continue
		}
		p.transaction, p.cmd = u.txn, &u.cmd
		c.dispatch(OnUnanswered)
	}
}

// swallowed looks for responses to commands within the literal that the connection
// ended in: the literal was shorter than announced, and what followed was read as part
// of it.
func (c *conn) swallowed() (found bool) {
	p := &c.pass
	m := c.ending.broken[capture.ServerToClient]
	if m == nil || m.Lost > 0 || len(m.Literals) == 0 || !over(p.closed.Cause) {
		return false
	}
	l := &m.Literals[len(m.Literals)-1]
	if l.State != wire.Partial || l.Body.End != len(m.Raw) {
		return false
	}
	start := l.Body.Start
	for line := range bytes.Lines(m.Raw[start:]) {
		at := wire.Span{Start: start, End: start + len(line)}
		start = at.End
		tag, rest, _ := bytes.Cut(line, []byte(" "))
		status, _, _ := bytes.Cut(rest, []byte(" "))
		u := c.ending.answeredBy(tag)
		if u == nil || !isStatus(status) {
			continue
		}
		u.swallowed = true
		if !found {
			found = true
			p.message, p.span = m, trimmed(m.Raw, at)
			c.dispatch(OnSwallowed)
		}
	}
	return found
}

var directions = [...]capture.Direction{capture.ClientToServer, capture.ServerToClient}

// missingAt returns how many bytes of a side were lost, or could not be understood,
// since its last message.
func (c *conn) missingAt(e *decode.Closed, dir capture.Direction) int64 {
	lost, end := e.Lost[dir] > 0, e.Octets[dir]+e.Lost[dir]
	for _, l := range e.Layers { // messages are in the text of the last one
		lost, end = lost || l.Faults > 0, e.Ends[dir]
	}
	if !lost {
		return 0
	}
	return end - c.next[dir]
}

// isIMAP4 reports whether the server speaks, or has announced, a later dialect than those
// of RFC 1176's time.
func (c *conn) isIMAP4() bool { return c.session.Dialect >= protocol.IMAP4 }
