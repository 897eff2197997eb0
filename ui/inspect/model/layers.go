package model

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/wire"
	"imapscope/ui/view"
)

// Layered reports whether a connection has layers below the text of IMAP.
func Layered(c *archive.Conn) bool { return c.Upgraded != 0 || c.Records > 0 }

// Record is a record of a connection's layers, with what of its bytes may be shown.
type Record struct {
	decode.Record
	Txn  int            // the first transaction that its plaintext is part of, by its index among all; -1: none
	Wire []view.Stretch // hidden bytes of the stream of its layer, in order
	Text []view.Stretch // hidden bytes of the stream above
	Err  error          // why nothing of it may be shown
}

// Record reads the nth record of a connection. Secrets are masked as everywhere; so are
// bytes of which it is not known what they are: those in no message, or compressed with
// something that is masked.
func (m *Model) Record(id capture.ConnID, n int) Record {
	x := Record{Txn: -1}
	if x.Record, x.Err = m.Reader.Record(id, n); x.Err != nil {
		return x
	}
	var hides bool
	switch {
	case x.N == 0:
	case x.In == 0:
		x.Text = m.messages(id, &x)
		hides = len(x.Text) > 0
	case x.In == decode.Compression && x.Of == decode.TLS:
		hides = m.inside(id, n, &x)
	default:
		hides = x.In == decode.Compression // compressed twice
	}
	if m.View.ShowSecrets {
		return x
	}
	if x.In != 0 && hides {
		x.Text = []view.Stretch{{From: x.Plain, To: x.Plain + x.N}}
	}
	if x.Of == decode.Compression && (hides || x.N == 0) {
		x.Wire = []view.Stretch{{From: x.Off, To: x.Off + x.Len}}
	}
	return x
}

// maxAhead is how many records are looked at for the one that carries a message, from the
// first with its time on.
const maxAhead = 256

// RecordOf returns which of a connection's first n records carries the first byte of a
// message; false if it is in none, or is not found.
func (m *Model) RecordOf(id capture.ConnID, n int, message *decode.Message) (int, bool) {
	first := sort.Search(n, func(k int) bool {
		r, err := m.Reader.Record(id, k)
		return err != nil || !r.Time.Before(message.Time)
	})
	for k := first; k < min(first+maxAhead, n); k++ {
		r, err := m.Reader.Record(id, k)
		if err == nil && r.In == 0 && r.Dir == message.Dir && r.Plain <= message.Off && message.Off < r.Plain+r.N {
			return k, true
		}
	}
	return 0, false
}

// messages looks at the messages in the plaintext of a record: it returns what is hidden,
// and sets the record's transaction.
func (m *Model) messages(id capture.ConnID, x *Record) []view.Stretch {
	from, to := x.Plain, x.Plain+x.N
	var hidden []view.Stretch
	at := from // what is before it is part of a message
	err := m.Reader.Headers(id, x.Dir, from, x.N, func(h *decode.Message, txn int) bool {
		if h.Off > at {
			hidden = append(hidden, view.Stretch{From: at, To: h.Off})
		}
		at = max(at, h.Off+h.Len+h.Lost)
		hidden = append(hidden, m.View.Hidden(h)...)
		if x.Txn < 0 && txn > 0 {
			if i, ok := m.Archive.Find(id, txn); ok {
				x.Txn = i
			}
		}
		return true
	})
	switch {
	case m.View.ShowSecrets:
		return nil
	case err != nil:
		return []view.Stretch{{From: from, To: to}}
	case at < to:
		hidden = append(hidden, view.Stretch{From: at, To: to})
	}
	return merge(hidden, from, to)
}

// maxInside is how many records are looked at for those that a record's plaintext is
// divided into.
const maxInside = 64

// inside looks at the compressed records in the plaintext of record n: it reports whether
// one hides something, or some are not found, and sets the record's transaction.
func (m *Model) inside(id capture.ConnID, n int, x *Record) bool {
	c, _ := m.Archive.ConnOf(id)
	at, to, hides := x.Plain, x.Plain+x.N, false
	for k := n + 1; k < min(n+1+maxInside, c.Records) && at < to; k++ {
		r, err := m.Reader.Record(id, k)
		if err != nil {
			return true
		}
		if r.Of != x.In || r.Dir != x.Dir || r.Off+r.Len <= at {
			continue
		}
		hides = hides || r.Off > at
		at = r.Off + r.Len
		y := m.Record(id, k)
		hides = hides || len(y.Wire) > 0 || y.Err != nil
		if x.Txn < 0 {
			x.Txn = y.Txn
		}
	}
	return hides || at < to
}

// merge returns stretches in order, within a range, those that touch joined.
func merge(list []view.Stretch, from, to int64) []view.Stretch {
	slices.SortFunc(list, func(a, b view.Stretch) int { return cmp.Compare(a.From, b.From) })
	out := list[:0]
	for _, s := range list {
		s.From, s.To = max(s.From, from), min(s.To, to)
		if s.From >= s.To {
			continue
		}
		if k := len(out) - 1; k >= 0 && s.From <= out[k].To {
			out[k].To = max(out[k].To, s.To)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// Dump returns the hex dump of n bytes of a stream, its offsets counted from a position of
// it, some of its bytes hidden.
func (m *Model) Dump(id capture.ConnID, of decode.UpgradeTo, dir capture.Direction, begin, off, n int64, hidden []view.Stretch) (*view.Hex, error) {
	var b bytes.Buffer
	if err := m.Reader.Stream(&b, id, of, dir, off, n); err != nil {
		return nil, err
	}
	var spans []wire.Span
	for _, s := range hidden {
		if x := (wire.Span{Start: int(max(s.From-off, 0)), End: int(min(s.To-off, n))}); x.Start < x.End {
			spans = append(spans, x)
		}
	}
	return view.HexBytes(b.Bytes(), off-begin, spans), nil
}
