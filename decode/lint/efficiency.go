package lint

import (
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// habitRules are the rules about what costs more time or bytes than necessary.
var habitRules = []*Rule{
	{
		ID: "E001", Title: "same command for one message after another", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("Conventions", "SEQUENCE", 10),
		Explanation: "Each command waits for the previous response, and so costs a round trip. A sequence names many messages in one command.",
		Advice:      "Collect the numbers, and send one command with ranges.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 1 FAST\nS: a1 OK done\nC: a2 FETCH 2 FAST\nS: a2 OK done\nC: a3 FETCH 3 FAST\nS: a3 OK done\nC: a4 NOOP\nS: a4 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 1:3 FAST\nS: a1 OK done\nC: a4 NOOP\nS: a4 OK done\n",
		On:          []Fact{OnSame}, Run: oneByOne,
	},
	{
		ID: "E002", Title: "data fetched again that had been sent before", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("Implementation Discussion", "", 24),
		Explanation: "A client must maintain a local cache of data from the mailbox. Apart from its flags, nothing about a message ever changes.",
		Advice:      "Keep it until the connection ends, or until EXPUNGE removes it.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.SIZE\nS: * 2 FETCH (RFC822.SIZE 9)\nS: a1 OK done\nC: a2 FETCH 2 RFC822.SIZE\nS: * 2 FETCH (RFC822.SIZE 9)\nS: a2 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\nC: a2 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a2 OK done\n",
		On:          []Fact{OnOK}, Run: fetchedAgain,
	},
	{
		ID: "E005", Title: "bodies fetched with headers, for many messages", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 7),
		Explanation: "An intelligent client will FETCH ALL for a menu of messages, and RFC822.TEXT when the user wishes to read one; a primitive one fetches RFC822. The bodies are most of the bytes.",
		Advice:      "FETCH ALL first.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 1:3 RFC822\nS: * 1 FETCH (RFC822 \"1\")\nS: * 2 FETCH (RFC822 \"2\")\nS: * 3 FETCH (RFC822 \"3\")\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 1 RFC822.TEXT\nS: * 1 FETCH (RFC822.TEXT \"1\")\nS: a1 OK done\n",
		On:          []Fact{OnOK}, Run: bodiesForHeaders,
	},
	{
		ID: "E004", Title: "lock-step where pipelining was possible", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The client is not under any obligation to wait for a response before it sends another command, and consecutive FETCHes do not depend on one another. Each wait costs a round trip.",
		Advice:      "Send them together, and match the answers by tag.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 1:9 FLAGS\nS: a1 OK done\nC: a2 FETCH 1:9 ENVELOPE\nS: a2 OK done\nC: a3 FETCH 1:9 RFC822.SIZE\nS: a3 OK done\nC: a4 FETCH 1:9 INTERNALDATE\nS: a4 OK done\nC: a5 NOOP\nS: a5 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 1:9 FLAGS\nC: a2 FETCH 1:9 ENVELOPE\nC: a3 FETCH 1:9 RFC822.SIZE\nC: a4 FETCH 1:9 INTERNALDATE\nS: a1 OK done\nS: a2 OK done\nS: a3 OK done\nS: a4 OK done\nC: a5 NOOP\nS: a5 OK done\n",
		On:          []Fact{OnFetches}, Run: lockStep,
	},
	{
		ID: "E003", Title: "polling", Severity: Note, Verdict: Client, Later: true,
		Ref:         of1176("Commands", "NOOP", 10),
		Explanation: "NOOP shows that the server is alive, and CHECK asks for new mail. More than one a minute is wasted effort on both sides: a server's inactivity timer runs for many minutes.",
		Advice:      "Ask less often; new mail is also reported with any other command.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 NOOP\nS: a1 OK\n# 5s later\nC: a2 NOOP\nS: a2 OK done\n# 5s later\nC: a3 NOOP\nS: a3 OK done\nC: a4 LOGOUT\nS: * BYE\nS: a4 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 NOOP\nS: a1 OK done\n# 5m later\nC: a2 NOOP\nS: a2 OK done\n# 5m later\nC: a3 NOOP\nS: a3 OK done\nC: a4 LOGOUT\nS: * BYE\nS: a4 OK done\n",
		On:          []Fact{OnPolls}, Run: polling,
	},
	{
		ID: "E006", Title: "slow compared with the rest of the capture", Severity: Note, Verdict: Server, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The server took much longer to begin its answer than for most commands of this name in the same capture.",
		Advice:      "Look at what else happened then: another command, another connection to the same mailbox, a lock.",
		Bad:         slowExample("5s"),
		Good:        slowExample("5ms"),
		On:          []Fact{OnMeasured}, Run: slowCommand,
	},
}

// few is how many times something must happen to count as a habit.
const few = 3

func oneByOne(p *Pass) {
	if r := p.run; r.count >= few {
		p.report(r.first, fmt.Sprintf("%d commands that differ only in one number; one command would have saved %s", r.count, r.saved()))
	}
}

// lockStep excludes the commands that oneByOne has reported.
func lockStep(p *Pass) {
	if r := p.run; r.count-r.same > few {
		p.report(r.first, fmt.Sprintf("%d FETCHes, each sent after the response to the one before; sent together they would have saved %s", r.count, r.saved()))
	}
}

func polling(p *Pass) {
	if r := p.run; r.count >= few {
		every := r.to.Sub(r.from) / time.Duration(r.count-1)
		p.report(r.first, fmt.Sprintf("%d in a row that brought nothing, one every %s", r.count, every.Round(10*time.Microsecond)))
	}
}

func fetchedAgain(p *Pass) {
	t := p.message.Txn
	if n := shows(t); p.cmd.again && n > 0 {
		p.report(p.cmd.place, fmt.Sprintf("%s, %s, all of it known except for flags", many(n, "message"), many(int(t.Octets[capture.ServerToClient]), "byte")))
	}
}

func bodiesForHeaders(p *Pass) {
	t, asked := p.message.Txn, p.cmd.asked
	n := shows(t)
	bodies := asked&protocol.ShowsWhole != 0 || asked&protocol.ShowsText != 0 && asked&(protocol.ShowsHeader|protocol.ShowsEnvelope) != 0
	if bySequence(p.cmd.row, protocol.Fetches) && bodies && n >= few {
		p.report(p.cmd.place, fmt.Sprintf("%d whole messages in one FETCH, %d bytes", n, t.Octets[capture.ServerToClient]))
	}
}
