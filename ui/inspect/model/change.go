package model

import (
	"context"
	"errors"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/session"
)

// Sharing returns a connection and those to the same server, which may have had the same
// mailbox selected.
func (m *Model) Sharing(id capture.ConnID) []capture.ConnID {
	ids := []capture.ConnID{id}
	mine, ok := m.Archive.ConnOf(id)
	for k := 0; ok && k < m.Archive.Conns() && len(ids) < maxSharing; k++ {
		if c := m.Archive.Conn(k); c.ID != id && c.Server == mine.Server {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// maxSharing is how many connections are replayed.
const maxSharing = 256

// errThere ends a replay.
var errThere = errors.New("there")

// LastChange replays connections up to a transaction's request, and returns what by then
// had last changed a message of its mailbox; false if nothing had.
func LastChange(ctx context.Context, r *archive.Reader, ids []capture.ConnID, until archive.Row, number uint32) (session.Change, bool, error) {
	w := &watcher{until: until, number: number}
	err := r.Replay(ctx, decode.NewDemux(decode.Options{}, w), ids...)
	if errors.Is(err, errThere) {
		err = nil
	}
	return w.change, w.found, err
}

// watcher follows sessions until it has come to a transaction.
type watcher struct {
	session.World
	until  archive.Row
	number uint32
	change session.Change
	found  bool
}

// Open implements decode.Handler.
func (w *watcher) Open(c capture.Conn) error {
	w.World.Open(c)
	return nil
}

// Events implements decode.Handler.
func (w *watcher) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		m, ok := e.(*decode.Message)
		if ok && id == w.until.Conn && m.Txn != nil && m.Txn.N == w.until.N {
			if s := w.Session(id); s != nil && s.Mailbox != nil {
				if x := s.Mailbox.At(w.number); x != nil && len(x.Changes) > 0 {
					w.change, w.found = x.Changes[len(x.Changes)-1], true
					w.found = w.found && w.change.Txn > 0
				}
			}
			return errThere
		}
		decode.Follow(&w.World, id, e)
	}
	return nil
}
