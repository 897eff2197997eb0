package decode

import (
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// head handles a client's line that announced a literal: the command is known, and
// may be refused before the rest arrives.
func (d *Decoder) head(t time.Time) {
	f := &d.side[capture.ClientToServer].framer
	if d.cur == nil {
		d.request(f.Message(), t)
		return
	}
	// The first ones hold what matters: names, a mechanism, a sequence. Reading
	// thousands of them again and again would take too long.
	if len(d.cur.reqLits) < 8 {
		d.keepRequest(d.cur, f.Message())
	}
	if d.cur.refused && f.Refuse() == wire.End { // it was, within an earlier literal
		d.end(capture.ClientToServer, t)
	}
}

// clientMessage handles a message of the client.
func (d *Decoder) clientMessage(m *Message) {
	if d.cur == nil {
		if t := d.continues(m); t != nil {
			m.Kind, m.Txn = Continuation, t
			t.Octets[capture.ClientToServer] += m.Len
			d.feed(m)
			d.emit(m)
			return
		}
		if isBlank(m.Raw) {
			d.blankLine(m)
			return
		}
		d.request(&m.Message, m.Time)
	}
	t := d.cur
	d.cur = nil
	d.keepRequest(t, &m.Message)
	t.open = false
	t.RequestEnd = m.End
	t.Octets[capture.ClientToServer] += m.Len
	t.addLiterals(capture.ClientToServer, m.Literals)
	m.Kind, m.Txn = Request, t
	m.Tag, _ = wire.Word(m.Raw)
	m.Row, m.Word = t.Row, t.Command
	d.feed(m)
	t.Secrets = append(t.Secrets[:0], m.Secrets...)
	d.emit(m)
	if t.tagged {
		d.finish(t)
	}
}

// isBlank reports whether a line has no word.
func isBlank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// blankLine handles a client's line that is not a request, because it has no tag and
// no command (RFC 1176, "Formal Syntax": request, p. 28).
func (d *Decoder) blankLine(m *Message) {
	m.Kind = Junk
	d.counts.Junk++
	d.blanks, d.blankAt = d.blanks+1, d.txns
	d.emit(m)
}

// answersBlank reports whether a response answers a blank line: a "* BAD" (RFC 1176,
// "Responses": * BAD, p. 21) that no command from before that line can have caused.
func (d *Decoder) answersBlank(m *Message) bool {
	if d.blanks == 0 || !m.Row.Does(protocol.Rejects) || len(d.out) > 0 && d.out[0].N <= d.blankAt {
		return false
	}
	d.blanks--
	return true
}

// continues finds the command that a client's line continues: a SASL response, or
// the line that ends an IDLE.
func (d *Decoder) continues(m *Message) *Transaction {
	if d.session.Authenticating()|d.session.Idling() == 0 && !d.unseen.may {
		return nil
	}
	first, rest := wire.Word(trimEOL(m.Raw))
	second, _ := wire.Word(rest)
	if d.unseen.may && len(second) == 0 && protocol.Lookup(protocol.Command, first).Does(protocol.EndsIdle) {
		return d.unseenIdle(m)
	}
	return d.numbered(d.session.Continues(first, second))
}

// numbered returns the outstanding command of a number; nil if there is none.
func (d *Decoder) numbered(n int) *Transaction {
	if n == 0 {
		return nil
	}
	for _, t := range d.out {
		if t.N == n {
			return t
		}
	}
	return nil
}

// request opens the transaction of a request of which m is the beginning, or
// the whole. Its tag and its command are in the first line.
func (d *Decoder) request(m *wire.Message, start time.Time) {
	for len(d.out) >= MaxOutstanding || d.held > MaxHeld {
		d.abandon(d.out[0])
	}
	d.counts.Requests++
	d.unseen.may = false // no command can come before DONE
	tag, rest := wire.Word(m.Raw)
	t := d.transaction()
	t.Tag = string(tag[:min(len(tag), maxTag)])
	t.Command, t.Row, t.asks = commandOf(rest)
	t.Time = start
	t.open = true
	t.User, t.Mailbox = d.session.User, d.session.Name
	t.place = d.session.Open(t.Row, m)
	if t.Secret = t.place.Stray; t.Secret {
		t.SecretTag = true
		t.Command, t.Row, t.asks = "", nil, nil // a word of the secret
	}
	d.cur = t
	d.out = append(d.out, t)
	d.actedBefore(t)
	d.keepRequest(t, m)
}

// maxTag bounds the bytes kept of a tag.
const maxTag = 1 << 12

// transaction returns a new one, numbered.
func (d *Decoder) transaction() *Transaction {
	d.txns++
	t := d.pool.transaction(d.txns)
	t.Layers = d.carried
	return t
}

// keepRequest copies what has arrived of the request: it is read again when the
// response arrives.
func (d *Decoder) keepRequest(t *Transaction, m *wire.Message) {
	if !t.tagged { // otherwise it is no longer outstanding
		d.held += len(m.Raw) - len(t.reqBuf)
	}
	t.reqBuf = append(t.reqBuf[:0], m.Raw...)
	t.reqLits = append(t.reqLits[:0], m.Literals...)
	t.nth = 0
	t.Request = *m
	t.Request.Raw, t.Request.Literals, t.Request.Gaps = t.reqBuf, t.reqLits, slices.Clone(m.Gaps)
}

func (t *Transaction) addLiterals(from capture.Direction, lits []wire.Literal) {
	for _, l := range lits {
		if len(t.Literals) == MaxLiterals {
			t.MoreLits++
			continue
		}
		t.Literals = append(t.Literals, Literal{From: from, Octets: l.Size, State: l.State, Waited: l.Waited})
	}
}

// untaggable reports whether no tagged response can answer t.
func (t *Transaction) untaggable() bool {
	return t.Tag == "" && !t.unseen || t.Tag == "*" || t.Tag == "+"
}
