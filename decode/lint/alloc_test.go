package lint

import (
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// TestNoAllocation checks that following data without faults allocates nothing in the
// steady state.
func TestNoAllocation(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	l, err := New(Options{}, func(f Finding) { t.Error(f.Rule.ID, f.Message) })
	if err != nil {
		t.Fatal(err)
	}
	l.Open(capture.Conn{ID: 1})
	d := decode.New(decode.Options{})
	now := time.Unix(0, 0)
	say := func(dir capture.Direction, b []byte) {
		l.Events(1, d.Write(dir, now, b))
	}
	const start = "* OK hi\r\n"
	say(capture.ServerToClient, []byte(start))
	say(capture.ClientToServer, []byte("a LOGIN fred secret\r\nb SELECT INBOX\r\n"))
	say(capture.ServerToClient, []byte("a OK in\r\n* FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\r\n* 9 EXISTS\r\n* 0 RECENT\r\nb OK done\r\n"))
	say(capture.ClientToServer, []byte("c FETCH 1:9 ALL\r\n"))
	data := []byte("* 2 FETCH (FLAGS (\\Seen) INTERNALDATE \" 7-May-91 12:34:56-PDT\" RFC822.SIZE 368 ENVELOPE " +
		"(\"Tue, 7 May 91 12:34:45 PDT\" \"hi\" ((\"Mark\" NIL \"MRC\" \"Panda\")) ((\"Mark\" NIL \"MRC\" \"Panda\")) " +
		"((\"Mark\" NIL \"MRC\" \"Panda\")) ((NIL NIL \"fred\" \"lab\")) NIL NIL NIL {4}\r\n<1b>))\r\n")
	say(capture.ServerToClient, data)
	if n := testing.AllocsPerRun(100, func() { say(capture.ServerToClient, data) }); n > 0 {
		t.Errorf("%v allocations for a response", n)
	}
}
