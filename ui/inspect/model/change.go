package model

import (
	"context"
	"errors"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/archive"
)

// Sharing returns a connection and those to the same server, which may have had the same
// mailbox selected.
func (m *Model) Sharing(id capture.ConnID) []capture.ConnID {
	ids := []capture.ConnID{id}
	mine, ok := m.Archive.ConnOf(id)
	for k := 0; ok && k < m.Archive.Conns() && len(ids) < maxSharing; k++ {
		if c := m.Archive.Conn(k); c.ID != id && c.Server.Addr() == mine.Server.Addr() {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// maxSharing is how many connections are replayed.
const maxSharing = 256

// errThere ends a replay.
var errThere = errors.New("there")

// LastChange replays connections up to a transaction's request, and returns the last command
// that by then had changed a message of its mailbox; nil if none is known.
func LastChange(ctx context.Context, r *archive.Reader, ids []capture.ConnID, until archive.Row, number uint32) (*account.Event, error) {
	w := newWatcher(until, account.Message{Number: number}, false)
	err := r.Replay(ctx, decode.NewDemux(decode.Options{}, w), ids...)
	if errors.Is(err, errThere) {
		err = nil
	}
	box := w.book.Accounts().MailboxOf(w.message.Conn, w.message.Seq)
	if err != nil || box == nil || !w.there {
		return nil, err
	}
	if e := box.LastChange(w.message, w.message.Conn, w.message.Seq); e != nil && e.Fact.Txn > 0 {
		return e, nil
	}
	return nil, nil
}
