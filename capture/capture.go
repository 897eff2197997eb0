// Package capture is the stream model: Conn, Direction, Chunk, Source, Sink.
//
// A Source (capture files, an interface, the proxy) reports TCP connections to
// a Sink: first the connection itself, then its octets in stream order, both
// directions, then its end.
//
//	Open(conn)  Chunk  Chunk  Chunk …  Close(id, time, cause)
//
// # Rules
//
//   - Calls for one connection are serial and come in capture order; calls for
//     different connections may be concurrent.
//   - Octets of one direction come in stream order, each once. What was not
//     captured is told by Chunk.Lost, never papered over.
//   - A Sink that returns an error stops the Source, whose Run returns it.
package capture

import (
	"context"
	"errors"
	"net/netip"
	"time"
)

// Direction says which way octets travel.
type Direction uint8

// The two directions of a connection.
const (
	ClientToServer Direction = iota
	ServerToClient
)

// Reverse is the other direction.
func (d Direction) Reverse() Direction { return d ^ 1 }

// String names the side that sends: "client" or "server".
func (d Direction) String() string {
	if d == ClientToServer {
		return "client"
	}
	return "server"
}

// ConnID names a connection within one run of a Source. The first is 1; a
// Source counts up in the order of its Open calls.
type ConnID uint64

// Conn is one TCP connection.
type Conn struct {
	ID             ConnID
	Client, Server netip.AddrPort
	Start          time.Time // of its first packet
	Origin         string    // the file or interface it was first seen in
	MidStream      bool      // its beginning (SYN) was not captured
}

// Chunk is a run of octets of one direction of a connection.
type Chunk struct {
	Conn ConnID
	Dir  Direction
	Time time.Time // when Data was captured, not when it was put in order

	// Off is the stream position of Data[0]: octets of this direction before
	// it, lost ones counted.
	Off int64

	// Lost is the number of octets missing just before Data. A loss at the
	// end of a stream is a Chunk with no Data.
	Lost int64

	// Again is how many octets of this direction, delivered or given up before, came
	// once more just now: the network's trouble, not the stream's. Such a Chunk has
	// no Data.
	Again int64

	// Data is valid until Sink.Chunk returns.
	Data []byte
}

// Source reports connections to a Sink until its end, or until ctx is done.
type Source interface {
	Run(ctx context.Context, s Sink) error
}

// Sink takes what a Source reports.
type Sink interface {
	Open(Conn) error
	Chunk(Chunk) error

	// Close ends a connection. The cause is ErrFIN, ErrRST, ErrEnd or ErrIdle.
	Close(id ConnID, t time.Time, cause error) error
}

// Noter is a Sink that also takes remarks about a connection: what a source that
// stands in its way did or learned (the upstream's address, TLS, an edit). A
// remark comes between Open and Close, in order with the chunks.
type Noter interface {
	Note(id ConnID, t time.Time, text string) error
}

// Ender is a Sink that is also told when one side ended its direction: the cause is
// ErrFIN, after which the other side may go on, or ErrRST. It comes after all octets of
// that direction, and before Close. Not every source knows of it, and what is lost
// between may hide it.
type Ender interface {
	End(id ConnID, dir Direction, t time.Time, cause error) error
}

// Why a connection ended.
var (
	ErrFIN  = errors.New("closed by both sides")
	ErrRST  = errors.New("reset")
	ErrEnd  = errors.New("the capture ended first")
	ErrIdle = errors.New("forgotten to keep memory bounded")
)
