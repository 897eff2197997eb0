package lint

import (
	"hash/maphash"
	"time"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

const (
	// pause is how long a program takes at most between a response and its next
	// command. Longer pauses are a person's.
	pause = time.Second
	// often is how far apart polls are at least that do not matter.
	often = time.Minute
)

// habits is what a client does again and again on a connection.
type habits struct {
	end  time.Time // of the last response
	same run       // commands that differ in one number only
	step run       // consecutive FETCHes
	poll run       // polls that brought nothing
	size uint32    // of the mailbox, when poll began
}

// run is commands of one kind, one after another.
type run struct {
	key   uint64
	first place
	from  time.Time
	to    time.Time
	count int
	same  int           // of them, those in runs that differ in one number only
	trip  time.Duration // the shortest time to a first response
}

// add counts one more command, or the first of a new run.
func (r *run) add(key uint64, x *command, t *decode.Transaction, goesOn bool) {
	trip := t.FirstResponse.Sub(t.Time)
	if !goesOn || r.count == 0 || r.key != key {
		*r = run{key: key, first: x.place, from: t.Time, trip: trip}
	}
	r.count++
	r.to = t.Time
	r.trip = min(r.trip, trip)
}

// saved is the time that one command for all of them would save.
func (r *run) saved() string {
	return (time.Duration(r.count-1) * r.trip).Round(10 * time.Microsecond).String()
}

// habit follows a command that was answered; the session is as it was before.
func (c *conn) habit(m *decode.Message, x *command) {
	t, h := m.Txn, &c.habits
	alone := !x.piped && len(c.out) == 1
	prompt := alone && t.Time.Sub(h.end) < pause
	if x.single == 0 || x.single != h.same.key || !prompt {
		c.endSame()
	}
	fetch := x.row.Does(protocol.Fetches)
	if !fetch || !prompt {
		c.endFetches()
	}
	if !c.polled(m, x) {
		c.endPolls()
	}
	if x.single != 0 && alone && isOK(m) {
		h.same.add(x.single, x, t, true)
	}
	if fetch && alone && isOK(m) {
		h.step.add(0, x, t, true)
	}
	h.end = m.End
}

// polled counts a poll that brought nothing. It reports whether the command was one.
func (c *conn) polled(m *decode.Message, x *command) bool {
	t, h := m.Txn, &c.habits
	if !polls(x.row) || count(t, protocol.Describes)+count(t, protocol.Removes) > 0 {
		return false
	}
	var size uint32
	if b := c.session.Mailbox; b != nil {
		size = b.Exists
	}
	goesOn := h.poll.count > 0 && size == h.size && t.Time.Sub(h.poll.to) < often
	if !goesOn {
		c.endPolls()
	}
	h.poll.add(0, x, t, goesOn)
	h.size = size
	return true
}

func (c *conn) endSame() {
	if r := &c.habits.same; r.count >= few {
		c.habits.step.same += r.count
	}
	c.endRun(&c.habits.same, OnSame)
}

func (c *conn) endFetches() { c.endRun(&c.habits.step, OnFetches) }
func (c *conn) endPolls()   { c.endRun(&c.habits.poll, OnPolls) }

func (c *conn) endRun(r *run, f Fact) {
	if r.count > 0 {
		c.pass.run = r
		c.dispatch(f)
	}
	*r = run{}
}

// endRuns ends the runs that are still going on when the connection ends.
func (c *conn) endRuns() {
	c.endSame()
	c.endFetches()
	c.endPolls()
}

// knows reports whether all that a FETCH asks for, flags aside, was sent before.
func (c *conn) knows(x *command) bool {
	b := c.session.Mailbox
	asked := x.asked &^ session.Flags
	if b == nil || c.noBox || asked == 0 || x.unknown || x.sequence == nil || c.pending(opens, shrinks) {
		return false
	}
	all, n := true, 0
	each(b, x.sequence, maxCached, func(_ uint32, k *session.Message) bool {
		n++
		all = k != nil && asked&^k.Fetched == 0
		return all
	})
	return all && 0 < n && n < maxCached
}

// single is a key of a command about one message, the same for all that differ only
// in its number; 0 for any other command.
func (c *conn) single(x *command, tree *syntax.Node, raw []byte) uint64 {
	n := tree.Kid(syntax.KindSequence)
	if n == nil || !digits(n.Bytes(raw)) {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(c.seed)
	h.WriteString(x.name)
	h.Write(raw[n.Span.End:])
	return h.Sum64() | 1
}
