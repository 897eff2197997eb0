package wire

// What a Framer keeps of a message that is longer than its limit.
//
// The first headK bytes stay as they are. What follows is the tail; once it is longer
// than tailK, trim leaves out of it, oldest first, the bytes inside literals, and only
// if the lines alone are longer than tailK, the oldest bytes of those too. As lines only
// grow, what a later trim keeps is part of what every earlier one kept, so the result
// does not depend on how the bytes were divided into calls of Write.

// save keeps p as the next bytes of the message, as far as the limit allows.
func (f *Framer) save(p []byte) {
	if len(p) == 0 {
		return
	}
	if room := f.headK() - len(f.buf); room > 0 {
		room = min(room, len(p))
		f.keep(p[:room])
		p = p[room:]
	}
	if f.bodyRoom()-len(f.buf) < len(p) && f.inBody() {
		f.saveBody(p)
		return
	}
	for len(p) > 0 {
		room := f.room() - len(f.buf)
		if room <= 0 {
			f.trim()
			continue
		}
		room = min(room, len(p))
		f.keep(p[:room])
		p = p[room:]
	}
}

func (f *Framer) keep(p []byte) {
	if cap(f.buf)-len(f.buf) < len(p) {
		f.grow(len(p))
	}
	f.buf = append(f.buf, p...)
	f.n += int64(len(p))
}

// grow makes room for n bytes more: for twice what buf will hold, or for as many as are still
// to come if that is certain to be less.
func (f *Framer) grow(n int) {
	need := len(f.buf) + n
	size := min(2*need, f.room())
	if f.state == inLiteral {
		size = int(min(int64(size), int64(need)+f.left+afterLiteral))
	}
	f.buf = f.pool.enlarge(f.buf, max(size, need))
}

// afterLiteral is how many bytes are expected to follow a literal: most often ")" CRLF.
const afterLiteral = 32

// bodyRoom is like room within a body: if the tail is short, moving it each time costs less
// than the memory that room needs.
func (f *Framer) bodyRoom() int {
	if f.tailK() <= minSlack/2 {
		return f.most
	}
	return f.room()
}

// inBody reports whether the tail is, and stays, part of one literal: that of most large
// messages. Only its newest bytes are kept.
func (f *Framer) inBody() bool {
	if f.state != inLiteral {
		return false
	}
	l := f.literal()
	return l.body <= int64(f.headK()) && l.Size > smallLiteral
}

// saveBody saves p as trim would, but without keeping first what is left out. The tail and
// p are longer than tailK.
func (f *Framer) saveBody(p []byte) {
	f.n += int64(len(p))
	headK, tailK := f.headK(), f.tailK()
	if cap(f.buf) < f.most {
		f.buf = f.pool.enlarge(f.buf, f.most)
	}
	if over := len(p) - tailK; over >= 0 {
		f.buf = append(f.buf[:headK], p[over:]...)
	} else {
		stay := tailK - len(p)
		copy(f.buf[headK:], f.buf[len(f.buf)-stay:])
		f.buf = append(f.buf[:headK+stay], p...)
	}
	f.lists.gaps, f.lists.gap = f.lists.gaps[:0], 0
	f.leave(int64(headK), f.n-int64(tailK))
}

// part is a run of the tail: of one literal, or of the lines between two.
type part struct {
	from, to int64 // as received
	literal  bool
	keep     int64 // how many bytes at its end are kept
}

// smallLiteral is the size up to which a literal is kept like the lines: most are a name
// or a subject, which are worth more than what is left out for them.
const smallLiteral = 64

// trim shortens the tail to tailK bytes.
func (f *Framer) trim() {
	extra := int64(len(f.buf) - f.most)
	if extra <= 0 {
		return
	}
	f.split()
	for _, literals := range []bool{true, false} {
		for i := range f.lists.parts {
			p := &f.lists.parts[i]
			if p.literal != literals || extra == 0 {
				continue
			}
			n := min(extra, p.keep)
			p.keep -= n
			extra -= n
		}
	}
	f.leaveOut()
}

// split divides what is kept of the tail where literals and gaps begin and end.
func (f *Framer) split() {
	x := f.listed()
	x.parts = x.parts[:0]
	at, gaps := int64(f.headK()), x.gaps
	add := func(to int64, literal bool) {
		for at < to {
			if len(gaps) > 0 && gaps[0].from <= at {
				at = max(at, gaps[0].to)
				gaps = gaps[1:]
				continue
			}
			end := to
			if len(gaps) > 0 {
				end = min(end, gaps[0].from)
			}
			x.parts = append(x.parts, part{from: at, to: end, literal: literal, keep: end - at})
			at = end
		}
	}
	for i := range x.lits {
		if i == maxLiterals-1 {
			break // where others were is no longer known
		}
		l := &x.lits[i]
		end := l.end
		if i == len(x.lits)-1 && (f.state == inLiteral || f.state == atLiteral) {
			end = f.n
		}
		if end = min(end, f.n); end <= at {
			continue
		}
		if l.Size <= smallLiteral {
			continue
		}
		add(min(l.body, f.n), false)
		add(end, true)
	}
	add(f.n, false)
}

// leaveOut moves what remains of the tail's parts together, and records the gaps.
func (f *Framer) leaveOut() {
	read, write := f.headK(), f.headK()
	f.lists.gaps, f.lists.gap = f.lists.gaps[:0], 0
	at := int64(f.headK())
	for _, p := range f.lists.parts {
		size := int(p.to - p.from)
		stay := p.to - p.keep
		if at < stay {
			f.leave(at, stay)
		}
		copy(f.buf[write:], f.buf[read+size-int(p.keep):read+size])
		write += int(p.keep)
		read += size
		at = p.to
	}
	if at < f.n {
		f.leave(at, f.n)
	}
	f.buf = f.buf[:write]
}

// leave adds a gap, or makes the last one longer.
func (f *Framer) leave(from, to int64) {
	x := f.lists
	x.gap += to - from
	if n := len(x.gaps); n > 0 && x.gaps[n-1].to == from {
		x.gaps[n-1].to = to
		return
	}
	x.gaps = append(x.gaps, cut{from, to})
}

// finish ends the message with rest, which is not saved. A message that is
// entirely within one call of Write is not copied.
func (f *Framer) finish(rest []byte) {
	if len(f.buf) == 0 && len(rest) <= f.most {
		f.n += int64(len(rest))
		f.fill(rest)
		return
	}
	f.save(rest)
	f.trim()
	f.fill(f.buf)
}

// fill builds the Message from what is kept so far.
func (f *Framer) fill(raw []byte) {
	x := f.listed()
	m := &x.msg
	f.headed = false
	m.Raw, m.Elided = raw, x.gap
	m.Gaps, m.Literals = m.Gaps[:0], m.Literals[:0]
	if len(x.gaps)+len(x.lits) == 0 {
		return
	}
	k := keeper{gaps: x.gaps}
	for _, g := range x.gaps {
		m.Gaps = append(m.Gaps, Gap{At: k.kept(g.from), N: g.to - g.from})
	}
	k = keeper{gaps: x.gaps}
	for i := range x.lits {
		l := &x.lits[i]
		out := l.Literal
		out.Head.Start = k.kept(l.head)
		out.Head.End = k.kept(l.body)
		out.Body = Span{out.Head.End, k.kept(l.end)}
		m.Literals = append(m.Literals, out)
	}
}

// keeper converts places in what was received to places in what is kept. It must be
// called with ascending places.
type keeper struct {
	gaps []cut
	out  int64 // left out before them
}

func (k *keeper) kept(off int64) int {
	for len(k.gaps) > 0 && k.gaps[0].to <= off {
		k.out += k.gaps[0].to - k.gaps[0].from
		k.gaps = k.gaps[1:]
	}
	out := k.out
	if len(k.gaps) > 0 && k.gaps[0].from < off {
		out += off - k.gaps[0].from
	}
	return int(off - out)
}

// kept returns the place of the byte received at off among those kept. Off is near the end.
func (f *Framer) kept(off int64) int {
	at := f.n
	n := int64(len(f.buf))
	var gaps []cut
	if f.lists != nil {
		gaps = f.lists.gaps
	}
	for i := len(gaps) - 1; i >= 0 && gaps[i].to > off; i-- {
		g := gaps[i]
		n -= at - g.to // bytes between the gap and what was reached
		at = max(g.from, off)
		if g.from <= off {
			return int(n)
		}
	}
	return int(n - (at - off))
}
