package wire

import "bytes"

// endsInBrace reports whether the line that ends with p ends in "}". Its
// bytes before p are in before. It is the only check needed for most lines.
func endsInBrace(p, before []byte) bool {
	i := len(p) - 2 // before the LF
	for i >= 0 && p[i] == '\r' {
		i--
	}
	if i >= 0 {
		return p[i] == '}'
	}
	// The line's end was split: p holds nothing else.
	j := len(before) - 1
	for j >= 0 && before[j] == '\r' {
		j--
	}
	return j >= 0 && before[j] == '}'
}

// announced looks for a literal's announcement at the end of line, which is
// what was kept of the message so far; n bytes of it arrived.
func (f *Framer) announced(line []byte, n int64) (Literal, bool) {
	lit, ok := Count(line)
	if !ok || !f.client && IsText(line) && !(f.tagData && IsTaggedData(line, f.words)) {
		return Literal{}, false
	}
	// What looks like one may be the end of the previous literal; and right after
	// a literal, without a space, no string begins.
	seg := f.seg()
	from := f.kept(seg)
	if seg > 0 && lit.Head.Start <= from {
		return Literal{}, false
	}
	elided := f.elides(n)
	if !elided && inQuotes(line[from:lit.Head.Start]) {
		return Literal{}, false
	}
	if beginsString(line, lit.Head.Start) {
		return lit, true
	}
	// Servers forget the space: "(RFC822.TEXT{27}". A line cannot end within a list,
	// and only the rest of a list follows a literal, so this is not an atom with a
	// brace in it; outside of lists, and from a client (a password), it may be one.
	inList := seg > 0 || elided || openLists(line[from:lit.Head.Start]) > 0
	return lit, !f.client && (inList || lacksSpace(line, lit.Head.Start))
}

// elides reports whether something of the current line is not kept, after n bytes of
// the message. Its quotes are not known then; that it ends in {n} by chance is less
// likely than that it announces a literal. It is computed from what finish would
// keep, because what save has left out so far depends on how the bytes were cut.
func (f *Framer) elides(n int64) bool {
	return n > int64(f.most) && f.seg() < n-int64(f.tailK())
}

// maxDigits keeps announced sizes from overflowing.
const maxDigits = 15

// Announcement finds {n}, {n+} or ~{n} before the CRLF or LF that ends line, where a
// string can begin. It looks at nothing else; see IsText and the quotes.
func Announcement(line []byte) (Literal, bool) {
	l, ok := Count(line)
	if !ok || !beginsString(line, l.Head.Start) {
		return Literal{}, false
	}
	return l, true
}

// beginsString reports whether a string can begin at line[at]: after a delimiter.
// "a{5}" is an atom with a brace in it.
func beginsString(line []byte, at int) bool {
	return at == 0 || bytes.IndexByte([]byte(" ([)"), line[at-1]) >= 0
}

// lacksSpace reports whether what is before line[at] has ended, so that the space of a
// string that begins there is missing: "BODY[]{5}", "BODY[]<0>{5}", "x"{5}.
func lacksSpace(line []byte, at int) bool {
	return bytes.IndexByte([]byte(`]>"`), line[at-1]) >= 0
}

// openLists returns how many parentheses are open at the end of line, without those
// in quotes.
func openLists(line []byte) (n int) {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			n++
		case c == ')' && n > 0:
			n--
		}
	}
	return n
}

// Count finds {n}, {n+} or ~{n} at the end of line, regardless of what precedes it.
// Extra CRs before the LF are an error, but do not change the count.
func Count(line []byte) (Literal, bool) {
	end := len(line)
	i := end
	if i > 0 && line[i-1] == '\n' {
		i--
	}
	for i > 0 && line[i-1] == '\r' {
		i--
	}
	if i == 0 || line[i-1] != '}' {
		return Literal{}, false
	}
	i--
	var l Literal
	if i > 0 && line[i-1] == '+' {
		l.NonSync = true
		i--
	}
	digits := i
	for i > 0 && isDigit(line[i-1]) {
		i--
	}
	if n := digits - i; n == 0 || n > maxDigits || i == 0 || line[i-1] != '{' {
		return Literal{}, false
	}
	for _, c := range line[i:digits] {
		l.Size = l.Size*10 + int64(c-'0')
	}
	i--
	if i > 0 && line[i-1] == '~' {
		l.Binary = true
		i--
	}
	l.Head = Span{i, end}
	return l, true
}

// IsText reports whether a server's line is human-readable: ready responses,
// status responses and tagged responses. Such text never announces a literal,
// however it ends (RFC 1176, "Conventions", p. 9: TEXT_LINE).
func IsText(line []byte) bool {
	if len(line) < 2 || line[0] != '*' || line[1] != ' ' {
		return true
	}
	word := line[2:]
	for i, c := range word {
		if c == ' ' || c == '\r' || c == '\n' {
			return IsStatus(word[:i])
		}
	}
	return IsStatus(word)
}

// IsStatus reports whether word is OK, NO, BAD, BYE or PREAUTH.
func IsStatus(word []byte) bool {
	switch len(word) {
	case 2:
		return fold(word, "OK") || fold(word, "NO")
	case 3:
		return fold(word, "BAD") || fold(word, "BYE")
	case 7:
		return fold(word, "PREAUTH")
	}
	return false
}

// fold compares b to the upper-case word, ignoring the case of ASCII letters.
func fold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if c != word[i] && c&^0x20 != word[i] {
			return false
		}
	}
	return true
}

// inQuotes reports whether a quoted string is still open at the end of line.
// A quote opens a string only where a string can begin, so a password that contains
// a quote opens none; inside, servers quote with a backslash.
func inQuotes(line []byte) bool {
	if bytes.IndexByte(line, '"') < 0 {
		return false
	}
	open := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case open && c == '\\':
			i++
		case c != '"':
		case open:
			open = false
		default:
			open = i == 0 || bytes.IndexByte([]byte(" ()[\""), line[i-1]) >= 0
		}
	}
	return open
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
