package fallback

import (
	"bytes"
	"net"
	"time"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Bounds of one conversation.
const (
	maxAnswer  = 64 << 20           // bytes of the answer to a command
	maxCommand = maxLiteral + 1<<20 // bytes of a command
	maxLine    = 64 << 10           // bytes that are kept of a response, to follow it
	patience   = 10 * time.Second   // of an answer
)

// open begins the conversation with a client.
func (x *imapServer) open() Session { return x.connect(nil) }

// connect begins a conversation; with an account, as its user.
func (x *imapServer) connect(a *account) *conn {
	c := &conn{server: x}
	c.in.Init(true, maxCommand, new(wire.Pool))
	c.dial(a)
	return c
}

// conn is a conversation with go-imap's server.
type conn struct {
	server *imapServer
	near   net.Conn
	far    *ownConn // the other end, which is the server's
	heard  *pump
	wrote  int64       // bytes
	in     wire.Framer // what the client sends
	out    wire.Framer // what the server sends

	greeting []byte   // what the server sent first
	account  *account // of the user who logged in
	opened   []byte   // the command that selected a mailbox
	skip     bool     // the command was refused: ignore the rest of it
	sent     int      // bytes of the current command that the server has received
	idle     bool     // the next line belongs to the command before it
	tag      string
	over     bool
}

// dial connects to the server, and reads its greeting.
func (c *conn) dial(a *account) {
	near, far := net.Pipe()
	c.far = &ownConn{Conn: far, account: a, gone: make(chan struct{}), asks: make(chan struct{}, 1)}
	_ = c.server.imap.Serve(&oneConn{conn: c.far}) // it returns when it has its connection
	c.near, c.heard, c.account, c.wrote = near, newPump(near), a, 0
	c.out.Init(false, maxLine, new(wire.Pool))
	c.greeting, _, _ = c.await(protocol.TagUntagged)
}

// Close implements Session. When it returns, the server has let go of the connection.
func (c *conn) Close() error {
	err := c.near.Close()
	<-c.heard.done
	<-c.far.gone
	return err
}

// Write implements Session.
func (c *conn) Write(p []byte) (answer []byte, more bool) {
	for len(p) > 0 && !c.over {
		n, mark := c.in.Write(p)
		p = p[n:]
		switch mark {
		case wire.Head:
			answer = append(answer, c.announced(len(p) > 0)...)
		case wire.End:
			answer = append(answer, c.complete()...)
			c.in.Reset()
		}
	}
	return answer, !c.over
}

// announced passes the line of a command up to a literal, which the server may refuse;
// follows reports whether its bytes come regardless.
func (c *conn) announced(follows bool) []byte {
	m := c.in.Message()
	l := m.Literals[len(m.Literals)-1]
	if c.skip || m.Elided > 0 {
		c.in.Ready()
		return nil
	}
	line := m.Raw[c.sent:]
	if l.NonSync { // the server would read the bytes of one that it refuses as commands
		line = append(bytes.TrimSuffix(bytes.Clone(line), []byte("+}\r\n")), "}\r\n"...)
	}
	c.sent = len(m.Raw)
	c.tag = tagOf(m.Raw)
	answer, ready := c.exchange(line)
	switch {
	case ready && l.NonSync:
		return nil
	case ready:
		c.in.Ready()
	case l.NonSync:
		c.skip = true
	case follows:
		c.skip = true
		c.in.Ready()
	default:
		c.in.Refuse()
		c.in.Reset()
		c.sent = 0
	}
	return answer
}

// complete passes the rest of a command, or a line within one.
func (c *conn) complete() []byte {
	m := c.in.Message()
	rest, skip := m.Raw[c.sent:], c.skip
	first := c.sent == 0
	c.sent, c.skip = 0, false
	if skip {
		return nil
	}
	if first && !c.idle {
		c.tag = tagOf(m.Raw)
	}
	if m.Elided > 0 && !first { // the server has its beginning
		return c.again()
	}
	if m.Elided > 0 || c.tag == "" {
		return bad(c.tag, "the command is too long, or has no tag")
	}
	idle := c.idle
	answer, ready := c.exchange(rest)
	c.idle = ready
	if !idle && !ready && !c.over {
		c.remember(m, answer)
	}
	return answer
}

// remember follows what dial has to restore: the user and the mailbox.
func (c *conn) remember(m *wire.Message, answer []byte) {
	if !bytes.Contains(answer, []byte(c.tag+" "+protocol.OK)) {
		return
	}
	root := syntax.ParseRequest(m)
	row := protocol.Lookup(protocol.Command, syntax.ReadRequest(root, m.Raw).Name)
	switch {
	case row.Does(protocol.LogsIn):
		if n := root.FindRole(protocol.RoleUserID); n != nil {
			c.account = c.server.accountOf(string(n.Value(m.Raw)))
		}
	case row.Does(protocol.Selects):
		c.opened = bytes.Clone(m.Raw)
	case row.Does(protocol.Deselects):
		c.opened = nil
	case row.Does(protocol.LogsOut):
		c.over = true
	}
}

// exchange sends bytes, and returns the server's answer; ready reports whether it asks for
// more.
func (c *conn) exchange(p []byte) (answer []byte, ready bool) {
	if c.send(p) {
		var ok bool
		if answer, ready, ok = c.await(c.tag); ok {
			return answer, ready
		}
	}
	return c.again(), false
}

// send writes to the server, which reads as long as it is there.
func (c *conn) send(p []byte) bool {
	c.wrote += int64(len(p))
	_, err := c.near.Write(p)
	return err == nil
}

// again answers a command that made the server close the connection, and replaces the
// connection.
func (c *conn) again() []byte {
	_ = c.Close() // it is closed already
	tag, opened := c.tag, c.opened
	c.dial(c.account)
	if opened != nil {
		c.tag = tagOf(opened)
		c.over = !c.send(opened)
		c.await(c.tag)
	}
	c.tag, c.idle = tag, false
	return bad(tag, "the command is not understood")
}

func bad(tag, text string) []byte {
	if tag == "" {
		tag = protocol.TagUntagged
	}
	return []byte(tag + " " + protocol.BAD + " " + text + "\r\n")
}

// ask sends a command of our own, and returns the status of its answer.
func (c *conn) ask(command string, args ...syntax.Value) string {
	const tag = "fill"
	answer, _ := c.Write(syntax.AppendRequest(nil, tag, command, args...))
	for line := range bytes.Lines(answer) {
		if rest, ok := bytes.CutPrefix(line, []byte(tag+" ")); ok {
			status, _, _ := bytes.Cut(rest, []byte(" "))
			return string(status)
		}
	}
	return ""
}

// await reads up to the tagged response or a "+". It reports ok as false if the server
// closed the connection, or waits for more of a command that is complete (as it does after
// some faults), or its answer is too long or takes too long.
func (c *conn) await(tag string) (answer []byte, ready, ok bool) {
	late := time.Now().Add(patience)
	for {
		b := c.next(late)
		if len(b) == 0 || len(answer)+len(b) > maxAnswer {
			return answer, false, false
		}
		answer = append(answer, b...)
		for len(b) > 0 {
			n, mark := c.out.Write(b)
			b = b[n:]
			if mark != wire.End {
				continue
			}
			raw := c.out.Message().Raw
			ready = bytes.HasPrefix(raw, []byte("+"))
			ended := ready || tagOf(raw) == tag
			c.out.Reset()
			if ended {
				return answer, ready, true
			}
		}
	}
}

// next returns what the server has sent since the last call. It waits for something; it
// returns nil if nothing will come.
func (c *conn) next(late time.Time) []byte {
	t := time.NewTimer(time.Until(late))
	defer t.Stop()
	for {
		stuck := c.far.asking(c.wrote, c.heard.total())
		if b := c.heard.take(); len(b) > 0 || stuck {
			return b
		}
		select {
		case <-c.heard.news:
		case <-c.far.asks:
		case <-c.heard.done:
			return c.heard.take()
		case <-t.C:
			return nil
		}
	}
}

// tagOf returns the first word of a line.
func tagOf(line []byte) string {
	tag, _, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(tag) > 256 {
		return ""
	}
	return string(tag)
}
