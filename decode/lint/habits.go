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
	// pause is the longest time a program takes between a response and its next
	// command. Longer pauses are the user's.
	pause = time.Second
	// often is the interval from which polls no longer matter.
	often = time.Minute
)

// habits holds what a client does repeatedly on a connection.
type habits struct {
	end  time.Time // of the last response
	same run       // commands that differ in one number only
	step run       // consecutive FETCHes
	poll run       // polls that brought nothing
	size uint32    // of the mailbox, when poll began
}

// run is a sequence of consecutive commands of one kind.
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
func (r *run) add(key uint64, cmd *command, t *decode.Transaction, continues bool) {
	trip := t.FirstResponse.Sub(t.Time)
	if !continues || r.count == 0 || r.key != key {
		*r = run{key: key, first: cmd.place, from: t.Time, trip: trip}
	}
	r.count++
	r.to = t.Time
	r.trip = min(r.trip, trip)
}

// saved returns the time that one command for the whole run would have saved.
func (r *run) saved() string {
	return (time.Duration(r.count-1) * r.trip).Round(10 * time.Microsecond).String()
}

// habit tracks a command that was answered; the session is as it was before.
func (c *conn) habit(m *decode.Message, cmd *command) {
	t, h := m.Txn, &c.habits
	alone := !cmd.piped && len(c.out) == 1
	prompt := alone && t.Time.Sub(h.end) < pause
	if cmd.single == 0 || cmd.single != h.same.key || !prompt {
		c.endSame()
	}
	fetch := cmd.row.Does(protocol.Fetches)
	if !fetch || !prompt {
		c.endFetches()
	}
	if !c.polled(m, cmd) {
		c.endPolls()
	}
	if cmd.single != 0 && alone && isOK(m) {
		h.same.add(cmd.single, cmd, t, true)
	}
	if fetch && alone && isOK(m) {
		h.step.add(0, cmd, t, true)
	}
	h.end = m.End
}

// polled counts a poll that brought nothing. It reports whether the command was one.
func (c *conn) polled(m *decode.Message, cmd *command) bool {
	t, h := m.Txn, &c.habits
	if !polls(cmd.row) || count(t, protocol.Describes)+count(t, protocol.Removes)+count(t, protocol.Vanishes) > 0 {
		return false
	}
	var size uint32
	if b := c.session.Mailbox; b != nil {
		size = b.Exists
	}
	continues := h.poll.count > 0 && size == h.size && t.Time.Sub(h.poll.to) < often
	if !continues {
		c.endPolls()
	}
	h.poll.add(0, cmd, t, continues)
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

// endRuns ends the runs that are still open when the connection ends.
func (c *conn) endRuns() {
	c.endSame()
	c.endFetches()
	c.endPolls()
}

// knows reports whether all that a FETCH asks for, flags aside, was sent before.
func (c *conn) knows(cmd *command) bool {
	b := c.session.Mailbox
	asked := cmd.asked &^ protocol.ShowsFlags
	if b == nil || c.noBox || asked == 0 || cmd.unknown || cmd.sequence == nil || c.pending(opens, shrinks) {
		return false
	}
	all, n := true, 0
	each(b, cmd.sequence, maxCached, func(_ uint32, k *session.Message) bool {
		n++
		all = k != nil && asked&^k.Fetched == 0
		return all
	})
	return all && 0 < n && n < maxCached
}

// single returns a key of a command about one message, the same for all commands that
// differ only in its number; 0 for any other command.
func (c *conn) single(cmd *command, tree *syntax.Node, raw []byte) uint64 {
	n := tree.Kid(syntax.KindSequence)
	if n == nil || !digits(n.Bytes(raw)) {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(c.seed)
	h.WriteString(cmd.name)
	h.Write(raw[n.Span.End:])
	return h.Sum64() | 1
}
