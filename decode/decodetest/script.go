// Package decodetest reads transcripts of C: and S: lines for tests, and plays them to a decoder or a sink.
package decodetest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// Piece is some bytes, or a loss, of one direction, or bytes that came again.
type Piece struct {
	Dir   capture.Direction
	Lost  int64
	Again int64
	Data  []byte
}

// event returns the piece as an event, at a stream position.
func (p *Piece) event(off int64) capture.Event {
	e := capture.Event{Kind: capture.Data, Dir: p.Dir, Off: off, Data: p.Data}
	switch {
	case p.Lost > 0:
		e.Kind, e.N = capture.Gap, p.Lost
	case p.Again > 0:
		e.Kind, e.N, e.Off = capture.Again, p.Again, max(off-p.Again, 0)
	}
	return e
}

// Parse reads a transcript. Each line is bytes of one side:
//
//	C: text   with CRLF        C\ text  with a bare LF      C| text  with no line end
//	C! 12     this many bytes were lost
//	C^ 12     this many bytes came again
//
// and "S" for the server. \xNN and \n within a text are those bytes, if there
// is a \x in it.
func Parse(text string) ([]Piece, error) {
	var out []Piece
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if len(line) < 2 || (line[0] != 'C' && line[0] != 'S') {
			return nil, fmt.Errorf("line %d: %q", i+1, line)
		}
		p := Piece{Dir: capture.ClientToServer}
		if line[0] == 'S' {
			p.Dir = capture.ServerToClient
		}
		body := strings.TrimPrefix(line[2:], " ")
		if strings.Contains(body, `\x`) {
			q, err := strconv.Unquote(`"` + strings.ReplaceAll(body, `"`, `\"`) + `"`)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			body = q
		}
		switch line[1] {
		case ':':
			p.Data = []byte(body + "\r\n")
		case '\\':
			p.Data = []byte(body + "\n")
		case '|':
			p.Data = []byte(body)
		case '!', '^':
			n, err := strconv.ParseInt(body, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			if p.Lost = n; line[1] == '^' {
				p.Lost, p.Again = 0, n
			}
		default:
			return nil, fmt.Errorf("line %d: %q", i+1, line)
		}
		out = append(out, p)
	}
	return out, nil
}

// Run feeds pieces to a decoder, each cut after cut bytes (0: not cut), a
// millisecond apart, and closes it. The decoder's input is overwritten after each
// call, so that a decoder that retains it is noticed.
func Run(o decode.Options, ps []Piece, cut int, see func([]decode.Event)) {
	d := decode.New(o)
	now := time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)
	for _, p := range ps {
		now = now.Add(time.Millisecond)
		if p.Lost > 0 {
			see(d.Lost(p.Dir, now, p.Lost))
			continue
		}
		if p.Again > 0 {
			see(d.Again(p.Dir, now, 0, p.Again))
			continue
		}
		for b := p.Data; len(b) > 0; {
			n := len(b)
			if cut > 0 {
				n = min(n, cut)
			}
			c := append([]byte(nil), b[:n]...)
			see(d.Write(p.Dir, now, c))
			for i := range c {
				c[i] = 'X'
			}
			b = b[n:]
		}
	}
	see(d.Close(now, capture.FIN))
}
