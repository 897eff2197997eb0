package lint

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

var (
	existsShrinks = &Rule{
		ID: "S007", Title: "EXISTS that shrinks without EXPUNGE", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "* number message_data", 18),
		Explanation: "Messages go only by EXPUNGE, one by one: else a client cannot know which numbers now name which messages.",
		Advice:      "Send an EXPUNGE for each message that is gone.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 NOOP\nS: * 7 EXISTS\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 CHECK\nS: * 3 EXPUNGE\nS: * 3 EXPUNGE\nS: * 7 EXISTS\nS: * 0 RECENT\nS: a1 OK done\n",
	}
	beyondExists = &Rule{
		ID: "S008", Title: "data about a message that does not exist", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Conventions", "SEQUENCE", 10),
		Explanation: "Messages have the numbers from 1 to what EXISTS said last, less one for each EXPUNGE since.",
		Advice:      "Send EXISTS before data about new messages, and count down after EXPUNGE.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 EXPUNGE\nS: * 9 EXPUNGE\nS: * 9 EXPUNGE\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 EXPUNGE\nS: * 8 EXPUNGE\nS: * 8 EXPUNGE\nS: a1 OK done\n",
	}
	searchOutside = &Rule{
		ID: "S019", Title: "SEARCH finds a message that does not exist", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "* SEARCH number(s)", 20),
		Explanation: "The numbers refer to messages that match, from 1 to what EXISTS said last.",
		Advice:      "Send EXISTS before numbers of new messages.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH ALL\nS: * SEARCH 9 10\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH ALL\nS: * SEARCH 8 9\nS: a1 OK done\n",
	}
	searchOrder = &Rule{
		ID: "S020", Title: "SEARCH numbers out of order", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Responses", "* SEARCH number(s)", 20),
		Explanation: "RFC 1176 asks for no order, but most servers send numbers upwards and each of them once, and clients have come to count on it.",
		Advice:      "Sort them.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH ALL\nS: * SEARCH 9 8\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH ALL\nS: * SEARCH 8 9\nS: a1 OK done\n",
	}
	inboxListed = &Rule{
		ID: "S030", Title: "FIND MAILBOXES lists INBOX", Severity: Warning, Verdict: Server,
		Ref:         of1176("Commands", "FIND MAILBOXES", 12),
		Explanation: "The special name INBOX is not included in the output; a client that adds it itself shows it twice.",
		Advice:      "Leave it out.",
		Bad:         "# logged in\nC: a1 FIND MAILBOXES *\nS: * MAILBOX INBOX\nS: a1 OK done\n",
		Good:        "# logged in\nC: a1 FIND MAILBOXES *\nS: * MAILBOX saved\nS: a1 OK done\n",
	}
)

var flagsLack = &Rule{
	ID: "S034", Title: "FLAGS without the system flags", Severity: Warning, Verdict: Server, Later: true,
	Ref:         of1176("Responses", "* FLAGS flag_list", 20),
	Explanation: "The list has at a minimum the system-defined flags: \\ANSWERED, \\FLAGGED, \\DELETED and \\SEEN (p. 28). A client will not offer what is not in it.",
	Advice:      "Name them all, in a mailbox that is read-only too.",
	Bad:         "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK done\n",
	Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK done\n",
}

// systemFlags are those that every mailbox has (RFC 1176, "Formal Syntax", p. 28).
var systemFlags = [...]string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`}

// defined looks at the flags that a mailbox has.
func (c *conn) defined(m *decode.Message, tree *syntax.Node) {
	flags := syntax.ReadFlags(tree, m.Raw)
	if flags == nil || m.Broken || m.Lost > 0 {
		return
	}
	var lacks []string
	for _, f := range systemFlags {
		if !slices.ContainsFunc(flags, func(have string) bool { return strings.EqualFold(have, f) }) {
			lacks = append(lacks, f)
		}
	}
	if lacks != nil {
		c.found(flagsLack, all(m), "FLAGS lacks "+strings.Join(lacks, ", "))
	}
}

var dataLeftOut = &Rule{
	ID: "S033", Title: "data that the formal syntax leaves out", Severity: Note, Verdict: Server, Once: true,
	Ref:         of1176("Formal Syntax", "data", 26),
	Against:     of1176("Responses", "* MAILBOX string", 20),
	Explanation: "The prose defines MAILBOX and BBOARD, and the formal syntax has neither. It wants one number at least in SEARCH, and servers answer a search that found nothing with none.",
	Advice:      "Nothing. As a client, take it.",
	Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH NEW\nS: * SEARCH\nS: a1 OK done\n",
	Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH NEW\nS: * SEARCH 9\nS: a1 OK done\n",
}

// box is the mailbox that unsolicited data is about, if its size is known.
func (c *conn) box(m *decode.Message) *session.Mailbox {
	b := c.session.Mailbox
	if b == nil || !b.Known || c.noBox {
		return nil
	}
	if m.Txn != nil {
		switch m.Txn.Command {
		case "SELECT", "BBOARD", "EXAMINE":
			return nil // it may be about the one that is being selected
		}
	}
	return b
}

// untagged looks at unsolicited data about the mailbox.
func (c *conn) untagged(m *decode.Message, tree *syntax.Node) {
	switch m.Word {
	case "EXISTS":
		if b := c.box(m); b != nil && m.Number < b.Exists {
			c.foundIf(capture.ClientToServer, existsShrinks, all(m), fmt.Sprintf("%d messages, and there were %d", m.Number, b.Exists))
		}
	case "EXPUNGE", "COPY", "FETCH", "STORE":
		if b := c.box(m); b != nil && (m.Number == 0 || m.Number > b.Exists) {
			c.foundIf(capture.ClientToServer, beyondExists, all(m), fmt.Sprintf("message %d of %d", m.Number, b.Exists))
		}
	case "SEARCH":
		c.search(m, tree)
	case "FLAGS":
		c.defined(m, tree)
	case "BBOARD":
		c.found(dataLeftOut, all(m), "BBOARD for data")
	case "MAILBOX":
		c.found(dataLeftOut, all(m), "MAILBOX for data")
		if n := tree.FindRole(protocol.RoleMailbox); n != nil && string(c.upper(n.Value(m.Raw))) == "INBOX" {
			c.found(inboxListed, node(m, n), "INBOX among the mailboxes")
		}
	}
}

// search looks at the numbers that a SEARCH found.
func (c *conn) search(m *decode.Message, tree *syntax.Node) {
	if m.Txn == nil || m.Txn.Command != "SEARCH" {
		return
	}
	if n := len(tree.Kids); n > 0 && tree.Kid(syntax.KindNumber) == nil {
		c.found(dataLeftOut, all(m), "SEARCH without a number")
	}
	b := c.box(m)
	outside, order := false, false
	before := uint64(0)
	for i := range tree.Kids {
		n := &tree.Kids[i]
		v, ok := n.Number(m.Raw)
		if !ok {
			continue
		}
		if b != nil && !outside && (v == 0 || v > uint64(b.Exists)) {
			outside = true
			c.foundIf(capture.ClientToServer, searchOutside, node(m, n), fmt.Sprintf("message %d of %d", v, b.Exists))
		}
		if v <= before && !order {
			order = true
			c.found(searchOrder, node(m, n), fmt.Sprintf("%d after %d", v, before))
		}
		before = v
	}
}
