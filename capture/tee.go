package capture

import "context"

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

// Copied is a Source whose facts another Sink receives too, before the one of Run.
type Copied struct {
	From Source
	To   Sink
}

// Run implements Source.
func (c Copied) Run(ctx context.Context, s Sink) error { return c.From.Run(ctx, Tee{c.To, s}) }

// OfService is a Sink that passes every event on to To, with Name as the Service of connections.
type OfService struct {
	To   Sink
	Name string
}

// Event implements Sink.
func (o OfService) Event(e *Event) error {
	if e.Kind != Opened {
		return o.To.Event(e)
	}
	x, info := *e, *e.Info
	info.Service = o.Name
	x.Info = &info
	return o.To.Event(&x)
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
