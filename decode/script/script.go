// Package script makes recorded connections playable: what each side sent, and what it had received before.
//
//	k := script.NewCollector(script.Options{})
//	source.Run(ctx, k)
//	for _, s := range k.Script().Sessions {
//		for _, step := range s.Steps { … } // wait for step.Needs, then send step.Data
//	}
//
// # Rules
//
//   - A client's step needs what the client had received before it in the recording:
//     the greeting, the tagged responses to earlier commands, the "+" before a literal
//     or a SASL response. What was pipelined stays pipelined, and a literal that did
//     not wait does not wait.
//   - Where an earlier command never had its tagged response, the client must have
//     continued for another reason: it needs as many other messages of that command, but
//     waits for them no longer than it did, and never longer than a second.
//   - Bytes are the recorded ones. A request with bytes that were not captured is left
//     out, and reported.
//   - Of the two legs of a proxy that changed something, the client's is the session.
//   - Nothing after the beginning of TLS or compression is played: it cannot be read.
//   - Memory is bounded by Options: a recording is held in memory while it is played, and
//     what exceeds the bound is left out, and counted: the rest of the connection that
//     reaches it, and all later ones.
package script

import (
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// Script holds the sessions of a recording.
type Script struct {
	Sessions []*Session
	// Done is how many commands were answered in all sessions: see Needs.World.
	Done int
	// Cut is the number of connections of which only the beginning fitted into
	// Options.MaxOctets, Beyond that of those after them, and Silent that of connections
	// on which neither side sent anything, after the first ten. Those that are Beyond
	// and Silent are not among the Sessions.
	Cut, Beyond, Silent int
	// ServerLegs is the number of connections that are left out because they are the servers'
	// legs of a proxy that changed something: the sessions are what clients sent and saw.
	ServerLegs int
	// Last is the highest number of a connection, whether it is among the Sessions or not.
	Last capture.ConnID
}

// Session is one recorded connection.
type Session struct {
	Conn capture.Conn
	Follow
	Steps  []Step  // the client's
	Asides []Aside // the server's, outside any command
	Ends   []End   // who ended it, in that order; none if the recording ended first
	End    time.Duration
	Leave  Needs // of the client, to end
	// Opened is how many commands had been answered in all sessions when it began.
	Opened int
	// World is, for each of Order, how many commands had been answered in all
	// sessions, itself included.
	World []int
	// LeftOut is why none of it can be played; empty if it can. Missing is what of it
	// cannot be played, one line each.
	LeftOut string
	Missing []string
}

// Nothing returns why no session can be played: why the first cannot. It is empty if one can,
// or if there is none.
func (s *Script) Nothing() string {
	if len(s.Sessions) == 0 {
		return ""
	}
	for _, x := range s.Sessions {
		if x.LeftOut == "" {
			return ""
		}
	}
	return s.Sessions[0].LeftOut
}

// Because returns Nothing as the end of an error's text, after a colon.
func (s *Script) Because() string {
	if why := s.Nothing(); why != "" {
		return ": " + why
	}
	return ""
}

// End is a side's end of a connection.
type End struct {
	Dir   capture.Direction
	Cause capture.Cause // FIN or RST
	At    time.Duration
	Needs Needs
}

// Aside is what a server sent outside any command, including the greeting.
type Aside struct {
	Message int // of Exchanges[0]
	Begun   int // this many commands had begun,
	Done    int // and this many of Order were answered
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

// Needs is what a client had received before a step.
type Needs struct {
	Greeting bool
	Done     int // this many of the session's Order
	World    int // answered commands, of all sessions
	Ready    int // "+" of its own exchange
	// Heard messages of the exchange Of, which was never answered; but after Within
	// the step is taken anyway. Of is 0 if there is no such exchange.
	Of, Heard int
	Within    time.Duration
}

// Options configures a Collector.
type Options struct {
	// MaxOctets is how many bytes of memory sessions take, about; those that begin beyond
	// it are left out. 0 means DefaultMaxOctets.
	MaxOctets int64
	// MaxMessage is how many bytes of one message are held; 0 means
	// DefaultMaxMessage. A request that is longer is left out.
	MaxMessage int
	// Dialect is what the connections speak, whatever they show, unless it is
	// protocol.UnknownDialect.
	Dialect protocol.Dialect
}

// The default bounds.
const (
	DefaultMaxOctets  = 512 << 20
	DefaultMaxMessage = 64 << 20
)

// MaxWithin is the longest that a step waits for an answer that did not arrive in the
// recording either.
const MaxWithin = time.Second
