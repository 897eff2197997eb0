package export

import "imapscope/capture"

// Only is a capture.Sink that passes on the facts about some connections, and Secrets.
type Only struct {
	To    capture.Sink
	Conns map[capture.ConnID]bool // those; true once one was seen
}

// Event implements capture.Sink.
func (o *Only) Event(e *capture.Event) error {
	if e.Kind != capture.Secrets {
		if _, ok := o.Conns[e.Conn]; !ok {
			return nil
		}
		o.Conns[e.Conn] = true
	}
	return o.To.Event(e)
}

// Missing returns the connections that were not seen, in no order.
func (o *Only) Missing() []capture.ConnID {
	var out []capture.ConnID
	for id, seen := range o.Conns {
		if !seen {
			out = append(out, id)
		}
	}
	return out
}
