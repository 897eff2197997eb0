package mock

import (
	"bytes"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// A playing is an exchange that is being answered.
type playing struct {
	ref
	tag   string
	from  int // index of the next of its messages
	skip  int // number of its "+" that are not sent: they have been, or their line has come
	come  int // number of its lines that have come with the request
	more  int // number of lines to come that the recorded client did not send
	start time.Time
	base  time.Time // the recorded time that corresponds to start
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
	come, more := c.saslLines(x)
	c.proceed(&playing{ref: r, tag: tagOf(m), skip: c.readies + come, come: come, more: more, start: now, base: q.End})
}

func (c *client) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.opts.Pace)
}

// proceed sends the next responses of an exchange, up to the next line from the client.
func (c *client) proceed(p *playing) {
	s := c.sessions[p.session]
	x := s.Exchanges[p.exchange]
	if p.more > 0 {
		p.more--
		c.send([]byte("+ \r\n"))
		c.play = p
		return
	}
	var out []byte
	for ; p.from < len(x.Messages); p.from++ {
		m := x.Messages[p.from]
		if m.Kind == decode.Continuation && p.come > 0 {
			p.come--
			continue
		}
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
		raw := c.rawOf(m)
		if m.Kind == decode.Tagged && x.ChangesLayer() && !x.Refused() {
			out = append(out, p.tag+" BAD nothing after this is played\r\n"...)
			continue
		}
		switch {
		case m.Kind == decode.Tagged:
			out = append(out, p.tag...)
			raw = raw[len(m.Tag):]
		case x.Transaction != nil:
			raw = retagged(raw, x.Tag, p.tag)
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
}

// retagged returns untagged data with the client's tag where it has that of the recorded
// command: ESEARCH says which command it answers (RFC 4731, 3.1).
func retagged(raw []byte, was, is string) []byte {
	if was == is || !bytes.Contains(raw, []byte(was)) {
		return raw
	}
	m, _ := wire.Split(raw, false)
	for n := range syntax.ParseResponse(m).Leaves() {
		if n.Role == protocol.RoleCommandTag && string(n.Value(raw)) == was {
			return slices.Concat(raw[:n.Span.Start], syntax.Quoted(is).AppendTo(nil), raw[n.Span.End:])
		}
	}
	return raw
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
	return c.rawOf(m)
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
