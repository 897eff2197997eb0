package archive

import (
	"errors"
	"fmt"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
)

// count adds a record to what went through its layer.
func (c *carried) count(e *decode.Record) {
	i := slices.IndexFunc(c.sums, func(s decode.LayerCount) bool { return s.Of == e.Of })
	if i < 0 {
		i, c.sums = len(c.sums), append(c.sums, decode.LayerCount{Of: e.Of})
	}
	s := &c.sums[i]
	s.Records[e.Dir]++
	s.In[e.Dir] += e.Len
	s.Out[e.Dir] += e.N
	if e.Fault != "" {
		s.Faults++
	}
}

// Layers returns what was reported about the layers of a connection: its Upgrade, Secured
// and Dark, in order, and what went through each of them so far, from the wire up.
func (r *Reader) Layers(id capture.ConnID) (events []decode.Event, sums []decode.LayerCount, err error) {
	c, places, sums := r.layersOf(id)
	if c == nil {
		return nil, nil, errNoConn
	}
	for _, at := range places {
		e, err := r.eventAt(c, at)
		if err != nil {
			return events, sums, fmt.Errorf("the layers of connection %d: %w", id, err)
		}
		events = append(events, e)
	}
	return events, sums, nil
}

// eventAt reads an event that is not a message.
func (r *Reader) eventAt(c *conn, at place) (decode.Event, error) {
	if err := r.one.seek(c, at); err != nil {
		return nil, err
	}
	kd, body, err := r.one.entry()
	if err != nil || kd == messageEntry {
		return nil, errors.Join(err, errBroken)
	}
	item, err := r.item(c, kd, body, nil)
	return item.Event, err
}

func (r *Reader) layersOf(id capture.ConnID) (*conn, []place, []decode.LayerCount) {
	r.a.mu.RLock()
	defer r.a.mu.RUnlock()
	c := r.a.conn(id)
	if c == nil {
		return nil, nil, nil
	}
	r.names = r.a.names.list
	l := c.under()
	return c, l.layers, slices.Clone(l.sums)
}

// maxBetween bounds how many entries Headers reads.
const maxBetween = 1 << 18

// Headers calls f for the messages that contain bytes of a stretch of one direction of the
// text of IMAP, in order, until f returns false: n bytes from a stream position on, lost
// ones counted. What was kept of a message is not read: its Raw and what is part of that are
// empty, but its Secrets, Gaps and Literals are set. Txn is the number of its transaction, 0
// if it has none. Far behind the stretch it stops looking, so that some may be missing.
func (r *Reader) Headers(id capture.ConnID, dir capture.Direction, off, n int64, f func(m *decode.Message, txn int) bool) error {
	c, end, err := r.journalOf(id)
	if err != nil {
		return err
	}
	_, first := r.pageOf(c, streamOf(0, dir), off)
	if err := r.main.seek(c, place{page: first}); err != nil {
		return fmt.Errorf("connection %d: %w", id, err)
	}
	var m decode.Message
	for range maxBetween {
		_, kd, body, ok, err := r.main.next(end)
		if err != nil {
			return fmt.Errorf("connection %d: %w", id, err)
		}
		if !ok {
			return nil
		}
		if kd != messageEntry {
			continue
		}
		d := r.decoder(c, body)
		s := d.message(&m)
		if d.broken {
			return fmt.Errorf("connection %d: %w", id, errBroken)
		}
		last := m.Off + m.Len + m.Lost
		switch {
		case m.Dir != dir || last <= off:
			continue
		case m.Off >= off+n || !f(&m, s.txn) || last >= off+n:
			return nil
		}
	}
	return nil
}
