package scrub

import (
	"errors"
	"fmt"

	"imapscope/capture"
)

// Check is a capture.Sink that looks through what a Scrub wrote for words that it
// replaced, of checkFrom octets or more and at least one letter. It knows nothing of
// messages, so that it does not err where Scrub does.
type Check struct {
	words *words
	hosts *hosts
	ends  map[capture.ConnID]*[2][]byte // words that are not at their ends yet
	conns int
}

var _ capture.Sink = (*Check)(nil)

// Check is a Check of what was written.
func (s *Scrub) Check() *Check {
	return &Check{words: s.words, hosts: &s.hosts, ends: make(map[capture.ConnID]*[2][]byte)}
}

// Conns is how many connections were looked at.
func (k *Check) Conns() int { return k.conns }

// maxWord is how long a word may get; what is longer is looked at in parts.
const maxWord = 1 << 16

// Event implements capture.Sink. Its error names the place of a word that is still
// there, never the word.
func (k *Check) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		return k.open(e.Info)
	}
	ends := k.ends[e.Conn]
	if ends == nil {
		return nil
	}
	switch e.Kind {
	case capture.Data:
		return k.data(ends, e)
	case capture.Gap:
		ends[e.Dir] = ends[e.Dir][:0] // a word that breaks off is none
	case capture.Note:
		return fmt.Errorf("a remark is still there: connection %d", e.Conn)
	case capture.Closed:
		delete(k.ends, e.Conn)
		return errors.Join(k.finish(ends, e, capture.ClientToServer), k.finish(ends, e, capture.ServerToClient))
	}
	return nil
}

func (k *Check) open(c *capture.Conn) error {
	k.conns++
	k.ends[c.ID] = new([2][]byte)
	if k.hosts.survives(c.Client.Addr()) || k.hosts.survives(c.Server.Addr()) {
		return fmt.Errorf("an address of connection %d is still there", c.ID)
	}
	return nil
}

func (k *Check) data(ends *[2][]byte, c *capture.Event) error {
	b := append(ends[c.Dir], c.Data...)
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		if end == len(b) && end-at < maxWord {
			ends[c.Dir] = append(ends[c.Dir][:0], b[at:]...)
			return nil
		}
		if err := k.look(c, c.Dir, b[at:end]); err != nil {
			return err
		}
	}
	ends[c.Dir] = ends[c.Dir][:0]
	return nil
}

func (k *Check) look(c *capture.Event, dir capture.Direction, w []byte) error {
	if len(w) < checkFrom || !hasLetter(w) || plain[string(fold(nil, w))] {
		return nil
	}
	if f := k.words.is(w); f.original && !f.substitute && !f.kept {
		return fmt.Errorf("a word of %d letters that was replaced elsewhere is still there: connection %d, from the %s, near octet %d",
			len(w), c.Conn, dir, c.Off)
	}
	return nil
}

// finish looks at the word that a direction broke off in, at e.
func (k *Check) finish(ends *[2][]byte, e *capture.Event, dir capture.Direction) error {
	w := ends[dir]
	ends[dir] = nil
	return k.look(e, dir, w)
}
