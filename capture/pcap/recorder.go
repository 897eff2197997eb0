package pcap

import (
	"cmp"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
)

// RecorderOptions configures a Recorder. The zero value is ready to use.
type RecorderOptions struct {
	// Application is written to each file's section header; "" means "imapscope".
	Application string
	// Comment is written there too: for example, what was masked.
	Comment string

	// MaxBytes and MaxAge make Create begin another file before one grows
	// larger, or when a packet is that much later than its first. A chunk is
	// never divided between files. 0 means never.
	MaxBytes int64
	MaxAge   time.Duration
	// Reused is how many ended connections are remembered: a later one between the same
	// ports gets a SYN. It is the reader's MaxConns; 0 means DefaultMaxConns.
	Reused int
	// Force makes Create replace a file that exists.
	Force bool
	// Inputs are files that are read for the recording: Create replaces none of them,
	// even with Force.
	Inputs []string

	// Batch makes Event keep blocks, up to a megabyte of them, until Flush: larger writes take
	// the system much less time. See capture.NewBatchQueue.
	Batch bool

	// Failed is called once, with the error that ended the recording, which the
	// error of Finish wraps, by the call in which it occurred.
	Failed func(error)
}

// Recorder is a capture.Sink that writes pcapng: packets as they would have
// crossed a network, and keys of TLS sessions in Decryption Secrets Blocks, each before the
// next packet. Bytes that came again are written as packets cut after their
// headers, because the event does not carry the bytes. Finish must be called once,
// at the end.
//
// Its methods may be called concurrently. Event makes at most one Write, of whole
// blocks only (more of them for Data above a megabyte, and with Batch only one for
// many events), and never returns an error:
// a full disk ends the recording, not the session. RecorderOptions.Failed, Err and
// Finish report it.
type Recorder struct {
	opts RecorderOptions
	isn  func(capture.ConnID, capture.Direction) uint32

	mu     sync.Mutex
	out    io.Writer
	series *series // of files, if Create made them
	size   int64   // bytes in the current file
	first  uint64  // stamp of its first packet
	some   bool    // it has one
	wait   blocks
	conns  map[capture.ConnID]*recorded
	used   [2]map[path]bool // paths of connections that have ended: the latest, and those before
	gapped *recorded        // the one whose gap is not written yet: it was the last event
	err    error
	told   bool // Failed was called
	done   bool // Finish was called, or it failed
	stats  RecorderStats

	missing atomic.Int64 // stats.NotRecorded
}

// recorded is a connection that is being recorded.
type recorded struct {
	path  path
	next  [2]uint32 // sequence number of each side's next byte
	pos   [2]int64  // its stream position
	notes []string  // comments for the next packet
	gap   gap       // not written yet: data may follow it
	doubt [2]bool   // one byte was lost, which a reader may mistake for a FIN
	ended [2]bool   // its FIN is written
	reset bool      // a RST is

	at      uint64 // of its last packet
	stepped bool   // its source's clock ran backwards, and a note says so
}

// pass returns the stamp of a packet of time t. Bytes that came before others of their direction
// are reported after those, with their own time. Packets in that order, with those times, would be
// of a clock that runs backwards, which a reader would take for a fault of the capture.
func (k *recorded) pass(t uint64) uint64 {
	if k.stepped || t > k.at {
		k.at = t
	}
	return k.at
}

// gap is bytes of one direction that were not captured.
type gap struct {
	dir  capture.Direction
	n    int64
	time uint64
}

const (
	// maxBuffered is the number of bytes buffered before they are written.
	maxBuffered = 1 << 20
	// maxGap is how far a sequence number jumps at once: a reader believes
	// about twice as much (see maxAhead). A greater loss is written as several.
	maxGap = 8 << 20
	// maxGaps bounds them: 64 GiB.
	maxGaps = 1 << 13
	// maxAgain bounds what is written as sent again for one event.
	maxAgain = 1 << 20
	// maxNote is the longest comment, and the most that may wait, in bytes.
	maxNote = 1<<16 - 8
)

// NewRecorder returns a Recorder that writes to w. It writes the file header, and returns w's error.
func NewRecorder(w io.Writer, o RecorderOptions) (*Recorder, error) {
	if o.MaxBytes != 0 || o.MaxAge != 0 {
		return nil, errors.New("only a recording with a file name can continue in another file")
	}
	r := idleRecorder(o)
	r.out = w
	return r, r.begin()
}

func idleRecorder(o RecorderOptions) *Recorder {
	o.Reused = cmp.Or(o.Reused, DefaultMaxConns)
	if o.Application == "" {
		o.Application = "imapscope"
	}
	return &Recorder{
		opts:  o,
		isn:   initialNumber,
		conns: make(map[capture.ConnID]*recorded),
		used:  [2]map[path]bool{make(map[path]bool)},
	}
}

// initialNumber returns a side's first sequence number: the same in each run, and
// another one for each connection (the finaliser of splitmix64).
func initialNumber(id capture.ConnID, dir capture.Direction) uint32 {
	z := (uint64(id)<<1 | uint64(dir)) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return uint32(z ^ z>>31)
}

// Event implements capture.Sink.
func (r *Recorder) Event(e *capture.Event) error {
	r.mu.Lock()
	defer r.unlock()
	if e.Kind == capture.Secrets {
		r.secrets(e.Data)
		return nil
	}
	k := r.conns[e.Conn]
	if e.Kind == capture.Data && len(e.Data) == 0 {
		return nil
	}
	t := stampOf(e.Time)
	if k != nil {
		k.stepped = k.stepped || e.Kind == capture.Note && capture.IsSteppedBack(e.Text)
		t = k.pass(t)
	}
	if !r.joins(k, e, t) {
		r.flush()
	}
	if r.done || k == nil && e.Kind != capture.Opened {
		r.missing.Add(int64(len(e.Data)))
		return nil
	}
	if w := r.gapped; w != nil && (w != k || e.Kind != capture.Data || e.Dir != w.gap.dir || t != w.gap.time) {
		r.writeGap(w)
	}
	switch e.Kind {
	case capture.Opened:
		r.open(e.Info)
		t = stampOf(e.Info.Start)
	case capture.Data:
		r.data(k, e, t)
	case capture.Gap:
		k.gap = gap{e.Dir, max(e.N, e.Off+e.N-k.pos[e.Dir]), t}
		r.gapped = k
	case capture.Again:
		r.again(k, e, t)
	case capture.HalfClosed:
		if !k.ended[e.Dir] && !k.reset {
			r.endOf(k, e.Dir, t, e.Cause)
		}
	case capture.Note:
		r.note(k, e.Text, t)
	case capture.Closed:
		r.close(e.Conn, k, t, e.Cause)
	}
	r.wait.since(t)
	if !r.opts.Batch || r.wait.packets == 0 || r.wait.size() >= maxBuffered {
		r.flush()
	}
	return nil
}

// open writes the beginning of a connection. One whose beginning was not captured
// gets no SYN, unless it is on the path of an earlier connection: without a SYN, a
// reader would take it for a part of that one.
func (r *Recorder) open(c *capture.Conn) {
	k := &recorded{path: newPath(c.Client, c.Server)}
	for d := range k.next {
		k.next[d] = r.isn(c.ID, capture.Direction(d))
	}
	r.conns[c.ID] = k
	t := stampOf(c.Start)
	const client, server = capture.ClientToServer, capture.ServerToClient
	if c.MidStream && !r.used[0][k.path] && !r.used[1][k.path] {
		r.ack(k, client, t)
		r.ack(k, server, t)
	} else {
		r.put(k, t, tcpPacket{from: client, flags: flagSYN, seq: k.next[client]})
		k.next[client]++
		r.put(k, t, tcpPacket{from: server, flags: flagSYN | flagACK, seq: k.next[server], ack: k.next[client]})
		k.next[server]++
		r.ack(k, client, t)
	}
}

// data writes bytes, and the gap before them.
func (r *Recorder) data(k *recorded, e *capture.Event, t uint64) {
	lost := max(k.gap.n, e.Off-k.pos[e.Dir])
	k.gap.n, r.gapped = 0, nil
	k.pos[e.Dir] += lost + int64(len(e.Data))
	if len(e.Data) >= maxBuffered {
		r.flush() // it has several Writes, of which no other event is part
	}
	r.wait.data += int64(len(e.Data))
	prove := r.lose(k, e.Dir, t, lost, true)
	k.segments(r, e.Dir, t, e.Data, r.hold(e))
	r.ack(k, e.Dir.Reverse(), t)
	if prove {
		r.prove(k, e.Dir, t)
	}
}

// writeGap writes a gap that is not directly followed by data of its direction.
func (r *Recorder) writeGap(k *recorded) {
	g := k.gap
	k.gap.n, r.gapped = 0, nil
	k.pos[g.dir] += g.n
	prove := r.lose(k, g.dir, g.time, g.n, false)
	r.ack(k, g.dir.Reverse(), g.time)
	if prove {
		r.prove(k, g.dir, g.time)
	}
}

// again writes bytes that were sent again, as packets cut after their headers.
func (r *Recorder) again(k *recorded, e *capture.Event, t uint64) {
	if e.N > maxAgain || e.Off+e.N > k.pos[e.Dir] {
		return
	}
	seq := k.next[e.Dir] - uint32(k.pos[e.Dir]-e.Off)
	for n := int(e.N); n > 0; n -= maxSegment {
		size := min(n, maxSegment)
		r.put(k, t, tcpPacket{from: e.Dir, flags: flagPSH | flagACK, seq: seq, ack: k.next[e.Dir.Reverse()], cut: size})
		seq += uint32(size)
	}
	r.ack(k, e.Dir.Reverse(), t)
}

// segments writes data, which is apart if it is held until it is written.
func (k *recorded) segments(r *Recorder, dir capture.Direction, t uint64, data []byte, apart bool) {
	for len(data) > 0 {
		n := min(len(data), maxSegment)
		r.put(k, t, tcpPacket{from: dir, flags: flagPSH | flagACK, seq: k.next[dir], ack: k.next[dir.Reverse()], data: data[:n], apart: apart})
		k.next[dir] += uint32(n)
		data = data[n:]
		if r.wait.size() >= maxBuffered && len(data) > 0 && !apart { // what is apart waits as a whole
			r.wait.since(t)
			r.write()
		}
	}
}

// lose skips n bytes; data reports whether data follows. It reports whether readers
// need further evidence that the bytes will not come.
func (r *Recorder) lose(k *recorded, dir capture.Direction, t uint64, n int64, data bool) bool {
	if n <= 0 {
		return k.doubt[dir]
	}
	for range maxGaps {
		if n <= maxGap {
			break
		}
		k.next[dir] += maxGap
		n -= maxGap
		r.ack(k, dir, t) // its sequence number is now there
		r.ack(k, dir.Reverse(), t)
		r.prove(k, dir, t)
	}
	k.next[dir] += uint32(n)
	k.doubt[dir] = n == 1 || k.doubt[dir]
	if !data {
		r.ack(k, dir, t)
	}
	return true
}

// lateProof is the number of further packets that our own reader, and others, need
// to see after an acknowledgement before they conclude that what it acknowledges
// was not captured. They are duplicates.
const lateProof = lateProofs

func (r *Recorder) prove(k *recorded, dir capture.Direction, t uint64) {
	for range lateProof {
		r.ack(k, dir.Reverse(), t)
	}
}

// note adds text as a comment to the connection's next packet. What a proxy did has a packet of
// its own, because its place among the packets of all connections matters: the two legs of a
// session are compared.
func (r *Recorder) note(k *recorded, text string, t uint64) {
	for _, part := range commentParts(text) {
		k.notes = append(k.notes, part)
		if len(k.notes) >= 8 || len(part) > maxNote/8 {
			r.ack(k, capture.ClientToServer, t)
			r.wait.since(t)
			r.flush()
		}
	}
	if len(k.notes) > 0 && !k.reset && !(k.ended[0] && k.ended[1]) && ofProxy(text) {
		r.ack(k, capture.ClientToServer, t)
	}
}

// ofProxy reports whether a note links two legs, or reports what a proxy did.
func ofProxy(text string) bool {
	leg, _ := capture.LegOf(text)
	_, act := capture.ParseAct(text)
	return leg != capture.NoLeg || act
}

// close forgets a connection and writes its end.
func (r *Recorder) close(id capture.ConnID, k *recorded, t uint64, cause capture.Cause) {
	delete(r.conns, id)
	if len(r.used[0]) >= r.opts.Reused {
		r.used = [2]map[path]bool{make(map[path]bool), r.used[0]}
	}
	r.used[0][k.path] = true
	r.end(k, t, cause)
}

// endOf writes the end of one side's direction.
func (r *Recorder) endOf(k *recorded, dir capture.Direction, t uint64, cause capture.Cause) {
	if cause == capture.RST {
		k.reset = true
		r.put(k, t, tcpPacket{from: dir, flags: flagRST | flagACK, seq: k.next[dir], ack: k.next[dir.Reverse()]})
		return
	}
	k.ended[dir] = true
	r.put(k, t, tcpPacket{from: dir, flags: flagFIN | flagACK, seq: k.next[dir], ack: k.next[dir.Reverse()]})
	k.next[dir]++
	r.ack(k, dir.Reverse(), t)
}

// end writes the end of a connection, unless its sides have ended already. Which of
// them was first is not known then; the client is assumed.
func (r *Recorder) end(k *recorded, t uint64, cause capture.Cause) {
	const client, server = capture.ClientToServer, capture.ServerToClient
	switch {
	case k.reset:
	case cause == capture.FIN:
		both := k.ended[client] && k.ended[server]
		for _, d := range []capture.Direction{client, server} {
			if k.ended[d] {
				continue
			}
			r.put(k, t, tcpPacket{from: d, flags: flagFIN | flagACK, seq: k.next[d], ack: k.next[d.Reverse()]})
			k.next[d]++
		}
		if !both || len(k.notes) > 0 {
			r.ack(k, client, t)
		}
		for d, doubt := range k.doubt {
			if doubt {
				r.ack(k, capture.Direction(d).Reverse(), t)
				r.prove(k, capture.Direction(d), t)
			}
		}
	case cause == capture.RST:
		r.put(k, t, tcpPacket{from: client, flags: flagRST | flagACK, seq: k.next[client], ack: k.next[server]})
	case len(k.notes) > 0:
		r.ack(k, client, t)
	}
}

// ack adds a packet without data, by which from acknowledges everything.
func (r *Recorder) ack(k *recorded, from capture.Direction, t uint64) {
	r.put(k, t, tcpPacket{from: from, flags: flagACK, seq: k.next[from], ack: k.next[from.Reverse()]})
}

// put adds a packet, with the comments that wait for one.
func (r *Recorder) put(k *recorded, t uint64, p tcpPacket) {
	if len(p.data) > 0 {
		k.doubt[p.from] = false
	}
	p.comments, k.notes = k.notes, nil
	r.wait.packet(&k.path, &p, t)
}

// unlock also calls Failed after a failure, without the lock.
func (r *Recorder) unlock() {
	err, tell := r.err, r.err != nil && !r.told && r.opts.Failed != nil
	r.told = r.told || tell
	r.mu.Unlock()
	if tell {
		r.opts.Failed(errors.Unwrap(err))
	}
}
