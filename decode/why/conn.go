package why

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
)

// The bounds of what is kept of a connection.
const (
	maxFindings = 64
	maxRefused  = 256
	maxQuote    = 160 // bytes of a server's text
)

// longWait is how long a side waits before it is said to hang.
const longWait = 5 * time.Second

// conn is what is known of a connection: its clues.
type conn struct {
	capture.Conn
	all       *account.Accounts // of the whole recording; nil before its end
	by        *Reasoner         // that follows it
	session   *session.Model    // as long as it is open
	serverLeg bool              // of a proxy: the client's leg has the same clues

	findings []lint.Finding // the first of each rule, the first maxFindings
	refused  map[int]*refusal
	order    []int // the keys of refused

	in       bool   // it is logged in
	tried    bool   // the client sent a command to log in
	asked    bool   // the client asked for the capabilities
	offered  string // the capabilities when it ended
	leaving  bool   // the client has sent LOGOUT, or ended its direction
	bye      *bye   // a BYE that no LOGOUT asked for
	idle     *idle  // the IDLE in progress
	oneSided bool   // it is from a log that has one side only
	idled    bool   // one worked
	tls      handshake
	noTLS    *Evidence // a proxy's remark that TLS with the client failed
	sticky   *Evidence // a code that unique identifiers do not last

	spoke    time.Time   // when the client's last line ended
	command  string      // the client's last command
	requests []time.Time // when the last commands came, at most maxRequests
	again    int         // segments that came again since the client's last line
	fetched  int64       // bytes that FETCH brought

	heard      bool         // a message came
	firstWords string       // the server's first line, its beginning
	firstAsked string       // the client's
	firstAt    time.Time    // when it came
	stopped    map[int]bool // exchanges that the client broke off itself

	closed      time.Time
	how         string // it ended: "closed by the server"
	over        bool   // it ended, and not the capture
	cut         bool   // it was not ended by the client
	left        bool   // the client ended it
	reset       bool
	closedFirst decode.Side
	lossy       bool // bytes of it were not captured
	pace        pace
	seen
}

// maxRequests is how many commands of the last minute are counted.
const maxRequests = 1024

// refusal is a command that the server answered NO or BAD, or a login that failed otherwise.
type refusal struct {
	Evidence
	tag, command, status, text string // the text without secrets
	login, literals            bool
	bad, passing               bool // BAD; a code says that it is for now
	idle, offersIdle           bool // it was IDLE, which the server had listed
	waited                     bool // for what the server asked for with "+"

	attempt *attempt  // of a login, nil of any other command
	asked   time.Time // when the command was sent
}

// withClient begins a proxy's remark about TLS with the client (proxy/tls); that it was
// begun goes on with the version.
const withClient, version = "TLS with the client: ", "TLS"

// note follows a remark of the source.
func (c *conn) note(n *decode.Note) {
	if n.Text == capture.LogOneSide {
		c.oneSided = true
	}
	if why, ok := strings.CutPrefix(n.Text, withClient); ok && !strings.HasPrefix(why, version) {
		c.noTLS = &Evidence{Conn: c.ID, Time: n.Time, Text: safe(why)}
	}
}

// message follows a message.
func (c *conn) message(m *decode.Message) {
	c.heard = true
	c.followIdle(m)
	if m.Dir == capture.ClientToServer {
		c.said(m)
		return
	}
	if c.firstWords == "" && !c.MidStream {
		c.firstWords, c.firstAt = safe(string(bytes.TrimRight(m.Raw, "\r\n"))), m.Time
	}
	if c.sticky == nil && codeOf(string(m.Text)).Does(protocol.ForgetsUIDs) {
		c.sticky = &Evidence{Conn: c.ID, Dir: m.Dir, Off: m.Off, Len: m.Len, Time: m.Time, Text: safe(m.Known.Hide(string(m.Text), mask))}
	}
	if m.Row == nil || m.Kind != decode.Greeting && m.Kind != decode.Untagged {
		return
	}
	switch {
	case m.Row.Does(protocol.PreAuthenticates):
		c.in = true
	case m.Row.Does(protocol.SaysBye) && c.oneSided && m.Kind != decode.Greeting: // LOGOUT may not be there
	case m.Row.Does(protocol.SaysBye) && !c.leaving && c.bye == nil:
		c.saidBye(m)
	}
}

// said follows a message of the client.
func (c *conn) said(m *decode.Message) {
	c.spoke, c.again = m.End, 0
	if c.firstAsked == "" && !c.MidStream && len(m.Secrets) == 0 {
		c.firstAsked = safe(m.Known.Hide(string(bytes.TrimRight(m.Raw, "\r\n")), mask))
	}
	if stopsExchange(m) {
		if c.stopped == nil {
			c.stopped = make(map[int]bool)
		}
		if len(c.stopped) < maxRefused {
			c.stopped[m.Txn.N] = true
		}
	}
	if m.Kind != decode.Request || m.Row == nil {
		return
	}
	c.command = m.Row.Name
	if len(c.requests) == maxRequests {
		c.requests = append(c.requests[:0], c.requests[maxRequests/2:]...)
	}
	c.requests = append(c.requests, m.Time)
	switch {
	case m.Row.Does(protocol.LogsOut):
		c.leaving = true
	case m.Row.Does(protocol.LogsIn), m.Row.Does(protocol.Authenticates):
		c.tried = true
	case m.Row.Does(protocol.ListsCapabilities):
		c.asked = true
	}
}

// saidBye keeps a BYE that no LOGOUT asked for.
func (c *conn) saidBye(m *decode.Message) {
	c.bye = &bye{
		Evidence: Evidence{Conn: c.ID, Dir: m.Dir, Off: m.Off, Len: m.Len, Time: m.Time},
		text:     safe(m.Known.Hide(string(m.Text), mask)), greeting: m.Kind == decode.Greeting,
	}
	if !c.spoke.IsZero() {
		c.bye.silence = max(m.Time.Sub(c.spoke), 0)
	}
	if t := m.Txn; t != nil {
		c.bye.Txn = t.N
		c.bye.login = !c.in && logsIn(t.Row)
	}
	c.bye.Text = m.Word + " " + c.bye.text
}

// recent returns how many commands the client sent in a time up to a moment.
func (c *conn) recent(to time.Time, within time.Duration) int {
	n := 0
	for _, t := range c.requests {
		if !t.After(to) && to.Sub(t) <= within {
			n++
		}
	}
	return n
}

func logsIn(r *protocol.Row) bool {
	return r.Does(protocol.LogsIn) || r.Does(protocol.Authenticates)
}

// transaction follows a transaction.
func (c *conn) transaction(t *decode.Transaction) {
	c.pace.follow(c.ID, t)
	if t.Row.Does(protocol.Fetches) {
		c.fetched += t.Octets[capture.ServerToClient]
	}
	switch status := protocol.Lookup(protocol.Completion, t.Status); {
	case t.Outcome == decode.Abandoned:
		c.abandoned(t)
	case t.Outcome == decode.Orphan:
		if code := codeOf(t.Text); !c.in && (code.Does(protocol.RefusesCredentials) || code.Does(protocol.RefusesExpired)) {
			c.refuse(t, "a login that was not captured", true)
		}
	case t.Row == nil || status == nil:
	case status.Does(protocol.Succeeds):
		c.in = c.in || logsIn(t.Row)
		c.idled = c.idled || t.Row.Does(protocol.Idles)
	default:
		c.refuse(t, t.Command, logsIn(t.Row))
	}
}

// abandoned follows a command without an answer: a login that the server had refused in its
// exchange, or answered with BYE, has failed.
func (c *conn) abandoned(t *decode.Transaction) {
	switch {
	case !logsIn(t.Row):
	case c.bye != nil && c.bye.Txn == t.N:
		c.refuse(t, t.Command, true)
		x := c.refused[t.N]
		x.status, x.text = protocol.BYE, c.bye.text
		x.Evidence = c.bye.Evidence
		x.attempt.code = codeOf(c.bye.text)
	case t.SASL != nil && t.SASL.Error != "":
		c.refuse(t, t.Command, true)
		c.refused[t.N].Text = "no answer after the error in the exchange"
	}
}

// refuse keeps a refused command.
func (c *conn) refuse(t *decode.Transaction, command string, login bool) {
	if len(c.refused) == maxRefused {
		return
	}
	status := protocol.Lookup(protocol.Completion, t.Status)
	told := t.SASL != nil && t.SASL.Error != "" // a client that then breaks off does so for the error
	x := &refusal{
		Evidence: Evidence{Conn: c.ID, Txn: t.N, Dir: capture.ServerToClient, Time: t.End},
		command:  command, status: t.Status, text: safe(t.Known.Hide(t.Text, mask)), asked: t.Time,
		login: login && (told || !c.stopped[t.N]), literals: len(t.Literals) > 0,
		bad: status.Does(protocol.Rejects), passing: passing(t.Text), idle: t.Row.Does(protocol.Idles), waited: t.Ready > 0,
	}
	if x.Time.IsZero() {
		x.Time = t.RequestEnd
	}
	if x.login {
		x.attempt = c.attempted(t)
	}
	if x.idle && c.session != nil {
		x.offersIdle = slices.Contains(strings.Fields(c.session.Offered()), strings.ToUpper(t.Row.Capability))
	}
	if x.tag = "the command"; !t.SecretTag {
		x.tag = safe(t.Known.Hide(t.Tag, mask))
	}
	x.Text = fmt.Sprintf("%s %s %s", x.tag, x.status, x.text)
	if c.refused == nil {
		c.refused = make(map[int]*refusal)
	}
	c.refused[t.N] = x
	c.order = append(c.order, t.N)
}

// secure follows a TLS session.
func (c *conn) secure(s *decode.Secured) {
	f := s.Facts
	c.tls.facts, c.tls.at = &f, s.Time
}

// close follows the end of the connection.
func (c *conn) close(e *decode.Closed) {
	c.closed = e.Time
	c.serverLeg = e.Leg == capture.ServerLeg
	c.how = e.How()
	c.over = e.Cause == capture.FIN || e.Cause == capture.RST || e.First.Side != decode.UnknownSide
	c.cut = e.First.Side == decode.ServerSide || e.First.Cause == capture.RST
	c.closedFirst = e.First.Side
	c.left = e.First.Side == decode.ClientSide
	c.reset = e.Cause == capture.RST || e.First.Cause == capture.RST
	c.lossy = e.Lost[0]+e.Lost[1] > 0
	c.pace.end()
	if c.idle != nil {
		c.waited(c.idle, e.Time)
	}
	if c.session != nil {
		c.offered = c.session.Offered()
		c.session = nil
	}
	c.ended(e)
}

// settle drops what no Reason can use once the connection has ended and all is known about it:
// most connections that a Reasoner keeps have.
func (c *conn) settle() {
	c.pace.settle()
	if _, _, _, ok := c.throttling(); !ok {
		c.requests = nil
	}
	c.stopped, c.lineRaw, c.lineKnown = nil, nil, nil
	c.numbering.found = results{}
	c.findings = slices.Clone(c.findings) // without room for more
}

// found keeps a finding.
func (c *conn) found(r *Reasoner, f *lint.Finding) {
	if len(c.findings) < maxFindings {
		x := *f
		m, ok := f.Event.(*decode.Message)
		if f.Event == nil {
			m, ok = r.one[0].(*decode.Message)
		}
		if ok && f.Conn == c.ID {
			c.describe(r, &x, m)
			c.measured(r, &x, m)
		}
		if t, ok := f.Event.(*decode.Transaction); ok && t.Row != nil && f.Rule.ID == "S005" {
			x.Message = asked(t) + ": " + x.Message
		}
		x.Event = nil // it holds a whole message
		c.findings = append(c.findings, x)
	}
}

// finding returns the first finding of a rule that is a cause, and how many there are.
func (c *conn) finding(cause *Cause) []*lint.Finding {
	var list []*lint.Finding
	for i := range c.findings {
		f := &c.findings[i]
		if f.Rule.ID == cause.Rule && (cause.when == nil || cause.when(c, f)) {
			list = append(list, f)
		}
	}
	return list
}

// hasClues reports whether anything of the connection is worth keeping.
func (c *conn) hasClues() bool {
	return c.seen.clues() || len(c.findings) > 0 || len(c.refused) > 0 || c.bye != nil || c.tls.clues() || c.noTLS != nil ||
		c.idle != nil || c.sticky != nil || c.pace.clues() || !c.in && !c.tried && c.asked || c.strange() || c.fetched >= largeReply
}

// first returns the first finding of a rule, nil if there is none.
func (c *conn) first(rule string) *lint.Finding {
	for i := range c.findings {
		if c.findings[i].Rule.ID == rule {
			return &c.findings[i]
		}
	}
	return nil
}

// has reports whether a rule found something.
func (c *conn) has(rule string) bool { return c.first(rule) != nil }
