package pcap

import (
	"strings"
	"time"

	"imapscope/capture"
)

// note is a remark from before its connection was taken.
type note struct {
	time time.Time
	text string
}

// maxEarlyNotes bounds the bytes of such remarks, of one connection.
const maxEarlyNotes = 4 << 10

// remark reports a packet's comments, one by one, before the packet's data.
func (a *Assembler) remark(c *conn, t time.Time, comment string) error {
	for text := range strings.SplitSeq(comment, "\n") {
		switch c.state {
		case taken:
			if err := a.note(c, note{t, text}); err != nil {
				return err
			}
		case undecided:
			d := c.doubtful()
			if d.noted += len(text); d.noted <= maxEarlyNotes {
				d.notes = append(d.notes, note{t, text})
			}
		}
	}
	return nil
}

// maxJitter is how far a packet's time may be before that of the previous packet if the
// only cause is that two queues of an interface were emptied one after the other.
const maxJitter = 10 * time.Millisecond

// noteStep notes, once for a connection, that the clock of the capture ran backwards
// before the packet of time t.
func (a *Assembler) noteStep(c *conn, t time.Time, comment string) error {
	if c.stepped || !t.Before(c.seen) || c.seen.IsZero() {
		return nil
	}
	back := c.seen.Sub(t)
	if back <= maxJitter {
		return nil
	}
	c.stepped = true
	for text := range strings.SplitSeq(comment, "\n") {
		if capture.IsSteppedBack(text) { // of a recording
			return nil
		}
	}
	// If it is more, the times before it were wrong.
	return a.remark(c, t, capture.SteppedBack(back, back <= maxBack))
}

func (a *Assembler) note(c *conn, n note) error {
	return a.report(capture.Event{Kind: capture.Note, Conn: c.id, Time: n.time, Text: n.text})
}
