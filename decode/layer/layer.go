// Package layer opens what can lie between TCP and IMAP: TLS with its keys, DEFLATE.
//
//	l := layer.NewTLS(keys, sink)
//	l.Write(dir, t, p)      // ciphertext in; plaintext goes to the sink
//	keys.Add(text)          // keys came later
//	l.Retry(t)
//	l.Close(t)
//
// # Rules
//
//   - No I/O, no clock, no goroutine, no lock.
//   - Bytes divided differently into calls, in the same order between directions, give
//     the same plaintext and the same records.
//   - Nothing that fails its authentication reaches Sink.Plain.
//   - Memory is bounded: each limit is a constant of this package, and its comment says
//     what happens beyond it. Nothing is allocated by a length that was announced.
//   - A layer that cannot open what follows calls Sink.Dark, once. From then on it counts
//     and reports records, without plaintext.
package layer

import (
	"time"

	"imapscope/capture"
)

// Layer is one layer of a connection, in both directions. Its methods must not be called
// concurrently, nor by its Sink.
type Layer interface {
	// Write consumes the next bytes of one direction, captured at t. It does not keep p.
	Write(dir capture.Direction, t time.Time, p []byte)
	// Lost records that the next n bytes of one direction were not captured.
	Lost(dir capture.Direction, t time.Time, n int64)
	// Retry tries again to open what waits for keys.
	Retry(t time.Time)
	// Close ends the layer: what still waits for keys will never be opened.
	Close(t time.Time)
}

// Sink receives what a Layer finds, in order.
type Sink interface {
	// Plain receives the next bytes of plaintext of one direction, which arrived at t.
	// They stay valid until the next call of a method of the Layer.
	Plain(dir capture.Direction, t time.Time, p []byte)
	// Gap reports that plaintext of one direction is missing, about n bytes and at least 1.
	Gap(dir capture.Direction, t time.Time, n int64)
	// Record reports a unit of the layer. It is valid until Record returns. The plaintext
	// of an opened record follows it.
	Record(*Record)
	// Dark reports that nothing that follows can be opened, in either direction, and why.
	Dark(t time.Time, why Reason)
	// Text reports that the bytes are no layer but what the layer would carry: a
	// recording of a proxy that ended TLS, or a DEFLATE that was agreed on and never
	// spoken. All bytes from the first on are passed to Plain.
	Text(t time.Time)
}

// Record is a unit of a layer: a TLS record, or the DEFLATE data of one Write.
type Record struct {
	Dir  capture.Direction
	Time time.Time // when its last byte was captured
	// Off and Len are its place in the stream below, its header and tag included.
	Off, Len int64
	// Plain and N are the place of its plaintext in the stream above. N is 0 for a record
	// without IMAP data.
	Plain, N int64
	// Type is the content type of a TLS record (RFC 8446, section 5.1), the one inside
	// the encryption if it was opened; 0 for DEFLATE.
	Type uint8
	// What says what it is: "client hello", "alert: close_notify", "application data".
	What string
	// Fault is why it was not opened; "" if it was, or was never encrypted.
	Fault Fault
}

// Fault is why a record was not opened.
type Fault string

// The faults of records.
const (
	BadTag    Fault = "authentication failed"
	NoKeys    Fault = "no keys"
	Early     Fault = "0-RTT data is not decrypted"
	Partial   Fault = "part of it was not captured"
	Malformed Fault = "malformed"
)

// Reason is why a layer is dark: a clause that follows "not decoded: ".
type Reason string

// The reasons.
const (
	WantsKeys    Reason = "no keys for this session"
	TooLate      Reason = "its keys came too late: 1 MiB of records waited for them"
	TooMany      Reason = "no keys for this session, and too many others wait for theirs"
	Empty        Reason = "the connection ended before any data came through"
	Sealed       Reason = "layers are not opened"
	NoHello      Reason = "the capture lacks the ClientHello or ServerHello"
	UnknownSuite Reason = "its cipher suite is unknown to imapscope"
	// UnknownVersion is for SSL 2 and 3, and for drafts.
	UnknownVersion Reason = "its version of SSL or TLS is unknown to imapscope"
	Compressed     Reason = "TLS compressed it"
	WrongKeys      Reason = "the keys for this session do not open it"
	TooMuchLost    Reason = "too many records were lost to find the place again"
	BadData        Reason = "the compressed data is damaged"
	DataLost       Reason = "part of the compressed data was not captured"
)
