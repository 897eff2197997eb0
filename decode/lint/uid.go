package lint

import (
	"fmt"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// uidRules are the rules about unique identifiers.
var uidRules = []*Rule{
	{
		ID: "S038", Title: "unique identifiers that do not ascend", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("2.3.1.1. Unique Identifier (UID) Message Attribute", 8),
		Explanation: "Unique identifiers ascend strictly with message numbers: a message that was added later has a higher one. A client asks for the range above the highest it knows to find new mail, and so never sees this message.",
		Advice:      "Assign identifiers in the order in which messages are added, or change UIDVALIDITY.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 UID FETCH 1:30 FLAGS\nS: * 2 FETCH (UID 22 FLAGS (\\Seen))\nS: * 3 FETCH (UID 21 FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 UID FETCH 1:30 FLAGS\nS: * 2 FETCH (UID 21 FLAGS (\\Seen))\nS: * 3 FETCH (UID 22 FLAGS (\\Seen))\nS: a1 OK done\n",
		On:          []Fact{OnUID}, Run: uidOrder,
	},
	{
		ID: "S039", Title: "same unique identifier for two messages", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("2.3.1.1. Unique Identifier (UID) Message Attribute", 8),
		Explanation: "With the mailbox's name and UIDVALIDITY, the identifier names one message forever. Anything a client stores or does under it now affects two.",
		Advice:      "Give each message an identifier of its own.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 UID FETCH 1:30 FLAGS\nS: * 2 FETCH (UID 21 FLAGS (\\Seen))\nS: * 3 FETCH (UID 21 FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 UID FETCH 1:30 FLAGS\nS: * 2 FETCH (UID 21 FLAGS (\\Seen))\nS: * 3 FETCH (UID 22 FLAGS (\\Seen))\nS: a1 OK done\n",
		On:          []Fact{OnUID}, Run: uidShared,
	},
	{
		ID: "S040", Title: "unique identifier that changes or is used again", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("2.3.1.1. Unique Identifier (UID) Message Attribute", 9),
		Explanation: "A message keeps its identifier while the mailbox is open, and no other message ever gets it, even after EXPUNGE. A client shows, or deletes, the wrong message.",
		Advice:      "Never assign an identifier twice. If they cannot be kept, change UIDVALIDITY, which takes effect when the mailbox is selected again.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 UID FETCH 29 FLAGS\nS: * 9 FETCH (UID 29 FLAGS (\\Seen))\nS: a1 OK done\nC: a2 NOOP\nS: * 9 EXPUNGE\nS: * 9 EXISTS\nS: a2 OK done\nC: a3 UID FETCH 29 FLAGS\nS: * 9 FETCH (UID 29 FLAGS (\\Seen))\nS: a3 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 UID FETCH 29 FLAGS\nS: * 9 FETCH (UID 29 FLAGS (\\Seen))\nS: a1 OK done\nC: a2 NOOP\nS: * 9 EXPUNGE\nS: * 9 EXISTS\nS: a2 OK done\nC: a3 UID FETCH 29:* FLAGS\nS: * 9 FETCH (UID 30 FLAGS (\\Seen))\nS: a3 OK done\n",
		On:          []Fact{OnUID}, Run: uidChanged,
	},
	{
		ID: "S041", Title: "UIDNEXT that a message contradicts", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("2.3.1.1. Unique Identifier (UID) Message Attribute", 9),
		Explanation: "UIDNEXT is higher than the identifier of every message in the mailbox, and not higher than that of any message that comes later. A client that looks for new mail from UIDNEXT on sees old messages as new, or misses new ones.",
		Advice:      "Determine UIDNEXT and the number of messages at the same moment, and raise UIDNEXT after each identifier that is assigned.",
		Bad:         "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 3 EXISTS\nS: * 0 RECENT\nS: * OK [UIDNEXT 20] next\nS: a1 OK done\nC: a2 UID FETCH 20:* FLAGS\nS: * 3 FETCH (UID 22 FLAGS (\\Seen))\nS: a2 OK done\n",
		Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 3 EXISTS\nS: * 0 RECENT\nS: * OK [UIDNEXT 23] next\nS: a1 OK done\nC: a2 UID FETCH 20:* FLAGS\nS: * 3 FETCH (UID 22 FLAGS (\\Seen))\nS: a2 OK done\n",
		On:          []Fact{OnUID}, Run: uidNextWrong,
	},
	{
		ID: "S042", Title: "COPYUID or APPENDUID with the wrong count", Severity: Error, Verdict: Server, Later: true,
		Ref:         protocol.Ref{RFC: 4315, Heading: "3. Additional Response Codes", Page: 4},
		Explanation: "The two sets of COPYUID correspond one to one, and APPENDUID has one identifier for each appended message. A client that gets too few, or too many, remembers copies under the identifiers of other messages.",
		Advice:      "Send the sets with equally many identifiers, in the same order, or leave the code out.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 UID COPY 21:23 saved\nS: a1 OK [COPYUID 7 21:23 4:5] done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 UID COPY 21:23 saved\nS: a1 OK [COPYUID 7 21:23 4:6] done\n",
		On:          []Fact{OnCode}, Run: copiedCounts,
	},
}

// knownUID runs the rules about the identifier of a message, before the session follows it.
func (c *conn) knownUID(n *syntax.Node) {
	p := &c.pass
	if len(n.Kids) < 2 {
		return
	}
	uid, ok := n.Kids[len(n.Kids)-1].Number(p.message.Raw)
	b := c.box(p.message)
	if !ok || uid == 0 || uid > 1<<32-1 || b == nil || p.message.Number == 0 || p.message.Number > b.Exists {
		return
	}
	p.uid, p.prior = uint32(uid), 0
	if m := b.At(p.message.Number); m != nil {
		p.prior = m.UID
	}
	if c.topOf != b {
		c.topOf, c.top, c.high = b, 0, highest{}
	}
	p.lower, p.higher = nil, nil
	if above := p.message.Number > c.high.number && p.uid > c.high.uid; !above && p.prior != p.uid {
		p.lower, p.higher = b.Around(p.message.Number)
	}
	c.node(n, OnUID)
	c.top = max(c.top, p.uid)
	c.high = highest{max(c.high.number, p.message.Number), max(c.high.uid, p.uid)}
}

// highest is the highest message number whose identifier was seen, and the highest
// identifier. After an EXPUNGE the number is too high, which does no harm.
type highest struct{ number, uid uint32 }

// reportUID reports a fault that a lost EXPUNGE could explain as well.
func (p *Pass) reportUID(text string) { p.reportIfSure(capture.ClientToServer, p.there(), text) }

// uidOrder compares a new identifier with those of the messages next to it, as far as they
// are known.
func uidOrder(p *Pass) {
	if p.prior != 0 {
		return
	}
	const pair = "message %d has %d, and message %d has %d"
	number := p.message.Number
	switch before, after := p.lower, p.higher; {
	case before != nil && before.UID > p.uid:
		p.reportUID(fmt.Sprintf(pair, before.Number, before.UID, number, p.uid))
	case after != nil && after.UID < p.uid:
		p.reportUID(fmt.Sprintf(pair, number, p.uid, after.Number, after.UID))
	}
}

func uidShared(p *Pass) {
	number := p.message.Number
	switch before, after := p.lower, p.higher; {
	case before != nil && before.UID == p.uid:
		p.reportUID(fmt.Sprintf("messages %d and %d both have %d", before.Number, number, p.uid))
	case after != nil && after.UID == p.uid:
		p.reportUID(fmt.Sprintf("messages %d and %d both have %d", number, after.Number, p.uid))
	}
}

func uidChanged(p *Pass) {
	switch prior := p.prior; {
	case prior != 0 && prior != p.uid:
		p.reportUID(fmt.Sprintf("message %d had %d, and now has %d", p.message.Number, prior, p.uid))
	case prior != 0:
	case p.session.Mailbox.WasRemoved(p.uid):
		p.reportUID(fmt.Sprintf("%d belonged to a message that was expunged", p.uid))
	case p.openedBox == p.session.Mailbox:
		if e := p.openedGone.Find(p.uid); e != nil && e.Conn != p.who {
			p.reportUID(fmt.Sprintf("%d belonged to a message that was expunged on connection %d", p.uid, e.Conn.ID))
		} else if e != nil {
			p.reportUID(fmt.Sprintf("%d belonged to a message that was expunged", p.uid))
		}
	}
}

func uidNextWrong(p *Pass) {
	number := p.message.Number
	next, uid := p.session.Mailbox.Promised()
	switch {
	case uid == 0 || p.prior != 0:
	case number < next && p.uid >= uid:
		p.reportUID(fmt.Sprintf("UIDNEXT was %d, and message %d, which was there already, has %d", uid, number, p.uid))
	case number >= next && p.uid < uid:
		p.reportUID(fmt.Sprintf("UIDNEXT was %d, and message %d, which came later, has %d", uid, number, p.uid))
	}
}

// size returns how many numbers a set names, or false if that depends on "*".
func size(s syntax.Sequence) (n uint64, ok bool) {
	for _, r := range s {
		low, high := r.Bounds()
		if low == 0 || high == syntax.Star {
			return 0, false
		}
		n += uint64(high) - uint64(low) + 1
	}
	return n, len(s) > 0
}

func copiedCounts(p *Pass) {
	_, rest := wire.Word(p.args)
	first, rest := wire.Word(rest)
	one, ok := size(syntax.ParseSequence(first))
	switch {
	case !ok:
	case p.code.Does(protocol.GivesAppended):
		if cmd := p.cmd; cmd != nil && cmd.appended > 0 && one != uint64(cmd.appended) {
			p.report(at(p.message, p.span), fmt.Sprintf("%s appended, and %s sent", many(cmd.appended, "message"), many(int(one), "identifier")))
		}
	case p.code.Does(protocol.GivesCopied):
		second, _ := wire.Word(rest)
		if two, ok := size(syntax.ParseSequence(second)); ok && one != two {
			p.report(at(p.message, p.span), fmt.Sprintf("%s copied, and %s of copies", many(int(one), "message"), many(int(two), "identifier")))
			return
		}
		if named, ok := p.namedCount(); ok && named != one {
			p.report(at(p.message, p.span), fmt.Sprintf("%s named %s, and %s copied", p.cmd.name, many(int(named), "message"), many(int(one), "message")))
		} else if cmd := p.cmd; cmd != nil && cmd.uids > 0 && one > cmd.uids {
			p.report(at(p.message, p.span), fmt.Sprintf("%s named %s, and %s copied", cmd.name, many(int(cmd.uids), "identifier"), many(int(one), "message")))
		}
	}
}

// namedCount returns how many messages the command names by number.
func (p *Pass) namedCount() (uint64, bool) {
	if p.cmd == nil || !bySequence(p.cmd.row, protocol.Copies) || p.cmd.piped || p.cmd.moved {
		return 0, false
	}
	for i, s := 1, p.cmd.sequence; i < len(s); i++ {
		if s[i].First <= s[i-1].Last { // a message may be named twice
			return 0, false
		}
	}
	return size(p.cmd.sequence)
}
