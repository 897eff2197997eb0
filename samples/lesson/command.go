package lesson

import (
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Command returns the bytes of a command: the first line gets the tag unless it already
// has one, and each line gets a CRLF.
func Command(tag string, lines []string) []byte {
	var b strings.Builder
	for i, s := range lines {
		if i == 0 && !Tagged(s) {
			b.WriteString(tag + " ")
		}
		b.WriteString(s + "\r\n")
	}
	return []byte(b.String())
}

// Tagged reports whether a typed line has a tag before its command. A line that begins with
// a command's name has none, and neither has a line without a command.
func Tagged(line string) bool {
	first, rest, ok := strings.Cut(line, " ")
	if !ok || isCommand(first) {
		return false
	}
	second, _, _ := strings.Cut(rest, " ")
	return isCommand(second)
}

func isCommand(word string) bool {
	return protocol.Lookup(protocol.Command, word) != nil
}

// Announces returns the size of the literal that a typed line announces at its end.
func Announces(line string) (size int64, ok bool) {
	l, ok := wire.Announcement([]byte(line))
	return l.Size, ok
}

// Prelude returns what to send on a new session before a step that types: the commands of
// the steps before it, then its own Before, in order. Each command is a list of lines, as
// in Type.
func (l *Lesson) Prelude(step int) [][]string {
	var out [][]string
	for i := range l.Steps[:step+1] {
		s := &l.Steps[i]
		for _, b := range s.Before {
			out = append(out, []string{b})
		}
		if i < step && len(s.Type) > 0 {
			out = append(out, s.Type)
		}
	}
	return out
}
