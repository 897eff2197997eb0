package archive

import (
	"errors"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// note is a remark.
type note struct {
	time time.Time
	text string
	pos  int64 // how long the spool was when it came
}

func (c *coder) note(n note) {
	c.time(n.time)
	c.text(n.text)
	c.uint(uint64(n.pos))
}

func (d *decoder) note() note {
	return note{time: d.time(), text: d.text(), pos: int64(d.uint())}
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

// causes are the errors that a connection ends with, by number: 0 is none, and
// what follows them is any other, a wrapped one too, told by its text.
var causes = [...]error{nil, capture.ErrFIN, capture.ErrRST, capture.ErrEnd, capture.ErrIdle}

func (c *coder) cause(err error) {
	for i, e := range causes {
		if err == e {
			c.uint(uint64(i))
			return
		}
	}
	c.uint(uint64(len(causes)))
	c.text(err.Error())
}

func (d *decoder) cause() error {
	n := d.uint()
	if n < uint64(len(causes)) {
		return causes[n]
	}
	return errors.New(d.text())
}

func (c *coder) closed(e *decode.Closed, pos int64) {
	c.time(e.Time)
	c.cause(e.Cause)
	c.uint(uint64(e.Upgraded))
	for _, n := range countsOf(&e.Counts) {
		c.uint(uint64(*n))
	}
	for dir := range e.Octets {
		c.uint(uint64(e.Octets[dir]))
		c.uint(uint64(e.Lost[dir]))
	}
	c.uint(uint64(e.Dialect))
	c.text(e.User)
	c.text(e.Mailbox)
	c.uint(uint64(pos))
}

// closed also tells how long the spool was.
func (d *decoder) closed() (e *decode.Closed, pos int64) {
	e = &decode.Closed{Time: d.time(), Cause: d.cause(), Upgraded: d.upgradeTo()}
	for _, n := range countsOf(&e.Counts) {
		*n = int(d.uint())
	}
	for dir := range e.Octets {
		e.Octets[dir] = int64(d.uint())
		e.Lost[dir] = int64(d.uint())
	}
	if n := d.uint(); n > uint64(protocol.IMAP4rev1) {
		d.fail()
	} else {
		e.Dialect = protocol.Dialect(n)
	}
	e.User = d.text()
	e.Mailbox = d.text()
	return e, int64(d.uint())
}

func countsOf(c *decode.Counts) [7]*int {
	return [...]*int{&c.Requests, &c.Responses, &c.Unsolicited, &c.Ready, &c.Orphans, &c.Abandoned, &c.Junk}
}
