package wire

import "bytes"

// Framer splits one direction of a connection into messages. It alone decides
// where a message ends; it does not interpret messages, except for the little
// that framing needs: human-readable text never announces a literal, and
// neither does "{9}" inside quotes.
//
// A client's literal needs the other direction too: the bytes of {n} are sent
// only if the server does not refuse the command first (see Refuse).
type Framer struct {
	client  bool
	headed  bool // the Message is built on demand: there may be many Heads
	damaged bool // the message that just ended lacks its end
	tagData bool // see TagData
	probing bool // skipping: at the beginning of a line
	state   state

	pool  *Pool
	words Vocabulary // for finding framing again; may be nil
	most  int        // bytes kept of a message: see headK, tailK and room

	buf     []byte // what is kept of the message so far, if it spans calls
	n       int64  // bytes of the message so far, those not kept included
	left    int64  // bytes of its current literal still to come
	skipped int64  // skipping: bytes passed over
	lists   *lists // of the message, from pool; nil if it has none so far
}

// lists is what a Framer knows of a message beside its bytes. Most messages that are in
// progress need nothing of it.
type lists struct {
	gaps  []cut // bytes left out after buf[:headK], in order
	gap   int64 // how many, all together
	lits  []literal
	parts []part // scratch of trim
	lost  int64  // bytes of the message that were never captured
	seg   int64  // where its current line begins, counted as n counts
	msg   Message
}

// listed returns f.lists, which it takes from the pool.
func (f *Framer) listed() *lists {
	if f.lists == nil {
		f.lists = f.pool.lists()
	}
	return f.lists
}

// literal is a Literal of the message in progress. Places are counted in
// bytes received, because a message may be longer than what is kept of it.
type literal struct {
	Literal
	head, body, end int64
	short           bool // bytes of it were not captured
}

// cut is a run of received bytes, [from, to), that were left out.
type cut struct{ from, to int64 }

type state uint8

const (
	inLine    state = iota // up to the next LF
	atLiteral              // a client announced {n}, none of its bytes has arrived
	inLiteral              // counting bytes
	skipping               // framing is lost: looking for a line that begins a message
)

// Mark is what a call of a Framer found.
type Mark uint8

const (
	// More: everything was consumed, no message ended.
	More Mark = iota
	// Head: a client's line ended in {n}. The command is known, its literal
	// is still to come. Message holds the beginning.
	Head
	// End: a message ended. Message holds it; Reset comes next.
	End
	// Found: framing was lost and is found again. A message begins with the
	// bytes not taken yet.
	Found
)

const (
	// DefaultKeep is how many bytes of one message a Framer keeps if the limit
	// is given as 0.
	DefaultKeep = 64 << 10
	// minSlack is how many bytes more than it keeps a Framer holds at least before it
	// trims them: trimming costs the same for few bytes as for many.
	minSlack = 2 << 10
	// minKeep leaves room for a literal's announcement at both ends.
	minKeep = 256
	// probeLen is how much of a line decides whether a message begins there.
	probeLen = 96
	// maxLiterals bounds the literals of one message that are listed. All of
	// them are framed; the last place is that of the last one.
	maxLiterals = 1 << 12
	// spareLits is the number of them that a Pool keeps room for.
	spareLits = 64
)

// Init makes f a framer for one direction, at the beginning of a stream. It
// keeps at most keep bytes of a message (0 means DefaultKeep). For a longer message,
// three quarters of keep are its first bytes, and one quarter comes from the end,
// where lines have priority: bytes of literals are left out before any bytes of
// lines, so that the message can still be parsed. Buffers come from pool.
func (f *Framer) Init(client bool, keep int, pool *Pool) {
	if keep == 0 {
		keep = DefaultKeep
	}
	*f = Framer{client: client, pool: pool, most: max(keep, minKeep)}
}

// tailK is the number of bytes kept of what follows the beginning of a message, once it is
// longer than f.most.
func (f *Framer) tailK() int { return f.most / 4 }

// headK is the number of bytes kept of its beginning.
func (f *Framer) headK() int { return f.most - f.most/4 }

// room is the number of bytes that buf may hold before it is trimmed.
func (f *Framer) room() int { return f.most + max(f.most/4, minSlack) }

// Skip makes f search for the first line that begins a message, because the stream
// is not at its beginning.
func (f *Framer) Skip() { f.state, f.probing = skipping, true }

// Idle reports whether f is between two messages.
func (f *Framer) Idle() bool { return f.n == 0 && f.state == inLine }

// Len returns the number of bytes of the current message so far, or of the one
// that just ended. Bytes not kept count, bytes not captured do not.
func (f *Framer) Len() int64 { return f.n }

// Left returns the number of bytes of the current literal that are still to come;
// 0 outside of literals.
func (f *Framer) Left() int64 { return f.left }

// Lost returns the number of bytes of the message that were not captured.
func (f *Framer) Lost() int64 {
	if f.lists == nil {
		return 0
	}
	return f.lists.lost
}

// seg returns where the current line of the message begins, counted as n counts.
func (f *Framer) seg() int64 {
	if f.lists == nil {
		return 0
	}
	return f.lists.seg
}

// Damaged reports whether the message that just ended lacks its end.
func (f *Framer) Damaged() bool { return f.damaged }

// Skipped returns how many bytes were skipped before framing was found again, or
// so far if it was not.
func (f *Framer) Skipped() int64 {
	if f.state == skipping {
		return f.skipped + int64(len(f.buf))
	}
	return f.skipped
}

// Message returns the message that just ended, or after Head its beginning. It is
// valid until the next Write or Reset; its bytes are valid as long as those given to
// Write and the buffer that Reset returns.
func (f *Framer) Message() *Message {
	if f.headed {
		f.trim()
		f.fill(f.buf)
	}
	return &f.listed().msg
}

// Pending returns what is kept of the message in progress. It is valid until the
// next Write or Reset.
func (f *Framer) Pending() []byte { return f.buf }

// Write consumes bytes up to the first event, and returns how many it consumed and
// what the event was. Call it again with the rest.
func (f *Framer) Write(p []byte) (n int, m Mark) {
	f.headed = false
	from := 0 // p[from:n] is consumed but not saved
	for n < len(p) {
		switch f.state {
		case skipping:
			used, found := f.skip(p[n:])
			n += used
			from = n
			if found {
				return n, Found
			}
		case atLiteral, inLiteral:
			f.state = inLiteral
			take := int(min(f.left, int64(len(p)-n)))
			f.left -= int64(take)
			n += take
			if f.left == 0 {
				f.endLiteral(f.n + int64(n-from))
			}
		case inLine:
			i := bytes.IndexByte(p[n:], '\n')
			if i < 0 {
				n = len(p)
				continue
			}
			n += i + 1
			if !endsInBrace(p[from:n], f.buf) {
				f.finish(p[from:n])
				return n, End
			}
			if len(f.buf) > 0 || n-from > f.headK() {
				f.save(p[from:n])
				from = n
			}
			line := p[from:n]
			if len(line) == 0 {
				line = f.buf
			}
			lit, ok := f.announced(line, f.n+int64(n-from))
			if !ok {
				f.finish(p[from:n])
				return n, End
			}
			f.openLiteral(lit, f.n+int64(n-from))
			if f.client {
				f.save(p[from:n])
				f.headed = true
				return n, Head
			}
		}
	}
	f.save(p[from:n])
	return n, More
}

// AtLiteral reports whether a client's literal is announced and not begun.
func (f *Framer) AtLiteral() bool { return f.state == atLiteral }

// Ready records that the server sent "+" while a client's literal was awaited.
func (f *Framer) Ready() {
	if f.state == atLiteral {
		f.literal().Waited = true
	}
}

// Refuse withdraws a literal that is announced and not begun: the server
// refused the command, and what the client sends next is a new one. The
// message ends here.
func (f *Framer) Refuse() Mark {
	if f.state != atLiteral {
		return More
	}
	f.literal().State = Withdrawn
	f.state = inLine
	f.finish(nil)
	return End
}

// Gap records that n bytes were not captured. Within a literal they are
// counted like any others; elsewhere the message ends damaged and framing is
// lost until a line begins a message.
func (f *Framer) Gap(n int64) Mark {
	if f.state == atLiteral || f.state == inLiteral {
		in := min(n, f.left)
		f.left -= in
		f.lists.lost += in
		n -= in
		f.state = inLiteral
		if in > 0 {
			f.literal().short = true
		}
		if f.left == 0 {
			f.endLiteral(f.n)
		}
	}
	if n == 0 {
		return More
	}
	if f.state == skipping || f.Idle() {
		f.skipped += int64(len(f.buf))
		f.drop()
		f.Skip()
		return More
	}
	f.listed().lost += n
	return f.cut()
}

// Close ends the stream: an incomplete message ends damaged.
func (f *Framer) Close() Mark {
	if f.state == skipping || f.Idle() {
		return More
	}
	return f.cut()
}

// cut ends the message at its current position.
func (f *Framer) cut() Mark {
	if f.state == atLiteral || f.state == inLiteral {
		f.literal().short = true
		f.endLiteral(f.n)
	}
	f.finish(nil)
	f.damaged = true
	return End
}

// Reset prepares f for the next message. If the one that ended is in a buffer, the
// caller owns that buffer from now on, and returns it to the pool once the message
// is no longer used.
func (f *Framer) Reset() (owned []byte) {
	owned = f.buf
	if owned != nil {
		f.buf = nil
	}
	if f.lists != nil {
		f.pool.putLists(f.lists)
		f.lists = nil
	}
	f.n, f.left = 0, 0
	f.state, f.skipped = inLine, 0
	if f.damaged {
		f.damaged = false
		f.Skip()
	}
	return owned
}

// drop discards what is saved, and returns the buffer to the pool.
func (f *Framer) drop() {
	if f.buf != nil {
		f.pool.Put(f.buf)
		f.buf = nil
	}
}

func (f *Framer) openLiteral(l Literal, at int64) {
	lit := literal{Literal: l, head: at - int64(l.Head.Len()), body: at, end: at}
	lit.State = Partial
	if x := f.listed(); len(x.lits) < maxLiterals {
		x.lits = append(x.lits, lit)
	} else {
		x.lits[maxLiterals-1] = lit
	}
	f.left = l.Size
	f.state = inLiteral
	if f.client && !l.NonSync {
		f.state = atLiteral
	} else if f.left == 0 {
		f.endLiteral(at)
	}
}

// literal returns the current literal of the message, or the last one.
func (f *Framer) literal() *literal { return &f.lists.lits[len(f.lists.lits)-1] }

func (f *Framer) endLiteral(at int64) {
	l := f.literal()
	l.end = at
	if !l.short {
		l.State = Complete
	}
	f.lists.seg = at
	f.state = inLine
}
