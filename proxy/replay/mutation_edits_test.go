package replay_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A mutation is one way in which a server differs from the one that was recorded.
type mutation struct {
	name    string
	kind    kind
	at      string // the request that it shows at, without its tag, as a pattern; greeting
	cite    string // where an RFC says whether the difference matters
	does    string // what the server does differently
	verdict verdict
	edit    edit
}

// A verdict says whether a client that follows the RFCs can rely on what a mutation changes.
type verdict uint8

const (
	// A fault is something that replay must report. Two of them, login-warning and select-warning, were
	// written down as harmless at first: a warning is not about the request, but a disk that is full is
	// what one replays to find out.
	fault    verdict = iota
	harmless         // replay must not report it
	// normal is what correct servers differ in, too, although a client can rely on it: mail arrives, and
	// each server counts storage in its own way. Replay must report it if --strict asks for all. Two
	// of them, bboard-exists and quota-usage, were written down as faults at first.
	normal
)

// A kind is what a mutation changes.
type kind string

const (
	status   kind = "status, codes, texts, ends"
	mailbox  kind = "mailboxes: counts, removals"
	names    kind = "names and attributes"
	message  kind = "flags, dates, envelopes, parts"
	bytesOf  kind = "bytes of messages"
	searches kind = "searches, sorting, threads"
	numbers  kind = "UIDs, mod-sequences"
	others   kind = "quotas, rights, annotations"
)

// later are the requests at which some mutations show: those that the server does not contradict
// before.
var later = map[string]string{
	"imap2/exists-more":                `EXPUNGE`, // 13 messages, 3 of them removed, and 9 left
	"imap2/expunge-exists":             `CHECK`,   // 12 messages, and then 9
	"imap4/status-uidvalidity-changes": `SELECT INBOX`,
	"extensions/uid-sort-other":        `SELECT INBOX`,   // whose UIDNEXT that message has
	"imap4/status-messages-more":       `SELECT archive`, // which has one fewer
}

// back are what undoes in a request what some mutations do in every answer.
var back = map[string]func(request string) string{
	"extensions/modseqs-other": func(request string) string {
		return regexp.MustCompile(`(SINCE|MODSEQ) 30(\d)`).ReplaceAllString(request, "$1 $2")
	},
}

// An edit changes the answer to a request: the messages that the server sends until it is
// ready for more from the client, the last of which has the request's tag as a rule.
type edit func(answer []string) []string

// sub replaces the first place in the answer that a pattern matches.
func sub(pattern, by string) edit {
	re := regexp.MustCompile("(?s)" + pattern)
	return func(answer []string) []string {
		for i, m := range answer {
			if at := re.FindStringSubmatchIndex(m); at != nil {
				answer[i] = m[:at[0]] + string(re.ExpandString(nil, by, m, at)) + m[at[1]:]
				break
			}
		}
		return answer
	}
}

// subAll replaces every place in the answer that a pattern matches.
func subAll(pattern, by string) edit {
	re := regexp.MustCompile("(?s)" + pattern)
	return func(answer []string) []string {
		for i, m := range answer {
			answer[i] = re.ReplaceAllString(m, by)
		}
		return answer
	}
}

// find returns the number of the first message that a pattern matches, or -1.
func find(answer []string, pattern string) int {
	return slices.IndexFunc(answer, regexp.MustCompile("(?s)"+pattern).MatchString)
}

// drop leaves out the first message that a pattern matches.
func drop(pattern string) edit {
	return func(answer []string) []string {
		if i := find(answer, pattern); i >= 0 {
			answer = slices.Delete(answer, i, i+1)
		}
		return answer
	}
}

// twice sends the first message that a pattern matches twice.
func twice(pattern string) edit {
	return func(answer []string) []string {
		if i := find(answer, pattern); i >= 0 {
			answer = slices.Insert(answer, i, answer[i])
		}
		return answer
	}
}

// swap exchanges the first messages that two patterns match.
func swap(a, b string) edit {
	return func(answer []string) []string {
		if i, j := find(answer, a), find(answer, b); i >= 0 && j >= 0 {
			answer[i], answer[j] = answer[j], answer[i]
		}
		return answer
	}
}

// first sends a line before the answer.
func first(line string) edit {
	return func(answer []string) []string { return slices.Insert(answer, 0, line+"\r\n") }
}

// last sends a line just before the message with the tag.
func last(line string) edit {
	return func(answer []string) []string { return slices.Insert(answer, len(answer)-1, line+"\r\n") }
}

// split sends the first message that a pattern matches as two: the submatches 1, 2 and 3 are
// what both begin with, the part of the first, and the part of the second.
func split(pattern, end string) edit {
	re := regexp.MustCompile("(?s)" + pattern)
	return func(answer []string) []string {
		i := find(answer, pattern)
		if i < 0 {
			return answer
		}
		p := re.FindStringSubmatch(answer[i])
		return slices.Replace(answer, i, i+1, p[1]+p[2]+end, p[1]+p[3]+end)
	}
}

// both makes one edit and then another.
func both(list ...edit) edit {
	return func(answer []string) []string {
		for _, e := range list {
			answer = e(answer)
		}
		return answer
	}
}

var literalSize = regexp.MustCompile(`\{(\d+)\}\r\n`)

// literal changes the first literal of the answer, and its size with it.
func literal(change func(string) string) edit {
	return replaceLiteral(func(s string) string {
		s = change(s)
		return fmt.Sprintf("{%d}\r\n%s", len(s), s)
	})
}

// replaceLiteral replaces the first literal of the answer: the size, and the bytes.
func replaceLiteral(by func(string) string) edit {
	return func(answer []string) []string {
		for i, m := range answer {
			at := literalSize.FindStringSubmatchIndex(m)
			if at == nil {
				continue
			}
			n, _ := strconv.Atoi(m[at[2]:at[3]])
			answer[i] = m[:at[0]] + by(m[at[1]:at[1]+n]) + m[at[1]+n:]
			break
		}
		return answer
	}
}

// asLiteral sends the first quoted string with a value as a literal.
func asLiteral(value string) edit {
	return func(answer []string) []string {
		for i, m := range answer {
			if before, after, ok := strings.Cut(m, `"`+value+`"`); ok {
				answer[i] = fmt.Sprintf("%s{%d}\r\n%s%s", before, len(value), value, after)
				break
			}
		}
		return answer
	}
}

// as replaces text in a literal.
func as(old, by string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, by, 1) }
}

// cut leaves out the last bytes.
func cut(n int) func(string) string {
	return func(s string) string { return s[:max(len(s)-n, 0)] }
}
