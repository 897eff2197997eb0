package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// argumentRules are the rules about the arguments of commands.
var argumentRules = []*Rule{
	{
		ID: "C004", Title: "command that does not follow the grammar", Severity: Error, Verdict: Client, Common: true, Faulty: true,
		Ref:         of1176("Formal Syntax", "request", 28),
		Explanation: "Something is missing, superfluous, or in the wrong place. A server answers BAD, or guesses.",
		Advice:      "Follow the grammar; the finding says what was expected.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2:4\nS: a1 BAD missing argument\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2:4 FAST\nS: a1 OK done\n",
		On:          []Fact{OnBadRequest}, Run: wrongArguments,
	},
	{
		ID: "C009", Title: "range that runs backwards", Severity: Note, Verdict: Client,
		Ref:         of1176("Conventions", "SEQUENCE", 10),
		Explanation: "A pair of numbers means all the numbers between them, in either order; but some servers refuse a range that runs backwards.",
		Advice:      "Write the smaller number first.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 4:2 FAST\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2:4 FAST\nS: a1 OK done\n",
		On:          []Fact{OnSequence}, Run: sequenceBackwards,
	},
	{
		ID: "C008", Title: "sequence with a message that does not exist", Severity: Error, Verdict: Client, Faulty: true, Always: true,
		Ref:         of1176("Conventions", "SEQUENCE", 10),
		Explanation: "Messages are numbered from 1 to n, where n is the number in the last EXISTS. There is no message 0, and \"*\" came with IMAP4.",
		Advice:      "Take numbers from EXISTS, and count them down at each EXPUNGE.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 8:12 FAST\nS: a1 BAD no such message\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 8:9 FAST\nS: a1 OK done\n",
		On:          []Fact{OnSequence, OnTagged}, Run: sequenceOutside,
	},
	{
		ID: "C010", Title: "several flags without parentheses", Severity: Error, Verdict: Client,
		Ref:         of1176("Formal Syntax", "flag_list", 27),
		Explanation: "A flag list is one flag, or flags in parentheses. A server may read only the first flag.",
		Advice:      "Put parentheses around them.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Deleted \\Seen\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS (\\Deleted \\Seen)\nS: a1 OK done\n",
		On:          []Fact{OnFlagList}, Run: flagsWithoutParentheses,
	},
	{
		ID: "C011", Title: "flag that the mailbox does not have", Severity: Warning, Verdict: Client,
		Ref:         of1176("Responses", "* FLAGS flag_list", 20),
		Explanation: "The flags that can be used in a mailbox are those of the FLAGS response to SELECT. A backslash begins the name of a system flag, and this is not one of RFC 1176's (p. 28) either. A flag without a backslash is the user's own; many servers accept only those they list.",
		Advice:      "Use a flag that FLAGS listed.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Read\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Seen\nS: a1 OK done\n",
		On:          []Fact{OnFlag}, Run: unknownFlag,
	},
	{
		ID: "C012", Title: "character that no atom or quoted string may have", Severity: Warning, Verdict: Client,
		Ref:         of1176("Conventions", "CHARACTER", 9),
		Explanation: "A CHARACTER is any ASCII character except \" { CR LF % and \\, and a quoted string has at least one. RFC 1176 has no quoting by backslash; servers differ in how they treat it.",
		Advice:      "Send such a string as a literal.",
		Bad:         "# logged in\nC: a1 SELECT a\\b\nS: a1 NO no such mailbox\n",
		Good:        "# logged in\nC: a1 SELECT {3}\nS: + ready\nC: a\\b\nS: a1 NO no such mailbox\n",
		On:          []Fact{OnString}, Run: notCharacter,
	},
	{
		ID: "C019", Title: "search key that the formal syntax leaves out", Severity: Note, Verdict: Client, Once: true,
		Ref:         of1176("Formal Syntax", "search", 28),
		Against:     of1176("Commands", "SEARCH", 16),
		Explanation: "The prose defines FROM and SUBJECT, and its example uses FROM; the formal syntax has neither. Servers know both.",
		Advice:      "As a client, do nothing. As a server, accept them.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH FROM smith\nS: * SEARCH 2\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH TO smith\nS: * SEARCH 2\nS: a1 OK done\n",
		On:          []Fact{OnName}, Run: keyLeftOut,
	},
	{
		ID: "C020", Title: "search for something that is not a date", Severity: Warning, Verdict: Client, Later: true, Faulty: true,
		Ref:         of1176("Commands", "SEARCH", 16),
		Explanation: "BEFORE, ON and SINCE compare with the day of a message's internal date; the example has 1-OCT-87. It is not clear which day is meant; some servers find nothing and still answer OK.",
		Advice:      "Send day, month in three letters, and year, with \"-\" between them.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH SINCE yesterday\nS: a1 NO what\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH SINCE 1-OCT-87\nS: * SEARCH 9\nS: a1 OK done\n",
		On:          []Fact{OnSearchDate}, Run: searchDate,
	},
}

func wrongArguments(p *Pass) {
	if p.blind && protocol.Lookup(protocol.Command, []byte(p.cmd.tag)).Does(protocol.EndsIdle) {
		return // its IDLE was not captured
	}
	switch name := shown(p.message, p.node.Span); {
	case p.node.Err != nil:
		p.report(p.there(), expected(p.node.Err))
	case p.guessed: // a later RFC may have it
		p.reportAs(Note, Client, p.there(), "unknown to imapscope: "+name)
	default:
		p.report(p.there(), "there is no such name: "+name)
	}
}

func expected(e *wire.Error) string { return "expected " + e.Want + " (" + e.Ref + ")" }

func keyLeftOut(p *Pass) {
	if p.name.Kind == protocol.SearchKey && p.name.LeftOut {
		p.report(p.there(), p.name.Name+" in a search")
	}
}

func sequenceBackwards(p *Pass) {
	for _, r := range p.sequence {
		if r.First > r.Last && r.First != syntax.Star {
			p.report(p.there(), fmt.Sprintf("%d:%d runs backwards", r.First, r.Last))
			return
		}
	}
}

const starIsLater = "\"*\" for the last message came with IMAP4"

func sequenceOutside(p *Pass) {
	if p.fact == OnTagged {
		starRefused(p)
		return
	}
	star := bytes.IndexByte(p.raw(), '*') >= 0
	exists, known := p.exists()
	for _, r := range p.sequence {
		low, high := r.Bounds()
		switch {
		case low == 0:
			p.holdAlways(Error, capture.ServerToClient, p.there(), "there is no message 0")
		case high == syntax.Star && star:
			if p.cmd.dialect > protocol.IMAP2bis {
				continue
			}
			if p.world.Dialect == protocol.UnknownDialect { // the server's answer shows whether it has "*"
				p.cmd.star, p.cmd.faulty = p.there(), p.cmd.faulty || !p.isIMAP4()
				continue
			}
			p.reportIfSure(capture.ServerToClient, p.there(), starIsLater)
		case known && high > exists:
			severity := Error
			if p.isIMAP4() && low <= exists { // servers accept it, although RFC 3501 has them answer BAD (9, seq-number)
				severity = Warning
			}
			p.holdAlways(severity, capture.ServerToClient, p.there(), fmt.Sprintf("message %d of %d", high, exists))
		default:
			continue
		}
		return
	}
}

// starRefused reports "*" in a sequence that a server of IMAP2 refused. One that answers OK
// speaks a later dialect, or goes beyond its own.
func starRefused(p *Pass) {
	if p.cmd.star.len == 0 || p.isIMAP4() {
		return
	}
	if isOK(p.message) {
		p.reportAs(Note, Client, p.cmd.star, starIsLater+"; the server accepted it")
		return
	}
	p.report(p.cmd.star, starIsLater)
}

// flagsWithoutParentheses reports a flag list without parentheses.
func flagsWithoutParentheses(p *Pass) {
	if n := bareFlags(p.node); n > 1 {
		p.report(p.there(), bareText(n))
	}
}

func bareText(n int) string { return fmt.Sprintf("%d flags without parentheses", n) }

// bareFlags returns the number of flags in a flag list that has no parentheses.
func bareFlags(list *syntax.Node) int {
	n := 0
	for i := range list.Kids {
		switch list.Kids[i].Kind {
		case syntax.KindOpen:
			return 0
		case syntax.KindFlag:
			n++
		}
	}
	return n
}

// maxFlags is the number of a command's flags that are looked up among the mailbox's.
const maxFlags = 64

func unknownFlag(p *Pass) {
	name := p.raw()
	b := p.session.Mailbox
	if p.cmd.flags++; p.cmd.flags > maxFlags || len(name) == 0 || p.noBox || b == nil || b.Flags == nil || p.pending(opens) {
		return
	}
	if slices.ContainsFunc(b.Flags, func(f string) bool { return strings.EqualFold(f, string(name)) }) {
		return
	}
	e := protocol.Lookup(protocol.Flag, name)
	switch {
	case e != nil && e.Dialect == protocol.IMAP2:
	case name[0] == '\\':
		p.report(p.there(), shown(p.message, p.node.Span)+" is not a system flag, and FLAGS does not list it")
	default:
		p.reportAs(Note, Client, p.there(), "FLAGS does not list "+shown(p.message, p.node.Span))
	}
}

// notCharacter checks the bytes of an atom or a quoted string.
func notCharacter(p *Pass) {
	n := p.node
	switch n.Role {
	case protocol.RoleUserID, protocol.RolePassword, protocol.RoleMailbox, protocol.RoleBBoard, protocol.RoleSearchText, protocol.RoleSearchDate:
	default:
		return
	}
	b, span := p.raw(), n.Span
	if p.cmd.beyond {
		return
	}
	if n.Kind == syntax.KindQuoted {
		if len(b) < 2 || n.Err != nil {
			return
		}
		b = b[1 : len(b)-1]
		span.Start++
		span.End--
		if len(b) == 0 {
			p.report(p.there(), "an empty quoted string")
			return
		}
	}
	i := bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 || strings.ContainsRune("\"{%\\", r) })
	if i < 0 {
		return
	}
	text := "a character that is not allowed here"
	if !n.Role.Secret() {
		text = fmt.Sprintf("%#02x is not allowed here", b[i])
		if b[i] < 0x80 {
			text = string(b[i]) + " is not allowed here"
		}
		span = wire.Span{Start: span.Start + i, End: span.Start + i + 1}
	}
	p.report(at(p.message, span), text)
}

var months = [...]string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}

func searchDate(p *Pass) {
	n, m := p.node, p.message
	if n.Err != nil || m.Broken || m.Lost > 0 {
		return
	}
	b := bytes.TrimLeft(n.Value(m.Raw), " ")
	parts := bytes.SplitN(b, []byte("-"), 3)
	if len(parts) == 3 && len(parts[0]) <= 2 && len(parts[1]) == 3 && len(parts[2]) >= 2 && digits(parts[0]) && digits(parts[2][:2]) {
		month := slices.Index(months[:], string(p.upper(parts[1]))) + 1
		day := 0
		for _, c := range parts[0] {
			day = day*10 + int(c-'0')
		}
		if month > 0 && 1 <= day && day <= longestMonth(month) {
			return
		}
	}
	p.report(p.there(), shown(m, n.Span)+" is not a date")
}

// longestMonth returns how many days a month can have, in a leap year.
func longestMonth(month int) int {
	return time.Date(2000, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func digits(b []byte) bool {
	return len(b) > 0 && !bytes.ContainsFunc(b, func(r rune) bool { return r < '0' || r > '9' })
}
