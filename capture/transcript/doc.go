// Package transcript writes connections as lines of text that people read and edit, and reads such text as connections.
//
//	# imapscope transcript 1
//	2026-11-29T17:19:59.123456Z # connection 1: 192.0.2.1:50000 > 192.0.2.2:143
//	2026-11-29T17:19:59.123456Z S: * OK ready
//	2026-11-29T17:20:01.400000Z C: a1 NOOP
//	2026-11-29T17:20:01.400800Z +0.0001 S: a1 OK done
//	2026-11-29T17:20:02.000000Z # the client closed
//	2026-11-29T17:20:02.000000Z # end: closed
//
// # Rules
//
//   - What is read back is what was written: the bytes, the order of what the two sides of
//     a connection sent, losses and remarks. Of the times, a line keeps those of its first
//     and of its last byte, the latter as a number of seconds after the former.
//   - The first line is Head. A line has a time, the mark of its side, a space and its text:
//     after "C:" and "S:" it ends in CRLF, after "C\" and "S\" in LF, after "C|" and "S|" it
//     has no end. "C! 12" is 12 bytes that were not captured, "C^ 12 30" 12 bytes, from
//     position 30 on, that were captured again.
//   - In a text, \xNN is the byte NN. A backslash that is followed by an x is written so,
//     and so is everything that is invisible.
//   - "# connection 2", without a time, says which connection the lines that follow belong
//     to. Other lines that begin with "#" and have no time are comments, and so are lines
//     that have no known form.
//   - A line that is written by hand may lack the time: it has that of the line before.
//   - Memory is bounded: MaxPending bytes of each direction are held by a Writer, MaxOpen
//     connections are open at once in a Reader.
package transcript

import (
	"strconv"
	"strings"
	"time"

	"imapscope/capture"
)

// Head is the first line of a transcript.
const Head = "# imapscope transcript 1"

const (
	// MaxPending is how many bytes of a line a Writer holds. What is longer becomes
	// several, all but the last without an end.
	MaxPending = 64 << 10
	// MaxOpen is how many connections are open at once in a Reader. Beyond it the one that
	// was used least recently is closed as capture.Idle.
	MaxOpen = 4096

	// maxDelta is how much later than its beginning the end of a line may be. A line that
	// took longer becomes several.
	maxDelta = time.Hour
	// maxCount bounds a loss, or bytes that came again: a text may claim any number.
	maxCount = 1 << 40
)

// The marks behind the letter of a side.
const (
	crlfMark  = ':'
	lfMark    = '\\'
	openMark  = '|'
	lostMark  = '!'
	againMark = '^'
)

// letters are those of the sides, by direction.
const letters = "CS"

// The facts about a connection, behind "# ".
const (
	connectionFact = "connection "
	midStream      = ", its beginning is missing"
	noteFact       = "note: "
	sideFact       = "the "
	endFact        = "end: "
)

// causes are the words for the ends of connections and of their directions.
var causes = [...]string{capture.FIN: "closed", capture.RST: "reset", capture.EndOfCapture: "the capture ended", capture.Idle: "forgotten"}

// causeOf returns the cause that a word is for; 0 if there is none.
func causeOf(word string) capture.Cause {
	for c, w := range causes {
		if w == word && w != "" {
			return capture.Cause(c)
		}
	}
	return 0
}

// appendTime appends a time in UTC, to the microsecond, or to the nanosecond if it has more.
func appendTime(out []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(out, '-')
	}
	layout := "2006-01-02T15:04:05.000000Z07:00"
	if t.Nanosecond()%1000 != 0 {
		layout = "2006-01-02T15:04:05.000000000Z07:00"
	}
	return t.UTC().AppendFormat(out, layout)
}

// parseTime reads what appendTime writes, or another time in RFC 3339.
func parseTime(word string) (time.Time, bool) {
	if word == "-" {
		return time.Time{}, true
	}
	if len(word) < 20 || word[0] < '0' || word[0] > '9' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, word)
	return t, err == nil
}

// appendDelta appends how much later something was, in seconds.
func appendDelta(out []byte, d time.Duration) []byte {
	text := strconv.FormatFloat(d.Seconds(), 'f', 9, 64)
	return append(append(out, '+'), strings.TrimRight(text, "0")...)
}

// parseDelta reads what appendDelta writes.
func parseDelta(word string) (time.Duration, bool) {
	if len(word) < 2 || word[0] != '+' {
		return 0, false
	}
	seconds, err := time.ParseDuration(word[1:] + "s")
	return seconds, err == nil && seconds >= 0 && seconds <= maxDelta
}
