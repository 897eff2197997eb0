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
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/wire"
)

// A client is one client's conversation.
type client struct {
	*Mock
	ctx      context.Context
	n        int64
	conn     net.Conn
	framer   wire.Framer
	other    Handler
	otherOff bool   // other has ended the conversation
	user     string // of other
	mailbox  string // that the client has selected
	otherOwn int    // the transaction that other answers, and that has more lines; 0: none

	session  int
	next     int // index of the next exchange of the session
	answered map[int]bool
	aside    int             // index of the next of the session's Asides
	anchor   time.Time       // when the session would have started
	follow   *decode.Decoder // what both sides sent
	heard    *decode.Message // the client's message that ended last; it is gone with the next byte

	play     *playing // the exchange that waits for another line from the client
	readies  int      // number of "+" sent for the current command
	fed      int      // bytes of the command already passed to other
	plussed  bool     // the current literal was requested
	literals int      // number of literals in the current command
	sasl     int      // number of SASL lines to come: see beginning
	over     bool
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
		c.decode(capture.ClientToServer, p[:n])
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
	c.decode(capture.ServerToClient, p)
	if _, err := c.conn.Write(p); err != nil {
		c.over = true
	}
}

// decode follows what one side sent.
func (c *client) decode(dir capture.Direction, p []byte) {
	c.heard = nil
	for _, e := range c.follow.Write(dir, time.Now(), p) {
		if m, ok := e.(*decode.Message); ok && m.Dir == capture.ClientToServer {
			c.heard = m
		}
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
			c.send(answer)
			c.reportMissing() // it has ended now
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

// messageComplete handles a complete command, or a line from the client within one.
func (c *client) messageComplete() {
	m := *c.framer.Message()
	m.Raw = bytes.Clone(m.Raw)
	m.Literals, m.Gaps = slices.Clone(m.Literals), slices.Clone(m.Gaps)
	c.framer.Reset()
	if p := c.play; p != nil {
		c.play = nil
		if c.cancels(p, m.Raw) {
			c.answered[p.exchange] = true
			c.send([]byte(p.tag + " BAD cancelled\r\n"))
			return
		}
		c.proceed(p)
		return
	}
	defer c.reset()
	if h := c.heard; h != nil && h.Txn != nil {
		c.mailbox = h.Txn.Mailbox
	}
	if h := c.heard; h != nil && h.Txn != nil && h.Kind == decode.Continuation {
		c.continued(h.Txn, m.Raw)
		return
	}
	if r, ok := c.find(&m); ok {
		c.feedFound(c.sessions[r.session].Exchanges[r.exchange], m.Raw)
		c.answer(r, &m)
		return
	}
	tag := answering(tagOf(&m))
	if h := c.heard; h != nil && h.Txn != nil && c.beforeRecording(h.Txn) {
		c.user = c.userOf(h.Txn.User)
		c.feedOther(m.Raw)
		c.sasl = linesOf(h)
		c.beginning(tag)
		return
	}
	c.reportMissing()
	if c.other == nil || c.otherOff {
		c.send([]byte(tag + " BAD the recording has no answer to this\r\n"))
		return
	}
	if h := c.heard; h != nil && h.Txn != nil && c.user == "" {
		c.user = c.userOf(h.Txn.User)
	}
	answer := c.feedOther(m.Raw)
	for range m.Literals { // they have arrived already
		if bytes.HasPrefix(answer, []byte("+ ")) {
			_, answer, _ = bytes.Cut(answer, []byte("\n"))
		}
	}
	if h := c.heard; h != nil && h.Txn != nil && h.Txn.Row.TakesLines() {
		c.otherOwn = h.Txn.N
	}
	c.send(answer)
	c.over = c.over || c.otherOff
}

// answering returns the tag of a response to a command with a tag; "*" if no command may have
// it.
func answering(tag string) string {
	if tag == "" || len(tag) > 100 || strings.ContainsAny(tag, "*+{}\"()%\\") {
		return protocol.TagUntagged
	}
	return tag
}

// reportMissing reports that the recording has no answer to the client's last message.
func (c *client) reportMissing() {
	if c.opts.Missing == nil {
		return
	}
	var t *decode.Transaction
	if c.heard != nil {
		t = c.heard.Txn
	}
	c.opts.Missing(c.n, t)
}

// continued answers a line within a command that the recording does not continue: it ends in
// an IDLE, or in an AUTHENTICATE.
func (c *client) continued(t *decode.Transaction, line []byte) {
	tag := answering(t.Tag)
	if t.N == c.otherOwn && c.other != nil && !c.otherOff {
		c.send(c.feedOther(line))
		c.over = c.over || c.otherOff
		return
	}
	if c.beforeRecording(t) {
		c.sasl--
		c.beginning(tag)
		return
	}
	c.reportMissing()
	c.send([]byte(tag + " BAD the recording has no answer to this\r\n"))
}

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
