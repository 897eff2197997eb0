package traffic

import "math/rand/v2"

// A conn is one TCP connection that is written to the file, one packet at a time.
type conn struct {
	gen            *generator
	client, server endpoint
	session        session
	phase          phase

	bursts []burst // the rest of this exchange
	held   segment // a segment to be written late; none if data is nil
	late   int     // the number of segments until held is written
	unack  int     // segments since the last acknowledgement
}

// A phase is the progress of a connection.
type phase uint8

const (
	opening phase = iota
	talking
	closing
)

// A burst is what one side sends before the other side responds.
type burst struct {
	server bool
	data   []byte
}

// open makes c the connection of that number, counted from 0.
func (c *conn) open(number int64) {
	r := c.gen.rng
	n := uint32(number)
	// 198.18.0.0/15 is for benchmarks (RFC 2544). An address has 20,000 ports,
	// so no pair of ports repeats before 2,600 million connections.
	host := 1 + n/20_000
	c.client = endpoint{
		mac: [6]byte{2, 0, 0, byte(host >> 16), byte(host >> 8), byte(host)},
		ip:  [4]byte{198, 18 + byte(host>>16)&1, byte(host >> 8), byte(host)}, port: uint16(20_000 + n%20_000),
		seq: r.Uint32(), id: uint16(r.Uint32()),
	}
	c.server = endpoint{
		mac: [6]byte{2, 0, 0, 0xff, 0, 1}, ip: [4]byte{192, 0, 2, 1}, port: c.gen.Port,
		seq: r.Uint32(), id: uint16(r.Uint32()),
	}
	if r.IntN(8) == 0 { // its numbers wrap soon
		c.server.seq = -uint32(r.IntN(1 << 16))
	}
	c.phase, c.unack, c.bursts, c.held.data = opening, 0, c.bursts[:0], nil
	c.session.begin(c.gen, rand.NewPCG(c.gen.Seed, uint64(number)+1), number)
}

// step sends the connection's next packet, with what goes with it, and
// reports whether it was the last.
func (c *conn) step() (done bool) {
	switch c.phase {
	case opening:
		c.send(segment{from: &c.client, to: &c.server, flags: syn, seq: c.client.seq, mss: uint16(c.gen.MSS)})
		c.client.seq++
		c.send(segment{from: &c.server, to: &c.client, flags: syn | ack, seq: c.server.seq, ack: c.client.seq, mss: uint16(c.gen.MSS)})
		c.server.seq++
		c.bare(&c.client, ack)
		c.phase = talking
	case talking:
		if len(c.bursts) == 0 {
			c.bursts = c.session.next(c.bursts[:0])
		}
		if len(c.bursts) == 0 {
			c.phase = closing
			return false
		}
		c.talk()
	case closing:
		c.bare(&c.server, fin|ack)
		c.server.seq++
		c.bare(&c.client, ack)
		c.bare(&c.client, fin|ack)
		c.client.seq++
		c.bare(&c.server, ack)
		return true
	}
	return false
}

// talk sends the next segment of the burst, in place or late, or loses it.
func (c *conn) talk() {
	b := &c.bursts[0]
	from, to := &c.client, &c.server
	if b.server {
		from, to = to, from
	}
	data := b.data[:min(len(b.data), c.gen.MSS)]
	b.data = b.data[len(data):]
	last := len(b.data) == 0

	s := segment{from: from, to: to, flags: ack, seq: from.seq, ack: to.seq, data: data}
	if last {
		s.flags |= psh
	}
	from.seq += uint32(len(data))
	c.count(b.server, len(data))

	switch {
	case c.gen.chance(c.gen.LossPercent):
		c.lose(b.server, len(data))
	case c.held.data == nil && !last && c.gen.chance(c.gen.ReorderPercent):
		c.held, c.late = s, 1+c.gen.rng.IntN(3)
		return
	default:
		c.send(s)
	}
	if c.held.data != nil {
		if c.late--; c.late == 0 || last {
			c.gen.sum.LatePackets++
			c.send(c.held)
			c.held.data = nil
		}
	}
	if c.unack++; c.unack == 2 || last && b.server {
		c.acknowledge(from, to)
	}
	if last {
		c.bursts = c.bursts[1:]
	}
}

// acknowledge what has been received in order, which a held segment interrupts.
func (c *conn) acknowledge(from, to *endpoint) {
	s := segment{from: to, to: from, flags: ack, seq: to.seq, ack: from.seq}
	if c.held.data != nil {
		s.ack = c.held.seq
	}
	c.send(s)
}

// bare sends a segment without data.
func (c *conn) bare(from *endpoint, flags byte) {
	to := &c.server
	if from == to {
		to = &c.client
	}
	c.send(segment{from: from, to: to, flags: flags, seq: from.seq, ack: to.seq})
}

func (c *conn) send(s segment) {
	if len(s.data) == 0 {
		c.unack = 0
	}
	c.gen.out.packet(c.gen.now(), s)
}

func (c *conn) count(server bool, octets int) {
	if server {
		c.gen.sum.ServerOctets += int64(octets)
	} else {
		c.gen.sum.ClientOctets += int64(octets)
	}
}

func (c *conn) lose(server bool, octets int) {
	c.gen.sum.LostPackets++
	if server {
		c.gen.sum.LostServer += int64(octets)
	} else {
		c.gen.sum.LostClient += int64(octets)
	}
}
