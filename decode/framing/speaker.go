package framing

import (
	"bytes"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Speaker returns who could have sent a line that begins a message, by its words. It returns
// false for a line that is no IMAP.
func Speaker(line []byte) (capture.Direction, bool) {
	first, rest, found := bytes.Cut(bytes.TrimRight(line, "\r"), []byte(" "))
	words := protocol.Words{}
	word, rest, _ := bytes.Cut(rest, []byte(" "))
	switch {
	case string(first) == "+":
		return capture.ServerToClient, true
	case !found || len(first) == 0 || len(first) > maxTag || bytes.ContainsAny(first, "()\"\\{%*:,"):
		if string(first) != "*" {
			return capture.ClientToServer, words.Bare(line)
		}
		if len(word) > 0 && '0' <= word[0] && word[0] <= '9' {
			word, _, _ = bytes.Cut(rest, []byte(" "))
			return capture.ServerToClient, words.Data(word, true)
		}
		return capture.ServerToClient, wire.IsStatus(word) || words.Data(word, false)
	case wire.IsStatus(word):
		return capture.ServerToClient, true
	}
	return capture.ClientToServer, words.Command(word)
}

// maxTag is the length of the longest tag that a line without a mark of its direction is
// recognised by.
const maxTag = 32
