// Package archive keeps everything seen so far: a compact index in memory and the bytes in a spool file, with random access by number.
//
//	a, err := archive.New(archive.Options{})
//	defer a.Close()
//	go source.Run(ctx, a.Writer())
//
//	for i, row := range a.Rows(0, a.Len()) { … }  // from memory
//
//	r := a.Reader()                               // from the spool
//	err = r.Txn(i, &txn)
//	err = r.Messages(i, func(_ archive.Ref, m *decode.Message) bool { … })
//
// One goroutine writes; any number may read, each with its own Reader.
//
// # Rules
//
//   - Bytes are stored once, as they arrived. A message is a place in a
//     direction's stream: its literals are complete regardless of
//     decode.Options.Keep, and a connection can be replayed chunk by chunk (Replay).
//   - Nothing seen is missing: everything that the decoder reported about a
//     connection is in its journal, in order, including remarks (Items).
//   - Transactions are numbered from 0 in the order in which the decoder first
//     reported them, over all connections: usually at the end of the request. A
//     running transaction already has its number.
//   - No lock is held while a file is read or written, or while a caller's
//     function runs.
//   - The spool is readable only by its owner and leaves no trace, because it
//     contains secrets as they were sent.
//   - A full disk stops only the spool: Rows continues, reading anything not in
//     the spool returns ErrNotKept, and Err returns the reason.
//
// # Memory
//
// A running transaction takes 80 bytes for its row and as much as in the decoder. Rows of those
// that have ended are packed in groups of 64: 26 bytes for one of many short ones, with its number
// in its connection's list and its part of the pages of journal. In the spool
// each takes about 200 bytes in addition to the bytes sent. A connection that has ended takes
// about 820 bytes, and while it is open up to 4 KiB of journal. Names (commands, users, mailboxes)
// are stored once, up to 4 MiB of them. The spool's buffers are half a megabyte, those of a
// Reader up to one.
package archive

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"imapscope/capture"
	"imapscope/decode"
)

// Options configures an Archive. The zero value is ready to use.
type Options struct {
	// Dir is the directory of the spool; "" means os.TempDir().
	Dir string
	// MaxSpool is the largest size of the spool in bytes; 0 means no limit.
	// Beyond seven eighths of it no bytes are kept, beyond all of it no journals:
	// the oldest remain.
	MaxSpool int64

	// Decode configures the decoder.
	Decode decode.Options
	// Handler receives the decoded events after the archive; it may be nil.
	Handler decode.Handler
}

// Archive holds everything seen so far. Its methods may be called concurrently.
type Archive struct {
	opts   Options
	spool  *spool
	writer Writer

	mu    sync.RWMutex
	names names
	rows  rows
	conns []*conn
	byID  map[capture.ConnID]uint32
	lost  int64  // bytes not kept
	facts uint64 // so far, for moment

	others  []decode.Event // without Bytes, for the Handler
	scratch coder          // of the entry that is being written
	spare   []*run         // to be used again

	version atomic.Uint64
	wait    struct {
		sync.Mutex
		changed chan struct{}
	}
}

// New returns an empty archive. Close must be called at the end.
func New(o Options) (*Archive, error) {
	if o.Dir == "" {
		o.Dir = os.TempDir()
	}
	s, err := newSpool(o.Dir, o.MaxSpool)
	if err != nil {
		return nil, err
	}
	return newArchive(o, s), nil
}

func newArchive(o Options, s *spool) *Archive {
	a := &Archive{opts: o, spool: s, names: newNames(), byID: make(map[capture.ConnID]uint32)}
	o.Decode.Streams = true
	a.writer = Writer{a: a, demux: decode.NewDemux(o.Decode, (*ingest)(a))}
	return a
}

// Close removes the spool. Nothing can be read from it after that.
func (a *Archive) Close() error { return a.spool.close() }

// Writer returns the archive's only Writer, a sink for a source. Its methods must not
// be called concurrently with each other.
func (a *Archive) Writer() *Writer { return &a.writer }

// Err returns why something is not kept, or nil if everything is.
func (a *Archive) Err() error { return a.spool.why() }

// Stats counts what is kept.
type Stats struct {
	Spool   int64 // bytes of the spool
	NotKept int64 // bytes of connections that did not go into it
}

// Stats returns the counts so far.
func (a *Archive) Stats() Stats {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return Stats{Spool: a.spool.size(), NotKept: a.lost}
}

// Version returns a number that changes whenever something is added.
func (a *Archive) Version() uint64 { return a.version.Load() }

// Changed returns a channel that is closed when something is added after this call. To
// miss nothing, call it before reading:
//
//	for {
//		changed := a.Changed()
//		… // read
//		<-changed
//	}
func (a *Archive) Changed() <-chan struct{} {
	a.wait.Lock()
	defer a.wait.Unlock()
	if a.wait.changed == nil {
		a.wait.changed = make(chan struct{})
	}
	return a.wait.changed
}

func (a *Archive) tell() {
	a.version.Add(1)
	a.wait.Lock()
	defer a.wait.Unlock()
	if a.wait.changed != nil {
		close(a.wait.changed)
		a.wait.changed = nil
	}
}

// Len returns how many transactions there are.
func (a *Archive) Len() int {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.rows.n
}

// Find returns the number of a connection's nth transaction (decode.Transaction.N).
func (a *Archive) Find(id capture.ConnID, n int) (i int, ok bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	c := a.conn(id)
	if c == nil || n < 1 || n > len(c.rows) || c.rows[n-1] == noRow {
		return 0, false
	}
	return int(c.rows[n-1]), true
}

// Index returns the number of a connection by its ID, as Conn takes it.
func (a *Archive) Index(id capture.ConnID) (k int, ok bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	i, ok := a.byID[id]
	return int(i), ok
}

// conn returns the connection with that ID, nil if there is none.
func (a *Archive) conn(id capture.ConnID) *conn {
	if k, ok := a.byID[id]; ok {
		return a.conns[k]
	}
	return nil
}

var errNoConn = errors.New("there is no connection with that number")
