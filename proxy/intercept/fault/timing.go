package fault

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/proxy/intercept"
)

// timing are the faults that change when bytes arrive.
var timing = []Kind{
	{Name: "delay", Syntax: "greeting|ready|first|tagged|data|command DURATION [JITTER]", both: true,
		Help:    "Delays a message: the greeting, the +, the first response to a command, the tagged one, untagged data, or the command; by up to JITTER more.",
		Example: "delay tagged 300ms",
		make: func(a *args) effect {
			where := a.one("what is delayed", "greeting", "ready", "first", "tagged", "data", "command")
			d, jitter := a.duration("the time"), time.Duration(0)
			if a.more() {
				jitter = a.duration("the jitter")
			}
			return effect{on: at(where), do: func(t *target, p *part) bool {
				t.wait += d
				if jitter > 0 {
					t.wait += time.Duration(p.state.rand.Int64N(int64(jitter)))
				}
				t.did(p, delays)
				return true
			}}
		}},
	{Name: "bandwidth", Syntax: "to-client|to-server BYTES-PER-SECOND", both: true,
		Help:    "Lets messages of a direction pass no faster than this.",
		Example: "bandwidth to-client 20000",
		make: func(a *args) effect {
			dir, rate := a.direction(), a.number("the rate", 1, 1<<30)
			return effect{on: toward(dir), do: func(t *target, p *part) bool {
				t.shapes = append(t.shapes, func(raw []byte) []intercept.Piece { return paced(raw, rate) })
				t.did(p, divides)
				return true
			}}
		}},
	{Name: "stall", Syntax: "[DURATION]",
		Help:    "Sends neither the tagged response nor anything after it; closes the connection after DURATION.",
		Example: "stall 2s",
		make: func(a *args) effect {
			after, end := time.Duration(0), intercept.Stall
			if a.more() {
				after, end = a.duration("the time"), intercept.Close
			}
			return effect{on: at("tagged"), do: func(t *target, p *part) bool {
				if !t.finish(p, end) {
					return false
				}
				t.lose()
				t.wait += after
				return true
			}}
		}},
	{Name: "deaf", Syntax: "DURATION",
		Help:    "Lets nothing untagged pass any more once IDLE has lasted this long, until it ends.",
		Example: "deaf 500ms",
		make: func(a *args) effect {
			d := a.duration("the time")
			return effect{
				on: func(t *target, s *state) bool {
					if t.Txn != nil && t.Txn.Row.Does(protocol.Idles) {
						switch t.Kind {
						case decode.Ready:
							s.since = t.Message.Message.End
						case decode.Tagged:
							s.since = time.Time{}
						}
					}
					return t.Kind == decode.Untagged && !s.since.IsZero() && t.Time.Sub(s.since) >= d
				},
				do: func(t *target, p *part) bool { return t.drop(p) },
			}
		}},
}

// at returns a test for where a message is in its exchange.
func at(where string) func(*target, *state) bool {
	return func(t *target, s *state) bool {
		switch where {
		case "greeting":
			return t.Kind == decode.Greeting
		case "ready":
			return t.Kind == decode.Ready
		case "tagged":
			return t.Kind == decode.Tagged
		case "data":
			return t.Kind == decode.Untagged
		case "command":
			return t.Kind == decode.Request
		}
		return t.Dir == capture.ServerToClient && t.Txn != nil && s.count(t.Message) == 1
	}
}

// direction returns the next word as a direction.
func (a *args) direction() capture.Direction {
	if a.one("the direction", "to-client", "to-server") == "to-server" {
		return capture.ClientToServer
	}
	return capture.ServerToClient
}

func toward(dir capture.Direction) func(*target, *state) bool {
	return func(t *target, _ *state) bool { return t.Dir == dir }
}

// paced returns raw in pieces that are sent at a rate, twenty a second.
func paced(raw []byte, rate int) (pieces []intercept.Piece) {
	step := max(1, rate/20)
	for len(raw) > 0 {
		n := min(step, len(raw))
		wait := time.Duration(float64(n) / float64(rate) * float64(time.Second))
		pieces = append(pieces, intercept.Piece{Wait: wait, Data: raw[:n]})
		raw = raw[n:]
	}
	return pieces
}
