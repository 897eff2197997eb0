package wire

import (
	"encoding/binary"
	"math/bits"
)

// Set is a set of bytes.
type Set [256]bool

// SetOf returns the set of the bytes of s.
func SetOf(s string) *Set {
	var set Set
	for i := range len(s) {
		set[s[i]] = true
	}
	return &set
}

// Lexer splits a message into tokens from left to right: words, quoted strings,
// literals, blanks. What a word is depends on its position, so the grammar
// determines where it ends. No token extends past the beginning of a literal or the
// end of the line, and the extent of a literal is the one that framing found.
//
// If bytes were left out of the message anywhere but inside literals, the lexer
// ends at that gap, because what follows it does not continue what is before it;
// Resume continues from there.
type Lexer struct {
	raw  []byte
	lits []Literal
	next int // lits[next] is the next literal
	pos  int
	stop int // no token extends past this: the next literal, or end
	end  int // where the line's end, the gap or the limit is
	line int // where the CRLF, or the lack of it, is
	cut  bool
}

// Init sets l to the beginning of m. It retains m's slices.
func (l *Lexer) Init(m *Message) {
	*l = Lexer{raw: m.Raw, lits: m.Literals}
	last := 0
	for i := range l.lits {
		if l.sound(i, last) {
			last = l.lits[i].Body.End
		}
	}
	l.line = len(l.raw)
	if l.line > last && l.raw[l.line-1] == '\n' {
		l.line--
		for l.line > last && l.raw[l.line-1] == '\r' {
			l.line--
		}
	}
	l.end = l.line
	if at := cutAt(m); 0 <= at && at <= l.line {
		l.end, l.cut = at, true
	}
	l.seek()
}

// cutAt returns the place of the first gap of m that is not inside one literal, or -1 if
// there is none.
func cutAt(m *Message) int {
	lits := m.Literals
	for _, g := range m.Gaps {
		for len(lits) > 0 && lits[0].Body.End < g.At {
			lits = lits[1:]
		}
		if !withinLiteral(m, lits, g) {
			return g.At
		}
	}
	return -1
}

// InLiteral reports whether what was left out at g is all inside one literal.
func (m *Message) InLiteral(g Gap) bool { return withinLiteral(m, m.Literals, g) }

// withinLiteral reports whether what was left out at g is the inside of one literal; lits
// are those of m that do not end before it.
func withinLiteral(m *Message, lits []Literal, g Gap) bool {
	for i := range lits {
		h, b := lits[i].Head, lits[i].Body
		if b.Start > g.At {
			break
		}
		if b.End < g.At || h.Len() <= 0 || h.Start < 0 || h.End > len(m.Raw) || m.Raw[h.End-1] != '\n' {
			continue // its announcement was left out too
		}
		if g.At < b.End || lits[i].Size-int64(b.Len()) >= g.N {
			return true
		}
	}
	return false
}

// sound reports whether literal i is within the message, after at, in one piece. A
// literal of which nothing is kept is skipped.
func (l *Lexer) sound(i, at int) bool {
	h, b := l.lits[i].Head, l.lits[i].Body
	return at <= h.Start && h.Start <= h.End && h.End == b.Start && b.Start <= b.End &&
		b.End <= len(l.raw) && h.Start < b.End
}

// seek finds the next literal.
func (l *Lexer) seek() {
	for l.next < len(l.lits) && !l.sound(l.next, l.pos) {
		l.next++
	}
	l.stop = l.end
	if l.next < len(l.lits) {
		l.stop = min(l.stop, l.lits[l.next].Head.Start)
	}
}

// Pos returns where the next token begins.
func (l *Lexer) Pos() int { return l.pos }

// Cut reports whether the lexer is at a gap, where Resume continues.
func (l *Lexer) Cut() bool { return l.cut && l.pos >= l.end }

// Done reports whether nothing is left before the end of the line.
func (l *Lexer) Done() bool { return l.pos >= l.end }

// Peek returns the next byte; 0 at a literal and at the end.
func (l *Lexer) Peek() byte {
	if l.pos < l.stop {
		return l.raw[l.pos]
	}
	return 0
}

// AtLiteral reports whether a literal comes next.
func (l *Lexer) AtLiteral() bool { return l.pos == l.stop && l.pos < l.end }

// Literal consumes and returns the literal that comes next, or nil if there is none.
func (l *Lexer) Literal() *Literal {
	if !l.AtLiteral() {
		return nil
	}
	lit := &l.lits[l.next]
	l.next++
	l.pos = lit.Body.End
	l.seek()
	return lit
}

// Byte consumes the next byte if it is c, and reports whether it was.
func (l *Lexer) Byte(c byte) bool {
	if l.pos < l.stop && l.raw[l.pos] == c {
		l.pos++
		return true
	}
	return false
}

// Until consumes everything before the first byte of ends.
func (l *Lexer) Until(ends *Set) Span {
	raw := l.raw[:l.stop]
	i := l.pos
	for i < len(raw) && !ends[raw[i]] {
		i++
	}
	s := Span{l.pos, i}
	l.pos = i
	return s
}

// Spaces consumes all spaces that come next.
func (l *Lexer) Spaces() Span {
	raw := l.raw[:l.stop]
	i := l.pos
	for i < len(raw) && raw[i] == ' ' {
		i++
	}
	s := Span{l.pos, i}
	l.pos = i
	return s
}

// Quoted consumes a quoted string, including both quotes. A backslash quotes the
// byte after it, as servers write it; RFC 1176 has no backslash in quotes
// ("Conventions", p. 9). If the second quote is missing, closed is false and
// everything up to the next literal or the end is consumed.
func (l *Lexer) Quoted() (s Span, closed bool) {
	raw := l.raw[:l.stop]
	s.Start = l.pos
	for i := l.pos + 1; i < len(raw); i++ {
		if i = QuoteFrom(raw, i); i == len(raw) {
			break
		}
		if raw[i] == '"' {
			l.pos = i + 1
			s.End = l.pos
			return s, true
		}
		i++ // the backslash; the byte after it is no quote
	}
	l.pos = len(raw)
	s.End = l.pos
	return s, false
}

// QuoteFrom returns the index of the first quote or backslash in b from i on; len(b) if there
// is none. It looks at eight bytes at a time: most strings are longer.
func QuoteFrom(b []byte, i int) int {
	const (
		each      = 0x0101010101010101 // in every byte
		high      = 0x80 * each
		quote     = '"' * each
		backslash = '\\' * each
	)
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		q, s := x^quote, x^backslash // a byte that is sought is zero here
		if found := ((q-each)&^q | (s-each)&^s) & high; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// Rest consumes everything up to the next literal or the end of the line.
func (l *Lexer) Rest() Span {
	s := Span{l.pos, l.stop}
	l.pos = l.stop
	return s
}

// Limit makes the line end at at, until Unlimit is called with what Limit returned.
func (l *Lexer) Limit(at int) (old int) {
	old = l.end
	l.end = min(max(at, l.pos), l.end)
	l.seek()
	return old
}

// Unlimit undoes a Limit.
func (l *Lexer) Unlimit(old int) {
	l.end = old
	l.seek()
}

// Resume continues after the gap, if the line was cut there.
func (l *Lexer) Resume() bool {
	if !l.cut {
		return false
	}
	l.cut = false
	l.end = l.line
	l.seek()
	return true
}

// LineEnd consumes the CRLF or LF at the end of the message. The span is empty if
// there is none.
func (l *Lexer) LineEnd() Span {
	s := Span{l.pos, len(l.raw)}
	l.pos = s.End
	return s
}

// Ahead returns the message up to where no token extends past, and where in it the next
// token begins.
func (l *Lexer) Ahead() (b []byte, pos int) { return l.raw[:l.stop], l.pos }

// Skip consumes everything before at, a place that a token can extend to.
func (l *Lexer) Skip(at int) { l.pos = at }

// Back moves back to at, a place within the token just consumed.
func (l *Lexer) Back(at int) { l.pos = at }
