package lint

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// fetchRules are the rules about responses to FETCH.
var fetchRules = []*Rule{
	{
		ID: "S023", Title: "STORE for FETCH data", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Responses", "STORE data", 18),
		Against:     of1176("A Typical Scenario", "", 9),
		Explanation: "\"Obsolete and functionally equivalent to FETCH\", yet RFC 1176's own scenario answers STORE with it.",
		Advice:      "As a server, send FETCH. As a client, accept both.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Seen\nS: * 2 STORE (FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Seen\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n",
		On:          []Fact{OnStored}, Run: func(p *Pass) { p.report(p.here(), "\"* n STORE\" for \"* n FETCH\"") },
	},
	{
		ID: "S027", Title: "the same item twice in one response", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Responses", "FETCH data", 18),
		Explanation: "RFC 1176 does not forbid it. Servers do it with FLAGS when \\Seen changes while the text is fetched: the first may be the old ones, or the new.",
		Advice:      "As a client, use the last.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 (FLAGS RFC822.TEXT)\nS: * 2 FETCH (FLAGS () RFC822.TEXT \"x\" FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 (FLAGS RFC822.TEXT)\nS: * 2 FETCH (RFC822.TEXT \"x\" FLAGS (\\Seen))\nS: a1 OK done\n",
		On:          []Fact{OnItem}, Run: itemRepeated,
	},
	{
		ID: "S024", Title: "empty flag list", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Formal Syntax", "flag_list, msg_fetch", 27),
		Against:     of1176("Responses", "FLAGS", 19),
		Explanation: "The formal syntax requires at least one flag in the parentheses; in the prose it is the list of the flags that are set, which may be empty. Every server sends \"()\".",
		Advice:      "As a client, accept it. As a server, do nothing.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS ())\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n",
		On:          []Fact{OnItem}, Run: emptyFlags,
	},
	{
		ID: "S022", Title: "date that is not dd-mmm-yy hh:mm:ss-zzz", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Formal Syntax", "date", 26),
		Against:     of1176("Sample IMAP2 session", "", 22),
		Explanation: "The sample session has a space before the zone, where the formal syntax has \"-\"; most servers send a year of four digits and a numeric zone, which later dialects made the rule. A client should accept all of these.",
		Advice:      "Nothing, if clients can read it.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 INTERNALDATE\nS: * 2 FETCH (INTERNALDATE \" 9-Jun-1988 12:55:44 -0700\")\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 INTERNALDATE\nS: * 2 FETCH (INTERNALDATE \" 9-Jun-88 12:55:44 PDT\")\nS: a1 OK done\n",
		On:          []Fact{OnItem, OnBadDate}, Run: dateForm,
	},
	{
		ID: "S018", Title: "sender or reply-to not defaulted", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "ENVELOPE", 19),
		Explanation: "The server must default the reply-to and sender fields from the from field. A client is not expected to know to do this, so a reply may have no recipient.",
		Advice:      "Repeat the from field where the message lacks the other.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL NIL \"fred\" \"x\")) NIL NIL NIL NIL NIL NIL NIL))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) NIL NIL NIL NIL NIL))\nS: a1 OK done\n",
		On:          []Fact{OnItem}, Run: notDefaulted,
	},
	{
		ID: "S015", Title: "RFC822 that is not HEADER plus TEXT", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Commands", "FETCH", 15),
		Explanation: "RFC822 is the concatenation of RFC822.HEADER and RFC822.TEXT; their lengths do not add up. Most often the cause is the blank line between them, which must be in one of the two.",
		Advice:      "Split the message after its blank line.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 (RFC822.HEADER RFC822.TEXT RFC822)\nS: * 2 FETCH (RFC822.HEADER \"ab\" RFC822.TEXT \"cd\" RFC822 \"abXcd\")\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 (RFC822.HEADER RFC822.TEXT RFC822)\nS: * 2 FETCH (RFC822.HEADER \"ab\" RFC822.TEXT \"cd\" RFC822 \"abcd\")\nS: a1 OK done\n",
		On:          []Fact{OnLengths}, Run: notHeaderAndText,
	},
	{
		ID: "S014", Title: "RFC822.SIZE that is not the message's size", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Commands", "FETCH", 15),
		Explanation: "RFC822.SIZE is the number of characters in the message as expressed in RFC 822 format: the length of RFC822, and of RFC822.HEADER and RFC822.TEXT together. Clients allocate memory accordingly.",
		Advice:      "Count the message as it is sent, with CRLF at the end of each line.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 (RFC822.SIZE RFC822)\nS: * 2 FETCH (RFC822.SIZE 9 RFC822 {4}\nS: 1234)\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 (RFC822.SIZE RFC822)\nS: * 2 FETCH (RFC822.SIZE 4 RFC822 {4}\nS: 1234)\nS: a1 OK done\n",
		On:          []Fact{OnLengths}, Run: sizeDisagrees,
	},
	{
		ID: "S021", Title: "FETCH answered OK, and an item never sent", Severity: Note, Verdict: Server, Later: true,
		Ref:         of1176("Implementation Discussion", "", 24),
		Explanation: "\"It can not be assumed that a FETCH will transmit any data\": a server need not repeat what it has sent and is unchanged. But this item was never sent on this connection, or it is the message's text, which has to be sent each time.",
		Advice:      "As a server, send what is asked for. As a client, do not wait for an item beyond the OK.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2:3 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2:3 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: * 3 FETCH (FLAGS (\\Seen))\nS: a1 OK done\nC: a2 FETCH 2 FLAGS\nS: a2 OK unchanged\n",
		On:          []Fact{OnOK}, Run: itemNeverSent,
	},
}

func itemRepeated(p *Pass) {
	if p.item != 0 && p.before&p.item != 0 {
		p.report(p.there(), names(p.item)+" for the second time")
	}
}

// names returns the items' names.
func names(set protocol.Shows) string {
	var out []string
	for r := range protocol.Of(protocol.FetchItem) {
		if r.Shows&set != 0 {
			out = append(out, r.Name)
			set &^= r.Shows
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// value returns the property's value.
func (p *Pass) value() *syntax.Node { return &p.node.Kids[len(p.node.Kids)-1] }

func emptyFlags(p *Pass) {
	if p.item != protocol.ShowsFlags {
		return
	}
	if v := p.value(); v.Kind == syntax.KindFlagList && len(v.Kids) == 2 {
		p.report(at(p.message, v.Span), "FLAGS ()")
	}
}

// dateForm checks the form of a date. A string that is no date in any form is an error.
func dateForm(p *Pass) {
	if p.fact == OnBadDate {
		p.reportAlways(Error, p.there(), quote(p.raw())+" is not a date")
		return
	}
	if p.item != protocol.ShowsInternalDate || p.reported() > 0 {
		return
	}
	if v := p.value(); v.Err == nil && v.Kind == syntax.KindQuoted && !formal(v.Value(p.message.Raw)) {
		p.report(at(p.message, v.Span), quote(v.Value(p.message.Raw)))
	}
}

// formal reports whether a date has the form of the formal syntax, or that of the
// sample session.
func formal(b []byte) bool {
	const form = "dd-mmm-yy hh:mm:ss-zzz"
	ok := len(b) == len(form)
	for i := 0; ok && i < len(b); i++ {
		switch form[i] {
		case '-', ':', ' ':
			ok = b[i] == form[i] || i == len(form)-4 && b[i] == ' '
		case 'd', 'y', 'h', 's':
			ok = '0' <= b[i] && b[i] <= '9' || i == 0 && b[i] == ' '
		}
	}
	return ok
}

// notDefaulted checks the fields of an envelope that a server fills in by default.
func notDefaulted(p *Pass) {
	if p.item != protocol.ShowsEnvelope {
		return
	}
	n := p.value()
	if n.Kind != syntax.KindEnvelope {
		return
	}
	from := false
	for i := range n.Kids {
		kid := &n.Kids[i]
		switch kid.Role {
		case protocol.RoleFrom:
			from = kid.Kind == syntax.KindAddresses
		case protocol.RoleSender, protocol.RoleReplyTo:
			if from && kid.Kind == syntax.KindNIL {
				p.report(at(p.message, kid.Span), kid.Role.String()+" is NIL, but from is not")
			}
		}
	}
}

// lengths returns what is known about the message's lengths, or nil.
func (p *Pass) lengths() *session.Message {
	if p.session.Mailbox == nil || p.noBox {
		return nil
	}
	return p.session.Mailbox.At(p.message.Number)
}

// disagrees reports whether the parts of a message do not add up to the whole.
func disagrees(o session.Octets) bool {
	return o.Whole >= 0 && o.Header >= 0 && o.Text >= 0 && o.Whole != o.Header+o.Text
}

func notHeaderAndText(p *Pass) {
	if msg := p.lengths(); msg != nil && disagrees(msg.Octets) {
		o := msg.Octets
		p.report(p.here(), fmt.Sprintf("message %d: RFC822 has %d bytes, but RFC822.HEADER %d and RFC822.TEXT %d", p.message.Number, o.Whole, o.Header, o.Text))
	}
}

func sizeDisagrees(p *Pass) {
	msg := p.lengths()
	if msg == nil || msg.Size < 0 || disagrees(msg.Octets) {
		return
	}
	o := msg.Octets
	switch {
	case o.Whole >= 0 && o.Whole != msg.Size:
		p.report(p.here(), fmt.Sprintf("message %d: RFC822.SIZE %d, but RFC822 has %d bytes", p.message.Number, msg.Size, o.Whole))
	case o.Whole < 0 && o.Header >= 0 && o.Text >= 0 && o.Header+o.Text != msg.Size:
		p.report(p.here(), fmt.Sprintf("message %d: RFC822.SIZE %d, but RFC822.HEADER and RFC822.TEXT have %d bytes", p.message.Number, msg.Size, o.Header+o.Text))
	}
}

// itemNeverSent reports an item that a FETCH asked for and never got. After an EXPUNGE
// the numbers of the request are no longer those of the responses.
func itemNeverSent(p *Pass) {
	t, cmd, b := p.message.Txn, p.cmd, p.session.Mailbox
	if !bySequence(cmd.row, protocol.Fetches) || cmd.faulty || cmd.moved || cmd.modified || cmd.sequence == nil || cmd.asked == 0 {
		return
	}
	if b == nil || !b.Known || p.noBox || t.Ambiguous > 0 || t.Lost > 0 {
		return
	}
	most := shows(t) + maxCached
	count, lacks, first := 0, protocol.Shows(0), uint32(0)
	each(b, cmd.sequence, most, func(n uint32, known *session.Message) bool {
		count++
		lacks = cmd.asked
		if known != nil {
			lacks &^= known.Fetched
		}
		first = n
		return lacks == 0
	})
	switch {
	case lacks != 0:
		p.report(cmd.place, fmt.Sprintf("message %d: never sent %s", first, names(lacks)))
	case count == most: // not all of them were looked at
	case cmd.asked&texts != 0 && cmd.shown < count:
		p.report(cmd.place, fmt.Sprintf("the text of %s was asked for, but that of %d sent", many(count, "message"), cmd.shown))
	}
}

// each calls see for the existing messages of a sequence, at most most of them, until
// it returns false. A message about which nothing is known is nil.
func each(b *session.Mailbox, seq syntax.Sequence, most int, see func(uint32, *session.Message) bool) {
	for _, r := range seq {
		low, high := r.Bounds()
		if low == high { // finding one message takes much less than iterating
			if low > b.Exists {
				continue
			}
			if most--; most < 0 || !see(low, b.At(low)) {
				return
			}
			continue
		}
		n, end := uint64(low), uint64(min(high, b.Exists))
		upTo := func(last uint64, known *session.Message) bool { // known is the last one, if not nil
			for ; n <= last; n++ {
				m := known
				if n < last {
					m = nil
				}
				if most--; most < 0 || !see(uint32(n), m) {
					return false
				}
			}
			return true
		}
		for m := range b.From(low) {
			if uint64(m.Number) > end {
				break
			}
			if !upTo(uint64(m.Number), m) {
				return
			}
		}
		if !upTo(end, nil) {
			return
		}
	}
}

// maxCached is how many messages a FETCH may name, beyond those it was answered with,
// for the rule to examine it.
const maxCached = 1 << 10
