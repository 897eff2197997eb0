package mock

import (
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
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
	c.feedOther(syntax.AppendRequest(nil, "login", protocol.CommandThat(protocol.LogsIn).Name, syntax.Quoted(user), syntax.Quoted(password)))
	c.fed = 0
}

// feedFound passes a command that the recording answers to the other server. It logs in as
// the recorded client did: the recording accepts any name and password, and any mechanism.
// What the recorded server refused changed nothing.
func (c *client) feedFound(x *script.Exchange, raw []byte) {
	switch {
	case c.fed > 0:
		c.feedOther(raw)
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
		c.feedOther(syntax.AppendRequest(nil, "select", x.Command, syntax.Quoted(x.Mailbox)))
	default:
		c.feedOther(raw)
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
