package scrub

import (
	"errors"
	"fmt"

	"imapscope/capture"
	"imapscope/decode/ascii"
)

// Check is a capture.Sink that searches the output of a Scrub for words that should have
// been replaced, of at least checkFrom bytes and with at least one letter. It does not
// parse messages, so it does not repeat a parsing mistake of Scrub.
//
// Several Checks of one Scrub may run at the same time, once it has had its last event.
type Check struct {
	words *words
	hosts *hosts
	ends  map[capture.ConnID]*[2][]byte // incomplete words, by direction
	buf   []byte
}

var _ capture.Sink = (*Check)(nil)

// Check returns a Check for the output of s.
func (s *Scrub) Check() *Check {
	return &Check{words: s.words, hosts: &s.hosts, ends: make(map[capture.ConnID]*[2][]byte)}
}

// maxWord is the maximum length of a word; longer ones are checked in parts.
const maxWord = 4 << 10

// Event implements capture.Sink. Its error gives the place of a word that was not
// replaced, never the word itself.
func (chk *Check) Event(e *capture.Event) error {
	switch e.Kind {
	case capture.Opened:
		chk.ends[e.Conn] = new([2][]byte)
		return chk.Opened(e.Info)
	case capture.Secrets:
		return errors.New("keys of TLS sessions were not removed")
	}
	ends := chk.ends[e.Conn]
	if ends == nil {
		return nil
	}
	switch e.Kind {
	case capture.Data:
		return chk.data(ends, e)
	case capture.Gap:
		ends[e.Dir] = ends[e.Dir][:0] // an incomplete word is not a word
	case capture.Note:
		return chk.note(e)
	case capture.Closed:
		delete(chk.ends, e.Conn)
		return errors.Join(chk.finish(ends, e, capture.ClientToServer), chk.finish(ends, e, capture.ServerToClient))
	}
	return nil
}

// note checks a note, which must be one of those that stay.
func (chk *Check) note(e *capture.Event) error {
	if capture.IsSteppedBack(e.Text) {
		return nil
	}
	leg, other := capture.LegOf(e.Text)
	act, ok := capture.ParseAct(e.Text)
	for _, n := range logNotes {
		if e.Text == n.stays {
			return nil
		}
	}
	switch {
	case leg != capture.NoLeg:
		if chk.hosts.survives(other.Client.Addr()) || chk.hosts.survives(other.Server.Addr()) {
			return fmt.Errorf("an address in a note of connection %d was not replaced", e.Conn)
		}
		return nil
	case !ok:
		return fmt.Errorf("connection %d still has a note", e.Conn)
	}
	b := []byte(act.Text + " " + act.Tag)
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		if err := chk.look(e, e.Dir, b[at:end]); err != nil {
			return err
		}
	}
	return nil
}

// Opened checks the addresses of a connection, which is all there is of one without other events.
func (chk *Check) Opened(c *capture.Conn) error {
	if chk.hosts.survives(c.Client.Addr()) || chk.hosts.survives(c.Server.Addr()) {
		return fmt.Errorf("an address of connection %d was not replaced", c.ID)
	}
	return nil
}

func (chk *Check) data(ends *[2][]byte, c *capture.Event) error {
	begun := len(ends[c.Dir]) // all of it is of one word
	b := append(ends[c.Dir], c.Data...)
	at, end := next(b, 0)
	if begun > 0 {
		at, end = 0, wordEnd(b, begun)
	}
	for ; at < len(b); at, end = next(b, end) {
		if end == len(b) && end-at < maxWord {
			ends[c.Dir] = append(ends[c.Dir][:0], b[at:]...)
			return nil
		}
		if err := chk.look(c, c.Dir, b[at:end]); err != nil {
			return err
		}
	}
	ends[c.Dir] = ends[c.Dir][:0]
	return nil
}

func (chk *Check) look(c *capture.Event, dir capture.Direction, w []byte) error {
	if len(w) < checkFrom || !hasLetter(w) {
		return nil
	}
	chk.buf = ascii.AppendLower(chk.buf[:0], w)
	if f := chk.words.fateOf(chk.buf); f.original && !f.substitute && !f.kept && !chk.words.isPlain(chk.buf) {
		return fmt.Errorf("a word of %d letters that was replaced elsewhere was not replaced: connection %d, from the %s, near byte %d",
			len(w), c.Conn, dir, c.Off)
	}
	return nil
}

// finish checks the word at the end of a direction's bytes before e.
func (chk *Check) finish(ends *[2][]byte, e *capture.Event, dir capture.Direction) error {
	w := ends[dir]
	ends[dir] = nil
	return chk.look(e, dir, w)
}
