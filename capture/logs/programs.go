package logs

import (
	"bytes"

	"imapscope/capture"
)

// What only the lines of these programs look like.
var (
	fetchmailSays = mustMatch(`^(?:fetchmail: )?IMAP[<>] `)
	alpineSays    = mustMatch(`^IMAP DEBUG \d\d:\d\d:\d\d`)
)

// fetchmail is fetchmail's, imap.c and transact.c.
func fetchmail() Format {
	return Format{
		Name: "fetchmail", Program: "fetchmail",
		How:     "fetchmail -v -v",
		Missing: "times, literals, passwords, the client's address",
		is: func(l []byte, _ Protocol) bool {
			return fetchmailSays.Match(l)
		},
		new: newMarked(marking{
			said:      mustMatch(`(?:^|fetchmail: )IMAP(?:(?P<client>>)|(?P<server><)) (?P<text>.*)$`),
			connected: mustMatch(`^(?:.*fetchmail: )?Trying to connect to (?P<ip>[0-9a-fA-F.:]+)/(?P<port>\d+)\.\.\.connected`),
			masked:    mustMatch(` \*$|^\*$`),
		}),
	}
}

// alpine is Alpine's, imap/src/osdep and alpine/imap.c: mm_dlog.
func alpine() Format {
	return Format{
		Name: "Alpine", Program: "Alpine",
		How:     "alpine -d 9 -d imap=4,timestamp",
		Missing: "literals, the ends of long lines, the day, addresses",
		is:      func(l []byte, _ Protocol) bool { return alpineSays.Match(l) },
		new: newMarked(marking{
			said:    mustMatch(`^IMAP DEBUG (?P<time>\d\d:\d\d:\d\d(?:\.\d+)?): (?P<text>.*)$`),
			anyside: true,
		}),
	}
}

// proseWord begins a sentence: "Old UID list" is no command, although it could be one.
var proseWord = mustMatch(`^[A-Z][a-z]+ `)

// bareTag is how programs tag: with a number.
var bareTag = mustMatch(`^[A-Za-z.]{0,8}\d{1,10} [A-Z]{2,} ?`)

// bare is the protocol itself, line by line, without marks: what telnet shows, and the DebugWriter
// of go-imap (imapclient/client.go). It begins with a greeting, or a command and its response.
func bare() Format {
	var tag []byte // of the last command
	return Format{
		Name: "bare", Program: "a session as text",
		How:     "telnet HOST 143 | tee FILE; imapclient.Options{DebugWriter: w} of go-imap",
		Missing: "times, addresses",
		weigh: func(l []byte, p Protocol, begun bool) weight {
			by, ok := p.Speaker(l)
			tagged := bareTag.Match(l)
			switch {
			case !ok, by == capture.ClientToServer && proseWord.Match(l):
				return other
			case begun, isGreeting(l, p), tagged && by == capture.ServerToClient && bytes.Equal(firstWord(l), tag):
				return protocol
			case tagged && by == capture.ClientToServer: // in the middle: a command, and the response to it
				tag = append(tag[:0], firstWord(l)...)
				return marked
			}
			return other
		},
		new: newMarked(marking{said: neverSaid, bare: true, whole: true, races: true}),
	}
}
