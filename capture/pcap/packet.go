package pcap

import (
	"fmt"
	"strings"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// Packet is one captured frame.
type Packet struct {
	Number  int64           // 1-based within its file
	Offset  int64           // byte offset of its record in the (decompressed) file; -1 for live
	Time    time.Time       // UTC, as captured: it may run backwards or be absurd
	Link    layers.LinkType // how Data begins
	Data    []byte          // captured bytes, valid until the next call
	Length  int             // bytes on the wire, never less than len(Data)
	Iface   int             // pcapng interface number, counted from 0 in each section; 0 for pcap
	Comment string          // pcapng packet comments (opt_comment), one per line; "" for pcap

	Recorded bool   // in a file written by a Recorder
	Sender   Sender // which side sent it, if a Recorder says so
}

// Sender is the side of a connection that sent a packet. A Recorder writes it where the
// ports do not show it, as pcapng's direction of a packet (epb_flags), as seen by the
// server: inbound from the client, outbound from the server. Other programs write the
// direction as seen by the host that they run on, so it counts only in a recording.
type Sender uint8

// The senders; the numbers are those of epb_flags.
const (
	SenderUnknown Sender = iota
	SenderClient
	SenderServer
)

// FileError describes what is wrong with a capture file, in one line: where
// (file, packet, offset), what, and what to do.
type FileError struct {
	File   string // as the user gave it
	Packet int64  // 1-based; 0: not about a packet
	Offset int64  // of the record, in bytes of the decompressed file; -1: not known
	What   string
	Hint   string // what to do; may be empty
	Err    error  // the cause, for errors.Is; may be nil
}

// Error returns "file: packet 17 at offset 2345: what; hint".
func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	b.WriteString(": ")
	switch {
	case e.Packet > 0 && e.Offset >= 0:
		fmt.Fprintf(&b, "packet %d at offset %d: ", e.Packet, e.Offset)
	case e.Packet > 0:
		fmt.Fprintf(&b, "packet %d: ", e.Packet)
	case e.Offset > 0:
		fmt.Fprintf(&b, "offset %d: ", e.Offset)
	}
	b.WriteString(e.What)
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }
