package pcap

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"imapscope/capture"
)

// RecorderOptions say how to record. The zero value is ready.
type RecorderOptions struct {
	// Application stands in each file's section header; "" is "imapscope".
	Application string
	// Comment stands there too: for whom the file is, or what was masked.
	Comment string

	// MaxBytes and MaxAge make Create begin another file before one grows
	// larger, or when a packet comes that much after its first. A chunk is
	// never divided between files. 0 means never.
	MaxBytes int64
	MaxAge   time.Duration
	// Force makes Create replace a file that exists.
	Force bool

	// Failed is told once, with the error that ended the recording, by the
	// call that met it.
	Failed func(error)
}

// RecorderStats is what became of what a Recorder was given.
type RecorderStats struct {
	Packets     int64 // written
	Octets      int64 // written, of all files
	Files       int
	NotRecorded int64 // octets of chunks that came when the recording had failed, or made it fail
}

// Recorder is a capture.Sink and capture.Noter that writes pcapng: packets as
// they would have crossed a network. Finish must be called once, at the end.
//
// Its methods may be called concurrently. Each makes at most one Write, of whole
// blocks only (more of them for a chunk above a megabyte).
//
// Open, Chunk, Note and Close never return an error: a disk that is full ends the
// recording, not the session. RecorderOptions.Failed, Err and Finish tell of it.
type Recorder struct {
	opts RecorderOptions
	isn  func(capture.ConnID, capture.Direction) uint32

	mu     sync.Mutex
	out    io.Writer
	series *series // of files, if Create made them
	size   int64   // octets in the present file
	first  uint64  // stamp of its first packet
	some   bool    // there is one
	buf    []byte
	packed int64 // packets in buf
	conns  map[capture.ConnID]*recorded
	used   map[path]bool // paths of connections that ended
	err    error
	told   bool // Failed was
	done   bool // Finish was called, or it failed
	stats  RecorderStats
}

// recorded is a connection that is being recorded.
type recorded struct {
	path  path
	next  [2]uint32 // sequence number of each side's next octet
	pos   [2]int64  // its stream position
	notes []string  // to go with the next packet
	doubt [2]bool   // one octet was lost, which a reader may take for a FIN
	ended [2]bool   // its FIN is written
	reset bool      // a RST is
}

const (
	// maxBuffered is how many octets are gathered before they are written.
	maxBuffered = 1 << 20
	// maxUsed bounds the paths that are remembered.
	maxUsed = 1 << 14
	// maxGap is how far a sequence number leaps at once: a reader believes
	// about twice as much (see maxAhead). A greater loss is several.
	maxGap = 8 << 20
	// maxGaps bounds them: 64 GiB.
	maxGaps = 1 << 13
	// maxNote is the longest comment, in octets, and how many wait at most.
	maxNote = 1<<16 - 8
)

// NewRecorder records to w. What it returns as error is w's, about the header.
func NewRecorder(w io.Writer, o RecorderOptions) (*Recorder, error) {
	if o.MaxBytes != 0 || o.MaxAge != 0 {
		return nil, errors.New("only a recording that has a file name can go on in another file")
	}
	r := idleRecorder(o)
	r.out = w
	return r, r.begin()
}

func idleRecorder(o RecorderOptions) *Recorder {
	if o.Application == "" {
		o.Application = "imapscope"
	}
	return &Recorder{
		opts:  o,
		isn:   initialNumber,
		conns: make(map[capture.ConnID]*recorded),
		used:  make(map[path]bool),
	}
}

// initialNumber is a side's first sequence number: the same in each run, and
// another one for each connection (the finaliser of splitmix64).
func initialNumber(id capture.ConnID, dir capture.Direction) uint32 {
	z := (uint64(id)<<1 | uint64(dir)) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return uint32(z ^ z>>31)
}

// Err is what ended the recording, nil while it goes on.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Stats is what was recorded so far.
func (r *Recorder) Stats() RecorderStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}

// Open implements capture.Sink. A connection whose beginning was not captured
// gets no SYN, but for one on the path of an earlier one: without, a reader would
// take it for a part of that.
func (r *Recorder) Open(c capture.Conn) error {
	r.mu.Lock()
	defer r.unlock()
	if r.done {
		return nil
	}
	k := &recorded{path: newPath(c.Client, c.Server)}
	for d := range k.next {
		k.next[d] = r.isn(c.ID, capture.Direction(d))
	}
	r.conns[c.ID] = k
	t := stampOf(c.Start)
	const client, server = capture.ClientToServer, capture.ServerToClient
	if c.MidStream && !r.used[k.path] {
		r.ack(k, client, t)
		r.ack(k, server, t)
	} else {
		r.put(k, t, tcpPacket{from: client, flags: flagSYN, seq: k.next[client]})
		k.next[client]++
		r.put(k, t, tcpPacket{from: server, flags: flagSYN | flagACK, seq: k.next[server], ack: k.next[client]})
		k.next[server]++
		r.ack(k, client, t)
	}
	r.flush(t)
	return nil
}

// Chunk implements capture.Sink.
func (r *Recorder) Chunk(c capture.Chunk) error {
	r.mu.Lock()
	defer r.unlock()
	k := r.conns[c.Conn]
	if r.done || k == nil {
		r.stats.NotRecorded += int64(len(c.Data))
		return nil
	}
	t := stampOf(c.Time)
	lost := max(c.Lost, c.Off-k.pos[c.Dir])
	k.pos[c.Dir] += lost + int64(len(c.Data))
	prove := r.lose(k, c.Dir, t, lost, len(c.Data) > 0)
	k.segments(r, c.Dir, t, c.Data)
	if len(c.Data) > 0 || lost > 0 {
		r.ack(k, c.Dir.Reverse(), t)
	}
	if prove {
		r.prove(k, c.Dir, t)
	}
	r.flush(t)
	if r.err != nil {
		r.stats.NotRecorded += int64(len(c.Data))
	}
	return nil
}

// Again writes octets that were recorded before once more, as a sender does that has
// not heard of their arrival: Off says where they stood in the stream.
func (r *Recorder) Again(c capture.Chunk) error {
	r.mu.Lock()
	defer r.unlock()
	k := r.conns[c.Conn]
	if r.done || k == nil || c.Off < 0 || c.Off+int64(len(c.Data)) > k.pos[c.Dir] {
		return nil
	}
	t, next, doubt := stampOf(c.Time), k.next[c.Dir], k.doubt[c.Dir]
	k.next[c.Dir] -= uint32(k.pos[c.Dir] - c.Off)
	k.segments(r, c.Dir, t, c.Data)
	k.next[c.Dir], k.doubt[c.Dir] = next, doubt
	r.ack(k, c.Dir.Reverse(), t)
	r.flush(t)
	return nil
}

// segments writes data.
func (k *recorded) segments(r *Recorder, dir capture.Direction, t uint64, data []byte) {
	for len(data) > 0 {
		n := min(len(data), maxSegment)
		r.put(k, t, tcpPacket{from: dir, flags: flagPSH | flagACK, seq: k.next[dir], ack: k.next[dir.Reverse()], data: data[:n]})
		k.next[dir] += uint32(n)
		data = data[n:]
		if len(r.buf) >= maxBuffered {
			r.flush(t)
		}
	}
}

// lose leaves n octets out, which data follows or not. It reports whether readers
// need to be told that they will not come.
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
		r.ack(k, dir, t) // it stands there now
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

// lateProof is how many more packets our own reader, and others, want to see
// after an acknowledgement before they believe that what it acknowledges was not
// captured. They are duplicate ones.
const lateProof = lateProofs

func (r *Recorder) prove(k *recorded, dir capture.Direction, t uint64) {
	for range lateProof {
		r.ack(k, dir.Reverse(), t)
	}
}

// Note implements capture.Noter: text becomes a comment on the connection's next
// packet.
func (r *Recorder) Note(id capture.ConnID, t time.Time, text string) error {
	r.mu.Lock()
	defer r.unlock()
	k := r.conns[id]
	if r.done || k == nil {
		return nil
	}
	for _, part := range commentParts(text) {
		k.notes = append(k.notes, part)
		if len(k.notes) >= 8 || len(part) > maxNote/8 {
			r.ack(k, capture.ClientToServer, stampOf(t))
			r.flush(stampOf(t))
		}
	}
	return nil
}

// Close implements capture.Sink.
func (r *Recorder) Close(id capture.ConnID, t time.Time, cause error) error {
	r.mu.Lock()
	defer r.unlock()
	k := r.conns[id]
	if r.done || k == nil {
		return nil
	}
	delete(r.conns, id)
	if len(r.used) >= maxUsed {
		clear(r.used)
	}
	r.used[k.path] = true
	r.end(k, stampOf(t), cause)
	r.flush(stampOf(t))
	return nil
}

// End implements capture.Ender.
func (r *Recorder) End(id capture.ConnID, dir capture.Direction, at time.Time, cause error) error {
	r.mu.Lock()
	defer r.unlock()
	k := r.conns[id]
	if r.done || k == nil || k.ended[dir] || k.reset {
		return nil
	}
	t := stampOf(at)
	r.endOf(k, dir, t, cause)
	r.flush(t)
	return nil
}

// endOf writes how one side ended its direction.
func (r *Recorder) endOf(k *recorded, dir capture.Direction, t uint64, cause error) {
	if errors.Is(cause, capture.ErrRST) {
		k.reset = true
		r.put(k, t, tcpPacket{from: dir, flags: flagRST | flagACK, seq: k.next[dir], ack: k.next[dir.Reverse()]})
		return
	}
	k.ended[dir] = true
	r.put(k, t, tcpPacket{from: dir, flags: flagFIN | flagACK, seq: k.next[dir], ack: k.next[dir.Reverse()]})
	k.next[dir]++
	r.ack(k, dir.Reverse(), t)
}

// end writes how a connection ended, as far as its sides have not told. Which of
// them was first is not known then: it is the client.
func (r *Recorder) end(k *recorded, t uint64, cause error) {
	const client, server = capture.ClientToServer, capture.ServerToClient
	switch {
	case k.reset:
	case errors.Is(cause, capture.ErrFIN):
		for _, d := range []capture.Direction{client, server} {
			if k.ended[d] {
				continue
			}
			r.put(k, t, tcpPacket{from: d, flags: flagFIN | flagACK, seq: k.next[d], ack: k.next[d.Reverse()]})
			k.next[d]++
		}
		r.ack(k, client, t)
		for d, doubt := range k.doubt {
			if doubt {
				r.ack(k, capture.Direction(d).Reverse(), t)
				r.prove(k, capture.Direction(d), t)
			}
		}
	case errors.Is(cause, capture.ErrRST):
		r.put(k, t, tcpPacket{from: client, flags: flagRST | flagACK, seq: k.next[client], ack: k.next[server]})
	case len(k.notes) > 0:
		r.ack(k, client, t)
	}
}

// ack adds a packet without data: from says that it has all.
func (r *Recorder) ack(k *recorded, from capture.Direction, t uint64) {
	r.put(k, t, tcpPacket{from: from, flags: flagACK, seq: k.next[from], ack: k.next[from.Reverse()]})
}

// put adds a packet, with the remarks that wait for one.
func (r *Recorder) put(k *recorded, t uint64, p tcpPacket) {
	if len(p.data) > 0 {
		k.doubt[p.from] = false
	}
	p.comments, k.notes = k.notes, nil
	r.buf = appendPacket(r.buf, &k.path, &p, t)
	r.packed++
}

// flush writes what was gathered, which happened at t.
func (r *Recorder) flush(t uint64) {
	if r.err != nil || len(r.buf) == 0 {
		r.buf = r.buf[:0]
		return
	}
	if r.series != nil && r.full(t) {
		if err := r.series.next(r); err != nil {
			r.fail(err)
			return
		}
	}
	if !r.some {
		r.first, r.some = t, true
	}
	if err := r.write(r.buf); err != nil {
		r.fail(err)
		return
	}
	r.stats.Packets += r.packed
	r.packed = 0
	r.buf = r.buf[:0]
}

// begin writes the header of a file.
func (r *Recorder) begin() error {
	r.size, r.some = 0, false
	r.stats.Files++
	return r.write(appendHeader(nil, commentText(r.opts.Application), commentText(r.opts.Comment)))
}

func (r *Recorder) write(b []byte) error {
	n, err := r.out.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	r.size += int64(n)
	r.stats.Octets += int64(n)
	return nil
}

// fail ends the recording.
func (r *Recorder) fail(err error) {
	r.done = true
	r.err = fmt.Errorf("the recording ended early: %w", err)
	r.buf, r.conns, r.used = nil, nil, nil
	if r.series != nil {
		r.series.trim(r.size)
	}
}

// unlock also tells of a failure, with no lock held.
func (r *Recorder) unlock() {
	err, tell := r.err, r.err != nil && !r.told && r.opts.Failed != nil
	r.told = r.told || tell
	r.mu.Unlock()
	if tell {
		r.opts.Failed(err)
	}
}
