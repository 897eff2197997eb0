package intercept

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// MaxInserted is how many commands of the user's own may wait or run on a connection.
const MaxInserted = 16

// insertTimeout is how long the client's commands wait for an inserted one at most.
const insertTimeout = time.Minute

// The reasons why an inserted command has no answer.
var (
	ErrCanceled = errors.New("it was canceled")
	ErrEnded    = errors.New("the connection ended")
	ErrNoAnswer = errors.New("the server did not answer it in time")
)

// Progress is how far an inserted command has come.
type Progress uint8

// The stages of an inserted command.
const (
	AwaitsClient  Progress = iota // the client sends a message, or is in an IDLE or a SASL exchange
	AwaitsAnswers                 // commands before it have no answer yet; those after it wait
	Runs                          // it was sent
	Finished                      // see Inserted.Answer
)

// String returns the progress in words.
func (p Progress) String() string {
	return [...]string{"waits for the client, which is in the middle of something", "waits for the answers to the commands before it",
		"was sent", "is finished"}[p]
}

// An Inserted is a command of the user's own on a connection. Its fields do not change.
type Inserted struct {
	Conn    capture.Conn
	Tag     string
	Command []byte    // as it is sent, with the tag
	First   *Original // of Repeat: the client's command; else nil

	conn    *Conn
	row     *protocol.Row // nil: the command is not known
	limit   int
	done    chan struct{}
	framer  wire.Framer
	raw     []byte // the message of the server's in progress
	long    bool   // its rest is not in raw
	through bool   // it passes as it comes

	// Guarded by the connection's lock:
	progress Progress
	after    int  // it is sent once the commands up to this number have an answer
	over     bool // the server has answered it, or cannot
	open     bool // what waits for it goes on
	answer   []byte
	cut      bool
	err      error
}

// An Original is a command of the client's whose answer is collected too.
type Original struct {
	Command []byte
	txn     int
	limit   int
	answer  []byte
	cut     bool
}

// Insert sends a command of the user's own, without a tag, on an open connection. It is sent when
// no command of the client's is outstanding; those that come in the meantime wait until it is
// answered. Its answer is kept from the client, except for what the client must know: see passes.
func (h *Holds) Insert(id capture.ConnID, text []byte) (*Inserted, error) {
	h.mu.Lock()
	a := h.conns[id]
	h.mu.Unlock()
	if a == nil {
		return nil, fmt.Errorf("no connection %d is open", id)
	}
	n, err := newInserted(a.conn, text)
	if err != nil {
		return nil, err
	}
	c := a.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.addInserted(n); err != nil {
		return nil, err
	}
	c.waiting = append(c.waiting, n)
	c.queueInserted()
	return n, nil
}

// Repeat releases a held request as it is, and inserts a changed command right after it. The
// answers to both are collected: see Inserted.First.
func (h *Holds) Repeat(id int, text []byte) (*Inserted, error) {
	w, err := h.Find(id)
	if err != nil {
		return nil, err
	}
	if row := protocol.LookupName(w.Word); !w.request || row != nil && row.TakesLines() {
		return nil, errors.New("only a command can be repeated, and none that takes more lines of the client's")
	}
	n, err := newInserted(w.on, text)
	if err != nil {
		return nil, err
	}
	n.First = &Original{Command: bytes.Clone(w.Raw), txn: w.Txn, limit: n.limit}
	c := w.on
	c.mu.Lock()
	defer c.mu.Unlock()
	b := &c.side[capture.ClientToServer].box
	i := slices.IndexFunc(b.items, func(i item) bool { return i.msg != nil && i.msg.held == Gate(w) })
	if i < 0 {
		return nil, ErrGone
	}
	if err := c.addInserted(n); err != nil {
		return nil, err
	}
	n.after = b.items[i].msg.number
	n.queued()
	b.items = slices.Insert(b.items, i+1, item{inserted: n})
	h.mu.Lock()
	if a := h.conns[c.Info.ID]; a != nil {
		a.originals = append(a.originals, n.First)
	}
	h.mu.Unlock()
	if err := h.release(id, verdict{}); err != nil { // it was released in the meantime, as it is
		go c.flush(capture.ClientToServer)
	}
	return n, nil
}

// newInserted returns a command for a connection, or why it cannot be inserted.
func newInserted(c *Conn, text []byte) (*Inserted, error) {
	text = bytes.TrimLeft(text, " ")
	if !bytes.HasSuffix(text, []byte("\n")) {
		text = append(bytes.Clone(text), "\r\n"...)
	}
	n := &Inserted{Conn: c.Info, Tag: "U" + rand.Text()[:9], conn: c, limit: c.engine.opts.Limit, done: make(chan struct{})}
	n.Command = slices.Concat([]byte(n.Tag+" "), text)
	first, rest := wire.Word(text)
	second, _ := wire.Word(rest)
	n.row = protocol.LookupCommand(first, second)
	m, size := wire.Split(n.Command, true)
	switch {
	case len(first) == 0:
		return nil, errors.New("there is no command")
	case len(n.Command) > n.limit:
		return nil, fmt.Errorf("the command has %d bytes; the limit is %d", len(n.Command), n.limit)
	case size != len(n.Command) || slices.ContainsFunc(m.Literals, func(l wire.Literal) bool { return l.State != wire.Complete }),
		!bytes.HasSuffix(n.Command, []byte("\n")):
		return nil, errors.New("this is not exactly one command: a literal or a line is not complete, or more follows")
	}
	return n, changesState(n.row)
}

// changesState returns an error if a command would change what the client and the server have to
// agree on.
func changesState(row *protocol.Row) error {
	switch {
	case row == nil:
		return nil
	case row.NoTag, row.TakesLines():
		return fmt.Errorf("%s cannot be inserted: it needs further lines from the client", row.Name)
	case row.Does(protocol.StartsTLS), row.Does(protocol.Compresses), row.Does(protocol.Enables), len(row.Moves) > 0:
		return fmt.Errorf("%s cannot be inserted: it changes the state of the connection, which the client would not know", row.Name)
	}
	return nil
}

// Progress returns how far the command has come.
func (n *Inserted) Progress() Progress {
	n.conn.mu.Lock()
	defer n.conn.mu.Unlock()
	return n.progress
}

// Done returns a channel that is closed when the command is finished.
func (n *Inserted) Done() <-chan struct{} { return n.done }

// Answer returns what the server has sent so far while the command ran, whole messages; cut
// reports whether more came than is kept. err is why it is finished without an answer.
func (n *Inserted) Answer() (raw []byte, cut bool, err error) {
	n.conn.mu.Lock()
	defer n.conn.mu.Unlock()
	return bytes.Clone(n.answer), n.cut, n.err
}

// FirstAnswer returns the answer to the client's command so far, as Answer does.
func (n *Inserted) FirstAnswer() (raw []byte, cut bool) {
	n.conn.mu.Lock()
	defer n.conn.mu.Unlock()
	return bytes.Clone(n.First.answer), n.First.cut
}

// Cancel gives the command up. If it was sent already, its answer is kept from the client all the
// same.
func (n *Inserted) Cancel() {
	n.conn.mu.Lock()
	defer n.conn.mu.Unlock()
	n.finish(ErrCanceled)
	go n.conn.flush(capture.ClientToServer)
}

// finish finishes the command, unless it is. The connection is locked.
func (n *Inserted) finish(err error) {
	if n.progress == Finished {
		return
	}
	if n.progress < Runs {
		n.over, n.open = true, true
	}
	n.progress, n.err = Finished, err
	close(n.done)
	n.conn.inserted = slices.DeleteFunc(n.conn.inserted, func(x *Inserted) bool { return x == n })
}

// queued records that the command has its place among the client's, which now wait for it.
func (n *Inserted) queued() {
	n.progress = AwaitsAnswers
	n.conn.After(n.conn.engine.insertTimeout, func() {
		n.open = true
		n.finish(ErrNoAnswer)
		go n.conn.flush(capture.ClientToServer)
	})
}

// collect adds a message to the answer to a command of the client's.
func (o *Original) collect(m *Message) bool {
	if m.Txn == nil || m.Txn.N != o.txn || m.Dir == capture.ClientToServer {
		return true
	}
	o.answer, o.cut = keep(o.answer, m.Raw, o.limit, o.cut)
	return m.Kind != decode.Tagged
}

// keep adds a message to an answer, unless that gets longer than a limit or is cut already.
func keep(answer, raw []byte, limit int, cut bool) ([]byte, bool) {
	if cut || len(answer)+len(raw) > limit {
		return answer, true
	}
	return append(answer, raw...), false
}
