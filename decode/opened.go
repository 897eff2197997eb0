package decode

import (
	"bytes"
	"context"

	"imapscope/capture"
	"imapscope/decode/layer"
)

// Opened is a capture.Sink that passes on every connection as if it had no layers: the text
// of IMAP, in the place of the TLS records or the compressed bytes that carried it. What
// cannot be opened is passed on as it came. A Note says where plaintext begins. Secrets are
// not passed on.
type Opened struct {
	to    capture.Sink
	demux *Demux
	conns map[capture.ConnID]*opened
}

// opened is a connection.
type opened struct {
	off     [2]int64  // passed on, by direction
	top     UpgradeTo // the last layer that began; 0 if none did
	began   bool      // Upgrade was reported of it, and no text has come out of it
	gave    bool      // text came out of it
	dark    bool      // it cannot be opened: its bytes are passed on
	waiting []capture.Event
	held    int // bytes of waiting
}

// maxUnopened is how many bytes of a layer a connection holds until it is known whether
// they can be opened. Beyond it they become a Gap.
const maxUnopened = layer.MaxWaiting + 256<<10

// maxWaitingFacts is how many facts wait behind them. Beyond it a fact that is not bytes
// overtakes.
const maxWaitingFacts = 1 << 17

// NewOpened returns an Opened that passes on to s. Streams of the options is set.
func NewOpened(o Options, s capture.Sink) *Opened {
	x := &Opened{to: s, conns: make(map[capture.ConnID]*opened)}
	o.Streams = true
	x.demux = NewDemux(o, (*opener)(x))
	return x
}

// Event implements capture.Sink.
func (x *Opened) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		x.conns[e.Conn] = new(opened)
	}
	if err := x.demux.Event(e); err != nil {
		return err
	}
	c := x.conns[e.Conn]
	switch {
	case c == nil, e.Kind == capture.Data, e.Kind == capture.Gap:
		return nil
	case e.Kind == capture.Again && c.top != 0 && c.gave: // bytes of a layer, which have no place in the text
		return nil
	case e.Kind == capture.Closed:
		delete(x.conns, e.Conn)
		if err := x.release(c, true); err != nil {
			return err
		}
	case len(c.waiting) > 0 && len(c.waiting) < maxWaitingFacts:
		c.waiting = append(c.waiting, *e)
		return nil
	}
	return x.to.Event(e)
}

// opener is an Opened as the Handler of its Demux.
type opener Opened

// Open implements Handler.
func (o *opener) Open(capture.Conn) error { return nil }

// Events implements Handler.
func (o *opener) Events(id capture.ConnID, events []Event) error {
	x := (*Opened)(o)
	c := x.conns[id]
	for _, e := range events {
		if err := x.event(id, c, e); err != nil {
			return err
		}
	}
	return nil
}

func (x *Opened) event(id capture.ConnID, c *opened, e Event) error {
	switch e := e.(type) {
	case *Upgrade:
		c.began = true
	case *Bytes:
		return x.bytes(id, c, e)
	case *Dark:
		if c.gave {
			return x.to.Event(&capture.Event{Kind: capture.Note, Conn: id, Time: e.Time, Text: "not decoded from here on: " + string(e.Why)})
		}
		c.dark = true
		return x.release(c, true)
	}
	return nil
}

// bytes passes on text, and holds the bytes of a layer until it is known whether they can be
// opened.
func (x *Opened) bytes(id capture.ConnID, c *opened, b *Bytes) error {
	if b.Of > c.top {
		c.top, c.gave, c.dark = b.Of, false, false
	}
	e := capture.Event{Kind: capture.Data, Conn: id, Dir: b.Dir, Time: b.Time, Off: c.off[b.Dir], Data: b.Data}
	if b.Lost > 0 {
		e.Kind, e.N = capture.Gap, b.Lost
	}
	switch {
	case len(b.Data) == 0 && b.Lost == 0:
		return nil
	case b.Of == 0:
		if err := x.begin(id, c, b); err != nil {
			return err
		}
		return x.pass(c, &e)
	case b.Of != c.top, c.gave:
		return nil
	case c.dark:
		return x.pass(c, &e)
	}
	c.hold(&e)
	return nil
}

// begin handles the first text that comes out of a layer.
func (x *Opened) begin(id capture.ConnID, c *opened, b *Bytes) error {
	c.gave = true
	if err := x.release(c, false); err != nil {
		return err
	}
	if !c.began {
		return nil
	}
	c.began = false
	return x.to.Event(&capture.Event{Kind: capture.Note, Conn: id, Time: b.Time, Text: OpenedNote(c.top)})
}

// OpenedNote returns the Note that plaintext takes the place of a layer from here on.
func OpenedNote(of UpgradeTo) string {
	if of == Compression {
		return "DEFLATE was inflated: what follows is the plaintext"
	}
	return "TLS was opened with its keys: what follows is the plaintext"
}

// hold keeps an event; bytes beyond the limit become a Gap.
func (c *opened) hold(e *capture.Event) {
	if e.Kind == capture.Data && c.held+len(e.Data) > maxUnopened {
		e.Kind, e.N, e.Data = capture.Gap, int64(len(e.Data)), nil
	}
	if len(c.waiting) >= maxWaitingFacts && e.Kind == capture.Data {
		e.Kind, e.N, e.Data = capture.Gap, int64(len(e.Data)), nil
	}
	if n := len(c.waiting); e.Kind == capture.Gap && n > 0 && c.waiting[n-1].Kind == capture.Gap && c.waiting[n-1].Dir == e.Dir {
		c.waiting[n-1].N += e.N
		return
	}
	e.Data = bytes.Clone(e.Data)
	c.held += len(e.Data)
	c.waiting = append(c.waiting, *e)
}

// release passes on what is held, with or without the bytes of a layer.
func (x *Opened) release(c *opened, all bool) error {
	waiting := c.waiting
	c.waiting, c.held = nil, 0
	for i := range waiting {
		var err error
		switch e := &waiting[i]; {
		case e.Kind == capture.Data || e.Kind == capture.Gap:
			if all {
				err = x.pass(c, e)
			}
		case e.Kind != capture.Again || all:
			err = x.to.Event(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pass passes on bytes or a loss, at the next position of its direction.
func (x *Opened) pass(c *opened, e *capture.Event) error {
	e.Off = c.off[e.Dir]
	c.off[e.Dir] += int64(len(e.Data)) + e.N
	return x.to.Event(e)
}

// OpenedSource is a capture.Source whose connections pass through an Opened.
type OpenedSource struct {
	capture.Source
	Options Options
}

// Run implements capture.Source.
func (s OpenedSource) Run(ctx context.Context, to capture.Sink) error {
	return s.Source.Run(ctx, NewOpened(s.Options, to))
}
