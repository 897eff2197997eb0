package lint

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"sort"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

var (
	sizeDisagrees = &Rule{
		ID: "S014", Title: "RFC822.SIZE that is not the message's", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Commands", "FETCH", 15),
		Explanation: "RFC822.SIZE is the number of characters in the message as expressed in RFC 822 format: the length of RFC822, and of RFC822.HEADER and RFC822.TEXT together. Clients reserve room by it.",
		Advice:      "Count the message as it is sent, with CRLF at the end of each line.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 (RFC822.SIZE RFC822)\nS: * 2 FETCH (RFC822.SIZE 9 RFC822 {4}\nS: 1234)\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 (RFC822.SIZE RFC822)\nS: * 2 FETCH (RFC822.SIZE 4 RFC822 {4}\nS: 1234)\nS: a1 OK done\n",
	}
	notHeaderAndText = &Rule{
		ID: "S015", Title: "RFC822 that is not HEADER and TEXT", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Commands", "FETCH", 15),
		Explanation: "RFC822 is the concatenation of RFC822.HEADER and RFC822.TEXT; their lengths do not add up. Most often it is the blank line between them, which one of the two must have.",
		Advice:      "Cut the message behind its blank line.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 (RFC822.HEADER RFC822.TEXT RFC822)\nS: * 2 FETCH (RFC822.HEADER \"ab\" RFC822.TEXT \"cd\" RFC822 \"abXcd\")\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 (RFC822.HEADER RFC822.TEXT RFC822)\nS: * 2 FETCH (RFC822.HEADER \"ab\" RFC822.TEXT \"cd\" RFC822 \"abcd\")\nS: a1 OK done\n",
	}
	notDefaulted = &Rule{
		ID: "S018", Title: "sender or reply-to not defaulted", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "ENVELOPE", 19),
		Explanation: "The server must default the reply-to and sender fields from the from field; a client is not expected to know to do this, and its answer goes nowhere.",
		Advice:      "Repeat from where the message has no such field.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL NIL \"fred\" \"x\")) NIL NIL NIL NIL NIL NIL NIL))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) ((NIL NIL \"fred\" \"x\")) NIL NIL NIL NIL NIL))\nS: a1 OK done\n",
	}
	itemNeverSent = &Rule{
		ID: "S021", Title: "FETCH answered OK, and an item never sent", Severity: Note, Verdict: Server, Later: true,
		Ref:         of1176("Implementation Discussion", "", 24),
		Explanation: "\"It can not be assumed that a FETCH will transmit any data\": a server need not repeat what it has sent and is unchanged. But this it never sent on this connection; or it is the message's text, which is to be sent each time.",
		Advice:      "Send what is asked. As a client, do not wait for an item longer than for the OK.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2:3 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2:3 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: * 3 FETCH (FLAGS (\\Seen))\nS: a1 OK done\nC: a2 FETCH 2 FLAGS\nS: a2 OK unchanged\n",
	}
	dateForm = &Rule{
		ID: "S022", Title: "date that is not dd-mmm-yy hh:mm:ss-zzz", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Formal Syntax", "date", 26),
		Against:     of1176("Sample IMAP2 session", "", 22),
		Explanation: "The sample session has a space before the zone, where the formal syntax has \"-\"; most servers send a year of four digits and a zone in figures, which later dialects made the rule. A client should take all of these.",
		Advice:      "Nothing, if clients can read it.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 INTERNALDATE\nS: * 2 FETCH (INTERNALDATE \" 9-Jun-1988 12:55:44 -0700\")\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 INTERNALDATE\nS: * 2 FETCH (INTERNALDATE \" 9-Jun-88 12:55:44 PDT\")\nS: a1 OK done\n",
	}
	obsoleteStore = &Rule{
		ID: "S023", Title: "STORE for FETCH data", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Responses", "STORE data", 18),
		Against:     of1176("A Typical Scenario", "", 9),
		Explanation: "\"Obsolete and functionally equivalent to FETCH\"; but the scenario answers STORE with it.",
		Advice:      "Send FETCH. As a client, take both.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Seen\nS: * 2 STORE (FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Seen\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n",
	}
	emptyFlags = &Rule{
		ID: "S024", Title: "empty flag list", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Formal Syntax", "flag_list, msg_fetch", 27),
		Against:     of1176("Responses", "FLAGS", 19),
		Explanation: "The formal syntax wants one flag at least in the parentheses; the prose has a list of the flags that are set, of which there may be none. Every server sends \"()\".",
		Advice:      "Nothing. As a client, take it.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS ())\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n",
	}
	saidTwice = &Rule{
		ID: "S027", Title: "the same item twice in one response", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Responses", "FETCH data", 18),
		Explanation: "RFC 1176 does not forbid it. Servers do it with FLAGS when \\Seen changes while the text is fetched: the first may be the old ones, or the new.",
		Advice:      "As a client, take the last.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 (FLAGS RFC822.TEXT)\nS: * 2 FETCH (FLAGS () RFC822.TEXT \"x\" FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 (FLAGS RFC822.TEXT)\nS: * 2 FETCH (RFC822.TEXT \"x\" FLAGS (\\Seen))\nS: a1 OK done\n",
	}
)

// texts are the items that are sent each time they are asked for.
const texts = session.Header | session.Text | session.Whole

// items are the names of what FETCH shows; lookups in it do not allocate.
var items = map[string]session.Items{
	"ENVELOPE": session.Envelope, "FLAGS": session.Flags, "INTERNALDATE": session.InternalDate,
	"RFC822.SIZE": session.Size, "RFC822.HEADER": session.Header, "RFC822.TEXT": session.Text, "RFC822": session.Whole,
	"ALL":  session.Flags | session.InternalDate | session.Size | session.Envelope,
	"FAST": session.Flags | session.InternalDate | session.Size,
}

// names are the items' names.
func names(set session.Items) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(items)) {
		if x := items[name]; x&set != 0 && bits.OnesCount16(uint16(x)) == 1 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// fetched looks at what is said about one message.
func (c *conn) fetched(m *decode.Message, tree *syntax.Node) {
	if m.Word == "STORE" {
		c.found(obsoleteStore, all(m), "\"* n STORE\" for \"* n FETCH\"")
	}
	list := tree.Kid(syntax.KindMessageData)
	if list == nil {
		return
	}
	var shown session.Items
	for i := range list.Kids {
		n := &list.Kids[i]
		if n.Kind != syntax.KindProperty || len(n.Kids) < 2 {
			continue
		}
		name := items[string(c.upper(n.Kids[0].Bytes(m.Raw)))]
		if name != 0 && shown&name != 0 {
			c.found(saidTwice, node(m, n), string(c.upper(n.Kids[0].Bytes(m.Raw)))+" for the second time")
		}
		shown |= name
		value := &n.Kids[len(n.Kids)-1]
		switch name {
		case session.Flags:
			if value.Kind == syntax.KindFlagList && len(value.Kids) == 2 {
				c.found(emptyFlags, node(m, value), "FLAGS ()")
			}
		case session.InternalDate:
			c.date(m, value)
		case session.Envelope:
			c.envelope(m, value)
		}
	}
	if x := c.outstanding(m.Txn); x != nil && shown&x.asked&texts == x.asked&texts {
		x.shown++
	}
	c.lengths = shown&(texts|session.Size) != 0
}

// date looks at the form of a date; what is no date at all is an error of the
// grammar.
func (c *conn) date(m *decode.Message, n *syntax.Node) {
	const form = "dd-mmm-yy hh:mm:ss-zzz"
	b := n.Value(m.Raw)
	if c.told[dateForm] > 0 || n.Err != nil || n.Kind != syntax.KindQuoted {
		return
	}
	ok := len(b) == len(form)
	for i := 0; ok && i < len(b); i++ {
		switch form[i] {
		case '-', ':', ' ':
			ok = b[i] == form[i] || i == len(form)-4 && b[i] == ' '
		case 'd', 'y', 'h', 's':
			ok = '0' <= b[i] && b[i] <= '9' || i == 0 && b[i] == ' '
		}
	}
	if !ok {
		c.found(dateForm, node(m, n), quote(b))
	}
}

// envelope looks at the fields that a server makes up.
func (c *conn) envelope(m *decode.Message, n *syntax.Node) {
	if n.Kind != syntax.KindEnvelope {
		return
	}
	from := false
	for i := range n.Kids {
		k := &n.Kids[i]
		switch k.Role {
		case protocol.RoleFrom:
			from = k.Kind == syntax.KindAddresses
		case protocol.RoleSender, protocol.RoleReplyTo:
			if from && k.Kind == syntax.KindNIL {
				c.found(notDefaulted, node(m, k), k.Role.String()+" is NIL, and from is not")
			}
		}
	}
}

// sizes compares what is now known of a message's lengths.
func (c *conn) sizes(m *decode.Message) {
	if c.session.Mailbox == nil || c.noBox {
		return
	}
	x := c.session.Mailbox.At(m.Number)
	if x == nil {
		return
	}
	o := x.Octets
	both := o.Header >= 0 && o.Text >= 0
	switch {
	case o.Whole >= 0 && both && o.Whole != o.Header+o.Text:
		c.found(notHeaderAndText, all(m), fmt.Sprintf("message %d: RFC822 has %d octets, RFC822.HEADER %d and RFC822.TEXT %d", m.Number, o.Whole, o.Header, o.Text))
	case o.Whole >= 0 && x.Size >= 0 && o.Whole != x.Size:
		c.found(sizeDisagrees, all(m), fmt.Sprintf("message %d: RFC822.SIZE %d, and RFC822 has %d octets", m.Number, x.Size, o.Whole))
	case o.Whole < 0 && both && x.Size >= 0 && o.Header+o.Text != x.Size:
		c.found(sizeDisagrees, all(m), fmt.Sprintf("message %d: RFC822.SIZE %d, and RFC822.HEADER and RFC822.TEXT have %d octets", m.Number, x.Size, o.Header+o.Text))
	}
}

// fetchDone looks for what a FETCH asked for and never got.
func (c *conn) fetchDone(m *decode.Message, x *command) {
	t, b := m.Txn, c.session.Mailbox
	if b == nil || !b.Known || c.noBox || x.faulty || x.sequence == nil || x.asked == 0 || t.Ambiguous > 0 || t.Lost > 0 {
		return
	}
	most := said(t, "FETCH") + said(t, "STORE") + maxCached
	count, lacks, first := 0, session.Items(0), uint32(0)
	each(b, x.sequence, most, func(n uint32, known *session.Message) bool {
		count++
		lacks = x.asked
		if known != nil {
			lacks &^= known.Fetched
		}
		first = n
		return lacks == 0
	})
	if lacks != 0 {
		c.found(itemNeverSent, x.place, fmt.Sprintf("message %d: never sent %s", first, names(lacks)))
		return
	}
	if count == most {
		return // not all of them were looked at
	}
	if x.asked&texts != 0 && x.shown < count {
		c.found(itemNeverSent, x.place, fmt.Sprintf("the text of %s was asked for, and that of %d sent", many(count, "message"), x.shown))
	}
}

// each goes through the messages of a sequence, as far as they exist and as many as
// most, until see says no; what nothing is known of is nil.
func each(b *session.Mailbox, seq syntax.Sequence, most int, see func(uint32, *session.Message) bool) {
	known := b.Messages()
	for _, r := range seq {
		low, high := r.Bounds()
		i := sort.Search(len(known), func(i int) bool { return known[i].Number >= low })
		for n := uint64(low); n <= uint64(min(high, b.Exists)); n++ {
			if most--; most < 0 {
				return
			}
			var m *session.Message
			if i < len(known) && uint64(known[i].Number) == n {
				m = &known[i]
				i++
			}
			if !see(uint32(n), m) {
				return
			}
		}
	}
}

// maxCached is how many messages a FETCH may name beyond those that it was answered
// with, for the rule to look at it.
const maxCached = 1 << 10
