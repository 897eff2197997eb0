package archive

import (
	"errors"
	"fmt"

	"imapscope/capture"
	"imapscope/decode"
)

// Item is one thing that happened on a connection.
type Item struct {
	Ref   Ref
	Event decode.Event
}

// Items calls f for what happened on a connection, in order: the events that a
// decode.Handler received. It begins after the item after, or at the beginning if
// that is the zero Ref, and ends with the current last event, or when f returns false.
// Events are valid until f returns. The Txn of a message, or of an Again, is in its
// final state, not in its state at that time.
func (r *Reader) Items(id capture.ConnID, after Ref, f func(Item) bool) error {
	c, end, err := r.journalOf(id)
	if err != nil {
		return err
	}
	err = r.items(c, after, end, f)
	if err != nil {
		return fmt.Errorf("connection %d: %w", id, err)
	}
	return nil
}

func (r *Reader) items(c *conn, after Ref, end place, f func(Item) bool) error {
	if err := r.main.seek(c, after.at); err != nil {
		return err
	}
	if after != (Ref{}) {
		if _, _, _, ok, err := r.main.next(end); err != nil || !ok {
			return err
		}
	}
	var m decode.Message
	for {
		at, kd, body, ok, err := r.main.next(end)
		if err != nil || !ok {
			return err
		}
		if kd == streamEntry {
			continue
		}
		item, err := r.item(c, kd, body, &m)
		if err != nil {
			return err
		}
		item.Ref = Ref{c.index + 1, at}
		if !f(item) {
			return nil
		}
	}
}

// item reads an entry that is not a chunk.
func (r *Reader) item(c *conn, kd kind, body []byte, m *decode.Message) (item Item, err error) {
	d := r.decoder(c, body)
	switch kd {
	case messageEntry:
		s := d.message(m)
		if !d.broken {
			err = r.raw(c, m, s)
			m.Txn, m.Known = r.txnOf(c, s.txn), r.known(c)
		}
		item.Event = m
	case txnEntry:
		t := new(decode.Transaction)
		req := d.transaction(t)
		t.Known = r.known(c)
		if !d.broken {
			err = r.request(c, req, t)
		}
		item.Event = t
	case resyncEntry:
		item.Event = d.resync()
	case upgradeEntry:
		item.Event = d.upgrade()
	case noteEntry:
		item.Event, _ = d.note()
	case againEntry:
		e, txn, _ := d.again()
		e.Txn = r.txnOf(c, txn)
		item.Event = e
	case halfEntry:
		item.Event, _ = d.half()
	case securedEntry:
		item.Event = d.secured()
	case recordEntry:
		item.Event = d.record()
	case darkEntry:
		item.Event = d.dark()
	case closedEntry:
		item.Event, _ = d.closed()
	default:
		d.fail()
	}
	return item, errors.Join(err, d.err())
}
