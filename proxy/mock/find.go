package mock

import (
	"bytes"
	"slices"

	"imapscope/decode/diff"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/wire"
)

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
func opens(r *protocol.Row) bool {
	return r.Does(protocol.LogsIn) || r.Does(protocol.Authenticates) || r.Does(protocol.Selects)
}

// fits reports whether an exchange was recorded in the state that the client is in.
func (c *client) fits(x *script.Exchange) bool {
	at := c.follow.Session()
	switch {
	case x.Row.Does(protocol.LogsIn), x.Row.Does(protocol.Authenticates):
		return !(at.State == protocol.Authenticated || at.State == protocol.Selected)
	case x.Row.Does(protocol.Selects), x.Row != nil && x.Row.States.Has(protocol.NotAuthenticated):
		return true
	}
	return x.Mailbox == at.Name
}
