package why

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

// turns is whose turn it is to speak.
type turns struct {
	out        []turn // commands without a response, oldest first
	line       Evidence
	lineRaw    []byte // its beginning, where it has no secret
	lineKnown  *session.Words
	lineEnd    time.Time
	orphan     string // the tag of the last response that no command had
	orphanAt   time.Time
	broken     [2]*decode.Message // by direction: what the connection ended in
	commands   int
	serverSaid bool // the server said something
	tlsNext    bool // the last line is the OK to STARTTLS
	stuck      *Reason
	gaveUp     *Reason // as of when the client ended its side, or sent LOGOUT
	gaveUpOn   int     // the transaction that the client waited for when it sent LOGOUT
}

// turn is a command without a response.
type turn struct {
	Evidence
	row          *protocol.Row
	command, tag string
	asks         bool // the last line about it is the server's "+"
	ready        bool // the server has sent "+"
}

// The least silences that are called a hang: where a side ended the connection, and where the
// recording or its source did, so that the answer may only not have been seen.
const (
	closedSilence = longWait
	openSilence   = 30 * time.Second
	maxTurns      = 64
	maxSlowBody   = 64 << 10 // a literal that broke off after more than that was moving
)

// speaks follows whose turn it is.
func (c *conn) speaks(m *decode.Message) {
	if m.Broken {
		c.broken[m.Dir] = m.Clone()
		return
	}
	if m.Dir == capture.ServerToClient && m.Row.Does(protocol.SaysBye) {
		return // it ends a silence, and the connection
	}
	if m.Kind == decode.Request && m.Row.Does(protocol.LogsOut) {
		c.loggingOut(m)
	}
	c.keepLine(m)
	c.lineEnd, c.tlsNext = m.End, false
	if m.Dir == capture.ServerToClient {
		c.serverSaid = true
		switch {
		case m.Kind == decode.Tagged && m.Txn != nil && m.Txn.Outcome == decode.Orphan:
			c.orphan, c.orphanAt = safe(m.Known.Hide(string(m.Tag), mask)), m.Time
		case m.Kind == decode.Tagged && m.Txn != nil && m.Txn.Row.Does(protocol.StartsTLS):
			c.tlsNext = protocol.StatusEffect(m.Word) == protocol.Succeeds
		case m.Kind == decode.Ready && m.Txn != nil:
			if i := c.turnOf(m.Txn.N); i >= 0 {
				c.out[i].asks, c.out[i].ready = true, true
			}
		}
		return
	}
	switch {
	case m.Txn == nil || m.Kind == decode.Junk:
	case m.Kind == decode.Continuation:
		if i := c.turnOf(m.Txn.N); i >= 0 {
			c.out[i].asks = false
		}
	case m.Kind == decode.Request && !m.Txn.Secret && len(c.out) < maxTurns:
		c.commands++
		x := turn{Evidence: placed(c.ID, m, shownLine(m)), row: m.Row, command: safe(m.Known.Hide(m.Word, mask)), tag: "the command"}
		if !m.Txn.SecretTag {
			x.tag = safe(m.Known.Hide(string(m.Tag), mask))
		}
		if x.row == nil {
			x.command = "the command"
		}
		c.out = append(c.out, x)
	}
}

// loggingOut keeps for whose answer the client had waited when it sent LOGOUT. An answer that
// comes later takes it back.
func (c *conn) loggingOut(m *decode.Message) {
	silence := m.Time.Sub(c.lineEnd)
	if len(c.out) == 0 || c.lineEnd.IsZero() || silence < openSilence || !c.serverSaid || c.serverOnly() {
		return
	}
	h := hang{c, fmt.Sprintf("for %s, until the client sent LOGOUT", span(silence)), silence}
	if x := h.unanswered(); x.Sentence != "" {
		c.gaveUp, c.gaveUpOn = &x, c.out[0].Txn
	}
}

// keepLine keeps the last line. Few are shown, so most are only copied.
func (c *conn) keepLine(m *decode.Message) {
	c.line = placed(c.ID, m, "")
	c.lineRaw, c.lineKnown = c.lineRaw[:0], m.Known
	if len(m.Secrets) > 0 {
		c.line.Text = shownLine(m)
		return
	}
	// Of a secret that begins in what is shown, enough is kept to know it.
	c.lineRaw = append(c.lineRaw, m.Raw[:min(len(m.Raw), maxQuote+session.MinWord)]...)
}

// lastLine returns the last line as evidence.
func (c *conn) lastLine() Evidence {
	e := c.line
	if e.Text == "" {
		e.Text = shownText(c.lineRaw, c.lineKnown)
	}
	return e
}

func (c *conn) turnOf(n int) int {
	return slices.IndexFunc(c.out, func(x turn) bool { return x.Txn == n })
}

// shownLine is the first line of a message without its secrets.
func shownLine(m *decode.Message) string {
	b := m.Raw
	for _, s := range m.Secrets {
		b = append(append(bytes.Clone(b[:s.Start]), mask...), b[min(s.End, len(b)):]...)
		break // one is enough: what follows the first is cut
	}
	if len(m.Secrets) > 0 {
		b = b[:m.Secrets[0].Start+len(mask)]
	}
	return shownText(b, m.Known)
}

func shownText(b []byte, known *session.Words) string {
	b, _, _ = bytes.Cut(b, []byte("\n"))
	return safe(known.HideCut(string(bytes.TrimRight(b, "\r")), mask))
}

// ended follows the end of a connection.
func (c *conn) ended(e *decode.Closed) {
	if c.stuck = c.stops(e); c.stuck == nil && e.Lost == [2]int64{} {
		c.stuck = c.gaveUp
	}
	c.gaveUp, c.gaveUpOn, c.broken, c.out = nil, 0, [2]*decode.Message{}, nil
	c.stores, c.set, c.expunged = nil, nil, nil
}

// serverOnly reports whether only the server's side was seen: it answered commands that are not
// there.
func (c *conn) serverOnly() bool { return c.oneSided || c.commands == 0 && c.orphan != "" }

// stops returns whose turn it was when a connection ended, or the client left, after a silence;
// nil if there is nothing to say.
func (c *conn) stops(e *decode.Closed) *Reason {
	if c.serverOnly() || e.Lost[0]+e.Lost[1] > 0 || c.MidStream && !c.serverSaid || !c.serverSaid && c.commands > 1 || c.bye != nil && c.bye.greeting {
		return nil
	}
	least := openSilence
	if e.First.Side != decode.UnknownSide || e.Cause == capture.FIN || e.Cause == capture.RST {
		least = closedSilence
	}
	until := "until the connection ended: " + e.How()
	switch {
	case e.First.Side != decode.UnknownSide && e.First.Cause == capture.RST:
		until = fmt.Sprintf("until the %s reset the connection", e.First.Side)
	case e.First.Side != decode.UnknownSide:
		until = fmt.Sprintf("until the %s closed the connection", e.First.Side)
	case e.Cause == capture.EndOfCapture:
		until = "until the recording ended"
	}
	at := c.lineEnd
	for _, m := range c.broken {
		if m != nil && m.Time.After(at) {
			at = m.Time
		}
	}
	if never := !c.serverSaid && c.commands == 0 && c.broken == [2]*decode.Message{}; never && !c.MidStream && e.Octets == [2]int64{} && c.Server.Port() != imaps {
		at = c.Start
	}
	silence := e.Time.Sub(at)
	if at.IsZero() || silence < least || e.Upgraded != 0 {
		return nil
	}
	h := hang{c, fmt.Sprintf("for %s, %s", span(silence), until), silence}
	var x Reason
	switch mc, ms := c.broken[capture.ClientToServer], c.broken[capture.ServerToClient]; {
	case ms != nil:
		x = h.serverStops(ms)
	case mc != nil:
		x = h.clientStops(mc)
	case len(c.out) > 0 && c.out[0].row.Does(protocol.LogsOut): // it left
	case len(c.out) > 0:
		x = h.unanswered()
	case c.line.Time.IsZero():
		x = h.reason(Server, "See whether the server is overloaded, or another program has the port.", "The server accepted the connection and never greeted: nothing came")
		x.add(Evidence{Conn: c.ID, Time: c.Start, Text: "the connection began"})
	case c.tlsNext:
		x = h.reason(Client, "Begin the TLS handshake right after the OK.", "The client does not begin TLS: the server answered STARTTLS, and nothing came")
	case c.commands == 0 && c.bye == nil && silence >= openSilence && e.Cause != capture.EndOfCapture:
		x = h.reason(Client, "Send a command after the greeting; look at what the client waits for.", "The client sends nothing: the server greeted, and no command came")
	}
	if x.Sentence == "" {
		return nil
	}
	return &x
}

// imaps is the port where the client speaks first, in TLS (RFC 8314, 3.2).
const imaps = 993

// hang is a silence at the end of a connection.
type hang struct {
	*conn
	during  string
	silence time.Duration
}

// reason returns a reason: a sentence whose end is how long it was silent, and what the last
// line was.
func (h *hang) reason(v Verdict, remedy, format string, args ...any) Reason {
	x := Reason{Severity: lint.Error, Verdict: v, Remedy: remedy, Sentence: fmt.Sprintf(format, args...) + " " + h.during + "."}
	if !h.line.Time.IsZero() {
		line := h.lastLine()
		x.Sentence += fmt.Sprintf(" It was the %s's turn to speak; the last line was the %s's %s.", v, line.Dir, quote(line.Text))
		x.add(line)
	}
	return x
}

// serverStops is a response that broke off.
func (h *hang) serverStops(m *decode.Message) Reason {
	const remedy = "Look at what the server did at this time; as a client, limit the wait, and connect again."
	if n := len(m.Literals); n > 0 {
		l := &m.Literals[n-1]
		if l.State == wire.Partial {
			if m.Len > maxSlowBody {
				return Reason{}
			}
			have := m.Len - m.ElidedBefore(0) - int64(l.Body.Start)
			return h.with(m, h.reason(Server, remedy, "The server stopped in the middle of a literal: it announced %d bytes and sent %d, and the client waited for the rest", l.Size, have))
		}
	}
	return h.with(m, h.reason(Server, remedy, "The server stopped in the middle of a line, %s: the client waited for its end", quote(shownLine(m))))
}

// clientStops is a command that broke off.
func (h *hang) clientStops(m *decode.Message) Reason {
	n := len(m.Literals)
	if n == 0 || m.Literals[n-1].State != wire.Partial {
		what := "without the CRLF that ends it"
		if m.Len > 0 && m.Raw[len(m.Raw)-1] == '\r' {
			what = "that ends in CR alone, without LF"
		}
		return h.with(m, h.reason(Client, "End every line in CRLF, and flush it.", "The client sent a line %s, and the server waited for the rest", what))
	}
	l := &m.Literals[n-1]
	sent := m.Len - int64(l.Body.Start)
	asked := l.Waited || m.Txn != nil && m.Txn.Ready >= n
	switch {
	case sent > maxSlowBody:
		return Reason{}
	case sent > 0:
		return h.with(m, h.reason(Client, "Count the bytes of a literal as they are sent, and send all of them.", "The client stopped in the middle of a literal: it announced %d bytes and sent %d, and the server waited for the other %d", l.Size, sent, l.Size-sent))
	case l.NonSync:
		return h.with(m, h.reason(Client, "Send the literal right after {n+}, or announce it as {n} and wait.", "Client and server waited for each other: the client announced a literal as {%d+}, which follows at once, and did not send it, and a server sends no \"+\" for it; nothing came", l.Size))
	case asked:
		return h.with(m, h.reason(Client, "Send the literal as soon as \"+\" has come.", "The client did not send the literal that the server had asked for: %d bytes announced, and after \"+\" nothing came", l.Size))
	}
	return h.with(m, h.reason(Server, "Send \"+\" as soon as the line with {n} has been read, or refuse the command.", "The server did not ask for the literal of %d bytes that the client had announced: the client waited for \"+\", and nothing came", l.Size))
}

// with makes a message that broke off the first evidence.
func (h *hang) with(m *decode.Message, x Reason) Reason {
	x.Evidence = slices.Insert(x.Evidence, 0, placed(h.ID, m, shownLine(m)))
	return x
}

// unanswered is a command that was complete.
func (h *hang) unanswered() Reason {
	o := &h.out[0]
	if o.row.Does(protocol.Idles) && (o.ready || len(h.out) > 1) {
		return Reason{} // the kind "idle" has it
	}
	x := Reason{}
	name := o.command
	if o.row != nil {
		name = fmt.Sprintf("%s (%s)", o.command, o.tag)
	}
	others := ""
	if n := len(h.out) - 1; n > 0 {
		others = fmt.Sprintf(", nor %d later commands", n)
		if n == 1 {
			others = ", nor a later command"
		}
	}
	switch {
	case !h.serverSaid:
		x = h.reason(Server, "See whether the server is overloaded, or another program has the port.", "The server never greeted, and did not answer %s: nothing came", name)
	case h.orphan != "" && !h.orphanAt.Before(o.Time):
		x = h.reason(Server, "Answer a command with its own tag, byte for byte.", "The server answered with the tag %s, which no command has, and the client waited for %s: nothing else came", quote(h.orphan), quote(o.tag))
	case o.asks && o.row.TakesSASL():
		x = h.reason(Client, "Answer a challenge with a line in base64, an empty one or \"*\".", "The client did not answer the server's \"+\" in %s: nothing came", name)
	case o.row.Does(protocol.Idles):
		x = h.reason(Server, "Answer IDLE with \"+\" at once.", "The server never confirmed %s with \"+\": nothing came", name)
	default:
		x = h.reason(Server, "Look at what the server did at this time: a lock, a crash, a request it was still working on.", "The server never answered %s%s: nothing came", name, others)
	}
	x.Evidence = slices.Insert(x.Evidence, 0, o.Evidence)
	return x
}

// stuckAt finds a connection that ended while one side waited for the other. What a proxy made
// is left to the finding.
func stuckAt(c *conn) []Reason {
	better := func(f lint.Finding) bool { return f.MadeBy != "" || f.Rule.ID == "C106" }
	if c.stuck == nil || slices.ContainsFunc(c.findings, better) {
		return nil
	}
	return []Reason{*c.stuck}
}
