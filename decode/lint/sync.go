package lint

import (
	"fmt"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// syncRules are the rules about what clients synchronize by: modification sequences, and
// what a mailbox was when it was selected before.
var syncRules = []*Rule{
	{
		ID: "S043", Title: "HIGHESTMODSEQ that goes back", Severity: Error, Verdict: Server, Later: true,
		Ref:         protocol.Ref{RFC: 7162, Heading: "3.1.2.1. HIGHESTMODSEQ Response Code", Page: 8},
		Explanation: "A client compares this number with the one it stored, and fetches what changed since. If it goes back under the same UIDVALIDITY, changes below the stored number are never fetched.",
		Advice:      "Keep modification sequences for as long as UIDVALIDITY, or change UIDVALIDITY. Look for a restored backup, or for replicas that count on their own.",
		Bad:         "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]", "[HIGHESTMODSEQ 500]") + selects("a2", 9, "[UIDVALIDITY 7]", "[HIGHESTMODSEQ 400]"),
		Good:        "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]", "[HIGHESTMODSEQ 500]") + selects("a2", 9, "[UIDVALIDITY 8]", "[HIGHESTMODSEQ 400]"),
		On:          []Fact{OnOK}, Run: modSeqBack,
	},
	{
		ID: "S044", Title: "UIDNEXT that goes back", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("2.3.1.1. Unique Identifier (UID) Message Attribute", 9),
		Explanation: "UIDNEXT changes only when messages are added, and identifiers only grow. If it goes back under the same UIDVALIDITY, identifiers that clients know are assigned to new messages.",
		Advice:      "Store UIDNEXT with the mailbox, not only the messages; or change UIDVALIDITY. Look for a restored backup.",
		Bad:         "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]", "[UIDNEXT 500]") + selects("a2", 9, "[UIDVALIDITY 7]", "[UIDNEXT 400]"),
		Good:        "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]", "[UIDNEXT 500]") + selects("a2", 9, "[UIDVALIDITY 7]", "[UIDNEXT 500]"),
		On:          []Fact{OnOK}, Run: uidNextBack,
	},
	{
		ID: "C022", Title: "CHANGEDSINCE 0", Severity: Error, Verdict: Client, Later: true, Faulty: true,
		Ref:         protocol.Ref{RFC: 7162, Heading: "7. Formal Syntax", Item: "chgsince-fetch-mod", Page: 45},
		Explanation: "A modification sequence is 1 or more; only STORE's UNCHANGEDSINCE and a search may have 0. Servers answer BAD, or fetch everything.",
		Advice:      "Leave CHANGEDSINCE out if nothing is known yet.",
		Bad:         "S: * OK [CAPABILITY IMAP4rev1 CONDSTORE] ready\nC: l LOGIN fred x\nS: l OK done\n" + selects("s", 9, "[HIGHESTMODSEQ 5]") + "C: a1 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 0)\nS: a1 BAD invalid\n",
		Good:        "S: * OK [CAPABILITY IMAP4rev1 CONDSTORE] ready\nC: l LOGIN fred x\nS: l OK done\n" + selects("s", 9, "[HIGHESTMODSEQ 5]") + "C: a1 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4)\nS: * 2 FETCH (UID 21 FLAGS (\\Seen) MODSEQ (5))\nS: a1 OK done\n",
		On:          []Fact{OnRequest}, Run: changedSinceZero,
	},
	{
		ID: "S045", Title: "VANISHED to a client that did not enable QRESYNC", Severity: Error, Verdict: Server, Later: true,
		Ref:         protocol.Ref{RFC: 7162, Heading: "3.2.10.2. VANISHED Response without the (EARLIER) Tag", Page: 36},
		Explanation: "Until a client has said ENABLE QRESYNC, and the server ENABLED, messages are removed by EXPUNGE. A client that does not know VANISHED goes on counting messages that are gone.",
		Advice:      "Send EXPUNGE.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 UID EXPUNGE 21:22\nS: * VANISHED 21:22\nS: a1 OK done\n",
		Good:        "# logged in\nC: e ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: e OK done\n" + selects("s", 9, "[HIGHESTMODSEQ 5]") + "C: a1 UID EXPUNGE 21:22\nS: * VANISHED 21:22\nS: a1 OK done\n",
		On:          []Fact{OnVanished}, Run: vanishedUnasked,
	},
}

// selects returns the transcript of a SELECT with the codes that the server sends.
func selects(tag string, exists int, codes ...string) string {
	text := fmt.Sprintf("C: %s SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * %d EXISTS\nS: * 0 RECENT\n", tag, exists)
	for _, c := range codes {
		text += "S: * OK " + c + " x\n"
	}
	return text + "S: " + tag + " OK done\n"
}

// in4 is the beginning of a connection that speaks IMAP4, with a mailbox of nine messages
// selected; offering returns one whose server offers capabilities besides.
var in4 = offering("IMAP4rev1 AUTH=PLAIN")

func offering(capabilities string) string {
	list := "[CAPABILITY " + capabilities + "] "
	return "S: * OK " + list + "ready\nC: l LOGIN fred x\nS: l OK " + list + "done\n" + selects("s", 9)
}

// opening is what the server says of a mailbox while it is selected; zero if it does not.
type opening struct {
	validity uint64
	next     uint64
	modSeq   uint64
	time     time.Time
}

// opened identifies a mailbox of a user at a server.
type opened struct{ server, user, mailbox string }

// maxOpened is how many mailboxes are remembered to compare with.
const maxOpened = 1 << 12

// learn follows a code that says something of a mailbox.
func (c *conn) learn(code *protocol.Row, args []byte) {
	if code == nil {
		return
	}
	o := &c.opening
	switch code.Effect {
	case protocol.GivesUIDNext:
		if n, ok := number(args); ok && n < 1<<32 {
			c.marks.next, c.marks.below = uint32(n), 0
			o.next = n
		}
	case protocol.Offers:
		c.relist = true
	case protocol.GivesUIDValidity:
		o.validity, _ = number(args)
	case protocol.GivesHighestModSeq:
		o.modSeq, _ = number(args)
	}
}

// opens begins to follow what the server says of the mailbox that is being selected.
func (c *conn) opens() {
	c.marks, c.opening = marks{}, opening{}
	c.structures.forget()
}

// hasOpened remembers what the server said of the mailbox that was selected, after the
// rules have compared it.
func (c *conn) hasOpened(m *decode.Message) {
	k, o := c.place(m), c.opening
	o.time = m.Time
	c.marks = marks{next: c.marks.next}
	if _, known := c.boxes[k]; o.validity != 0 && (known || len(c.boxes) < maxOpened) {
		c.boxes[k] = o
	}
}

// place returns the key of the mailbox that a SELECT has opened.
func (c *conn) place(m *decode.Message) opened {
	k := opened{c.Server.String(), m.Txn.User, m.Txn.Mailbox}
	if strings.EqualFold(k.mailbox, protocol.Inbox) {
		k.mailbox = protocol.Inbox
	}
	return k
}

// earlier returns what the server said of the mailbox when it was selected before, if
// UIDVALIDITY is the same.
func (p *Pass) earlier() (opening, bool) {
	if !opens(p.cmd.row) || p.opening.validity == 0 {
		return opening{}, false
	}
	o, ok := p.boxes[p.conn.place(p.message)]
	return o, ok && o.validity == p.opening.validity && o.time.Before(p.message.Time)
}

func modSeqBack(p *Pass) {
	if o, ok := p.earlier(); ok && p.opening.modSeq != 0 && p.opening.modSeq < o.modSeq {
		p.report(p.here(), fmt.Sprintf("HIGHESTMODSEQ is %d, and was %d, with the same UIDVALIDITY %d", p.opening.modSeq, o.modSeq, o.validity))
	}
}

func uidNextBack(p *Pass) {
	if o, ok := p.earlier(); ok && p.opening.next != 0 && p.opening.next < o.next {
		p.report(p.here(), fmt.Sprintf("UIDNEXT is %d, and was %d, with the same UIDVALIDITY %d", p.opening.next, o.next, o.validity))
	}
}

// changedSinceZero looks for the modifier among the lists that follow what is fetched.
func changedSinceZero(p *Pass) {
	if !p.cmd.modified || !p.cmd.row.Does(protocol.Fetches) {
		return
	}
	if n := p.zeroSince(p.tree); n != nil {
		p.report(at(p.message, n.Span), quote(n.Bytes(p.message.Raw))+" is not a modification sequence")
	}
}

// zeroSince returns the 0 after CHANGEDSINCE, or nil if there is none.
func (p *Pass) zeroSince(n *syntax.Node) *syntax.Node {
	since := false
	for i := range n.Kids {
		k := &n.Kids[i]
		if len(k.Kids) > 0 {
			if zero := p.zeroSince(k); zero != nil {
				return zero
			}
		}
		if k.Kind == syntax.KindSP {
			continue
		}
		b := k.Bytes(p.message.Raw)
		if since && len(b) > 0 && len(strings.Trim(string(b), "0")) == 0 {
			return k
		}
		since = len(k.Kids) == 0 && protocol.Lookup(protocol.Modifier, b).Does(protocol.SinceModSeq)
	}
	return nil
}

// enabled follows ENABLED (RFC 5161, 3.2).
func (c *conn) enabled(m *decode.Message) {
	rest := m.Raw
	for {
		var w []byte
		if w, rest = wire.Word(rest); len(w) == 0 {
			return
		}
		c.resyncs = c.resyncs || protocol.Lookup(protocol.Capability, w).Does(protocol.ReportsVanished)
	}
}

func vanishedUnasked(p *Pass) {
	if !p.resyncs && !p.blind && p.message.Lost == 0 {
		p.reportIfSure(capture.ServerToClient, p.here(), "QRESYNC was not enabled on this connection")
	}
}
