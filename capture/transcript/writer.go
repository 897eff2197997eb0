package transcript

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"imapscope/capture"
)

// Options configures a Writer.
type Options struct {
	// Plain reports whether a character beyond ASCII is written as it is, and not as the
	// bytes of its encoding. nil: none is.
	Plain func(rune) bool
	// Comments are written behind the first line, each as a line of its own.
	Comments []string
}

// Writer is a capture.Sink that writes a transcript. It wants the text of IMAP, as
// decode.Opened makes it: other bytes are written as escapes. Keys of TLS sessions are not
// written. Flush must be called at the end.
type Writer struct {
	w    *bufio.Writer
	opts Options
	open map[capture.ConnID]*pending
	last capture.ConnID // the connection of the last line
	line []byte
}

// pending is what is known of an open connection.
type pending struct {
	id   capture.ConnID
	side [2]partial
}

// partial is the beginning of a line, and when its first byte came.
type partial struct {
	text []byte
	time time.Time
	end  time.Time // of its last byte
}

// NewWriter returns a Writer that has written the first line.
func NewWriter(w io.Writer, o Options) *Writer {
	t := &Writer{w: bufio.NewWriter(w), opts: o, open: make(map[capture.ConnID]*pending)}
	t.w.WriteString(Head + "\n")
	for _, c := range o.Comments {
		t.line = t.appendText(append(t.line[:0], "# "...), []byte(c))
		t.w.Write(append(t.line, '\n'))
	}
	return t
}

// Flush writes what is buffered, and returns the error of the underlying writer.
func (t *Writer) Flush() error { return t.w.Flush() }

// Event implements capture.Sink.
func (t *Writer) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		t.open[e.Conn] = &pending{id: e.Conn}
		text := connectionFact + strconv.FormatUint(uint64(e.Conn), 10) + ": " + e.Info.Client.String() + " > " + e.Info.Server.String()
		if e.Info.MidStream {
			text += midStream
		}
		t.last = e.Conn
		return t.fact(e.Info.Start, text)
	}
	p := t.open[e.Conn]
	if p == nil {
		return nil // Secrets, or of no open connection
	}
	if e.Kind == capture.Data {
		return t.data(p, e)
	}
	if err := t.flushBoth(p); err != nil {
		return err
	}
	return t.other(p, e)
}

// other writes a fact that is not Data.
func (t *Writer) other(p *pending, e *capture.Event) error {
	t.turn(p)
	switch e.Kind {
	case capture.Gap:
		return t.write(e.Time, 0, e.Dir, lostMark, strconv.AppendInt(nil, e.N, 10))
	case capture.Again:
		n := append(strconv.AppendInt(nil, e.N, 10), ' ')
		return t.write(e.Time, 0, e.Dir, againMark, strconv.AppendInt(n, e.Off, 10))
	case capture.HalfClosed:
		return t.fact(e.Time, sideFact+e.Dir.String()+" "+causes[e.Cause])
	case capture.Note:
		return t.fact(e.Time, noteFact+e.Text)
	case capture.Closed:
		delete(t.open, e.Conn)
		return t.fact(e.Time, endFact+causes[e.Cause])
	}
	return nil
}

// data writes the lines that end in a chunk, and keeps the rest.
func (t *Writer) data(p *pending, e *capture.Event) error {
	if err := t.flushPart(p, e.Dir.Reverse()); err != nil {
		return err
	}
	s := &p.side[e.Dir]
	if later := e.Time.Sub(s.time); len(s.text) > 0 && (later < 0 || later > maxDelta) {
		if err := t.flushPart(p, e.Dir); err != nil {
			return err
		}
	}
	for rest := e.Data; len(rest) > 0; {
		if len(s.text) == 0 {
			s.time = e.Time
		}
		s.end = e.Time
		n := bytes.IndexByte(rest, '\n') + 1
		ended := n > 0
		if !ended {
			n = len(rest)
		}
		n = min(n, MaxPending-len(s.text))
		s.text = append(s.text, rest[:n]...)
		rest = rest[n:]
		if s.text[len(s.text)-1] != '\n' && len(s.text) < MaxPending {
			continue
		}
		if err := t.flushPart(p, e.Dir); err != nil {
			return err
		}
	}
	return nil
}

// flushBoth writes the beginnings of lines of both directions.
func (t *Writer) flushBoth(p *pending) error {
	if err := t.flushPart(p, capture.ClientToServer); err != nil {
		return err
	}
	return t.flushPart(p, capture.ServerToClient)
}

// flushPart writes what there is of a line.
func (t *Writer) flushPart(p *pending, dir capture.Direction) error {
	s := &p.side[dir]
	if len(s.text) == 0 {
		return nil
	}
	text, mark := s.text, byte(openMark)
	if body, ok := bytes.CutSuffix(text, []byte("\r\n")); ok {
		text, mark = body, crlfMark
	} else if body, ok := bytes.CutSuffix(text, []byte("\n")); ok {
		text, mark = body, lfMark
	}
	t.turn(p)
	err := t.write(s.time, s.end.Sub(s.time), dir, mark, text)
	if s.text = s.text[:0]; cap(s.text) > MaxPending/8 {
		s.text = nil
	}
	return err
}

// turn says which connection the next line belongs to, if it is another one.
func (t *Writer) turn(p *pending) {
	if t.last == p.id {
		return
	}
	t.last = p.id
	t.w.WriteString("# " + connectionFact + strconv.FormatUint(uint64(p.id), 10) + "\n")
}

// fact writes a fact about the connection.
func (t *Writer) fact(at time.Time, text string) error {
	t.line = append(appendTime(t.line[:0], at), " # "...)
	return t.end(t.appendText(t.line, []byte(text)))
}

// write writes a line of one side, whose end came later than its beginning.
func (t *Writer) write(at time.Time, later time.Duration, dir capture.Direction, mark byte, text []byte) error {
	t.line = append(appendTime(t.line[:0], at), ' ')
	if later > 0 {
		t.line = append(appendDelta(t.line, later), ' ')
	}
	t.line = append(t.line, letters[dir], mark)
	if len(text) > 0 {
		t.line = t.appendText(append(t.line, ' '), text)
	}
	return t.end(t.line)
}

func (t *Writer) end(line []byte) error {
	t.line = append(line, '\n')
	_, err := t.w.Write(t.line)
	return err
}

// appendText appends a text with what is invisible, or could be read as an escape, as escapes.
func (t *Writer) appendText(out, text []byte) []byte {
	for i := 0; i < len(text); {
		c, n := text[i], 1
		plain := c >= ' ' && c < 0x7f
		switch {
		case c == '\\':
			plain = i+1 == len(text) || text[i+1] != 'x'
		case c == ' ':
			plain = i+1 < len(text) // editors drop spaces at the end
		case c >= utf8.RuneSelf && t.opts.Plain != nil:
			var r rune
			r, n = utf8.DecodeRune(text[i:])
			plain = r != utf8.RuneError && t.opts.Plain(r)
		}
		if plain {
			out = append(out, text[i:i+n]...)
		} else {
			for _, b := range text[i : i+n] {
				out = append(out, '\\', 'x', hexDigits[b>>4], hexDigits[b&15])
			}
		}
		i += n
	}
	return out
}

const hexDigits = "0123456789abcdef"
