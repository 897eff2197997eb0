package why

import (
	"bytes"
	"fmt"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// seen is what a connection shows beside the findings, for the kinds that need more than they
// say.
type seen struct {
	utf8     bool // names and strings may be UTF-8
	badNames []*badName
	searches []search
	hit      int   // the last search that found something
	settled  []int // searches that were repeated in another way, with success
	turns
	numbering
	flagging
	noted map[string][]Reason // by kind: what needs nothing that comes later
}

// maxNoted is how many reasons of a kind are kept of a connection.
const maxNoted = 8

// keep keeps a reason, in the order of the recording.
func (c *conn) keep(kind string, x Reason) {
	c.by.together(func(*Reasoner) { c.keeps(kind, x) })
}

// keeps is keep when it is its turn.
func (s *seen) keeps(kind string, x Reason) {
	if s.noted == nil {
		s.noted = make(map[string][]Reason)
	}
	if len(s.noted[kind]) < maxNoted {
		s.noted[kind] = append(s.noted[kind], x)
	}
}

// placed is a message as evidence.
func placed(id capture.ConnID, m *decode.Message, text string) Evidence {
	e := Evidence{Conn: id, Dir: m.Dir, Off: m.Off, Len: m.Len, Time: m.Time, Text: text}
	if m.Txn != nil {
		e.Txn = m.Txn.N
	}
	return e
}

// about is a transaction as evidence: what it asks, or how it was answered.
func about(id capture.ConnID, t *decode.Transaction, answer bool) Evidence {
	if answer {
		tag := ""
		if !t.SecretTag {
			tag = safe(t.Known.Hide(t.Tag, mask)) + " "
		}
		return Evidence{Conn: id, Txn: t.N, Dir: capture.ServerToClient, Time: t.End, Text: tag + t.Status + " " + safe(t.Known.Hide(t.Text, mask))}
	}
	return Evidence{Conn: id, Txn: t.N, Dir: capture.ClientToServer, Time: t.Time, Text: asked(t)}
}

// asked is a request without its tag, its literals and its secrets.
func asked(t *decode.Transaction) string {
	raw := t.Request.Raw
	if len(t.Request.Literals) > 0 {
		raw = raw[:t.Request.Literals[0].Head.Start]
	}
	_, rest := wire.Word(bytes.TrimRight(raw, "\r\n"))
	if len(t.Secrets) > 0 {
		return t.Command
	}
	return safe(t.Known.Hide(string(bytes.TrimLeft(rest, " ")), mask))
}

// answerOf is the end of a sentence: how a command was answered.
func answerOf(t *decode.Transaction) string {
	return fmt.Sprintf("; the server answered %s with %s %s.", t.Command, t.Status, quote(safe(t.Known.Hide(t.Text, mask))))
}

// clues reports whether there is anything to say.
func (s *seen) clues() bool {
	return len(s.badNames) > 0 || len(s.noted) > 0 || len(s.searches) > 0 || len(s.clash) > 0 || s.stuck != nil
}

// watch follows a message. The session is as it was before it.
func (c *conn) watch(r *Reasoner, m *decode.Message) {
	if s := r.linter.Session(c.ID); s != nil && m.Kind == decode.Request && len(m.Literals) > 0 || m.Kind == decode.Request && c.commands == 0 && s != nil {
		c.atOnce = c.atOnce || offered(s, protocol.NeedsNoReady)
	}
	c.speaks(m)
	switch {
	case m.Acts != nil: // a proxy had its hands on it: the findings say what it made
		return
	case m.Dir == capture.ServerToClient:
		c.numbered(r, m)
		c.coded(r, m)
		if m.Row.Does(protocol.Describes) {
			c.flagged(r, m)
		}
	case m.Kind == decode.Request && m.Row.Does(protocol.Stores) && !m.Broken && m.Lost == 0:
		c.replaces(r, m)
	case m.Kind == decode.Request && m.Row.Does(protocol.Selects):
		c.noModSeq, c.numbering.found = false, results{}
	}
	if m.Dir == capture.ServerToClient && m.Kind == decode.Untagged {
		c.partials(m)
		c.spoken(r, m)
		c.finds(m)
	}
}

// answered follows a transaction.
func (c *conn) answered(r *Reasoner, t *decode.Transaction) {
	if i := c.turnOf(t.N); i >= 0 && t.Outcome == decode.Completed {
		c.out = slices.Delete(c.out, i, i+1)
		if t.N == c.gaveUpOn {
			c.gaveUp, c.gaveUpOn = nil, 0
		}
	}
	if t.Row == nil || t.Outcome != decode.Completed || t.Secret || t.Acts != nil {
		return
	}
	ok := protocol.StatusEffect(t.Status) == protocol.Succeeds
	c.announces(r, t, ok)
	if bySet(t.Row) && !ok {
		c.badSet(r, t)
	}
	switch {
	case t.Row.Does(protocol.Fetches):
		if !ok {
			c.undescribed(r, t)
			c.unoffered(r, t)
		} else {
			c.numbersAsIdentifiers(r, t)
		}
	case t.Row.Does(protocol.Stores):
		c.stored(r, t, ok)
	case t.Row.Does(protocol.Searches):
		c.searched(r, t, ok)
	default:
		c.naming(r, t, ok)
		switch {
		case t.Row.Does(protocol.Selects) && ok:
			c.opens(t)
		case t.Row.Does(protocol.Selects):
			c.unoffered(r, t)
		case t.Row.Does(protocol.Deselects):
			c.renumbered() // CLOSE removes messages without a word
		}
	}
}

// bySet reports whether a command names a set of messages.
func bySet(row *protocol.Row) bool {
	for _, e := range [...]protocol.Effect{protocol.Fetches, protocol.Stores, protocol.Copies, protocol.Moves, protocol.Expunges} {
		if row.Does(e) {
			return true
		}
	}
	return false
}
