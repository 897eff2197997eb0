package archive

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
)

// Conn describes a connection so far.
type Conn struct {
	capture.Conn

	User, Mailbox string // who is logged in, what is selected: at the end, if it is closed
	Dialect       protocol.Dialect
	DialectKnown  bool             // only once it is closed
	Upgraded      decode.UpgradeTo // the last layer; 0 if there was none
	Dark          decode.UpgradeTo // not zero if decoding ended: the layer that could not be opened
	Records       int              // of all layers
	TLS           string           // the version of TLS as in layer.Facts, once it is known

	Txns      int // all of them
	LastN     int // the greatest N of them; one whose request is incomplete may be missing
	Running   int
	OK        int
	NO        int
	BAD       int
	Untold    int // completed without a status
	Abandoned int
	Orphans   int
	Outside   int // messages that belong to no transaction, including the greeting
	Notes     int

	Octets [2]int64
	Lost   [2]int64

	Last   time.Time // time of its last event
	Closed bool
	Cause  capture.Cause // of its end
	First  decode.First  // who closed first; once it is closed
}

// conn is the stored form of a connection.
type conn struct {
	info    Conn
	index   uint32
	opened  moment
	rows    []uint32 // of its transactions: N 1 is the first
	run     map[int]*run
	known   *session.Words // the secrets so far
	carried *carried       // nil if it has no layers
	journal
}

// carried is what is known of the layers of a connection.
type carried struct {
	wire    decode.UpgradeTo // the first
	records []place
	layers  []place             // of what was reported about them: Upgrade, Secured, Dark
	sums    []decode.LayerCount // of what went through them
}

// beneath returns what is known of the layers, to be changed.
func (c *conn) beneath() *carried {
	if c.carried == nil {
		c.carried = new(carried)
	}
	return c.carried
}

// under returns what is known of the layers: the zero carried if there are none.
func (c *conn) under() carried {
	if c.carried == nil {
		return carried{}
	}
	return *c.carried
}

const noRow = 1<<32 - 1

// run is a transaction that has not ended.
type run struct {
	row uint32
	txn decode.Transaction // a copy, without the request
	req request
}

// Conns returns how many connections there are.
func (a *Archive) Conns() int {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return len(a.conns)
}

// Conn returns the kth connection, in the order of their beginnings, the first is 0;
// k is below Conns.
func (a *Archive) Conn(k int) Conn {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.conns[k].info
}

// ConnOf returns the connection with an ID.
func (a *Archive) ConnOf(id capture.ConnID) (Conn, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if c := a.conn(id); c != nil {
		return c.info, true
	}
	return Conn{}, false
}

// setRow records where the nth transaction is.
func (c *conn) setRow(n int, row uint32) {
	for len(c.rows) < n {
		c.rows = append(c.rows, noRow)
	}
	c.rows[n-1] = row
	c.info.Txns++
	c.info.LastN = max(c.info.LastN, n)
}

// begin makes r the copy of a transaction that the decoder reports for the first
// time.
func (r *run) begin(row uint32, t *decode.Transaction) {
	reset(&r.txn)
	r.row, r.req = row, request{}
	x := &r.txn
	x.N, x.Tag, x.Command, x.Row, x.Time, x.User, x.Mailbox, x.Layers = t.N, t.Tag, t.Command, t.Row, t.Time, t.User, t.Mailbox, t.Layers
}

// What the archive keeps of transactions that have ended, for the next ones.
const (
	spareRuns = 64
	spareLits = 64
)

// newRun returns an unused run.
func (a *Archive) newRun() *run {
	n := len(a.spare)
	if n == 0 {
		return new(run)
	}
	r := a.spare[n-1]
	a.spare = a.spare[:n-1]
	return r
}

func (a *Archive) drop(r *run) {
	if len(a.spare) < spareRuns && cap(r.txn.Literals) <= spareLits {
		a.spare = append(a.spare, r)
	}
}

// follow copies what changes while it runs. Its lists only grow.
func (r *run) follow(t *decode.Transaction) {
	x := &r.txn
	x.RequestEnd, x.FirstReady, x.FirstResponse = t.RequestEnd, t.FirstReady, t.FirstResponse
	x.Ready, x.Ambiguous, x.MoreLits = t.Ready, t.Ambiguous, t.MoreLits
	x.Octets, x.Lost = t.Octets, t.Lost
	x.User, x.Mailbox, x.Secret, x.SecretTag, x.Known, x.SASL = t.User, t.Mailbox, t.Secret, t.SecretTag, t.Known, t.SASL
	x.Data = append(x.Data[:0], t.Data...)
	x.Literals = append(x.Literals, t.Literals[len(x.Literals):]...)
	x.Secrets = append(x.Secrets[:0], t.Secrets...)
}
