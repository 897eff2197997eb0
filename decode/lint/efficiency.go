package lint

import (
	"fmt"
	"hash/maphash"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

var (
	oneByOne = &Rule{
		ID: "E001", Title: "the same for one message after another", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("Conventions", "SEQUENCE", 10),
		Explanation: "Each command waits for the response to the last one, and costs a round trip. A sequence names many messages in one command.",
		Advice:      "Collect the numbers, and send one command with ranges.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 1 FAST\nS: a1 OK done\nC: a2 FETCH 2 FAST\nS: a2 OK done\nC: a3 FETCH 3 FAST\nS: a3 OK done\nC: a4 NOOP\nS: a4 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 1:3 FAST\nS: a1 OK done\nC: a4 NOOP\nS: a4 OK done\n",
	}
	fetchedAgain = &Rule{
		ID: "E002", Title: "fetched again what was sent already", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("Implementation Discussion", "", 24),
		Explanation: "A client must maintain a local cache of data from the mailbox. But for the flags, nothing of a message ever changes.",
		Advice:      "Keep it until the connection ends, or until EXPUNGE takes it away.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.SIZE\nS: * 2 FETCH (RFC822.SIZE 9)\nS: a1 OK done\nC: a2 FETCH 2 RFC822.SIZE\nS: * 2 FETCH (RFC822.SIZE 9)\nS: a2 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\nC: a2 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a2 OK done\n",
	}
	polling = &Rule{
		ID: "E003", Title: "polling", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("Commands", "NOOP", 10),
		Explanation: "NOOP shows that the server is alive, and CHECK asks for new mail. More than one a minute wears both sides out, and a server's inactivity timer is a matter of many minutes.",
		Advice:      "Ask less often; new mail is told along with any other command too.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 NOOP\nS: a1 OK\n# 5s later\nC: a2 NOOP\nS: a2 OK done\n# 5s later\nC: a3 NOOP\nS: a3 OK done\nC: a4 LOGOUT\nS: * BYE\nS: a4 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 NOOP\nS: a1 OK done\n# 5m later\nC: a2 NOOP\nS: a2 OK done\n# 5m later\nC: a3 NOOP\nS: a3 OK done\nC: a4 LOGOUT\nS: * BYE\nS: a4 OK done\n",
	}
	lockStep = &Rule{
		ID: "E004", Title: "lock-step where pipelining was possible", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The client is not under any obligation to wait for a response before it sends another command, and consecutive FETCHes do not depend on one another. Waiting costs a round trip each.",
		Advice:      "Send them together, and sort the answers by tag.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 1:9 FLAGS\nS: a1 OK done\nC: a2 FETCH 1:9 ENVELOPE\nS: a2 OK done\nC: a3 FETCH 1:9 RFC822.SIZE\nS: a3 OK done\nC: a4 FETCH 1:9 INTERNALDATE\nS: a4 OK done\nC: a5 NOOP\nS: a5 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 1:9 FLAGS\nC: a2 FETCH 1:9 ENVELOPE\nC: a3 FETCH 1:9 RFC822.SIZE\nC: a4 FETCH 1:9 INTERNALDATE\nS: a1 OK done\nS: a2 OK done\nS: a3 OK done\nS: a4 OK done\nC: a5 NOOP\nS: a5 OK done\n",
	}
	bodiesForHeaders = &Rule{
		ID: "E005", Title: "bodies fetched with headers, for many messages", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 7),
		Explanation: "An intelligent client will FETCH ALL for a menu of messages, and RFC822.TEXT when the user wishes to read one; a primitive one fetches RFC822. The bodies are most of the octets.",
		Advice:      "FETCH ALL first.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 1:3 RFC822\nS: * 1 FETCH (RFC822 \"1\")\nS: * 2 FETCH (RFC822 \"2\")\nS: * 3 FETCH (RFC822 \"3\")\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 1 RFC822.TEXT\nS: * 1 FETCH (RFC822.TEXT \"1\")\nS: a1 OK done\n",
	}
)

const (
	// few is how many times something happens before it counts as a habit.
	few = 3
	// pause is how long a program takes at most between a response and its next
	// command; whoever takes longer is a person.
	pause = time.Second
	// often is how far apart polls are at least that are not worth a word.
	often = time.Minute
)

// habits is what a client does again and again on a connection.
type habits struct {
	end  time.Time // of the last response
	same run       // commands that differ in one number only
	step run       // consecutive FETCHes
	poll run       // NOOP and CHECK that brought nothing
	told int       // of step, those that were told as same
	size uint32    // of the mailbox, when poll began
}

// run is commands of one kind, one after another.
type run struct {
	key   uint64
	first place
	from  time.Time
	to    time.Time
	count int
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
	fetches := x.name == "FETCH" || x.name == "UID FETCH"
	if !fetches || !prompt {
		c.endStep()
	}
	if !c.polls(m, x) {
		c.endPoll()
	}
	if x.single != 0 && alone && m.Word == "OK" {
		h.same.add(x.single, x, t, true)
	}
	if fetches && alone && m.Word == "OK" {
		h.step.add(0, x, t, true)
	}
	if x.name == "FETCH" && m.Word == "OK" {
		c.fetchHabit(m, x)
	}
	h.end = m.End
}

// polls counts a NOOP or CHECK that brought nothing; it is false for anything else.
func (c *conn) polls(m *decode.Message, x *command) bool {
	t, h := m.Txn, &c.habits
	if x.name != "NOOP" && x.name != "CHECK" || said(t, "FETCH")+said(t, "EXPUNGE") > 0 {
		return false
	}
	var size uint32
	if b := c.session.Mailbox; b != nil {
		size = b.Exists
	}
	goesOn := h.poll.count > 0 && size == h.size && t.Time.Sub(h.poll.to) < often
	if !goesOn {
		c.endPoll()
	}
	h.poll.add(0, x, t, goesOn)
	h.size = size
	return true
}

func (c *conn) endSame() {
	h := &c.habits
	if r := &h.same; r.count >= few {
		h.told += r.count
		c.found(oneByOne, r.first, fmt.Sprintf("%d commands that differ in one number; one command would have saved %s", r.count, r.saved()))
	}
	h.same = run{}
}

func (c *conn) endStep() {
	h := &c.habits
	if r := &h.step; r.count-h.told > few {
		c.found(lockStep, r.first, fmt.Sprintf("%d FETCHes, each sent after the response to the last; sent together they would have saved %s", r.count, r.saved()))
	}
	h.step, h.told = run{}, 0
}

func (c *conn) endPoll() {
	if r := &c.habits.poll; r.count >= few {
		every := r.to.Sub(r.from) / time.Duration(r.count-1)
		c.found(polling, r.first, fmt.Sprintf("%d in a row that brought nothing, one every %s", r.count, every.Round(10*time.Microsecond)))
	}
	c.habits.poll = run{}
}

// endHabits tells what is still going on when the connection ends.
func (c *conn) endHabits() {
	c.endSame()
	c.endStep()
	c.endPoll()
}

// fetchHabit looks at what a FETCH was for.
func (c *conn) fetchHabit(m *decode.Message, x *command) {
	t := m.Txn
	n := said(t, "FETCH") + said(t, "STORE")
	if x.again && n > 0 {
		c.found(fetchedAgain, x.place, fmt.Sprintf("%s, %s, all of it known but for flags", many(n, "message"), many(int(t.Octets[capture.ServerToClient]), "octet")))
	}
	if x.asked&(session.Whole|session.Text) != 0 && n >= few && (x.asked&session.Whole != 0 || x.asked&(session.Header|session.Envelope) != 0) {
		c.found(bodiesForHeaders, x.place, fmt.Sprintf("%d whole messages in one FETCH, %d octets", n, t.Octets[capture.ServerToClient]))
	}
}

// knows reports whether all that a FETCH asks for, flags aside, was sent before.
func (c *conn) knows(x *command) bool {
	b := c.session.Mailbox
	asked := x.asked &^ session.Flags
	if b == nil || c.noBox || asked == 0 || x.unknown || x.sequence == nil || c.pending("SELECT", "BBOARD", "EXAMINE", "EXPUNGE") {
		return false
	}
	all, count := true, 0
	each(b, x.sequence, maxCached, func(_ uint32, k *session.Message) bool {
		count++
		all = k != nil && asked&^k.Fetched == 0
		return all
	})
	return all && 0 < count && count < maxCached
}

// single is a key of a command about one message, the same for all that differ in
// its number only; 0 for any other.
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
