package layer

// maxGuess is after how many bytes a guess is made at the latest.
const maxGuess = 64

// A guess decides whether the first bytes of a direction are IMAP or DEFLATE data. It
// follows both: what the bytes are as a line, and what they inflate to,
// which begins with a line too, since COMPRESS is the last command before.
//
//   - A byte that no line has (a control character) makes them DEFLATE.
//   - Data that cannot be inflated, or inflates to such a byte, is text. So are, with
//     all bytes printable ASCII, a whole line and its CRLF, or 64 bytes.
//   - 64 bytes of which some have 8 bits, and that can be inflated, are DEFLATE.
//
// DEFLATE data may begin with bytes of text, but not long: each has 3 chances in 8. A flush
// writes a NUL, in every mode that zlib has. A line of IMAP that can be inflated is rare, and
// what it inflates to is not a line: most differ within 5 bytes.
type guess struct {
	lost  bool // bytes before are missing, so that inflating says nothing
	n     int  // bytes so far
	eight bool // one had 8 bits
	prev  byte
	f     *inflater
	lines bool // the plaintext has a whole line: what follows may be anything
}

// write looks at the next bytes.
func (g *guess) write(p []byte) mode {
	for i := range p {
		if m := g.next(p[i : i+1]); m != undecided {
			return m
		}
	}
	return undecided
}

// next looks at a single byte.
func (g *guess) next(p []byte) mode {
	c := p[0]
	if !inLine(c) {
		return compressed
	}
	if !g.inflates(p) {
		return text
	}
	g.n++
	g.eight = g.eight || c >= 0x80
	whole := g.n >= 4 && g.prev == '\r' && c == '\n'
	g.prev = c
	if whole && !g.eight {
		return text
	}
	if g.n == maxGuess {
		return g.last()
	}
	return undecided
}

// last decides without more bytes: text that has 8 bits and can be inflated is DEFLATE.
func (g *guess) last() mode {
	if g.eight {
		return compressed
	}
	return text
}

// inflates reports whether the bytes so far can be DEFLATE data of IMAP.
func (g *guess) inflates(p []byte) bool {
	if g.lost {
		return true
	}
	if g.f == nil {
		g.f = new(inflater)
	}
	g.f.compact()
	out, err := g.f.inflate(p)
	for _, c := range out {
		if g.lines {
			break
		}
		if !inLine(c) {
			return false
		}
		g.lines = c == '\n'
	}
	return err == nil
}

// inLine reports whether a line of IMAP may have the byte: no control character but TAB and
// its end.
func inLine(c byte) bool {
	return c >= ' ' && c != 0x7f || c == '\t' || c == '\r' || c == '\n'
}

func (g *guess) clone() guess {
	c := *g
	if g.f != nil {
		c.f = g.f.clone()
	}
	return c
}
