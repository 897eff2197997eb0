package redact

import (
	"bytes"
	"math"
	"slices"
	"time"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

// client is the message that a client is sending.
type client struct {
	framer wire.Framer
	lost   bool  // framing is lost
	start  int64 // where the message began
	line   int64 // where its line began that is coming

	// Set once its first line shows what it is:
	decided bool
	from    int64 // where its secrets begin; never, if it has none
	whole   bool  // they begin where it does, instead of a command
	spaced  bool  // the spaces between them are kept: they may separate a tag from a command
	quote   bool  // a quoted string is open there, as the framer sees it
}

const never = math.MaxInt64

// maxAnnounced is more than the bytes that can announce a literal at a line's end,
// including those before them that decide whether they do.
const maxAnnounced = 32

func (c *client) init(midStream bool, pool *wire.Pool) {
	c.framer.Init(true, 0, pool)
	c.framer.Use(protocol.Words{})
	c.from = never
	if midStream {
		c.framer.Skip()
		c.lost = true
	}
}

// next prepares for a message at at.
func (c *client) next(at int64) {
	c.start, c.line, c.from = at, at, never
	c.decided, c.whole, c.spaced, c.quote = false, false, false, false
}

// fromClient frames what the client sent, in step with the Decoder.
func (k *conn) fromClient(t time.Time, p []byte) {
	c := &k.client
	for len(p) > 0 && k.up == 0 {
		left, at := c.framer.Left(), k.pos[fromClient]
		n, mark := c.framer.Write(p)
		if (mark == wire.Head || mark == wire.End) && !c.decided {
			k.firstLine(c.framer.Message()) // as the Decoder will, before it does
		}
		events := k.dec.Write(fromClient, t, p[:n])
		if upgrades(events) {
			k.learn(events)
			break
		}
		k.pos[fromClient] += int64(n)
		if lit := min(left, int64(n)); lit > 0 {
			k.literal(at, at+lit)
		}
		switch mark {
		case wire.Found:
			k.skipTo(k.pos[fromClient] - c.framer.Len())
			c.lost = false
			c.next(c.line)
		case wire.Head, wire.End:
			k.endLine(mark == wire.Head)
		case wire.More:
			if i := bytes.LastIndexByte(p[:n], '\n'); c.lost && i >= 0 {
				k.skipTo(at + int64(i) + 1)
			}
		}
		k.learn(events)
		if mark == wire.End {
			k.endMessage()
		}
		p = p[n:]
	}
	if k.up != 0 {
		k.pos[fromClient] += int64(len(p))
		k.decide(fromClient, k.pos[fromClient])
		return
	}
	k.partial()
}

func upgrades(events []decode.Event) bool {
	return slices.ContainsFunc(events, func(e decode.Event) bool {
		_, ok := e.(*decode.Upgrade)
		return ok
	})
}

// skipTo hides what was skipped because framing is lost: it may be any part
// of a secret.
func (k *conn) skipTo(at int64) {
	c := &k.client
	k.edit(fromClient, c.line, at, hideText)
	k.decide(fromClient, at)
	c.line = at
}

// literal handles the next bytes of a literal.
func (k *conn) literal(at, to int64) {
	c := &k.client
	c.line = to
	if k.wary() {
		k.repeatInLiteral(to)
		return
	}
	k.decide(fromClient, to)
	k.edit(fromClient, max(at, c.from), to, hideAll)
}

// endLine handles the end of a line.
func (k *conn) endLine(announces bool) {
	c := &k.client
	m, pos := c.framer.Message(), k.pos[fromClient]
	end := pos
	if announces {
		end -= int64(m.Literals[len(m.Literals)-1].Head.Len())
	} else {
		end -= int64(len(m.Raw) - len(bytes.TrimRight(m.Raw, "\r\n")))
	}
	if from := max(c.from, c.line); from < end && !(c.whole && session.Cancels(m.Raw)) {
		k.hide(from, end, announces)
	}
	if k.wary() {
		k.repeatInLine(end)
	}
	k.decide(fromClient, pos)
	c.line = pos
}

// hide hides a part of a line. The announcement of a literal after it stays valid:
// there is a space before it, and no quoted string is open.
func (k *conn) hide(from, to int64, announces bool) {
	c := &k.client
	how := hideLine
	if c.spaced {
		how = hideText
	}
	if from == c.from && from < to {
		k.edit(fromClient, from, from+1, hideText) // a space after a literal is kept
		from++
	}
	k.edit(fromClient, from, to, how)
	if !announces {
		return
	}
	k.put(to-1, ' ')
	if c.quote && c.line == c.start {
		k.put(to-2, '"')
	}
}

func (k *conn) put(at int64, b byte) {
	k.edits = append(k.edits, edit{dir: fromClient, from: at, to: at + 1, how: putByte, put: b})
}

// endMessage prepares for another message.
func (k *conn) endMessage() {
	k.pool.Put(k.client.framer.Reset())
	k.client.next(k.pos[fromClient])
}

// partial passes on what is already decided of an incomplete line.
func (k *conn) partial() {
	c := &k.client
	pos := k.pos[fromClient]
	switch {
	case !c.decided || c.lost:
		return
	case c.from > c.line && k.dec.Session().Words() != nil: // the line is held until its end
	case c.from == never:
		k.decide(fromClient, pos)
	case pos-maxAnnounced > c.line:
		k.hide(max(c.from, c.line), pos-maxAnnounced, false)
		k.decide(fromClient, pos-maxAnnounced)
	}
}

// force decides about a line that is too long to be held.
func (k *conn) force() {
	c := &k.client
	pos := k.pos[fromClient]
	if c.lost {
		k.skipTo(pos)
		return
	}
	if !c.decided && c.line < pos {
		raw := k.queue.gather(nil, fromClient, c.line, pos)
		k.firstLine(&wire.Message{Raw: raw})
		if _, ok := skipWords(raw, 2); !ok && c.from == never {
			c.hideWhole() // its command may still be LOGIN
		}
	}
	if k.wary() { // the line is too long to be held
		k.repeatInLine(pos)
		k.decide(fromClient, pos-maxStraddle)
		return
	}
	k.partial()
}

// settle decides about a line that will never end.
func (k *conn) settle() {
	c := &k.client
	pos := k.pos[fromClient]
	if c.lost {
		k.skipTo(pos)
		return
	}
	if !c.decided && c.line < pos {
		k.firstLine(&wire.Message{Raw: k.queue.gather(nil, fromClient, c.line, pos)})
	}
	if from := max(c.from, c.line); from < pos {
		k.hide(from, pos, false)
	}
	if k.wary() {
		k.repeatInLine(pos)
	}
	k.decide(fromClient, pos)
}

// clientLost handles the loss of n bytes of the client. They may have contained a
// secret, which the server may repeat.
func (k *conn) clientLost(n int64) {
	c := &k.client
	within := c.framer.Left() >= n
	if c.from <= k.pos[fromClient] || !k.loggedIn && !within {
		k.all = true
	}
	if c.framer.Gap(n) == wire.End {
		k.pool.Put(c.framer.Reset())
	}
	if !within {
		c.lost = true
		c.next(k.pos[fromClient] + n)
	}
	c.line = k.pos[fromClient] + n
}

// firstLine lets the session decide what a message is by its first line, or by the
// part of it received so far. Its literal, if it announces one, is still to come.
func (k *conn) firstLine(m *wire.Message) {
	c := &k.client
	c.decided = true
	place := k.dec.Session().Line(m)
	if place.Stray {
		c.hideWhole()
	}
	if place.Stray || !place.Secret {
		return
	}
	at := place.From
	if endOfTag, _ := skipWords(m.Raw, 1); at < endOfTag {
		c.hideWhole()
		return
	}
	c.from = c.start + int64(at)
	c.quote = opensQuote(m.Raw[:min(at, len(m.Raw))])
	endOfCommand, _ := skipWords(m.Raw, 2)
	c.spaced = at <= endOfCommand
}

func (c *client) hideWhole() { c.from, c.whole, c.spaced = c.start, true, true }

// opensQuote reports whether the framer sees a quoted string open at the end of b.
func opensQuote(b []byte) bool {
	if bytes.IndexByte(b, '"') < 0 {
		return false
	}
	m, _ := wire.Split(append(bytes.Clone(b), " {1}\r\n"...), true)
	return len(m.Literals) == 0
}

// skipWords returns where the first n words of b end; ok is false if they may continue.
func skipWords(b []byte, n int) (at int, ok bool) {
	rest := b
	for range n {
		_, rest = wire.Word(rest)
	}
	return len(b) - len(rest), rest != nil
}
