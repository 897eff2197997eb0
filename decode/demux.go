package decode

import (
	"time"

	"imapscope/capture"
	"imapscope/decode/wire"
)

// Handler takes what a Demux decodes.
type Handler interface {
	// Open tells of a new connection.
	Open(capture.Conn) error
	// Events are those of one connection, in order; valid until it returns.
	// After *Closed there are no more.
	Events(capture.ConnID, []Event) error
}

// Demux is a capture.Sink that runs a Decoder for each connection and hands
// their events to a Handler. Its methods must not be called concurrently.
type Demux struct {
	opts  Options
	h     Handler
	conns map[capture.ConnID]*Decoder
	last  capture.ConnID // what dec decodes: chunks come in bursts
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

// Open implements capture.Sink.
func (x *Demux) Open(c capture.Conn) error {
	o := x.opts
	o.MidStream, o.Start = c.MidStream, c.Start
	x.conns[c.ID] = New(o)
	return x.h.Open(c)
}

// Chunk implements capture.Sink.
func (x *Demux) Chunk(c capture.Chunk) error {
	d := x.dec
	if c.Conn != x.last || d == nil {
		if d = x.conns[c.Conn]; d == nil {
			return nil
		}
		x.last, x.dec = c.Conn, d
	}
	if c.Lost > 0 {
		if err := x.hand(c.Conn, d, d.Lost(c.Dir, c.Time, c.Lost)); err != nil {
			return err
		}
	}
	if c.Again > 0 {
		if err := x.hand(c.Conn, d, d.Again(c.Dir, c.Time, c.Again)); err != nil {
			return err
		}
	}
	if len(c.Data) == 0 {
		return nil
	}
	return x.hand(c.Conn, d, d.Write(c.Dir, c.Time, c.Data))
}

// Note implements capture.Noter. It is handed on if the Handler is one too.
func (x *Demux) Note(id capture.ConnID, t time.Time, text string) error {
	if n, ok := x.h.(capture.Noter); ok {
		if d := x.conns[id]; d != nil {
			t = d.clock.pass(t)
		}
		return n.Note(id, t, text)
	}
	return nil
}

// Close implements capture.Sink.
func (x *Demux) Close(id capture.ConnID, t time.Time, cause error) error {
	d := x.conns[id]
	if d == nil {
		return nil
	}
	delete(x.conns, id)
	x.dec = nil
	return x.hand(id, d, d.Close(t, cause))
}

func (x *Demux) hand(id capture.ConnID, d *Decoder, e []Event) error {
	if len(e) == 0 {
		return nil
	}
	err := x.h.Events(id, e)
	d.Release()
	return err
}
