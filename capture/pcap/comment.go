package pcap

import (
	"strings"
	"unicode/utf8"
)

// commentText returns text in the form pcapng requires: UTF-8 without NUL, and no
// longer than an option may be.
func commentText(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	return text[:comment(text)]
}

// commentParts splits text into comments: one, unless it is too long.
func commentParts(text string) []string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	var parts []string
	for len(text) > 0 {
		n := comment(text)
		parts = append(parts, text[:n])
		text = text[n:]
	}
	return parts
}

// comment returns how much of text fits, in whole characters.
func comment(text string) int {
	if len(text) <= maxNote {
		return len(text)
	}
	n := maxNote
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}
