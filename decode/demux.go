package decode

import (
	"maps"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode/layer"
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
	// Begin, if not nil, is called before what waited for keys of a connection is decoded.
	Begin func(capture.ConnID)

	opts  Options
	h     Handler
	conns map[capture.ConnID]*demuxed
	err   error    // of the Handler, not returned yet
	last  *demuxed // the connection of the last event: events come in bursts
	flush func()   // of the Decoder of last
}

// demuxed is an open connection. It has no Decoder, which takes more than a kilobyte, until
// its first event: a flood of SYNs opens thousands of connections that never have one.
type demuxed struct {
	id      capture.ConnID
	dec     *Decoder
	start   time.Time
	partial bool // MidStream
}

// NewDemux returns a Demux, which opens layers with the keys of Secrets, unless the options
// are Keyless. Start and MidStream of them are set for each connection.
func NewDemux(o Options, h Handler) *Demux {
	if o.Pool == nil {
		o.Pool = new(Pool)
	}
	if o.Layers = true; o.Keys == nil && !o.Keyless {
		o.Keys = new(layer.Keys)
	}
	x := &Demux{opts: o, h: h, conns: make(map[capture.ConnID]*demuxed)}
	x.flush = func() { x.deliver(x.last, x.last.dec.reported()) }
	return x
}

// Event implements capture.Sink. Events that belong to no open connection are ignored,
// but for Secrets, which every connection may use.
func (x *Demux) Event(e *capture.Event) error {
	if e.Kind == capture.Secrets {
		return x.secrets(e)
	}
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
		c.dec.flush = x.flush
	}
	x.deliver(c, c.dec.Event(e))
	if e.Kind == capture.Closed {
		delete(x.conns, e.Conn)
		x.last = nil
	}
	return x.failure()
}

// deliver passes on events of a connection.
func (x *Demux) deliver(c *demuxed, events []Event) {
	if len(events) == 0 {
		return
	}
	if x.err == nil {
		x.err = x.h.Events(c.id, events)
	}
	c.dec.Release()
}

// failure returns the Handler's error, once.
func (x *Demux) failure() error {
	err := x.err
	x.err = nil
	return err
}

// secrets adds keys, and decodes what waited for them, in the order of the connections.
func (x *Demux) secrets(e *capture.Event) error {
	if x.opts.Keys == nil {
		return nil
	}
	x.opts.Keys.AddBlock(e.Data)
	for _, id := range slices.Sorted(maps.Keys(x.conns)) {
		if c := x.conns[id]; c.dec != nil && len(c.dec.layers) > 0 {
			if x.Begin != nil {
				x.Begin(id)
			}
			x.last = c
			x.deliver(c, c.dec.Retry(e.Time))
		}
	}
	return x.failure()
}
