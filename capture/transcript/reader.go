package transcript

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"imapscope/capture"
)

// Reader reports the connections of a transcript to a Sink, line by line.
type Reader struct {
	sink   capture.Sink
	nextID func() capture.ConnID
	origin string

	open map[string]*state // by number in the transcript
	last *state
	now  time.Time
	uses int64
	text []byte
}

// state is an open connection.
type state struct {
	id     capture.ConnID
	number string
	off    [2]int64
	used   int64
}

// NewReader returns a Reader. Connections get the numbers that nextID returns, and origin.
func NewReader(s capture.Sink, origin string, nextID func() capture.ConnID) *Reader {
	return &Reader{sink: s, nextID: nextID, origin: origin, open: make(map[string]*state)}
}

// IsHead reports whether a line, without its end, is the first of a transcript.
func IsHead(line []byte) bool { return string(bytes.TrimRight(line, "\r")) == Head }

// Line reads a line, without its line end. Beyond it, cut bytes of the line are not known: they
// are a loss.
func (r *Reader) Line(line []byte, cut int64) error {
	line = bytes.TrimRight(line, "\r")
	word, rest, _ := bytes.Cut(line, []byte(" "))
	t, timed := parseTime(string(word))
	if timed {
		r.now = t
		line = rest
	}
	var later time.Duration
	if word, rest, _ := bytes.Cut(line, []byte(" ")); len(word) > 0 && word[0] == '+' {
		if d, ok := parseDelta(string(word)); ok {
			later, line = d, rest
		}
	}
	if fact, ok := bytes.CutPrefix(line, []byte("# ")); ok {
		return r.fact(string(r.unescaped(fact)), timed)
	}
	if len(line) < 2 || len(line) > 2 && line[2] != ' ' {
		return nil
	}
	dir := capture.Direction(strings.IndexByte(letters, line[0]))
	if dir > capture.ServerToClient {
		return nil
	}
	return r.said(dir, line[1], line[min(3, len(line)):], later, cut)
}

// said reads a line of one side.
func (r *Reader) said(dir capture.Direction, mark byte, text []byte, later time.Duration, cut int64) error {
	var end string
	switch mark {
	case crlfMark:
		end = "\r\n"
	case lfMark:
		end = "\n"
	case openMark:
	case lostMark, againMark:
		return r.counted(dir, mark, string(text))
	default:
		return nil
	}
	r.text = append(r.unescaped(text), end...)
	if len(r.text) == 0 && cut == 0 {
		return nil
	}
	s, err := r.current()
	if err != nil {
		return err
	}
	first, at := r.text, r.now
	if later > 0 && len(first) > 1 {
		first = first[:1]
	}
	if err := r.data(s, dir, first); err != nil {
		return err
	}
	r.now = at.Add(later)
	err = r.data(s, dir, r.text[len(first):])
	if err == nil && cut > 0 {
		err = r.gap(s, dir, cut)
	}
	r.now = at
	return err
}

// counted reads a loss, or bytes that came again.
func (r *Reader) counted(dir capture.Direction, mark byte, text string) error {
	number, from, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > maxCount {
		return nil
	}
	s, err := r.current()
	if err != nil {
		return err
	}
	if mark == lostMark {
		return r.gap(s, dir, n)
	}
	off, err := strconv.ParseInt(from, 10, 64)
	if err != nil || off > s.off[dir] || off < -maxCount {
		return nil
	}
	return r.report(&capture.Event{Kind: capture.Again, Conn: s.id, Dir: dir, Off: off, N: n})
}

// fact reads what is behind "# ".
func (r *Reader) fact(text string, timed bool) error {
	if rest, ok := strings.CutPrefix(text, connectionFact); ok {
		return r.connection(rest, timed)
	}
	if !timed {
		return nil
	}
	if rest, ok := strings.CutPrefix(text, endFact); ok {
		if s := r.last; s != nil && causeOf(rest) != 0 {
			return r.close(s, causeOf(rest))
		}
		return nil
	}
	if note, ok := strings.CutPrefix(text, noteFact); ok {
		s, err := r.current()
		if err != nil {
			return err
		}
		return r.report(&capture.Event{Kind: capture.Note, Conn: s.id, Text: note})
	}
	rest, ok := strings.CutPrefix(text, sideFact)
	side, how, _ := strings.Cut(rest, " ")
	cause := causeOf(how)
	if !ok || r.last == nil || cause != capture.FIN && cause != capture.RST {
		return nil
	}
	for dir := capture.ClientToServer; dir <= capture.ServerToClient; dir++ {
		if dir.String() == side {
			return r.report(&capture.Event{Kind: capture.HalfClosed, Conn: r.last.id, Dir: dir, Cause: cause})
		}
	}
	return nil
}

// connection reads "1: A > B", which begins a connection, or "1", which goes on with one.
func (r *Reader) connection(text string, timed bool) error {
	number, ends, begins := strings.Cut(text, ": ")
	if !timed || !begins {
		if s := r.open[text]; s != nil {
			r.use(s)
		}
		return nil
	}
	info := &capture.Conn{Start: r.now, Origin: r.origin}
	if pair, ok := strings.CutSuffix(ends, midStream); ok {
		ends, info.MidStream = pair, true
	}
	client, server, _ := strings.Cut(ends, " > ")
	info.Client, info.Server = placeholderClient, placeholderServer
	if a, err := netip.ParseAddrPort(client); err == nil {
		info.Client = a
	}
	if a, err := netip.ParseAddrPort(server); err == nil {
		info.Server = a
	}
	return r.begin(number, info)
}

// The addresses of a connection that was written by hand (RFC 5737).
var (
	placeholderClient = netip.MustParseAddrPort("192.0.2.1:49152")
	placeholderServer = netip.MustParseAddrPort("192.0.2.2:143")
)

// begin opens a connection.
func (r *Reader) begin(number string, info *capture.Conn) error {
	if s := r.open[number]; s != nil {
		if err := r.close(s, capture.EndOfCapture); err != nil {
			return err
		}
	}
	if len(r.open) >= MaxOpen {
		if err := r.forget(); err != nil {
			return err
		}
	}
	info.ID = r.nextID()
	s := &state{id: info.ID, number: number}
	r.open[number] = s
	r.use(s)
	return r.report(&capture.Event{Kind: capture.Opened, Conn: s.id, Info: info})
}

// forget closes the connection that was used least recently.
func (r *Reader) forget() error {
	var oldest *state
	for _, s := range r.open {
		if oldest == nil || s.used < oldest.used {
			oldest = s
		}
	}
	return r.close(oldest, capture.Idle)
}

// current returns the connection that lines belong to, a new one if there is none.
func (r *Reader) current() (*state, error) {
	if r.last == nil {
		info := &capture.Conn{Start: r.now, Origin: r.origin, Client: placeholderClient, Server: placeholderServer}
		if err := r.begin("", info); err != nil {
			return nil, err
		}
	}
	r.use(r.last)
	return r.last, nil
}

func (r *Reader) use(s *state) {
	r.uses++
	s.used, r.last = r.uses, s
}

func (r *Reader) data(s *state, dir capture.Direction, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	off := s.off[dir]
	s.off[dir] += int64(len(p))
	return r.report(&capture.Event{Kind: capture.Data, Conn: s.id, Dir: dir, Off: off, Data: p})
}

func (r *Reader) gap(s *state, dir capture.Direction, n int64) error {
	off := s.off[dir]
	s.off[dir] += n
	return r.report(&capture.Event{Kind: capture.Gap, Conn: s.id, Dir: dir, Off: off, N: n})
}

// close ends a connection.
func (r *Reader) close(s *state, cause capture.Cause) error {
	delete(r.open, s.number)
	if r.last == s {
		r.last = nil
	}
	return r.report(&capture.Event{Kind: capture.Closed, Conn: s.id, Cause: cause})
}

// End closes what is open: the transcript ended.
func (r *Reader) End() error {
	for len(r.open) > 0 {
		var first *state
		for _, s := range r.open {
			if first == nil || s.id < first.id {
				first = s
			}
		}
		if err := r.close(first, capture.EndOfCapture); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) report(e *capture.Event) error {
	e.Time = r.now
	return r.sink.Event(e)
}

// unescaped returns a text with its escapes read. It is valid until the next call.
func (r *Reader) unescaped(text []byte) []byte {
	out := r.text[:0]
	for i := 0; i < len(text); i++ {
		var b [1]byte
		if text[i] == '\\' && i+3 < len(text) && text[i+1] == 'x' {
			if _, err := hex.Decode(b[:], text[i+2:i+4]); err == nil {
				out = append(out, b[0])
				i += 3
				continue
			}
		}
		out = append(out, text[i])
	}
	r.text = out
	return out
}
