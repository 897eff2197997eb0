package lesson

import (
	"fmt"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/samples/server"
)

// session is a conversation with the sample server, decoded as it goes.
type session struct {
	server  *server.Session
	decoder *decode.Decoder
	now     time.Time
	n       int // commands sent
	over    bool
}

func newSession(s *server.Server) *session {
	x := &session{
		server:  s.NewSession(),
		decoder: decode.New(decode.Options{}),
		now:     time.Date(1990, time.August, 1, 0, 0, 0, 0, time.UTC), // an arbitrary time
	}
	x.decoder.Write(capture.ServerToClient, x.tick(), x.server.Greeting())
	return x
}

// tick returns a time later than any before.
func (x *session) tick() time.Time {
	x.now = x.now.Add(time.Millisecond)
	return x.now
}

// command sends a command, a line at a time, and returns its transaction once it has
// ended; nil if it has not. The line after a literal's announcement is sent even if the
// server does not send "+".
func (x *session) command(lines []string) *decode.Transaction {
	if x.over {
		return nil
	}
	x.n++
	first := string(Command(fmt.Sprintf("L%02d", x.n), lines[:1]))
	tag, _, _ := strings.Cut(first, " ")
	var done *decode.Transaction
	for i, s := range lines {
		octets := []byte(s + "\r\n")
		if i == 0 {
			octets = []byte(first)
		}
		x.decoder.Write(capture.ClientToServer, x.tick(), octets)
		answer, more := x.server.Write(octets)
		x.over = !more
		for _, e := range x.decoder.Write(capture.ServerToClient, x.tick(), answer) {
			if t, ok := e.(*decode.Transaction); ok && t.Tag == tag {
				done = t.Clone() // an event is valid until the next call only
			}
		}
		if done != nil {
			break
		}
	}
	return done
}

// outcome returns how a command ended, for the author of a lesson.
func outcome(t *decode.Transaction) string {
	switch {
	case t == nil:
		return "there was no answer"
	case t.Status == "":
		return "it ended without OK, NO or BAD"
	}
	return t.Status + " " + t.Text
}
