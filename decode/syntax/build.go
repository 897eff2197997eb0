package syntax

import (
	"strconv"

	"imapscope/decode/protocol"
)

// Value is something that can be written into a message: an argument of a
// command, a piece of a response.
type Value interface {
	// AppendTo appends the value in its wire form.
	AppendTo(dst []byte) []byte
}

// Atom is a word written as it is: a fetch attribute, a search key, a pattern.
// It is for words of the protocol; use String for user input. CR and LF are written
// as "?", so that no word ends a line.
type Atom string

// String is a string in the form that RFC 1176 prefers ("Conventions",
// p. 9): an atom if possible, otherwise quoted, otherwise a literal.
type String string

// Quoted is a string in quotes, as servers write the fields of an envelope;
// what cannot be quoted is a literal. RFC 1176 has neither backslashes
// nor 8-bit bytes in quotes, nor an empty string ("Conventions", p. 9).
type Quoted string

// Literal is a string written as a literal, regardless of its contents.
type Literal string

// Number is a number.
type Number uint64

// List is values in parentheses.
type List []Value

// Flags is a flag list in parentheses.
type Flags []string

// AppendTo appends the word.
func (a Atom) AppendTo(dst []byte) []byte {
	for i := range len(a) {
		c := a[i]
		if c == '\r' || c == '\n' {
			c = '?'
		}
		dst = append(dst, c)
	}
	return dst
}

// AppendTo appends an atom, a quoted string or a literal.
func (s String) AppendTo(dst []byte) []byte {
	if len(s) == 0 || len(s) == 3 && isNIL([]byte(s)) {
		return Quoted(s).AppendTo(dst)
	}
	for i := range len(s) {
		if !isCharacter(s[i]) || s[i] == ' ' || s[i] == '(' || s[i] == ')' {
			return Quoted(s).AppendTo(dst)
		}
	}
	return append(dst, s...)
}

// AppendTo appends a quoted string or a literal.
func (s Quoted) AppendTo(dst []byte) []byte {
	if len(s) == 0 {
		return Literal(s).AppendTo(dst)
	}
	for i := range len(s) {
		if !isCharacter(s[i]) {
			return Literal(s).AppendTo(dst)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// AppendTo appends the announcement and the bytes.
func (s Literal) AppendTo(dst []byte) []byte {
	dst = append(dst, '{')
	dst = strconv.AppendInt(dst, int64(len(s)), 10)
	dst = append(dst, "}\r\n"...)
	return append(dst, s...)
}

// isCharacter reports whether c is a printable CHARACTER (p. 9). Control
// characters are CHARACTERs too, but better sent in a literal.
func isCharacter(c byte) bool {
	return ' ' <= c && c <= '~' && c != '"' && c != '{' && c != '%' && c != '\\'
}

// AppendTo appends the digits.
func (n Number) AppendTo(dst []byte) []byte { return strconv.AppendUint(dst, uint64(n), 10) }

// AppendTo appends the list.
func (l List) AppendTo(dst []byte) []byte {
	dst = append(dst, '(')
	dst = appendValues(dst, l)
	return append(dst, ')')
}

func appendValues(dst []byte, values []Value) []byte {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = v.AppendTo(dst)
	}
	return dst
}

// AppendTo appends the list; "()" if it is empty, as servers do.
func (f Flags) AppendTo(dst []byte) []byte {
	dst = append(dst, '(')
	for i, flag := range f {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = appendWord(dst, flag)
	}
	return append(dst, ')')
}

// AppendTo appends NIL or the string in quotes.
func (s NString) AppendTo(dst []byte) []byte {
	if !s.Valid {
		return append(dst, protocol.NIL...)
	}
	return Quoted(s.Value).AppendTo(dst)
}

// AppendTo appends the range: "3" or "2:4".
func (r Range) AppendTo(dst []byte) []byte {
	dst = appendMessageNumber(dst, r.First)
	if r.Last != r.First {
		dst = append(dst, ':')
		dst = appendMessageNumber(dst, r.Last)
	}
	return dst
}

func appendMessageNumber(dst []byte, n uint32) []byte {
	if n == Star {
		return append(dst, '*')
	}
	return strconv.AppendUint(dst, uint64(n), 10)
}

// AppendTo appends the sequence: "2,4:7".
func (s Sequence) AppendTo(dst []byte) []byte {
	for i, r := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.AppendTo(dst)
	}
	return dst
}

// AppendTo appends the ten fields (RFC 1176, p. 19).
func (e Envelope) AppendTo(dst []byte) []byte {
	dst = append(dst, '(')
	dst = e.Date.AppendTo(dst)
	dst = append(dst, ' ')
	dst = e.Subject.AppendTo(dst)
	for _, list := range [...][]Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
		dst = append(dst, ' ')
		dst = appendAddresses(dst, list)
	}
	dst = append(dst, ' ')
	dst = e.InReplyTo.AppendTo(dst)
	dst = append(dst, ' ')
	dst = e.MessageID.AppendTo(dst)
	return append(dst, ')')
}

func appendAddresses(dst []byte, list []Address) []byte {
	if len(list) == 0 {
		return append(dst, protocol.NIL...)
	}
	dst = append(dst, '(')
	for _, a := range list {
		dst = a.AppendTo(dst)
	}
	return append(dst, ')')
}

// AppendTo appends the four fields (RFC 1176, p. 19).
func (a Address) AppendTo(dst []byte) []byte {
	return List{a.Name, a.ADL, a.Mailbox, a.Host}.AppendTo(dst)
}
