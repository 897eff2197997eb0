package script

import (
	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/binding"
)

// Assigned returns the exchange as package binding compares it: the request, and what
// answered it.
func (x *Exchange) Assigned() *binding.Exchange {
	out := new(binding.Exchange)
	if x.Transaction != nil {
		out.User, out.Mailbox, out.Row = x.User, x.Mailbox, x.Row
	}
	for _, m := range x.Messages {
		switch {
		case m.Kind == decode.Request:
			out.Request = &m.Message
		case m.Dir == capture.ServerToClient && m.Kind != decode.Ready && m.Lost == 0 && m.Elided == 0:
			out.Responses = append(out.Responses, &m.Message)
		}
	}
	return out
}

// Binds reports whether a command of the session has values that the server assigned, such
// as unique identifiers.
func (s *Session) Binds() bool {
	for _, x := range s.Exchanges {
		for _, m := range x.Messages {
			if m.Kind == decode.Request && binding.Binds(&m.Message) {
				return true
			}
		}
	}
	return false
}
