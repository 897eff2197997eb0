package decode

import (
	"imapscope/capture"
	"imapscope/decode/wire"
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
	conns map[capture.ConnID]*Decoder
	last  capture.ConnID // the connection of dec: events come in bursts
	dec   *Decoder
}

// NewDemux returns a Demux. Start and MidStream of the options are set for each
// connection.
func NewDemux(o Options, h Handler) *Demux {
	if o.Pool == nil {
		o.Pool = new(wire.Pool)
	}
	return &Demux{opts: o, h: h, conns: make(map[capture.ConnID]*Decoder)}
}

// Event implements capture.Sink. Events that belong to no open connection are ignored.
func (x *Demux) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		o := x.opts
		o.MidStream, o.Start = e.Info.MidStream, e.Info.Start
		x.conns[e.Conn] = New(o)
		x.dec = nil
		return x.h.Open(*e.Info)
	}
	d := x.dec
	if e.Conn != x.last || d == nil {
		if d = x.conns[e.Conn]; d == nil {
			return nil
		}
		x.last, x.dec = e.Conn, d
	}
	if e.Kind == capture.Closed {
		delete(x.conns, e.Conn)
		x.dec = nil
	}
	events := d.Event(e)
	if len(events) == 0 {
		return nil
	}
	err := x.h.Events(e.Conn, events)
	d.Release()
	return err
}
