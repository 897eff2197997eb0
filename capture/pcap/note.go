package pcap

import (
	"strings"
	"time"

	"imapscope/capture"
)

// note is a remark made before its connection was taken.
type note struct {
	time time.Time
	text string
}

// maxEarlyNotes bounds the octets of such remarks, of one connection.
const maxEarlyNotes = 4 << 10

// remark reports a packet's comments, one by one, before what the packet carries.
func (a *Assembler) remark(c *conn, t time.Time, comment string) error {
	for text := range strings.SplitSeq(comment, "\n") {
		switch c.state {
		case taken:
			if err := a.note(c, note{t, text}); err != nil {
				return err
			}
		case undecided:
			if c.noted += len(text); c.noted <= maxEarlyNotes {
				c.notes = append(c.notes, note{t, text})
			}
		}
	}
	return nil
}

func (a *Assembler) note(c *conn, n note) error {
	return a.report(capture.Event{Kind: capture.Note, Conn: c.id, Time: n.time, Text: n.text})
}
