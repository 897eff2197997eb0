package wire

import "bytes"

// TagData sets whether data of a server can have the tag of the command that it answers
// in place of "*", as in IMAP3 (RFC 1203, "The Protocol", p. 9). Without it such a line is
// human-readable text.
func (f *Framer) TagData(on bool) { f.tagData = on }

// IsTaggedData reports whether a server's line is data with a command's tag: "a5 16
// EXISTS", "a5 FLAGS (\Seen)". A response with a status is not; nor is text that follows
// the tag without a status, as in "a6 Expunge complete".
func IsTaggedData(line []byte, words Vocabulary) bool {
	if words == nil || len(line) == 0 || line[0] <= ' ' || line[0] == '*' || line[0] == '+' {
		return false
	}
	end := bytes.IndexByte(line, ' ')
	if end < 0 {
		return false
	}
	word, rest := Word(line[end:])
	numbered := len(word) > 0 && len(bytes.Trim(word, "0123456789")) == 0
	if numbered {
		word, _ = Word(rest)
	}
	return words.Data(word, numbered) && (!IsStatus(word) || fold(word, "BYE"))
}
