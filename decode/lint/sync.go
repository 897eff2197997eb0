package lint

import (
	"fmt"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
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
		Advice:      "Keep modification sequences for as long as UIDVALIDITY, or change UIDVALIDITY. Look for a restored backup, or for replicas that count independently.",
		Bad:         "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]", "[HIGHESTMODSEQ 500]") + selects("a2", 9, "[UIDVALIDITY 7]", "[HIGHESTMODSEQ 400]"),
		Good:        "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]", "[HIGHESTMODSEQ 500]") + selects("a2", 9, "[UIDVALIDITY 8]", "[HIGHESTMODSEQ 400]"),
		On:          []Fact{OnBack}, Run: wentBack(account.HighestModSeq),
	},
	{
		ID: "S044", Title: "UIDNEXT that goes back", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("2.3.1.1. Unique Identifier (UID) Message Attribute", 9),
		Explanation: "UIDNEXT changes only when messages are added, and identifiers only grow. If it goes back under the same UIDVALIDITY, identifiers that clients know are assigned to new messages.",
		Advice:      "Store UIDNEXT with the mailbox, not only the messages; or change UIDVALIDITY. Look for a restored backup.",
		Bad:         "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]", "[UIDNEXT 500]") + selects("a2", 9, "[UIDVALIDITY 7]", "[UIDNEXT 400]"),
		Good:        "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]", "[UIDNEXT 500]") + selects("a2", 9, "[UIDVALIDITY 7]", "[UIDNEXT 500]"),
		On:          []Fact{OnBack}, Run: wentBack(account.UIDNext),
	},
	{
		ID: "S052", Title: "UIDVALIDITY that goes back", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("2.3.1.1. Unique Identifier (UID) Message Attribute", 9),
		Explanation: "If identifiers do not last from one session to the next, the new UIDVALIDITY must be greater than the earlier one. A lower one may be one that clients have seen before, and they then treat old identifiers as valid.",
		Advice:      "Derive UIDVALIDITY from the time at which the mailbox was created. Look for a restored backup, or for replicas that number independently.",
		Bad:         "# logged in\n" + status("a1", "UIDVALIDITY 8") + status("a2", "UIDVALIDITY 7"),
		Good:        "# logged in\n" + status("a1", "UIDVALIDITY 7") + status("a2", "UIDVALIDITY 7"),
		On:          []Fact{OnBack}, Run: validityBack,
	},
	{
		ID: "S053", Title: "UIDVALIDITY that has changed", Severity: Note, Verdict: Server, Later: true,
		Ref:         of3501("2.3.1.1. Unique Identifier (UID) Message Attribute", 9),
		Explanation: "No known identifier is valid any more: every client discards its copy of the mailbox and fetches everything again. That is permitted, and correct when the mailbox was recreated, but if it happens often, synchronizing is slow and costly.",
		Advice:      "See whether the mailbox was recreated, converted or restored. As a client, discard the cache.",
		Bad:         "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]") + selects("a2", 9, "[UIDVALIDITY 8]"),
		Good:        "# logged in\n" + selects("a1", 9, "[UIDVALIDITY 7]") + selects("a2", 9, "[UIDVALIDITY 7]"),
		On:          []Fact{OnBack}, Run: validityChanged,
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
		Explanation: "Until a client has sent ENABLE QRESYNC, and the server has answered ENABLED, messages are removed by EXPUNGE. A client that does not know VANISHED goes on counting messages that are gone.",
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

// status returns the transcript of a STATUS of a mailbox.
func status(tag, figures string) string {
	return "C: " + tag + " STATUS saved (MESSAGES)\nS: * STATUS saved (" + figures + ")\nS: " + tag + " OK done\n"
}

// in4 is the beginning of a connection that speaks IMAP4, with a mailbox of nine messages
// selected; offering returns one whose server offers capabilities besides.
var in4 = offering("IMAP4rev1 AUTH=PLAIN")

func offering(capabilities string) string {
	list := "[CAPABILITY " + capabilities + "] "
	return "S: * OK " + list + "ready\nC: l LOGIN fred x\nS: l OK " + list + "done\n" + selects("s", 9)
}

// maxOpened is how many mailboxes are remembered to compare with.
const maxOpened = 1 << 12

// figures passes a fact on, and runs the rules about the figures of a mailbox that went back, on this connection or
// since another one of the same account.
func (l *Linter) figures(who *capture.Conn, f *session.Fact) {
	if l.report != nil {
		l.report(who, f)
	}
	c := l.conns[who.ID]
	if c == nil || !f.Kind.OfMailbox() || f.Mailbox == "" {
		return
	}
	p := &c.pass
	if m := p.message; m == nil || m.Broken || m.Lost > 0 || f.View && c.noBox {
		return
	}
	if f.Kind == session.Selected {
		c.openedBox, c.openedGone = c.session.Mailbox, nil
	}
	if c.top == 0 && !account.Concerns(f) {
		return
	}
	l.turn()
	e := &account.Event{Conn: c.who, Fact: *f}
	if b := c.topOf; c.top > 0 && b.UIDValidity != 0 { // UIDNEXT has been higher
		shown := session.Fact{Kind: session.Shown, Time: c.heard, User: f.User, Mailbox: b.Name, Shared: b.BBoard, UIDValidity: b.UIDValidity, UID: c.top}
		seen := &account.Event{Conn: c.who, Fact: shown}
		l.follow(account.KeyOf(seen, b.Name), seen)
		c.top = 0
	}
	if f.Kind == session.Renamed {
		l.follow(account.KeyOf(e, f.To), e)
	}
	k := account.KeyOf(e, f.Mailbox)
	backs := l.follow(k, e)
	if f.Kind == session.Selected {
		if g := l.shared.boxes[k]; g != nil {
			c.openedGone = g.Gone(e)
		}
	}
	for _, b := range backs {
		p.back = b
		c.dispatch(OnBack)
	}
}

// follow follows a fact about a mailbox, and returns what went back.
func (l *Linter) follow(k account.Key, e *account.Event) []account.Back {
	g := l.shared.boxes[k]
	if g == nil {
		if len(l.shared.boxes) >= maxOpened {
			return nil
		}
		g = new(account.Figures)
		l.shared.boxes[k] = g
	}
	return g.Follow(e)
}

// wentBack returns the Run function for a figure that went back under one UIDVALIDITY.
func wentBack(what account.Counter) func(*Pass) {
	return func(p *Pass) {
		b := &p.back
		if b.What != what {
			return
		}
		text := fmt.Sprintf("%s is %d, but was %d%s", what, b.Is, b.Was, p.then())
		if b.Validity == 0 {
			p.reportBack(Warning, text+"; whether UIDVALIDITY is the same was not reported")
			return
		}
		p.reportBack(Error, fmt.Sprintf("%s, with the same UIDVALIDITY %d", text, b.Validity))
	}
}

// then returns where the earlier value was reported, if that was on another connection.
func (p *Pass) then() string {
	if then := p.back.Then; then.Conn != p.back.Here.Conn {
		return fmt.Sprintf(" on connection %d", then.Conn.ID)
	}
	return ""
}

// reportBack reports a figure that went back. If the client opened another mailbox in bytes
// that were not captured, what the server says of it is about that one.
func (p *Pass) reportBack(s Severity, text string) {
	if p.back.Here.Fact.View {
		p.reportIfSureAs(s, capture.ClientToServer, p.here(), text)
		return
	}
	p.reportAs(s, p.rule.Verdict, p.here(), text)
}

func validityBack(p *Pass) {
	if b := &p.back; b.What == account.UIDValidity && b.Is < b.Was {
		p.reportBack(Error, fmt.Sprintf("UIDVALIDITY is %d, but was %d%s", b.Is, b.Was, p.then()))
	}
}

func validityChanged(p *Pass) {
	if b := &p.back; b.What == account.UIDValidity && b.Is > b.Was {
		p.reportBack(Note, fmt.Sprintf("UIDVALIDITY is %d, but was %d%s", b.Is, b.Was, p.then()))
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
		r := protocol.Lookup(protocol.Capability, w)
		c.resyncs = c.resyncs || r.Does(protocol.ReportsVanished)
		c.utf8 = c.utf8 || r.Does(protocol.AllowsUTF8)
	}
}

func vanishedUnasked(p *Pass) {
	if !p.resyncs && !p.blind && p.message.Lost == 0 {
		p.reportIfSure(capture.ServerToClient, p.here(), "QRESYNC was not enabled on this connection")
	}
}
