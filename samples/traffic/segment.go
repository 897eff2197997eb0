package traffic

import (
	"bufio"
	"io"
	"time"
)

// Segment is one TCP segment of a connection, as a capture has it.
type Segment struct {
	Server        bool // the server sent it
	Time          time.Time
	Seq, Ack      uint32
	SYN, FIN, RST bool
	NoAck         bool // Ack does not count: the first SYN
	Data          []byte
}

// WriteSegments writes a pcap file with the segments of one connection, between
// 127.0.0.1:40000 and the server 127.0.0.2:143, in the given order.
func WriteSegments(w io.Writer, segments []Segment) error {
	out := newPcapWriter(bufio.NewWriter(w))
	client := endpoint{mac: [6]byte{2, 0, 0, 0, 0, 1}, ip: [4]byte{127, 0, 0, 1}, port: 40000}
	server := endpoint{mac: [6]byte{2, 0, 0, 0, 0, 2}, ip: [4]byte{127, 0, 0, 2}, port: 143}
	for _, s := range segments {
		p := segment{from: &client, to: &server, seq: s.Seq, ack: s.Ack, flags: ack, data: s.Data}
		if s.Server {
			p.from, p.to = p.to, p.from
		}
		if s.NoAck {
			p.flags, p.ack = 0, 0
		}
		for _, f := range []struct {
			set bool
			bit byte
		}{{s.SYN, syn}, {s.FIN, fin}, {s.RST, rst}, {len(s.Data) > 0, psh}} {
			if f.set {
				p.flags |= f.bit
			}
		}
		out.packet(s.Time, p)
	}
	return out.flush()
}
