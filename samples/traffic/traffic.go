// Package traffic generates large synthetic captures for benchmarks and tests.
//
//	w, _ := os.Create("big.pcap")
//	sum, err := traffic.Write(w, traffic.Options{Bytes: 200 << 20, Conns: 64, Mix: traffic.Mixed})
//
// The result is a pcap file (nanoseconds, Ethernet, IPv4, TCP) of realistic IMAP2 or
// IMAP4rev1 sessions: greeting, LOGIN, SELECT, many FETCHes, STORE,
// SEARCH, COPY, EXPUNGE, LOGOUT; names and subjects vary, some need a literal
// inside an envelope, and some mail quotes the protocol itself. Many
// connections run at once, their packets mixed at random; when one ends another
// begins. The Summary describes the contents, so that a test can compare a
// decoder with it.
//
// # Rules
//
//   - The same Options give the same bytes, on every machine.
//   - Memory does not grow with Bytes: a connection holds one exchange at most.
//   - Loss is a property of the capture, not of the network: a lost packet is not in the
//     file, but was received and acknowledged, and is never retransmitted.
//   - A reordered packet is a few packets of its own burst late, and no acknowledgement
//     covers it before it is sent.
package traffic

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"time"
)

// Mix is what the clients mostly do.
type Mix uint8

// The mixes.
const (
	Mixed   Mix = iota
	Headers     // lists of messages: flags, dates, sizes, envelopes
	Bodies      // whole messages as literals, up to 200 KB
	Short       // commands with little data: many transactions for the bytes
)

func (m Mix) String() string {
	if int(m) >= len(mixNames) {
		return "unknown"
	}
	return mixNames[m]
}

var mixNames = [...]string{"mixed", "headers", "bodies", "short"}

// ParseMix returns the Mix with a name.
func ParseMix(name string) (Mix, error) {
	for m, n := range mixNames {
		if n == name {
			return Mix(m), nil
		}
	}
	return 0, errors.New("unknown mix: " + name + " (mixed, headers, bodies or short)")
}

// Options describes the capture to write. The zero value gives a megabyte of mixed traffic.
type Options struct {
	Bytes          int64   // size at which no new sessions begin; 1 MiB if 0
	Conns          int     // connections at once; 8 if 0
	Mix            Mix     //
	Dialect        Dialect //
	LossPercent    float64 // packets with data that are missing from the file
	ReorderPercent float64 // packets with data that are reordered
	Seed           uint64  //
	MSS            int     // bytes of data in a packet; 1460 if 0, at most 65000
	Port           uint16  // the server's; 143 if 0
}

func (o Options) withDefaults() Options {
	if o.Bytes <= 0 {
		o.Bytes = 1 << 20
	}
	if o.Conns <= 0 {
		o.Conns = 8
	}
	if o.MSS <= 0 {
		o.MSS = 1460
	}
	o.MSS = min(o.MSS, 65000)
	if o.Port == 0 {
		o.Port = 143
	}
	return o
}

// A Summary describes the contents of a capture, including lost packets.
type Summary struct {
	Bytes       int64 // of the file
	Packets     int64 // in the file
	Connections int64
	First, Last time.Time

	ClientOctets, ServerOctets int64 // of TCP payload
	LostPackets                int64
	LostClient, LostServer     int64 // bytes in lost packets
	LatePackets                int64 // reordered packets

	Transactions int64            // commands; each has its completion
	Commands     map[string]int64 // by the first word, upper case
	Completions  map[string]int64 // OK, NO, BAD
	Unsolicited  map[string]int64 // by kind: FETCH, EXISTS, … the greetings aside
	KindOctets   map[string]int64 // bytes of that unsolicited data
	Outside      int64            // of the unsolicited data: while no command was outstanding
	Ready        int64            // "+" responses

	ClientLiterals, ServerLiterals           int64
	ClientLiteralOctets, ServerLiteralOctets int64
}

// Write writes a capture.
func Write(w io.Writer, o Options) (Summary, error) {
	o = o.withDefaults()
	g := &generator{
		Options: o,
		out:     newPcapWriter(bufio.NewWriterSize(w, 1<<20)),
		rng:     rand.New(rand.NewPCG(o.Seed, 1176)),
		pool:    newPool(o.Seed),
		sum: Summary{
			Commands: map[string]int64{}, Completions: map[string]int64{},
			Unsolicited: map[string]int64{}, KindOctets: map[string]int64{},
		},
	}
	return g.run()
}

// A generator is one run of Write.
type generator struct {
	Options
	out   *pcapWriter
	rng   *rand.Rand
	pool  pool
	clock time.Duration // since epoch
	sum   Summary
}

// When RFC 1176 came out.
var epoch = time.Date(1990, time.August, 1, 9, 0, 0, 0, time.UTC)

func (g *generator) run() (Summary, error) {
	var active, free []*conn
	for g.out.err == nil {
		for !g.ending() && len(active) < g.Conns {
			var c *conn
			if n := len(free); n > 0 {
				c, free = free[n-1], free[:n-1]
			} else {
				c = &conn{gen: g}
			}
			c.open(g.sum.Connections)
			g.sum.Connections++
			active = append(active, c)
		}
		if len(active) == 0 {
			break
		}
		i := g.rng.IntN(len(active))
		if c := active[i]; c.step() {
			last := len(active) - 1
			active[i], active = active[last], active[:last]
			free = append(free, c)
		}
	}
	g.sum.Bytes, g.sum.Packets = g.out.bytes, g.out.packets
	g.sum.First, g.sum.Last = epoch, epoch.Add(g.clock)
	return g.sum, g.out.flush()
}

// ending reports whether the file is large enough: sessions log out, and none begins.
func (g *generator) ending() bool { return g.out.bytes >= g.Bytes }

// now returns the time of the next packet, a little later than the last.
func (g *generator) now() time.Time {
	if g.out.packets > 0 {
		g.clock += time.Duration(500 + g.rng.IntN(40_000))
	}
	return epoch.Add(g.clock)
}

// chance returns true in the given percentage of cases.
func (g *generator) chance(percent float64) bool {
	return percent > 0 && g.rng.Float64()*100 < percent
}
