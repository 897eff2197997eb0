package decode

import (
	"time"

	"imapscope/capture"
)

// Handler receives what a Demux decodes. The division of events into calls of
// Events has no meaning: a Handler treats each event separately.
type Handler interface {
	// Open reports a new connection.
	Open(capture.Conn) error
	// Events reports events of one connection, in order; they are valid until it returns.
	// After *Closed there are no more.
	Events(capture.ConnID, []Event) error
}

// Demux is a capture.Sink that runs a Decoder for each connection and passes
// their events to a Handler. It is not for concurrent use.
type Demux struct {
	opts  Options
	h     Handler
	conns map[capture.ConnID]*demuxed
	last  *demuxed // the connection of the last event: events come in bursts
}

// demuxed is an open connection. It has no Decoder, which takes more than a kilobyte, until
// its first event: a flood of SYNs opens thousands of connections that never have one.
type demuxed struct {
	id      capture.ConnID
	dec     *Decoder
	start   time.Time
	partial bool // MidStream
}

// NewDemux returns a Demux. Start and MidStream of the options are set for each
// connection.
func NewDemux(o Options, h Handler) *Demux {
	if o.Pool == nil {
		o.Pool = new(Pool)
	}
	return &Demux{opts: o, h: h, conns: make(map[capture.ConnID]*demuxed)}
}

// Event implements capture.Sink. Events that belong to no open connection are ignored.
func (x *Demux) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		x.last = &demuxed{id: e.Conn, start: e.Info.Start, partial: e.Info.MidStream}
		x.conns[e.Conn] = x.last
		return x.h.Open(*e.Info)
	}
	c := x.last
	if c == nil || c.id != e.Conn {
		if c = x.conns[e.Conn]; c == nil {
			return nil
		}
		x.last = c
	}
	if c.dec == nil {
		o := x.opts
		o.MidStream, o.Start = c.partial, c.start
		c.dec = New(o)
	}
	if e.Kind == capture.Closed {
		delete(x.conns, e.Conn)
		x.last = nil
	}
	events := c.dec.Event(e)
	if len(events) == 0 {
		return nil
	}
	err := x.h.Events(e.Conn, events)
	c.dec.Release()
	return err
}
