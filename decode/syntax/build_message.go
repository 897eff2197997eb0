package syntax

// AppendRequest appends a command of the client, including CRLF:
//
//	AppendRequest(nil, "A003", "FETCH", Sequence{{2, 4}}, Atom("ALL"))
//
// A literal among the arguments is directly followed by the rest; a client that
// waits for "+" splits the bytes after each literal's announcement, which
// wire.Split finds.
func AppendRequest(dst []byte, tag, command string, args ...Value) []byte {
	dst = appendWord(dst, tag)
	dst = append(dst, ' ')
	dst = Atom(command).AppendTo(dst)
	return appendRest(dst, args)
}

// AppendUntagged appends unsolicited data, including "*" and CRLF:
//
//	AppendUntagged(nil, Number(19), Atom("EXISTS"))
//	AppendUntagged(nil, Atom("FLAGS"), Flags{`\Seen`})
func AppendUntagged(dst []byte, values ...Value) []byte {
	return appendRest(append(dst, '*'), values)
}

func appendRest(dst []byte, values []Value) []byte {
	for _, v := range values {
		dst = append(dst, ' ')
		dst = v.AppendTo(dst)
	}
	return append(dst, "\r\n"...)
}

// AppendFetch appends a FETCH response about one message:
//
//	AppendFetch(nil, 8, Prop{"RFC822.SIZE", Number(637)}, Prop{"FLAGS", Flags{`\Seen`}})
func AppendFetch(dst []byte, number uint64, props ...Prop) []byte {
	dst = append(dst, "* "...)
	dst = Number(number).AppendTo(dst)
	dst = append(dst, " FETCH ("...)
	for i, p := range props {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = Atom(p.Name).AppendTo(dst)
		dst = append(dst, ' ')
		dst = p.Value.AppendTo(dst)
	}
	return append(dst, ")\r\n"...)
}

// Prop is one property of a message.
type Prop struct {
	Name  string
	Value Value
}

// AppendTagged appends the response to a command: OK, NO or BAD with human-readable
// text. A tag of "*" makes it a greeting, a warning or a BYE.
func AppendTagged(dst []byte, tag, status, text string) []byte {
	dst = appendWord(dst, tag)
	dst = append(dst, ' ')
	dst = appendWord(dst, status)
	return appendText(dst, text)
}

// AppendReady appends the "+" that asks for a literal.
func AppendReady(dst []byte, text string) []byte { return appendText(append(dst, '+'), text) }

// appendText appends a space, text without its line breaks, and CRLF.
func appendText(dst []byte, text string) []byte {
	dst = append(dst, ' ')
	for i := range len(text) {
		c := text[i]
		if c == '\r' || c == '\n' {
			c = ' '
		}
		dst = append(dst, c)
	}
	return append(dst, "\r\n"...)
}

// appendWord appends a tag, a status or a flag; bytes that would end it, or make it
// something else, are written as "?".
func appendWord(dst []byte, word string) []byte {
	if word == "" {
		return append(dst, '?')
	}
	for i := range len(word) {
		c := word[i]
		if c <= ' ' || c >= 0x7f || c == '(' || c == ')' || c == '{' || c == '"' {
			c = '?'
		}
		dst = append(dst, c)
	}
	return dst
}
