// Package ascii changes and compares the letter case of ASCII text.
//
// The words of the protocol are ASCII, and their letter case means nothing (RFC 3501, 9). What
// is not an ASCII letter stays as it is, so that a text keeps its length and every byte its
// place, which is not so with the functions of the same names in strings and bytes.
package ascii

// Upper returns an ASCII letter in upper case, and any other byte as it is.
func Upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// Lower returns an ASCII letter in lower case, and any other byte as it is.
func Lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// AppendUpper appends a text in upper case to dst.
func AppendUpper(dst, text []byte) []byte {
	for _, c := range text {
		dst = append(dst, Upper(c))
	}
	return dst
}

// AppendLower appends a text in lower case to dst.
func AppendLower(dst, text []byte) []byte {
	for _, c := range text {
		dst = append(dst, Lower(c))
	}
	return dst
}

// ToLower returns a text in lower case.
func ToLower[T string | []byte](text T) string {
	b := append([]byte(nil), text...)
	return string(AppendLower(b[:0], b))
}

// EqualFold reports whether two texts are the same, ignoring the case of their ASCII letters.
// It does not allocate.
func EqualFold[A, B string | []byte](a A, b B) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if x, y := a[i], b[i]; x != y && Lower(x) != Lower(y) {
			return false
		}
	}
	return true
}

// Valid reports whether a text is ASCII.
func Valid[T string | []byte](text T) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
