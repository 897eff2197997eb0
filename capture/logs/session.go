package logs

import (
	"bytes"
	"container/list"
	"math"
	"net/netip"
	"strings"
	"time"

	"imapscope/capture"
)

// A session is one connection of a log, as it is reported.
type session struct {
	b         *book
	n         int            // sessions are numbered as the log begins them
	id        capture.ConnID // 0 until it is reported
	server    netip.AddrPort // as the log gives it
	connected bool           // the log has its beginning
	key       string         // what distinguishes it from others in the log
	frames    Framing
	off       [2]int64
	tag       []byte // the first word of the client's last command
	ready     bool   // the client may send the literal that it announced
	asked     bool   // the server asked the client for more, and has neither got it nor refused it
	start     time.Time
	used      int64         // when it was used last
	place     *list.Element // in the order of use
	said      map[string]bool

	inside  [2]bool // by direction: some of a literal has come, and more of it is due
	returns [2]bool // the log kept the carriage returns of that literal

	waits bool // its last command is not answered
	both  bool // the log has lines of the client too, although it is of one side

	closing bool // the program closes it: the end of the log is its end
}

var crlf = []byte("\r\n")

// line reports a line of the protocol that the log has without its line end, which is put back.
// A literal whose rest the log lacks is a gap before it.
func (s *session) line(dir capture.Direction, text []byte) error {
	text = bytes.TrimRight(text, "\r")
	if err := s.settle(dir, text); err != nil {
		return err
	}
	if s.b.alone {
		if err := s.lone(dir, text); err != nil {
			return err
		}
	}
	if dir == capture.ClientToServer {
		if _, command := s.b.protocol.Speaker(text); !s.frames.Open(dir) && (command || !s.asked) {
			tag := firstWord(text)
			s.tag = append(s.tag[:0], tag[:min(len(tag), maxTag)]...)
			s.waits = true
		}
		s.ready = bytes.HasSuffix(text, []byte("+}"))
	}
	s.asked = asks(s.asked, dir, text)
	if dir == capture.ServerToClient && len(s.tag) > 0 && bytes.Equal(firstWord(text), s.tag) {
		s.waits = false
	}
	return s.ended(dir, text)
}

// asks reports whether the server waits for more of a command behind a line of dir.
func asks(before bool, dir capture.Direction, text []byte) bool {
	if dir == capture.ClientToServer {
		return false
	}
	return bytes.HasPrefix(text, []byte("+")) || before && len(responseTag(text)) == 0
}

func firstWord(text []byte) []byte {
	word, _, _ := bytes.Cut(text, []byte(" "))
	return word
}

// maxTag is how many bytes of a tag are kept.
const maxTag = 64

// ended reports text and the line end behind it.
func (s *session) ended(dir capture.Direction, text []byte) error {
	s.b.scratch = append(append(s.b.scratch[:0], text...), crlf...)
	return s.data(dir, s.b.scratch)
}

// settle ends what is under way where text is the next line of dir.
func (s *session) settle(dir capture.Direction, text []byte) error {
	if err := s.missing(dir); err != nil {
		return err
	}
	if dir == capture.ClientToServer {
		if s.frames.Open(dir) && len(text) > 0 && text[0] != ' ' && text[0] != ')' {
			return s.data(dir, crlf) // the literal was the last of its command
		}
		return nil
	}
	return s.answered(text)
}

// answered follows a line of the server as far as it ends or refuses what the client sends.
func (s *session) answered(text []byte) error {
	const client = capture.ClientToServer
	if !s.frames.Open(client) {
		return nil
	}
	if bytes.HasPrefix(text, []byte("+")) {
		s.ready = true
		return nil
	}
	if len(s.tag) == 0 || !bytes.Equal(firstWord(text), s.tag) {
		return nil
	}
	if s.frames.Left(client) > 0 {
		if !s.ready {
			s.frames.Refuse()
			return nil
		}
		if err := s.missing(client); err != nil {
			return err
		}
	}
	return s.data(client, crlf)
}

// missing reports the rest of a literal as a gap, if there is one.
func (s *session) missing(dir capture.Direction) error {
	s.inside[dir], s.returns[dir] = false, false
	if n := s.frames.Left(dir); n > 0 {
		return s.gap(dir, n)
	}
	return nil
}

// literal reports a line of the log that may lie within a literal. If the log dropped its
// carriage returns, they are put back. It returns the rest, which is not part of the literal.
func (s *session) literal(dir capture.Direction, text []byte, lf bool) (rest []byte, err error) {
	left := s.frames.Left(dir)
	if left == 0 {
		return text, nil
	}
	end := crlf
	switch kept := bytes.HasSuffix(text, []byte("\r")); {
	case !lf:
		end = nil
	case kept:
		s.returns[dir] = true
		end = crlf[1:]
	case s.returns[dir] || int64(len(text))+1 == left:
		end = crlf[1:]
	}
	s.b.scratch = append(append(s.b.scratch[:0], text...), end...)
	n := min(int64(len(s.b.scratch)), left)
	s.inside[dir] = n < left
	if !s.inside[dir] {
		s.returns[dir] = false
	}
	if n < int64(len(text)) {
		rest = bytes.TrimRight(text[n:], "\r")
	}
	return rest, s.data(dir, s.b.scratch[:n])
}

// begun reports the session, with what is said first in it, unless it is reported.
func (s *session) begun(dir capture.Direction, first []byte) error {
	if s.id != 0 {
		return nil
	}
	return s.begin(dir, first)
}

// data reports bytes as they are.
func (s *session) data(dir capture.Direction, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if err := s.begun(dir, p); err != nil {
		return err
	}
	s.frames.Write(dir, p)
	off := s.off[dir]
	s.off[dir] += int64(len(p))
	return s.b.report(capture.Event{Kind: capture.Data, Conn: s.id, Dir: dir, Off: off, Data: p})
}

// maxMissing bounds all gaps of a log together, which may claim any sizes: a recording has
// packets for each 8 MiB. Beyond it literals that are left out do not end.
const maxMissing = 1 << 40

// gap reports n bytes that the log does not have.
func (s *session) gap(dir capture.Direction, n int64) error {
	n = min(n, maxMissing-s.b.missing)
	if n <= 0 {
		return nil
	}
	if s.frames.Left(dir) > 0 {
		if err := s.once(noteGaps); err != nil {
			return err
		}
	}
	if err := s.begun(dir, nil); err != nil {
		return err
	}
	s.b.missing += n
	s.frames.Gap(dir, n)
	off := s.off[dir]
	s.off[dir] += n
	return s.b.report(capture.Event{Kind: capture.Gap, Conn: s.id, Dir: dir, Off: off, N: n})
}

// omitted reports that the log leaves out something of dir of which not even the length is known.
func (s *session) omitted(dir capture.Direction) error {
	if err := s.once(noteOmitted); err != nil {
		return err
	}
	return s.gap(dir, 1)
}

// lone reports what the other side must have sent, of which a log of one side has nothing: text
// is the next line of dir.
func (s *session) lone(dir capture.Direction, text []byte) error {
	s.both = s.both || dir == capture.ClientToServer && s.off[capture.ServerToClient] > 0
	if s.both || s.frames.Open(dir) || len(text) == 0 || text[0] == '*' || text[0] == '+' {
		return nil
	}
	return s.omitted(dir.Reverse())
}

// once reports a note the first time that it is called with its text.
func (s *session) once(text string) error {
	text = strings.ToValidUTF8(text[:min(len(text), maxNote)], "?")
	if err := s.begun(capture.ClientToServer, nil); err != nil || s.said[text] || len(s.said) == maxNotes {
		return err
	}
	s.said[strings.Clone(text)] = true
	return s.note(text)
}

// note reports a remark.
func (s *session) note(text string) error {
	return s.b.report(capture.Event{Kind: capture.Note, Conn: s.id, Text: text})
}

// close ends the session.
func (s *session) close(cause capture.Cause) error {
	delete(s.b.sessions, s.key)
	s.b.used.Remove(s.place)
	if s.b.last == s {
		s.b.last = nil
	}
	if err := s.begun(capture.ServerToClient, nil); err != nil {
		return err
	}
	return s.b.report(capture.Event{Kind: capture.Closed, Conn: s.id, Cause: cause})
}

// noDate is the day in place of one that a log does not have.
var noDate = time.Unix(0, 0).UTC()

// endOfTimes is when nanoseconds since 1970 no longer fit into 64 bits.
var endOfTimes = time.Unix(0, math.MaxInt64).UTC()

// isGreeting reports whether a line of the server is an untagged status.
func isGreeting(text []byte, p Protocol) bool {
	rest, ok := bytes.CutPrefix(text, []byte("* "))
	if !ok {
		return false
	}
	by, ok := p.Speaker(append([]byte("t "), rest...)) // a tagged one
	return ok && by == capture.ServerToClient
}
