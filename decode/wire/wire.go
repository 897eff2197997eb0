// Package wire frames and lexes IMAP streams: lines, literals and tokens, each with its byte span.
package wire

import "fmt"

// Span is a half-open range of bytes, [Start, End), within a message.
type Span struct{ Start, End int }

// Len returns the number of bytes in s.
func (s Span) Len() int { return s.End - s.Start }

// Of returns the part of b that s covers.
func (s Span) Of(b []byte) []byte { return b[s.Start:s.End] }

// Error is a fault at one place of a message. It never stops decoding: it is kept
// together with the bytes it is about.
type Error struct {
	Off  int    // where, in bytes from the start of the message
	Want string // what the grammar expects here, in RFC 1176's words
	Ref  string // the source of that rule: `RFC 1176, "Formal Syntax", p. 27`
}

func (e *Error) Error() string {
	return fmt.Sprintf("byte %d: expected %s (%s)", e.Off, e.Want, e.Ref)
}

// LiteralState is how a literal ended.
type LiteralState uint8

const (
	// Complete: all announced bytes arrived.
	Complete LiteralState = iota
	// Partial: the stream ended, or bytes were lost, before the last one.
	Partial
	// Withdrawn: the server refused the command before the first byte, so
	// none was sent (RFC 1176, "Responses": + text, p. 21).
	Withdrawn
)

func (s LiteralState) String() string { return [...]string{"complete", "partial", "withdrawn"}[s] }

// Literal is one literal of a message.
type Literal struct {
	// Head is the place of the announcement: from "{" (or "~{") through CRLF.
	Head Span
	// Body is the place of its bytes among the bytes that were kept. It is
	// shorter than Size if bytes were elided, lost, withheld or withdrawn.
	Body Span
	// Size is the announced number of bytes.
	Size    int64
	State   LiteralState
	NonSync bool // announced as {n+}: the client waits for nothing
	Binary  bool // announced as ~{n}
	Waited  bool // the server's "+" came before the first byte
}

// Message is one framed message as bytes: a line, or lines joined by literals,
// through the CRLF (or bare LF) that ends it. Literals are found by framing
// alone; a parser takes their extent from here and never counts bytes itself.
type Message struct {
	// Raw is what was kept of the message. Beyond the retention limit some of it
	// is left out, inside literals as long as that is enough: see Gaps.
	Raw      []byte
	Gaps     []Gap // in order, no two at the same place
	Elided   int64 // the sum of all gaps, in bytes
	Literals []Literal
}

// Gap is a run of bytes that were received but not kept.
type Gap struct {
	At int   // they are missing just before Raw[At]
	N  int64 // how many, more than 0
}

// ElidedBefore returns how many bytes were left out at gaps before Raw[at]. Those
// missing just before Raw[at] itself do not count.
func (m *Message) ElidedBefore(at int) (n int64) {
	for _, g := range m.Gaps {
		if g.At >= at {
			break
		}
		n += g.N
	}
	return n
}

// GapIn returns the first gap that is inside s, or at its beginning; false if there
// is none.
func (m *Message) GapIn(s Span) (Gap, bool) {
	for _, g := range m.Gaps {
		if s.Start <= g.At && g.At < s.End {
			return g, true
		}
	}
	return Gap{}, false
}
