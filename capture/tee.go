package capture

// Tee is a Sink that passes every event on to several others. Event returns the
// first error after all of them have seen the event.
type Tee []Sink

// Event implements Sink.
func (t Tee) Event(e *Event) error {
	var first error
	for _, s := range t {
		if err := s.Event(e); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Renumbered is a Sink that passes every event on to To with Base added to the
// connection's number. Secrets have none, and keep it.
type Renumbered struct {
	To   Sink
	Base ConnID
}

// Event implements Sink.
func (r Renumbered) Event(e *Event) error {
	if e.Kind == Secrets {
		return r.To.Event(e)
	}
	x := *e
	x.Conn += r.Base
	if e.Info != nil {
		info := *e.Info
		info.ID += r.Base
		x.Info = &info
	}
	return r.To.Event(&x)
}
