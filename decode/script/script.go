// Package script is a recorded connection as something to play: what each side said, and what it had heard before.
//
//	k := script.NewCollector(script.Options{})
//	source.Run(ctx, k)
//	for _, s := range k.Script().Sessions {
//		for _, step := range s.Steps { … } // wait for step.Needs, then send step.Data
//	}
//
// # Rules
//
//   - A client's step needs what the client had heard when it took it in the recording:
//     the greeting, the tagged responses to earlier commands, the "+" before a literal
//     or a SASL response. What was pipelined stays pipelined, and a literal that did
//     not wait does not wait.
//   - Where an earlier command never had its tagged response, the client must have
//     gone on for another reason: it needs as many other messages of that command, but
//     waits for them no longer than it did, and never longer than a second.
//   - Octets are the recorded ones. A request of which bytes were not captured is left
//     out, and named.
//   - Nothing is played behind the beginning of TLS or compression: it cannot be read.
//   - Bounded by Options: a recording is held in memory while it is played, and what is
//     beyond the bound is left out, and counted.
package script

import (
	"strings"
	"time"

	"imapscope/capture"
)

// Script is what a recording holds.
type Script struct {
	Sessions []*Session
	// Done is how many commands were answered in all sessions: see Needs.World.
	Done int
	// LeftOut is what cannot be played, a line each; Beyond how many connections did
	// not fit into Options.MaxOctets.
	LeftOut []string
	Beyond  int
}

// Session is one recorded connection.
type Session struct {
	Conn capture.Conn
	Follow
	Steps  []Step  // the client's
	Asides []Aside // the server's, outside any command
	Ends   []End   // who ended it, in that order; none if the recording ended first
	End    time.Duration
	Leave  Needs // of the client, to go
	// Opened is how many commands had been answered in all sessions when it began.
	Opened int
	// World is, for each of Order, how many commands had been answered in all
	// sessions, itself counted.
	World []int
	// LeftOut is why none of it can be played; empty if it can. Missing is what of it
	// cannot, a line each.
	LeftOut string
	Missing []string
}

// HasUIDs reports whether a command of the session names messages by what the server
// handed out (RFC 3501, section 2.3.1.1).
func (s *Session) HasUIDs() bool {
	for _, x := range s.Exchanges {
		if x.Transaction != nil && strings.HasPrefix(x.Command, "UID ") {
			return true
		}
	}
	return false
}

// End is a side's end of a connection.
type End struct {
	Dir   capture.Direction
	Cause capture.Cause // FIN or RST
	At    time.Duration
	Needs Needs
}

// Aside is what a server said outside any command, the greeting among it.
type Aside struct {
	Message int // of Exchanges[0]
	Begun   int // so many commands had begun,
	Done    int // and so many of Order were answered
	At      time.Duration
}

// Step is bytes that a client sent at once.
type Step struct {
	Exchange int  // of the session
	Message  int  // of the exchange
	Begins   bool // the first step of its message
	From     int  // where in the message's Raw it begins
	Data     []byte
	At       time.Duration // since the session's start
	Needs    Needs
}

// Needs is what a client had heard before it took a step.
type Needs struct {
	Greeting bool
	Done     int // so many of the session's Order
	World    int // answered commands, of all sessions
	Ready    int // "+" of its own exchange
	// Heard messages of the exchange Of, which was never answered; but after Within
	// the step is taken all the same. Of is 0 if there is no such exchange.
	Of, Heard int
	Within    time.Duration
}

// Options are a collector's.
type Options struct {
	// MaxOctets is how many bytes of messages are held; 0 means DefaultMaxOctets.
	MaxOctets int64
	// MaxMessage is how many bytes of one message are held; 0 means
	// DefaultMaxMessage. A request that is longer is left out.
	MaxMessage int
}

// The bounds if nobody says otherwise.
const (
	DefaultMaxOctets  = 1 << 30
	DefaultMaxMessage = 64 << 20
)

// MaxWithin is the longest that a step waits for an answer that did not come in the
// recording either.
const MaxWithin = time.Second
