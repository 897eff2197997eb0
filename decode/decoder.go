// Package decode turns the bytes of a connection into messages and transactions, without doing I/O itself.
//
//	d := decode.New(decode.Options{})
//	for each chunk {
//		for _, e := range d.Write(c.Dir, c.Time, c.Data) { … }
//	}
//	for _, e := range d.Close(t, capture.FIN) { … }
//
// Messages are reported as they end, each with the transaction it belongs to;
// transactions when their tagged response arrives. Closed is last. Demux runs
// a Decoder for every connection of a capture.Source.
//
// # Rules
//
//   - Decoding never fails and never loses a byte. What cannot be understood
//     is a message of Kind Junk, or a request without a command.
//   - Decoding is cheap: a message is framed and its first words are read.
//     Trees are built by decode/syntax on demand.
//   - No clock, no goroutine, no lock, no I/O.
//   - Times of messages and transactions never run backwards, whatever the
//     capture's clock did. Events that only pass through (Again, HalfClosed, Note and
//     Closed) keeps the time of its source.
//   - Chunks divided differently, in the same order between directions, give the same
//     events, times aside.
//   - Memory is bounded: Options.Keep bytes of a message, MaxOutstanding commands
//     without response and MaxHeld bytes of them, MaxLiterals and MaxKinds per
//     transaction. So is the work for one message, apart from reading it.
//
// # Layers
//
// TLS (from the first byte, or after STARTTLS) and COMPRESS push a layer.Layer on a stack:
// what comes from the wire goes into the lowest, what each opens into the next one, and what
// leaves the last is the text of IMAP. Positions of messages are those in that text, which
// goes on where it was before a layer began. A Decoder that was not asked to open layers
// ends where one begins (Dark), as does one that cannot open it. Opened is the same for a
// capture.Sink: it puts the text in the place of what carried it.
//
// # Requests that no tagged response can answer
//
// A server cannot tag its answer to a line whose tag is "*" or "+": it sends
// "* BAD" (RFC 1176, "Responses": * BAD, p. 21). Such a request is abandoned by
// rule, and ends with the status response that answers it, or with the first
// response to a later command.
//
// A blank line is no request at all (RFC 1176, "Formal Syntax", p. 28): it is
// Junk, and the "* BAD" that answers it belongs to no transaction.
package decode

import (
	"time"

	"imapscope/capture"
	"imapscope/decode/layer"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

// Limits of one connection.
const (
	// MaxOutstanding is how many commands may be without response; beyond it
	// the oldest is abandoned.
	MaxOutstanding = 1024
	// MaxHeld is how many bytes of requests without response are kept; beyond
	// it the oldest is abandoned too.
	MaxHeld = 8 << 20
	// MaxLiterals is how many literals of a transaction are listed.
	MaxLiterals = 1 << 14
	// MaxKinds is how many kinds of unsolicited data of a transaction are
	// distinguished; further ones are counted as "?".
	MaxKinds = 64
)

// Options configures a Decoder. The zero value is for a connection seen from its start.
type Options struct {
	// Start is when the connection began: none of its events is earlier. It may be zero.
	Start time.Time
	// MidStream reports whether the beginning of the connection was not captured.
	MidStream bool
	// Dialect is what the connection speaks, whatever it shows, unless it is
	// protocol.UnknownDialect.
	Dialect protocol.Dialect
	// Layers asks for layers to be opened. If false, decoding ends where one begins.
	Layers bool
	// Keys are those of TLS sessions. They may be added to while the Decoder runs: see
	// Retry. If nil, none will come.
	Keys *layer.Keys
	// Keyless keeps a Demux from waiting for keys: TLS is dark at once.
	Keyless bool
	// Streams asks for Bytes.
	Streams bool
	// Keep is how many bytes of a message are kept; 0 means
	// wire.DefaultKeep. Of a longer message the beginning and the end are kept.
	Keep int
	// Pool is shared by Decoders that run in one goroutine; nil means one of its own.
	Pool *Pool
}

// Decoder decodes both directions of one connection. Its methods must not be
// called concurrently.
type Decoder struct {
	side  [2]side
	pool  *Pool
	clock clock

	txns    int            // numbered so far
	out     []*Transaction // outstanding, oldest first
	held    int            // bytes of their requests
	cur     *Transaction   // whose request is still coming, if any
	unseen  unseen         // an IDLE that may be in progress, its start not captured
	blanks  int            // blank lines that may still be answered
	blankAt int            // the number of the last transaction before the last of them
	greeted bool           // a first response was seen, or will not be
	tlsNext bool           // STARTTLS was answered OK
	plain   bool           // COMPRESS changes nothing: the source shows what was compressed
	tagData bool           // data can have a tag: the dialect is IMAP3
	open    bool           // layers are opened
	keys    *layer.Keys    // may be nil
	layers  []*stacked     // from the wire up
	carried Layers         // those that began
	up      UpgradeTo      // not zero: what follows cannot be read
	wire    [2]int64       // by direction: bytes so far, lost ones included
	at      time.Time      // of the source, for the bytes or the loss that came last
	streams bool           // Bytes are reported
	flush   func()         // passes on the events so far; may be nil
	began   [2]Speech
	counts  tally
	first   First // who closed first
	acting  acting
	data    *protocol.Row // of the last untagged data that has one

	session session.Session
	batch   *batch // what was reported last, from pool; nil if that was nothing, or Release was called
}

// side is one direction.
type side struct {
	framer wire.Framer
	pos    int64     // stream position
	start  time.Time // of the message that is coming
	off    int64     // where it began
}

// New returns a Decoder for one connection.
func New(o Options) *Decoder {
	d := &Decoder{
		pool: o.Pool, open: o.Layers, keys: o.Keys, streams: o.Streams, greeted: o.MidStream, clock: newClock(o.Start),
		unseen: unseen{may: o.MidStream}, session: session.New(o.MidStream),
	}
	if d.pool == nil {
		d.pool = new(Pool)
	}
	d.session.Force(o.Dialect)
	for dir := range d.side {
		d.side[dir].framer.Init(dir == int(capture.ClientToServer), o.Keep, d.pool.Buffers())
		d.side[dir].framer.Use(protocol.Words{})
		if o.MidStream {
			d.side[dir].framer.Skip()
		}
	}
	return d
}

// Write decodes the next bytes of one direction, captured at t. It does not keep
// p, but the events may point into it.
func (d *Decoder) Write(dir capture.Direction, t time.Time, p []byte) []Event {
	d.Release()
	d.at, t = t, d.clock.pass(t)
	d.counts.Octets[dir] += int64(len(p))
	if d.wire[dir] == 0 && len(p) > 0 {
		d.began[dir] = speech(p[0])
	}
	d.wire[dir] += int64(len(p))
	d.pass(0, dir, t, p)
	return d.reported()
}

// text decodes bytes of IMAP. It returns those that belong to a layer that begins there.
func (d *Decoder) text(dir capture.Direction, t time.Time, p []byte) []byte {
	s := &d.side[dir]
	var kept *Bytes
	if d.streams {
		kept = &Bytes{Dir: dir, Time: d.timeAt(len(d.layers), t), Off: s.pos, Data: p}
		d.emit(kept)
	}
	layers := len(d.layers)
	for len(p) > 0 && len(d.layers) == layers && d.up == 0 {
		idle := s.framer.Idle()
		if isTLS(p[0]) && (s.pos == 0 || d.tlsNext && idle) {
			d.push(TLS, dir, t)
			break
		}
		if idle {
			s.start, s.off = t, s.pos
		}
		n, mark := s.framer.Write(p)
		s.pos += int64(n)
		p = p[n:]
		switch mark {
		case wire.Found:
			s.start, s.off = t, s.pos-s.framer.Len()
			if skipped := s.framer.Skipped(); skipped > 0 {
				d.emit(&Resync{Dir: dir, Time: t, Off: s.off, Skipped: skipped})
			}
		case wire.Head:
			d.head(t)
		case wire.End:
			d.end(dir, t)
		}
	}
	if kept != nil {
		kept.Data = kept.Data[:len(kept.Data)-len(p)]
	}
	return p
}

// Lost records that n bytes of one direction were not captured.
func (d *Decoder) Lost(dir capture.Direction, t time.Time, n int64) []Event {
	d.Release()
	d.at, t = t, d.clock.pass(t)
	d.counts.Lost[dir] += n
	d.wire[dir] += n
	d.lose(0, dir, t, n)
	return d.reported()
}

// Event decodes one fact about the connection; a Decoder ignores Opened.
func (d *Decoder) Event(e *capture.Event) []Event {
	switch e.Kind {
	case capture.Data:
		return d.Write(e.Dir, e.Time, e.Data)
	case capture.Gap:
		return d.Lost(e.Dir, e.Time, e.N)
	case capture.Again:
		return d.Again(e.Dir, e.Time, e.Off, e.N)
	case capture.HalfClosed:
		return d.HalfClose(e.Dir, e.Time, e.Cause)
	case capture.Note:
		return d.Note(e.Time, e.Text)
	case capture.Closed:
		return d.Close(e.Time, e.Cause)
	}
	d.Release()
	return nil
}

// Again records that n bytes of one direction, which were written or lost before and
// the first of which is at the stream position from, were captured again.
func (d *Decoder) Again(dir capture.Direction, t time.Time, from, n int64) []Event {
	d.Release()
	a := &Again{Dir: dir, Time: t, Off: d.wire[dir], From: from, Octets: n}
	if d.up == 0 && len(d.out) > 0 {
		a.Txn = d.out[0]
	}
	d.emit(a)
	return d.reported()
}

// HalfClose records that one side ended its direction, by FIN or RST.
func (d *Decoder) HalfClose(dir capture.Direction, t time.Time, cause capture.Cause) []Event {
	d.Release()
	if d.first.Side == UnknownSide {
		d.first = First{Side: sideOf(dir), Cause: cause}
	}
	d.emit(&HalfClosed{Dir: dir, Time: t, Cause: cause})
	return d.reported()
}

// Note passes on a remark of the source, in its place among the events.
func (d *Decoder) Note(t time.Time, text string) []Event {
	d.Release()
	n := &Note{Time: t, Text: text}
	d.noted(n)
	d.emit(n)
	return d.reported()
}

// Close ends the connection.
func (d *Decoder) Close(t time.Time, cause capture.Cause) []Event {
	d.Release()
	at := d.clock.pass(t)
	for _, x := range d.layers {
		x.layer.Close(at)
		x.secured(at)
		if x.shown && x.sum.Out == [2]int64{} {
			d.darken(x.of, at, layer.Empty)
		}
	}
	if d.up == 0 {
		for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
			s := &d.side[dir]
			if s.framer.Close() == wire.End {
				d.end(dir, at)
			}
			if n := s.framer.Skipped(); n > 0 {
				d.emit(&Resync{Dir: dir, Time: at, Off: s.pos, Skipped: n, Ended: true})
			}
		}
	}
	if t := d.cur; t != nil { // its request broke off where decoding ended
		d.cur, t.open = nil, false
		if t.tagged {
			d.finish(t)
		}
	}
	d.actedLast()
	for len(d.out) > 0 {
		d.abandon(d.out[0])
	}
	d.emit(&Closed{Time: t, Cause: cause, First: d.first, Leg: d.acting.leg, Upgraded: d.up, Layers: d.layerCounts(), Ends: [2]int64{d.side[0].pos, d.side[1].pos}, Began: d.began, Counts: d.total()})
	return d.reported()
}

// Release invalidates the events that were returned last, so that other connections
// can use their memory. The next call of a method does so too.
func (d *Decoder) Release() {
	if d.batch != nil {
		d.pool.putBatch(d.batch)
		d.batch = nil
	}
}

// reported returns the events since Release.
func (d *Decoder) reported() []Event {
	if d.batch == nil {
		return nil
	}
	return d.batch.events
}

// report returns the batch that events are added to.
func (d *Decoder) report() *batch {
	if d.batch == nil {
		d.batch = d.pool.batch()
	}
	return d.batch
}

func (d *Decoder) emit(e Event) {
	b := d.report()
	b.events = append(b.events, e)
}

// AtLiteral reports whether the client has announced a literal and sent nothing of it.
func (d *Decoder) AtLiteral() bool { return d.side[capture.ClientToServer].framer.AtLiteral() }

// isTLS reports whether a TLS record can begin with c: its content type is 20
// to 23 (RFC 8446, section 5.1). No IMAP message begins with a control character.
func isTLS(c byte) bool { return 20 <= c && c <= 23 }

// speech returns what a side speaks whose first byte is c.
func speech(c byte) Speech {
	if isTLS(c) {
		return SpeaksTLS
	}
	return SpeaksText
}

// end handles a complete message.
func (d *Decoder) end(dir capture.Direction, t time.Time) {
	s := &d.side[dir]
	m := d.message()
	m.Dir, m.Time, m.End = dir, s.start, t
	m.Off, m.Len, m.Lost = s.off, s.framer.Len(), s.framer.Lost()
	m.Broken, m.Layers, m.Leg = s.framer.Damaged(), d.carried, d.acting.leg
	framed := s.framer.Message()
	m.Raw, m.Elided = framed.Raw, framed.Elided
	if len(framed.Literals)+len(framed.Gaps) > 0 {
		m.Literals = append(m.Literals, framed.Literals...)
		m.Gaps = append(m.Gaps, framed.Gaps...)
	}
	m.own = s.framer.Reset()
	if dir == capture.ClientToServer {
		d.clientMessage(m)
	} else {
		d.serverMessage(m)
	}
}

// release drops what m refers to, and keeps the memory of its lists. It leaves the fields
// that end always sets: clearing all of them for every message takes much longer.
func (m *Message) release() {
	m.Raw, m.Tag, m.Text, m.own = nil, nil, nil, nil
	m.Literals, m.Gaps, m.Secrets = m.Literals[:0], m.Gaps[:0], m.Secrets[:0]
	if cap(m.Literals) > spareLits {
		m.Literals = nil
	}
	m.Kind, m.Row, m.Word, m.Number = 0, nil, "", 0
	m.Known, m.SASL, m.Txn, m.Acts, m.Ambiguous = nil, nil, nil, nil, false
	m.read, m.uidRead = 0, false
}

// message returns a Message to fill; it is valid until Release.
func (d *Decoder) message() *Message {
	m, b := d.pool.message(), d.report()
	b.messages = append(b.messages, m)
	return m
}

// feed passes a message to the session, and records where its secrets are.
func (d *Decoder) feed(m *Message) {
	if m.Kind == Untagged {
		var command *protocol.Row
		if m.Txn != nil {
			command = m.Txn.Row
		}
		if d.session.FeedData(m.Row, command) {
			m.Known = d.session.Words()
			return
		}
	}
	x := &d.pool.in
	x.Secrets = m.Secrets
	m.input(x, nil)
	d.session.Feed(x)
	m.Known, m.Secrets = d.session.Words(), x.Secrets
	if x.SecretTag && m.Txn != nil {
		m.Txn.SecretTag = true
	}
	if x.SASL != nil && m.Txn != nil {
		m.SASL, m.Txn.SASL = x.SASL, x.SASL
	}
}

// Session returns what is known of the connection. The Decoder owns it; it must not
// be changed.
func (d *Decoder) Session() *session.Session { return &d.session }
