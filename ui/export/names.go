package export

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"imapscope/decode/text"
)

// maxWord is how many bytes of a mailbox's name are in a file name.
const maxWord = 60

// word returns the part of a file name that a mailbox's name becomes: letters, digits, "-" and
// "_" stay, runs of anything else become one "." between two of them. It is empty if nothing
// stays.
func word(mailbox string) string {
	if decoded, err := text.Mailbox(mailbox); err == nil && decoded != "" {
		mailbox = decoded
	}
	var b strings.Builder
	gap := false
	for _, r := range mailbox {
		plain := r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) && unicode.IsPrint(r) || r == '-' || r == '_'
		if !plain {
			gap = b.Len() > 0
			continue
		}
		if b.Len()+1+utf8.RuneLen(r) > maxWord {
			break
		}
		if gap {
			b.WriteByte('.')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// names makes the names of the files of messages, each once, in file systems that ignore case
// too.
type names map[string]bool

// of returns the name of a message's file, "3-INBOX-uid17.eml": the number of its connection,
// its mailbox, its unique identifier or else its number.
func (n names) of(m *mail) string {
	parts := []string{strconv.FormatUint(uint64(m.conn), 10)}
	if w := word(m.mailbox); w != "" {
		parts = append(parts, w)
	}
	switch {
	case m.appended:
		parts = append(parts, "appended"+strconv.Itoa(m.txn))
	case m.uid > 0:
		parts = append(parts, "uid"+strconv.FormatUint(m.uid, 10))
	default:
		parts = append(parts, "message"+strconv.FormatUint(m.number, 10))
	}
	base := strings.Join(parts, "-")
	name := base
	for k := 2; n[strings.Map(fold, name)]; k++ {
		name = fmt.Sprintf("%s-%d", base, k)
	}
	n[strings.Map(fold, name)] = true
	return name + ".eml"
}

// fold returns the same character for all that differ in case only.
func fold(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
