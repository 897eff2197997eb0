package session

import (
	"strings"

	"imapscope/decode/protocol"
)

// Transition is one change of state: its cause, the states in which it applies, and the
// state that it leads to.
type Transition struct {
	From protocol.States
	On   string // what the server sends: "greeting OK", "LOGIN OK", "BYE"; or "close"
	To   protocol.State
	Cite string
	Why  string // in plain words

	Row *protocol.Row // of the command or response; nil for the end of the connection
}

// Table returns every change of state, for a diagram: those of the greeting, of
// commands, of other responses, and of the end of the connection. All but the last
// come from the Moves of decode/protocol.
func Table() []Transition {
	var out []Transition
	add := func(on string, r *protocol.Row, x *protocol.Move) {
		out = append(out, Transition{x.From, on, x.To, x.Cite.String(), x.Why, r})
	}
	for r := range protocol.Of(protocol.Response) {
		for i := range r.Moves {
			if x := &r.Moves[i]; x.On == protocol.Greeting {
				add(x.On+" "+r.Name, r, x)
			}
		}
	}
	for r := range protocol.Of(protocol.Command) {
		for i := range r.Moves {
			add(r.Name+" "+r.Moves[i].On, r, &r.Moves[i])
		}
	}
	for r := range protocol.Of(protocol.Response) {
		for i := range r.Moves {
			if x := &r.Moves[i]; x.On != protocol.Greeting {
				add(strings.TrimSpace(r.Name+" "+x.On), r, x)
			}
		}
	}
	return append(out, Transition{
		From: protocol.In(protocol.UnknownState, protocol.Awaited, protocol.NotAuthenticated, protocol.Authenticated, protocol.Selected, protocol.Logout),
		On:   "close", To: protocol.Closed,
		Cite: protocol.Ref{RFC: 1176, Heading: "System Model and Philosophy", Page: 5}.String(),
		Why:  "the TCP connection has ended",
	})
}

// Permitted returns the states in which a command may be sent, and reports whether
// any are known. The name is that of a transaction: "FETCH", "UID FETCH".
func Permitted(command string) (protocol.States, bool) {
	r := protocol.Lookup(protocol.Command, command)
	if r == nil || r.States == 0 {
		return 0, false
	}
	return r.States, true
}
