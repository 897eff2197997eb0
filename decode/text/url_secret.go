package text

import (
	"bytes"
	"iter"
)

// endOfURL are the bytes that end a URL inside a text.
const endOfURL = " \t\r\n\"<>()[]{}"

// URLSecrets yields where the tokens and passwords of the IMAP URLs in a text are, absolute
// and relative ones: the start and the end of each, in order.
func URLSecrets(b []byte) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		for at := 0; at < len(b); {
			next := bytes.IndexAny(b[at:], ";:")
			if next < 0 {
				return
			}
			at += next
			var start, end int
			if b[at] == ';' {
				start, end = tokenAt(b, at)
			} else {
				start, end = passwordAt(b, at)
			}
			if start < end && !yield(start, end) {
				return
			}
			at = max(at+1, end)
		}
	}
}

// tokenAt returns where the token is of the ";URLAUTH=" at a byte of b, if there is one.
func tokenAt(b []byte, at int) (start, end int) {
	const name = ";URLAUTH="
	if len(b)-at < len(name) || !bytes.EqualFold(b[at:at+len(name)], []byte(name)) {
		return at, at
	}
	url := upToAny(b[at:], endOfURL)
	for range 2 {
		colon := bytes.IndexByte(url[start:], ':')
		if colon < 0 {
			return at, at
		}
		start += colon + 1
	}
	return at + start, at + len(url)
}

// passwordAt returns where the password is in the authority after the "imap://" whose ":"
// is at a byte of b, if there is one.
func passwordAt(b []byte, at int) (start, end int) {
	if at < 4 || !bytes.EqualFold(b[at-4:at], []byte("imap")) || !bytes.HasPrefix(b[at:], []byte("://")) {
		return at, at
	}
	begin := at + len("://")
	authority := upToAny(b[begin:], endOfURL+"/")
	user := authority[:max(bytes.LastIndexByte(authority, '@'), 0)]
	colon := bytes.IndexByte(user, ':')
	if colon < 0 {
		return at, at
	}
	return begin + colon + 1, begin + len(user)
}

// maxURL is the longest URL whose secrets are found.
const maxURL = 8 << 10

// upToAny returns b up to the first of some bytes, and no more than a URL.
func upToAny(b []byte, any string) []byte {
	b = b[:min(len(b), maxURL)]
	if i := bytes.IndexAny(b, any); i >= 0 {
		return b[:i]
	}
	return b
}
