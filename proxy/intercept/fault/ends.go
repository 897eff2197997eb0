package fault

import (
	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
	"imapscope/proxy/intercept"
)

// ends are the faults that end a connection, or a direction of it.
var ends = []Kind{
	{Name: "reset", Help: "Resets both sides instead of sending the tagged response.", Example: "reset", make: ending(intercept.Reset)},
	{Name: "close", Help: "Closes both sides instead of sending the tagged response.", Example: "close", make: ending(intercept.Close)},
	{Name: "half-close", Help: "Closes the direction to the client instead of sending the tagged response; the other one stays open.", Example: "half-close", make: ending(intercept.HalfClose)},
	{Name: "bye", Syntax: "N [TEXT]",
		Help:    "Sends BYE after N of the messages that a FETCH asked for, and closes.",
		Example: "bye 1",
		make: func(a *args) effect {
			after, text := a.number("N", 1, 1<<30), "shutting down"
			if a.more() {
				text = a.line("the text")
			}
			return effect{
				on: func(t *target, s *state) bool {
					return t.Kind == decode.Untagged && t.Row.Does(protocol.Describes) && t.Txn != nil && t.Txn.Row.Does(protocol.Fetches) && s.count(t.Message) == after
				},
				do: func(t *target, p *part) bool {
					if !t.finish(p, intercept.Close) {
						return false
					}
					t.after = append(t.after, "* "+bye+" "+text+"\r\n"...)
					return true
				},
				see: forget,
			}
		}},
	{Name: "cut", Syntax: "N",
		Help:    "Closes both sides after N bytes of a literal that the server sends.",
		Example: "cut 5",
		make: func(a *args) effect {
			n := a.number("N", 0, 1<<30)
			return effect{on: hasLiteral, do: func(t *target, p *part) bool {
				framed, _ := wire.Split(t.body, false)
				for _, l := range framed.Literals {
					if l.Body.Len() > n {
						if !t.finish(p, intercept.Close) {
							return false
						}
						t.truncate(len(t.before) + l.Body.Start + n)
						return true
					}
				}
				return false
			}}
		}},
	{Name: "limit", Syntax: "BYTES",
		Help:    "Closes both sides once the server has sent this many bytes.",
		Example: "limit 700",
		make: func(a *args) effect {
			most := a.number("BYTES", 0, 1<<30)
			return effect{
				on: func(t *target, s *state) bool {
					before := s.n
					s.n += t.size()
					return before <= most && s.n > most
				},
				do: func(t *target, p *part) bool {
					if !t.finish(p, intercept.Close) {
						return false
					}
					t.truncate(t.size() - (p.state.n - most))
					return true
				},
			}
		}},
}

// ending returns the maker of a fault that ends instead of a tagged response.
func ending(end intercept.End) func(*args) effect {
	return func(*args) effect {
		return effect{on: at("tagged"), do: func(t *target, p *part) bool {
			if !t.finish(p, end) {
				return false
			}
			t.lose()
			return true
		}}
	}
}

// forget forgets what was counted of a transaction that is over.
func forget(t *target, s *state) {
	if t.Kind == decode.Tagged && t.Txn != nil {
		delete(s.of, t.Txn.N)
	}
}

// hasLiteral reports whether a message of the server has a literal.
func hasLiteral(t *target, _ *state) bool {
	return t.Dir == capture.ServerToClient && len(t.Literals) > 0
}
