package decode

import (
	"bytes"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// serverMessage handles a message of the server: it reads its first words, finds the
// transaction it belongs to, and ends that one if it is its tagged response.
func (d *Decoder) serverMessage(m *Message) {
	first := !d.greeted
	d.greeted = true
	if d.cur != nil && d.cur.place.Secret {
		d.session.Pending(d.side[capture.ClientToServer].framer.Pending())
	}
	tag, rest := tagOf(m.Raw)
	m.Tag = tag
	switch {
	case string(tag) == "*":
		d.untagged(m, rest, first)
	case string(tag) == "+":
		m.Kind = Ready
		m.Row = protocol.Lookup(protocol.Response, tag)
		m.Word = m.Row.Name
		m.Text = bytes.TrimPrefix(trimEOL(rest), []byte(" "))
		d.ready(m)
	case d.tagData && wire.IsTaggedData(m.Raw, protocol.Words{}):
		d.untagged(m, rest, false)
	default:
		d.tagged(m, rest)
	}
	if tags := d.session.Dialect == protocol.IMAP3; tags != d.tagData {
		d.tagData = tags
		d.side[capture.ServerToClient].framer.TagData(tags)
	}
}

// tagOf returns the word at the beginning of a server's line. A server puts no space
// before it; a line that begins with one has no tag.
func tagOf(b []byte) (tag, rest []byte) {
	for i, c := range b {
		if c <= ' ' && wire.EndsWord(c) {
			return b[:i], b[i:]
		}
	}
	return b, nil
}

func (d *Decoder) untagged(m *Message, rest []byte, first bool) {
	w, rest := wire.Word(rest)
	if n, ok := parseNumber(w); ok {
		m.Number = n
		w, rest = wire.Word(rest)
	}
	m.Row = d.response(w)
	m.Word = canonical(m.Row, w)
	if m.Word == "" || m.Broken && len(rest) == 0 {
		m.Row, m.Word = nil, "?" // the word itself may be cut
	}
	status := m.Row != nil && m.Row.Status
	if status {
		m.Text = bytes.TrimPrefix(trimEOL(rest), []byte(" "))
	}
	if first && status {
		m.Kind = Greeting
		d.feed(m)
		d.emitServer(m)
		return
	}
	m.Kind = Untagged
	d.counts.Unsolicited++
	if d.answersBlank(m) {
		d.feed(m)
		d.emitServer(m)
		return
	}
	t, ambiguous := d.owner(m)
	if string(m.Tag) != protocol.TagUntagged { // IMAP3's data says what it answers
		t, ambiguous = d.find(m.Tag), false
	}
	m.Txn, m.Ambiguous = t, ambiguous
	if t != nil {
		t.count(m.Word)
		if ambiguous {
			t.Ambiguous++
		}
		t.answered(m)
		switch {
		case m.Row.Does(protocol.DefinesFlags):
			t.flags = true
		case m.Row.Does(protocol.CountsMessages):
			t.exists = t.flags
		case m.Row.Does(protocol.CountsRecent):
			t.recent = t.flags
		}
	}
	d.feed(m)
	d.emitServer(m)
	if t == nil || !status {
		return
	}
	if t.untaggable() {
		d.abandon(t)
	} else if m.Row.Does(protocol.Rejects) {
		t.late = true // most likely its answer: the tag could not be read
	}
}

// response returns the row of a response. Most have the same name as the one before, which
// takes much less than to look it up.
func (d *Decoder) response(name []byte) *protocol.Row {
	if r := d.data; r != nil && string(name) == r.Name {
		return r
	}
	r := protocol.Lookup(protocol.Response, name)
	if r != nil {
		d.data = r
	}
	return r
}

// count adds one response of a kind.
func (t *Transaction) count(kind string) {
	for i := range t.Data {
		if t.Data[i].Kind == kind {
			t.Data[i].N++
			return
		}
	}
	if len(t.Data) >= MaxKinds && kind != "?" {
		t.count("?")
		return
	}
	t.Data = append(t.Data, Count{kind, 1})
}

// answered records what every response adds to its transaction.
func (t *Transaction) answered(m *Message) {
	if t.FirstResponse.IsZero() {
		t.FirstResponse = m.Time
	}
	t.Octets[capture.ServerToClient] += m.Len
	t.addLiterals(capture.ServerToClient, m.Literals)
}

// ready assigns a "+" to the command that waits for it: the one whose literal is
// announced, otherwise an AUTHENTICATE or IDLE, otherwise the oldest whose literals
// outnumber its "+", otherwise the oldest.
func (d *Decoder) ready(m *Message) {
	d.counts.Ready++
	f := &d.side[capture.ClientToServer].framer
	t := d.numbered(d.session.Authenticating())
	if t == nil {
		t = d.numbered(d.session.Idling())
	}
	switch {
	case d.cur != nil && f.AtLiteral():
		t = d.cur
		f.Ready()
	case t != nil:
	default:
		for _, o := range d.out {
			if len(o.reqLits) > o.Ready {
				t = o
				break
			}
		}
		if t == nil && len(d.out) > 0 {
			t = d.out[0]
		}
	}
	m.Txn = t
	if t != nil {
		t.Ready++
		if t.FirstReady.IsZero() {
			t.FirstReady = m.Time
		}
		t.answered(m)
	}
	d.feed(m)
	d.emitServer(m)
}

// tagged handles a line that begins with neither "*" nor "+": the response to a command.
func (d *Decoder) tagged(m *Message, rest []byte) {
	w, text := wire.Word(rest)
	status := ""
	if row := protocol.Lookup(protocol.Completion, w); row != nil && !(m.Broken && len(text) == 0) {
		m.Row, status = row, row.Name
		text = bytes.TrimPrefix(trimEOL(text), []byte(" "))
	} else {
		// RFC 1176's own example: "A006 Expunge complete" (p. 9).
		text = bytes.TrimLeft(trimEOL(rest), " ")
	}
	t := d.find(m.Tag)
	if status == "" && (t == nil || m.Broken) || len(m.Tag) == 0 {
		m.Kind, m.Row = Junk, nil
		d.counts.Junk++
		d.feed(m)
		d.emitServer(m)
		return
	}
	m.Kind, m.Word, m.Text = Tagged, status, text
	d.counts.Responses++
	if t == nil {
		t = d.transaction()
		t.Tag, t.Outcome = string(m.Tag[:min(len(m.Tag), maxTag)]), Orphan
		t.User, t.Mailbox = d.session.User, d.session.Name
		t.Time = m.Time
		d.counts.Orphans++
	} else if m.Row.Does(protocol.Refuses) || m.Row.Does(protocol.Rejects) {
		t.refused = true
		d.refuse(t, m.End)
	}
	t.Status, t.Text = status, string(text)
	t.End = m.End
	t.answered(m)
	m.Txn = t
	d.feed(m)
	if r := t.Row; r.Does(protocol.LogsIn) || r.Does(protocol.Authenticates) || r.Does(protocol.Selects) {
		t.User, t.Mailbox = d.session.User, d.session.Name // its own OK counts
	}
	d.emitServer(m)
	if t.Outcome == Orphan {
		t.Secret = t.SecretTag
		d.finish(t)
		return
	}
	if t.N > d.blankAt {
		d.blanks = 0 // later responses answer later lines
	}
	d.dropUntaggable(t)
	d.conclude(t)
	if m.Row.Does(protocol.Succeeds) && t.Row != nil {
		d.switchStream(t, m)
	}
}

// refuse ends the request of t if its literal was announced and not begun.
func (d *Decoder) refuse(t *Transaction, at time.Time) {
	f := &d.side[capture.ClientToServer].framer
	if d.cur == t && f.Refuse() == wire.End {
		d.end(capture.ClientToServer, at)
	}
}

// dropUntaggable abandons the commands before t that cannot be answered by tag.
func (d *Decoder) dropUntaggable(t *Transaction) {
	for i := 0; i < len(d.out) && d.out[i] != t; {
		if d.out[i].untaggable() {
			d.abandon(d.out[i])
			continue
		}
		i++
	}
}

// switchStream handles the OK to STARTTLS and COMPRESS.
func (d *Decoder) switchStream(t *Transaction, m *Message) {
	switch t.Row.Effect {
	case protocol.StartsTLS:
		d.tlsNext = true
	case protocol.Compresses:
		if d.plain {
			return
		}
		d.push(Compression, capture.ServerToClient, m.End)
	}
}

// emitServer reports a message of the server's.
func (d *Decoder) emitServer(m *Message) {
	if len(d.acting.waiting) > 0 {
		d.acted(m)
	}
	d.emit(m)
}
