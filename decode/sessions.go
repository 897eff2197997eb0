package decode

import "imapscope/capture"

// Sessions is a Handler that passes on each session once: of the two legs of a proxy that
// changed something, only the client's. A connection is opened with its first event, because
// that is what links a server's leg.
type Sessions struct {
	To Handler

	opened map[capture.ConnID]capture.Conn // without an event yet
	left   map[capture.ConnID]struct{}     // open server's legs
}

// Open implements Handler.
func (s *Sessions) Open(c capture.Conn) error {
	if s.opened == nil {
		s.opened, s.left = make(map[capture.ConnID]capture.Conn), make(map[capture.ConnID]struct{})
	}
	s.opened[c.ID] = c
	return nil
}

// Events implements Handler.
func (s *Sessions) Events(id capture.ConnID, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	if c, ok := s.opened[id]; ok {
		delete(s.opened, id)
		if IsServerLeg(events[0]) {
			s.left[id] = struct{}{}
		} else if err := s.To.Open(c); err != nil {
			return err
		}
	}
	if _, ok := s.left[id]; !ok {
		return s.To.Events(id, events)
	}
	if _, ok := events[len(events)-1].(*Closed); ok {
		delete(s.left, id)
	}
	return nil
}

// IsServerLeg reports whether an event says that its connection is a server's leg. It is the first
// of the connection.
func IsServerLeg(e Event) bool {
	n, ok := e.(*Note)
	if !ok {
		return false
	}
	leg, _ := capture.LegOf(n.Text)
	return leg == capture.ServerLeg
}
