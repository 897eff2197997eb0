package lint

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// mailboxRules are the rules about the state of the selected mailbox and of others.
var mailboxRules = []*Rule{
	{
		ID: "C015", Title: "change of a mailbox that is read-only", Severity: Warning, Verdict: Client, Later: true,
		Ref:         of1176("Commands", "STORE", 15),
		Explanation: "STORE and EXPUNGE are not allowed without write access, and the server had said [READ-ONLY].",
		Advice:      "Look at the text of SELECT's OK before changing anything.",
		Bad:         "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK [READ-ONLY] done\nC: a2 EXPUNGE\nS: a2 NO read-only\n",
		Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK [READ-WRITE] done\nC: a2 EXPUNGE\nS: a2 OK done\n",
		On:          []Fact{OnRequest}, Run: readOnlyMailbox,
	},
	{
		ID: "S006", Title: "SELECT without FLAGS, EXISTS or RECENT", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Commands", "SELECT", 11),
		Explanation: "On a successful SELECT the server sends the valid flags, the number of messages and the number of recent ones, and then OK. A client sizes its cache by them.",
		Advice:      "Send all three, even if a number is 0.",
		Bad:         "# logged in\nC: a1 SELECT INBOX\nS: * 9 EXISTS\nS: a1 OK done\n",
		Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK done\n",
		On:          []Fact{OnOK}, Run: selectLacks,
	},
	{
		ID: "S007", Title: "EXISTS that shrinks without EXPUNGE", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "* number message_data", 18),
		Explanation: "Messages are removed only by EXPUNGE, one by one. Otherwise a client cannot know which number now belongs to which message.",
		Advice:      "Send an EXPUNGE for each message that is gone.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 NOOP\nS: * 7 EXISTS\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 CHECK\nS: * 3 EXPUNGE\nS: * 3 EXPUNGE\nS: * 7 EXISTS\nS: * 0 RECENT\nS: a1 OK done\n",
		On:          []Fact{OnExists}, Run: existsShrinks,
	},
	{
		ID: "S008", Title: "data about a message that does not exist", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Conventions", "SEQUENCE", 10),
		Explanation: "Messages are numbered from 1 to the number in the last EXISTS, less one for each EXPUNGE since.",
		Advice:      "Send EXISTS before data about new messages, and count down after EXPUNGE.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 EXPUNGE\nS: * 9 EXPUNGE\nS: * 9 EXPUNGE\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 EXPUNGE\nS: * 8 EXPUNGE\nS: * 8 EXPUNGE\nS: a1 OK done\n",
		On:          []Fact{OnExpunge, OnCopied, OnFetched, OnStored}, Run: beyondExists,
	},
	{
		ID: "S033", Title: "data that the formal syntax leaves out", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Formal Syntax", "data", 26),
		Against:     of1176("Responses", "* MAILBOX string", 20),
		Explanation: "The prose defines MAILBOX and BBOARD, but the formal syntax has neither. It also requires at least one number in SEARCH, but servers answer a search that found nothing with none.",
		Advice:      "As a client, accept it. As a server, do nothing.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH NEW\nS: * SEARCH\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH NEW\nS: * SEARCH 9\nS: a1 OK done\n",
		On:          []Fact{OnNamed, OnFound}, Run: dataLeftOut,
	},
	{
		ID: "S019", Title: "SEARCH finds a message that does not exist", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "* SEARCH number(s)", 20),
		Explanation: "The numbers refer to messages that match, from 1 to the number in the last EXISTS.",
		Advice:      "Send EXISTS before numbers of new messages.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH ALL\nS: * SEARCH 9 10\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH ALL\nS: * SEARCH 8 9\nS: a1 OK done\n",
		On:          []Fact{OnFound}, Run: searchOutside,
	},
	{
		ID: "S020", Title: "SEARCH numbers out of order", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Responses", "* SEARCH number(s)", 20),
		Explanation: "RFC 1176 does not ask for an order, but most servers send the numbers in ascending order and each of them once, and clients have come to depend on it.",
		Advice:      "Sort them.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH ALL\nS: * SEARCH 9 8\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH ALL\nS: * SEARCH 8 9\nS: a1 OK done\n",
		On:          []Fact{OnFound}, Run: searchOrder,
	},
	{
		ID: "S030", Title: "FIND MAILBOXES lists INBOX", Severity: Warning, Verdict: Server, Common: true,
		Ref:         of1176("Commands", "FIND MAILBOXES", 12),
		Explanation: "The special name INBOX is not included in the output; a client that adds it itself shows it twice.",
		Advice:      "Leave it out.",
		Bad:         "# logged in\nC: a1 FIND MAILBOXES *\nS: * MAILBOX INBOX\nS: a1 OK done\n",
		Good:        "# logged in\nC: a1 FIND MAILBOXES *\nS: * MAILBOX saved\nS: a1 OK done\n",
		On:          []Fact{OnNamed}, Run: inboxListed,
	},
	{
		ID: "S031", Title: "COPY that does not report what it copied", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Commands", "COPY", 13),
		Explanation: "Before its OK the server should send \"* n COPY\" for each message. Few servers do.",
		Advice:      "As a client, do not wait for it.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 COPY 2 saved\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 COPY 2 saved\nS: * 2 COPY\nS: a1 OK done\n",
		On:          []Fact{OnOK}, Run: copyWithoutOK,
	},
	{
		ID: "S034", Title: "FLAGS without the system flags", Severity: Warning, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "* FLAGS flag_list", 20),
		Explanation: "The list has at a minimum the system-defined flags: \\ANSWERED, \\FLAGGED, \\DELETED and \\SEEN (p. 28). A client will not offer a flag that is missing from it.",
		Advice:      "List them all, in a read-only mailbox too.",
		Bad:         "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK done\n",
		Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK done\n",
		On:          []Fact{OnFlags}, Run: flagsLack,
	},
	{
		ID: "S035", Title: "EXPUNGE while FETCH, STORE or SEARCH is answered", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("7.4.1. EXPUNGE Response", 73),
		Explanation: "EXPUNGE renumbers every later message at once. The client named messages by their old numbers, so it cannot know which data uses old numbers and which uses new ones. RFC 1176 does not rule this out; RFC 3501 forbids it.",
		Advice:      "Hold EXPUNGE back until the next command that does not name messages by number, such as NOOP or CHECK. As a client, discard what a FETCH returned after it, and fetch again.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2:4 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: * 1 EXPUNGE\nS: * 2 FETCH (FLAGS (\\Seen))\nS: * 3 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2:4 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: * 3 FETCH (FLAGS (\\Seen))\nS: * 4 FETCH (FLAGS (\\Seen))\nS: a1 OK done\nC: a2 NOOP\nS: * 1 EXPUNGE\nS: a2 OK done\n",
		On:          []Fact{OnExpunge, OnVanished}, Run: expungeWithin,
	},
}

func readOnlyMailbox(p *Pass) {
	b := p.session.Mailbox
	if b == nil || !b.ReadOnly || p.noBox || !changes(p.cmd.row) || p.pending(opens) {
		return
	}
	p.reportIfSure(capture.ServerToClient, p.cmd.place, p.cmd.name+" although the mailbox is read-only")
}

func selectLacks(p *Pass) {
	t := p.message.Txn
	if !opens(p.cmd.row) || p.blind || t.Ambiguous > 0 || t.Lost > 0 {
		return
	}
	var lacks []string
	for _, claim := range p.cmd.row.Claims {
		if !hasData(t, claim.Data) {
			lacks = append(lacks, claim.Data)
		}
	}
	if lacks != nil {
		p.reportIfSure(capture.ClientToServer, p.here(), t.Command+"'s OK came without "+strings.Join(lacks, " and "))
	}
}

func existsShrinks(p *Pass) {
	if b := p.box(p.message); b != nil && p.message.Number < b.Exists {
		p.reportIfSure(capture.ClientToServer, p.here(), fmt.Sprintf("%d messages, but there were %d", p.message.Number, b.Exists))
	}
}

// beyond reports whether the response is about a message that does not exist.
func (p *Pass) beyond() bool {
	b := p.box(p.message)
	return b != nil && (p.message.Number == 0 || p.message.Number > b.Exists)
}

func beyondExists(p *Pass) {
	if p.beyond() {
		p.reportIfSure(capture.ClientToServer, p.here(), fmt.Sprintf("message %d of %d", p.message.Number, p.session.Mailbox.Exists))
	}
}

func dataLeftOut(p *Pass) {
	if p.fact == OnNamed {
		if p.message.Row.LeftOut {
			p.report(p.here(), p.message.Word+" for data")
		}
		return
	}
	if n := len(p.tree.Kids); p.answersSearch() && n > 0 && p.tree.Kid(syntax.KindNumber) == nil {
		p.report(p.here(), "SEARCH without a number")
	}
}

// answersSearch reports whether the numbers are those of messages.
func (p *Pass) answersSearch() bool {
	return p.message.Txn != nil && bySequence(p.message.Txn.Row, protocol.Searches)
}

// found calls see for each number of a SEARCH response until it returns false.
func (p *Pass) found(see func(n *syntax.Node, v uint64) bool) {
	if !p.answersSearch() {
		return
	}
	for i := range p.tree.Kids {
		n := &p.tree.Kids[i]
		if v, ok := n.Number(p.message.Raw); ok && !see(n, v) {
			return
		}
	}
}

func searchOutside(p *Pass) {
	b := p.box(p.message)
	if b == nil {
		return
	}
	p.found(func(n *syntax.Node, v uint64) bool {
		if v != 0 && v <= uint64(b.Exists) {
			return true
		}
		p.reportIfSure(capture.ClientToServer, at(p.message, n.Span), fmt.Sprintf("message %d of %d", v, b.Exists))
		return false
	})
}

func searchOrder(p *Pass) {
	before := uint64(0)
	p.found(func(n *syntax.Node, v uint64) bool {
		if v <= before {
			p.report(at(p.message, n.Span), fmt.Sprintf("%d after %d", v, before))
			return false
		}
		before = v
		return true
	})
}

func inboxListed(p *Pass) {
	if !p.message.Row.LeftOut {
		return // LIST has INBOX
	}
	if n := p.tree.FindRole(protocol.RoleMailbox); n != nil && strings.EqualFold(string(n.Value(p.message.Raw)), protocol.Inbox) {
		p.report(at(p.message, n.Span), "INBOX among the mailboxes")
	}
}

func copyWithoutOK(p *Pass) {
	if t := p.message.Txn; bySequence(p.cmd.row, protocol.Copies) && count(t, protocol.Copied) == 0 && t.Lost == 0 {
		p.report(p.here(), "no \"* n COPY\" before the OK")
	}
}

// systemFlags are the flags that every mailbox has (RFC 1176, "Formal Syntax", p. 28).
var systemFlags = [...]string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`}

func flagsLack(p *Pass) {
	flags := syntax.ReadFlags(p.tree, p.message.Raw)
	if flags == nil || p.message.Broken || p.message.Lost > 0 {
		return
	}
	var lacks []string
	for _, f := range systemFlags {
		if !slices.ContainsFunc(flags, func(have string) bool { return strings.EqualFold(have, f) }) {
			lacks = append(lacks, f)
		}
	}
	if lacks != nil {
		p.report(p.here(), "FLAGS lacks "+strings.Join(lacks, ", "))
	}
}

// expungeWithin reports an EXPUNGE sent while every command that could have caused it,
// or after which it could have been sent, names messages by number.
func expungeWithin(p *Pass) {
	if p.blind || p.cmd == nil || p.message.Txn.Lost > 0 || !p.renumbers() {
		return
	}
	for i := range p.out {
		if !bySequence(p.out[i].row, protocol.Fetches, protocol.Stores, protocol.Searches) {
			return
		}
	}
	severity := Error
	if !p.isIMAP4() {
		severity = Warning
	}
	p.reportIfSureAs(severity, capture.ClientToServer, p.here(), fmt.Sprintf("%s while %s is answered", p.message.Word, p.cmd.name))
}

// renumbers reports whether the response removes messages: VANISHED (EARLIER) does not.
func (p *Pass) renumbers() bool {
	if p.fact == OnVanished {
		_, earlier := syntax.ReadVanished(p.tree, p.message.Raw)
		return !earlier
	}
	return !p.beyond()
}
