// Package edit turns a message into text that a person can edit, and the text into bytes again.
//
//	# A command of the client.
//	a1 APPEND INBOX (\Seen) {12 #1}
//	=== literal 1 CRLF ===
//	Hello,
//	world
//	=== end 1 ===
//
// Each line is a message, without its line end. Literals are kept apart from it: {12 #1} is
// the announcement of literal 1, whose block follows. Lines that begin with "#" and blank
// lines between the messages are not sent.
//
// # Rules
//
//   - Parse(Format(raw)) is raw, for any bytes.
//   - What is not printable is written \xNN, byte by byte; so is what would be read as a part of
//     this form. Any other backslash is one: \Seen.
//   - The line end before the end of a block belongs to the end. Lines in it end with CRLF or
//     LF, as its first line says.
//   - A secret is written \{secret 1}: it is put back where that is written.
//   - Unless a line "# keep: …" says that they are sent as written, the counts of literals
//     follow from their text, and the tag and the number of a message are those it had.
//   - What Parse returns is framed as the text shows it: each line with its literals is one
//     whole message by decode/wire. Only "# keep: counts" and "# keep: end" send anything else.
//   - The text is inert: it has no control characters but tabs and line feeds.
package edit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// MaxText is the number of bytes of a text that Parse accepts at most.
const MaxText = 64 << 20

// What can be kept as it is written.
const (
	keepCounts = "counts" // of literals
	keepTag    = "tag"    // of the first message with one
	keepNumber = "number" // of the message that a response is about
	keepEnd    = "end"    // of the last line: nothing is added
)

// keepable lists what can be kept.
var keepable = []string{keepCounts, keepTag, keepNumber, keepEnd}

const (
	keepLine = "# keep:"
	fence    = "==="
)

// keeps is what is sent as it is written.
type keeps []string

func (k keeps) has(what string) bool { return slices.Contains(k, what) }

// readKeeps reads the line that says what is kept.
func readKeeps(line string) (k keeps, err error) {
	words := strings.FieldsFunc(strings.TrimPrefix(line, keepLine), func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	for _, w := range words {
		if !slices.Contains(keepable, w) {
			return nil, fmt.Errorf("%q cannot be kept: it is %s", w, strings.Join(keepable, ", "))
		}
		k = append(k, w)
	}
	return k, nil
}

// restore gives a message the tag and the number of the original, unless they are kept as
// written.
func restore(raw, orig []byte, dir capture.Direction, k keeps) []byte {
	if !k.has(keepTag) {
		raw = restoreWord(raw, tagOf(orig), tagOf(raw))
	}
	if !k.has(keepNumber) && dir == capture.ServerToClient {
		was, now := numberOf(orig), numberOf(raw)
		if was.Len() > 0 && now.Len() > 0 && bytes.Equal(wordAfter(orig, was.End), wordAfter(raw, now.End)) {
			raw = slices.Concat(raw[:now.Start], was.Of(orig), raw[now.End:])
		}
	}
	return raw
}

func restoreWord(raw, was, now []byte) []byte {
	if len(was) == 0 || len(now) == 0 {
		return raw
	}
	at := bytes.Index(raw, now)
	return slices.Concat(raw[:at], was, raw[at+len(now):])
}

// tagOf returns the tag of a message; nil if it has none: "*" and "+" are none, nor is the
// only word of a line, as that of DONE.
func tagOf(raw []byte) []byte {
	tag, rest := wire.Word(raw)
	if word, _ := wire.Word(rest); len(word) == 0 || string(tag) == protocol.TagUntagged || string(tag) == protocol.TagReady {
		return nil
	}
	return tag
}

// numberOf returns the place of the number of the message that a response is about. It is
// empty if the response has none, and if its number counts something, as that of EXISTS.
func numberOf(raw []byte) wire.Span {
	tag, rest := wire.Word(raw)
	if string(tag) != protocol.TagUntagged {
		return wire.Span{}
	}
	number, more := wire.Word(rest)
	word, _ := wire.Word(more)
	row := protocol.Lookup(protocol.Response, word)
	if len(number) == 0 || len(bytes.Trim(number, "0123456789")) > 0 ||
		row == nil || !row.Numbered || row.NumberRole() != protocol.RoleMessageNumber {
		return wire.Span{}
	}
	end := len(raw) - len(more)
	return wire.Span{Start: end - len(number), End: end}
}

// wordAfter returns the word that follows a place, in upper case.
func wordAfter(raw []byte, at int) []byte {
	w, _ := wire.Word(raw[at:])
	return bytes.ToUpper(w)
}
