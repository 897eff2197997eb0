// Package capture defines the ordered stream of facts about TCP connections that every source reports: Event, Source and Sink, and the sinks to put between them.
//
// A Source (capture files, an interface, the proxy) reports TCP connections to
// a Sink, one fact at a time: that the connection was opened, its bytes in stream
// order, both directions, which of them are missing, and how it ended.
//
//	Opened  Data  Data  Gap  Data …  HalfClosed  HalfClosed  Closed
//
// # Rules
//
//   - Facts about one connection are reported serially and in capture order; those
//     of different connections may be reported concurrently.
//   - The first fact about a connection is Opened, the last is Closed.
//   - Bytes of one direction come in stream order, each once. What was not
//     captured is a Gap, never hidden.
//   - Secrets belong to no connection: their Conn is 0. They may come at any time, before
//     or after the bytes that need them, and not at the same time as another Secrets.
//   - A Sink that returns an error stops the Source, whose Run returns it.
//   - A Sink in front of another one (Tee, Queue, Async, a filter) passes on every
//     fact that it does not use.
package capture

import (
	"context"
	"net/netip"
	"strings"
	"time"
)

// Direction is the direction in which bytes travel.
type Direction uint8

// The two directions of a connection.
const (
	ClientToServer Direction = iota
	ServerToClient
)

// Reverse returns the other direction.
func (d Direction) Reverse() Direction { return d ^ 1 }

// String returns the side that sends: "client" or "server".
func (d Direction) String() string {
	if d == ClientToServer {
		return "client"
	}
	return "server"
}

// ConnID identifies a connection within one run of a Source. The first is 1; a
// Source counts up in the order of its Opened events.
type ConnID uint64

// Conn is one TCP connection.
type Conn struct {
	ID             ConnID
	Client, Server netip.AddrPort
	Start          time.Time // of its first packet
	Origin         string    // the file or interface it was first seen in
	MidStream      bool      // its beginning (SYN) was not captured

	// Service is what the server belongs to: servers of one service have the same accounts.
	// Empty: each server has its own.
	Service string
}

// Kind is the kind of an Event.
type Kind uint8

// The kinds of events.
const (
	Opened     Kind = iota + 1 // a connection begins
	Data                       // bytes of one direction
	Gap                        // bytes of one direction that were not captured
	Again                      // bytes that were already delivered or given up were captured again
	HalfClosed                 // one side ended its direction, by FIN or RST
	Note                       // a remark by the source
	Closed                     // the connection ended
	Secrets                    // keys of TLS sessions; of the source, not of a connection
)

// String returns the kind's name in lower case: "half-closed".
func (k Kind) String() string {
	names := [...]string{"", "opened", "data", "gap", "again", "half-closed", "note", "closed", "secrets"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Event is one fact about a connection.
type Event struct {
	Kind Kind
	Conn ConnID
	Dir  Direction // Data, Gap, Again, HalfClosed

	// Time is when it happened; for Data, when it was captured, not when it was put
	// in order; for Secrets, the time of the fact before, if there was one.
	Time time.Time

	// Off is the stream position of the first byte of Data, Gap or Again: the number
	// of bytes of this direction before it, lost ones included. For Again it is
	// negative if the bytes came before the first Data.
	Off int64

	// N is the number of bytes that are missing (Gap), or came again (Again).
	N int64

	// Data holds the bytes of Data, or whole key log lines (Secrets), of which the last one
	// may have no line feed. They are valid until Sink.Event returns: who needs them longer
	// copies them, or holds the Buffer.
	Data []byte

	// Buffer, if not nil, is the memory that Data is in, which a Sink may keep: see Hold. A
	// Sink that passes the event on with other Data need not change it.
	Buffer *Buffer

	// Info is the connection of Opened; Info.ID equals Conn.
	Info *Conn

	// Text is the remark of Note: what a source in the path did or learned
	// (the upstream's address, TLS, an edit), or a comment in a capture file. If a
	// proxy could not relay the connection, it begins with NoServer or NoClient.
	Text string

	// Cause is how a side ended its direction (HalfClosed: FIN, after which the other
	// side may still send, or RST), or why the connection ended (Closed).
	//
	// HalfClosed comes after all bytes of its direction. Not every source can see
	// it, and a loss may hide it.
	Cause Cause
}

// Cause is why a connection, or one direction of it, ended.
type Cause uint8

// The causes. The zero Cause is none.
const (
	FIN          Cause = iota + 1 // closed
	RST                           // reset
	EndOfCapture                  // the capture ended first
	Idle                          // forgotten to keep memory bounded
)

// String returns the cause in words.
func (c Cause) String() string {
	words := [...]string{"", "closed by both sides", "reset", "the capture ended first", "forgotten to keep memory bounded"}
	if int(c) < len(words) {
		return words[c]
	}
	return "unknown"
}

// Source reports connections to a Sink until its end, or until ctx is done.
type Source interface {
	Run(ctx context.Context, s Sink) error
}

// Sink receives what a Source reports.
type Sink interface {
	// Event receives one fact. The event is valid until Event returns; the Sink
	// must not change it.
	Event(*Event) error
}

// InsteadOfServer is the Note of a proxy that what follows is its own text, not the
// server's.
const InsteadOfServer = "the proxy answers instead of the server"

// FromLog is how the first Note of a connection begins that was read from a program's log, which
// lacks what a capture has: line ends, the bytes of literals, often times and addresses. What is
// missing there was not lost on the way. The program follows.
const FromLog = "read from a log: "

// How other Notes begin about a connection of a log: it shows something else instead of secrets
// (what follows), or nothing of what one side sent.
const (
	LogMasks   = "the log masks what was sent: "
	LogOneSide = "the log has one side only"
)

// UserIs is how a Note begins that names the user whose login follows, where the bytes that name it
// are masked: those of AUTHENTICATE hold the name and the password together.
const UserIs = "the user is "

// LeftOut is how a Note begins that the source leaves out what follows, as a Gap of each direction: it
// was not lost on the way.
const LeftOut = "what follows is left out: "

// SteppedBack returns the Note that the clock of a capture ran backwards by d. If it waits, what follows
// has the time of what came before until the clock is there again.
func SteppedBack(d time.Duration, waits bool) string {
	text := steppedBack + d.Round(time.Microsecond).String()
	if waits {
		text += untilThere
	}
	return text
}

// IsSteppedBack reports whether a text is such a Note, and holds nothing else.
func IsSteppedBack(text string) bool {
	rest, found := strings.CutPrefix(text, steppedBack)
	d, err := time.ParseDuration(strings.TrimSuffix(rest, untilThere))
	return found && err == nil && (text == SteppedBack(d, false) || text == SteppedBack(d, true))
}

const (
	steppedBack = "the capture's clock ran backwards by "
	untilThere  = "; until it catches up, times stand still"
)

// How a Note begins that gives the reason why a proxy did not relay a connection. The
// ends of the connection are then the proxy's, not those of a server or a client.
const (
	NoServer = "no server: " // it could not be reached, or not be agreed with on TLS
	NoClient = "no client: " // it did not begin as it has to, or refused TLS
)

// How a Note begins by which a proxy says what it did to the traffic. The rest is in words.
const (
	ByFault   = "fault: "   // a fault acted on the message that follows
	ByEdit    = "changed: " // the message that follows was changed, dropped or inserted
	ByHolding = "held: "    // the message that follows was held, and how long
)

// How a Note begins that links the two connections of which one is the client's leg and the
// other one the server's: a proxy reports both once it has changed anything. The addresses of
// the other leg follow, "192.0.2.1:59550 > 192.0.2.9:143".
const (
	ServerLegIs = "the server's leg is "
	ClientLegIs = "the client's leg is "
)
