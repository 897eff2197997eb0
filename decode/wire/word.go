package wire

// Word splits the first word from b: up to a space or the end of the line. Spaces
// before it are skipped: clients send them, and servers accept them.
func Word(b []byte) (w, rest []byte) {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for i, c := range b {
		if c <= ' ' && EndsWord(c) {
			return b[:i], b[i:]
		}
	}
	return b, nil
}

// EndsWord reports whether no word goes on with c.
func EndsWord(c byte) bool { return c == ' ' || c == '\r' || c == '\n' }
