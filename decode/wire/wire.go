// Package wire is framing and lexing: lines, literals, tokens, each with its byte span.
package wire

import "fmt"

// Span is a half-open range of octets, [Start, End), within a message.
type Span struct{ Start, End int }

// Len is the number of octets in s.
func (s Span) Len() int { return s.End - s.Start }

// Of is the part of b that s covers.
func (s Span) Of(b []byte) []byte { return b[s.Start:s.End] }

// Error is what is wrong at one place of a message. It never stops decoding:
// it is kept beside the octets it speaks of.
type Error struct {
	Off  int    // where, in octets from the start of the message
	Want string // what the grammar expects here, in RFC 1176's words
	Ref  string // where that is said: `RFC 1176, "Formal Syntax", p. 27`
}

func (e *Error) Error() string {
	return fmt.Sprintf("octet %d: expected %s (%s)", e.Off, e.Want, e.Ref)
}

// LiteralState says how a literal ended.
type LiteralState uint8

const (
	// Complete: all announced octets came.
	Complete LiteralState = iota
	// Partial: the stream ended, or octets were lost, before the last one.
	Partial
	// Withdrawn: the server refused the command before the first octet, so
	// none was sent (RFC 1176, "Responses": + text, p. 21).
	Withdrawn
)

func (s LiteralState) String() string { return [...]string{"complete", "partial", "withdrawn"}[s] }

// Literal is one literal of a message.
type Literal struct {
	// Head is where the announcement stands: from "{" (or "~{") through CRLF.
	Head Span
	// Body is where its octets stand in the bytes that were kept. It is
	// shorter than Size if octets were elided, lost, withheld or withdrawn.
	Body Span
	// Size is the announced number of octets.
	Size    int64
	State   LiteralState
	NonSync bool // announced as {n+}: the client waits for nothing
	Binary  bool // announced as ~{n}
	Waited  bool // the server's "+" came before the first octet
}

// Message is one framed message as bytes: a line, or lines joined by literals,
// through the CRLF (or bare LF) that ends it. Literals are found by framing
// alone; a parser takes their extent from here and never counts octets itself.
type Message struct {
	// Raw is what was kept of the message. Past the retention limit its
	// middle is left out: Elided octets are missing just before Raw[GapAt].
	Raw      []byte
	GapAt    int
	Elided   int64
	Literals []Literal
}
