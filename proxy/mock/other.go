package mock

import (
	"slices"

	"imapscope/decode"
	"imapscope/decode/binding"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// The other server, Options.Fallback, has the state that the recorded one would have: it
// receives what the client sends, as far as that changed something when it was recorded.

// feedGreeting logs in to the other server if the recorded one had the user logged in from
// the beginning.
func (c *client) feedGreeting() {
	s := c.s()
	for _, m := range s.Outside().Messages {
		if m.Kind == decode.Greeting && protocol.StatusEffect(m.Word) == protocol.PreAuthenticates && len(s.Exchanges) > 1 {
			c.login(s.Exchanges[1].User, "")
		}
	}
}

// login logs in to the other server.
func (c *client) login(user, password string) {
	c.user = user
	if password == "" {
		password = c.known[user]
	}
	c.pass(syntax.AppendRequest(nil, "login", protocol.CommandThat(protocol.LogsIn).Name, syntax.Quoted(user), syntax.Quoted(password)))
	c.fed = 0
}

// feedFound passes a command that the recording answers to the other server, and compares
// the answers. It logs in as the recorded client did: the recording accepts any name and
// password, and any mechanism. What the recorded server refused changed nothing.
func (c *client) feedFound(x *script.Exchange, raw []byte) {
	switch {
	case c.fed > 0:
		c.compare(x, raw)
	case x.Refused():
	case x.IsLogin():
		user, password, ok := x.Login()
		if !ok {
			user = x.User
		}
		c.login(user, password)
	case x.Row.TakesLines() || x.ChangesLayer():
		// The lines that follow are the recording's.
	case x.Row.Does(protocol.Selects) && x.Mailbox != "": // without the parameters of extensions
		c.compare(x, syntax.AppendRequest(nil, "select", x.Command, syntax.Quoted(x.Mailbox)))
	default:
		c.compare(x, raw)
	}
}

// compare passes a command to the other server, and learns what it calls what the recorded
// server reported.
func (c *client) compare(x *script.Exchange, raw []byte) {
	now, answer := c.pass(raw)
	if c.opts.Values == nil {
		return
	}
	for len(answer) > 0 {
		m, n := wire.Split(answer, false)
		answer = answer[n:]
		now.Responses = append(now.Responses, m)
	}
	then := x.Assigned()
	then.User, now.User = c.user, c.user
	c.opts.Values.Learn(then, now)
}

// feedOther passes a command that the recording does not answer, as far as that has not
// happened yet, to the other server. It returns the answer, in which the values that
// servers assign are the recording's.
func (c *client) feedOther(raw []byte) []byte {
	x, answer := c.pass(raw)
	if c.opts.Values == nil {
		return answer
	}
	var out []byte
	for len(answer) > 0 {
		m, n := wire.Split(answer, false)
		answer = answer[n:]
		out = append(out, binding.Apply(m.Raw, c.opts.Values.Response(x, m))...)
	}
	return out
}

// pass passes the part of a command that the other server has not received yet to it, with
// the values that it assigned itself, and returns its answer.
func (c *client) pass(raw []byte) (*binding.Exchange, []byte) {
	x := &binding.Exchange{User: c.user, Mailbox: c.mailbox}
	x.Request, _ = wire.Split(raw, true)
	x.Row = protocol.Lookup(protocol.Command, syntax.ReadRequest(syntax.ParseRequest(x.Request), x.Request.Raw).Name)
	if c.other == nil || c.otherOff || c.fed >= len(raw) {
		return x, nil
	}
	rest := raw[c.fed:]
	if c.opts.Values != nil {
		edits, _ := c.opts.Values.Request(x)
		edits = slices.DeleteFunc(edits, func(e binding.Edit) bool { return e.Start < c.fed })
		rest = binding.Apply(raw, edits)[c.fed:]
	}
	answer, more := c.other.Write(rest)
	c.fed = len(raw)
	c.otherOff = !more
	return x, answer
}
