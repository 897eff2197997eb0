package archive

import (
	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// moment orders facts over all connections: by the length of the spool when they
// arrived, and those at the same length by their number. Data that is kept needs no
// number, because the spool is longer after it.
type moment struct {
	pos int64
	n   uint64
}

// before reports whether m came before o.
func (m moment) before(o moment) bool { return m.pos < o.pos || m.pos == o.pos && m.n < o.n }

func (c *coder) moment(m moment) {
	c.uint(uint64(m.pos))
	c.uint(m.n)
}

func (d *decoder) moment() moment { return moment{int64(d.uint()), d.uint()} }

func (c *coder) note(e *decode.Note, at moment) {
	c.time(e.Time)
	c.text(e.Text)
	c.moment(at)
}

func (d *decoder) note() (e *decode.Note, at moment) {
	return &decode.Note{Time: d.time(), Text: d.text()}, d.moment()
}

func (c *coder) again(e *decode.Again, at moment) {
	c.flags(e.Dir == capture.ServerToClient)
	c.time(e.Time)
	c.uint(uint64(e.Off))
	c.int(e.From)
	c.uint(uint64(e.Octets))
	n := 0
	if e.Txn != nil {
		n = e.Txn.N
	}
	c.uint(uint64(n))
	c.moment(at)
}

// again reads an Again without its transaction, which has the number txn.
func (d *decoder) again() (e *decode.Again, txn int, at moment) {
	e = &decode.Again{
		Dir: capture.Direction(d.byte() & 1), Time: d.time(), Off: int64(d.uint()), From: d.int(), Octets: int64(d.uint()),
	}
	return e, int(d.uint()), d.moment()
}

func (c *coder) half(e *decode.HalfClosed, at moment) {
	c.flags(e.Dir == capture.ServerToClient)
	c.time(e.Time)
	c.uint(uint64(e.Cause))
	c.moment(at)
}

func (d *decoder) half() (e *decode.HalfClosed, at moment) {
	return &decode.HalfClosed{Dir: capture.Direction(d.byte() & 1), Time: d.time(), Cause: d.cause()}, d.moment()
}

func (c *coder) resync(e *decode.Resync) {
	c.flags(e.Dir == capture.ServerToClient, e.Ended)
	c.time(e.Time)
	c.uint(uint64(e.Off))
	c.uint(uint64(e.Skipped))
}

func (d *decoder) resync() *decode.Resync {
	f := d.byte()
	return &decode.Resync{
		Dir: capture.Direction(f & 1), Ended: f&2 != 0,
		Time: d.time(), Off: int64(d.uint()), Skipped: int64(d.uint()),
	}
}

func (c *coder) upgrade(e *decode.Upgrade) {
	c.flags(e.Dir == capture.ServerToClient)
	c.uint(uint64(e.To))
	c.time(e.Time)
	c.uint(uint64(e.Off))
}

func (d *decoder) upgrade() *decode.Upgrade {
	f := d.byte()
	return &decode.Upgrade{Dir: capture.Direction(f & 1), To: d.upgradeTo(), Time: d.time(), Off: int64(d.uint())}
}

func (d *decoder) upgradeTo() decode.UpgradeTo {
	n := d.uint()
	if n > uint64(decode.Compression) {
		d.fail()
		return 0
	}
	return decode.UpgradeTo(n)
}

func (d *decoder) speech() decode.Speech {
	n := d.uint()
	if n > uint64(decode.SpeaksTLS) {
		d.fail()
		return 0
	}
	return decode.Speech(n)
}

func (d *decoder) cause() capture.Cause {
	n := d.uint()
	if n > uint64(capture.Idle) {
		d.fail()
		return 0
	}
	return capture.Cause(n)
}

// first reads which side closed first.
func (d *decoder) first() decode.First {
	n := d.uint()
	if n > uint64(decode.ServerSide) {
		d.fail()
		return decode.First{}
	}
	return decode.First{Side: decode.Side(n), Cause: d.cause()}
}

func (c *coder) closed(e *decode.Closed, at moment) {
	c.time(e.Time)
	c.uint(uint64(e.Cause))
	c.uint(uint64(e.First.Side))
	c.uint(uint64(e.First.Cause))
	c.uint(uint64(e.Leg))
	c.uint(uint64(e.Upgraded))
	c.layerCounts(e.Layers)
	for _, b := range e.Began {
		c.uint(uint64(b))
	}
	for _, n := range countsOf(&e.Counts) {
		c.uint(uint64(*n))
	}
	for dir := range e.Octets {
		c.uint(uint64(e.Octets[dir]))
		c.uint(uint64(e.Lost[dir]))
		c.uint(uint64(e.Ends[dir]))
	}
	c.uint(uint64(e.Dialect))
	c.text(e.User)
	c.text(e.Mailbox)
	c.moment(at)
}

func (d *decoder) closed() (e *decode.Closed, at moment) {
	e = &decode.Closed{Time: d.time(), Cause: d.cause(), First: d.first(), Leg: d.leg(), Upgraded: d.upgradeTo()}
	e.Layers = d.layerCounts()
	for dir := range e.Began {
		e.Began[dir] = d.speech()
	}
	for _, n := range countsOf(&e.Counts) {
		*n = int(d.uint())
	}
	for dir := range e.Octets {
		e.Octets[dir] = int64(d.uint())
		e.Lost[dir] = int64(d.uint())
		e.Ends[dir] = int64(d.uint())
	}
	if n := d.uint(); n > uint64(protocol.IMAP4rev2) {
		d.fail()
	} else {
		e.Dialect = protocol.Dialect(n)
	}
	e.User = d.text()
	e.Mailbox = d.text()
	return e, d.moment()
}

func countsOf(c *decode.Counts) [7]*int {
	return [...]*int{&c.Requests, &c.Responses, &c.Unsolicited, &c.Ready, &c.Orphans, &c.Abandoned, &c.Junk}
}

// proxied writes the leg of a proxy, and what the proxy did, which may be nil.
func (c *coder) proxied(leg capture.Leg, a *decode.Acts) {
	c.uint(uint64(leg))
	if a == nil {
		c.flags(false)
		return
	}
	c.flags(true, a.Held, a.Edited)
	c.uint(uint64(len(a.Faults)))
	for _, f := range a.Faults {
		c.text(f)
	}
}

func (d *decoder) proxied() (capture.Leg, *decode.Acts) {
	leg, f := d.leg(), d.byte()
	if f&1 == 0 {
		return leg, nil
	}
	a := &decode.Acts{Held: f&2 != 0, Edited: f&4 != 0}
	for range d.count() {
		a.Faults = append(a.Faults, d.text())
	}
	return leg, a
}

func (d *decoder) leg() capture.Leg {
	n := d.uint()
	if n > uint64(capture.ServerLeg) {
		d.fail()
		return capture.NoLeg
	}
	return capture.Leg(n)
}
