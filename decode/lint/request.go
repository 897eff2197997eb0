package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/vocab"
	"imapscope/decode/wire"
)

var (
	beforeGreeting = &Rule{
		ID: "C001", Title: "command before the greeting", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The client must not send any commands until it has received the greeting: the server may not be ready, and the greeting may say that it is of no use.",
		Advice:      "Read one line first.",
		Bad:         "C: a1 NOOP\nS: * OK ready\nS: a1 OK done\n",
		Good:        "S: * OK ready\nC: a1 NOOP\nS: a1 OK done\n",
	}
	unknownCommand = &Rule{
		ID: "C003", Title: "unknown command", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("Definitions of Commands and Responses", "", 10),
		Explanation: "No RFC that imapscope knows has this command.",
		Advice:      "Look for a misspelling, for a tag that is missing, or for octets of a literal that the server did not take.",
		Bad:         "# greeted\nC: a1 FROBNICATE\nS: a1 BAD unknown\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
	}
	wrongArguments = &Rule{
		ID: "C004", Title: "a command that does not follow the grammar", Severity: Error, Verdict: Client,
		Ref:         of1176("Formal Syntax", "request", 28),
		Explanation: "Something is missing, too much, or in the wrong place. A server answers BAD, or guesses.",
		Advice:      "Send what the grammar has; the finding says what it has there.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2:4\nS: a1 BAD missing argument\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2:4 FAST\nS: a1 OK done\n",
	}
	reservedTag = &Rule{
		ID: "C005", Title: `"*" or "+" for a tag`, Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 5),
		Explanation: "Both are reserved for the server: no response to this command can be told from unsolicited data.",
		Advice:      "Use a short alphanumeric word that is different for each command.",
		Bad:         "# greeted\nC: * NOOP\nS: * BAD no tag\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
	}
	tagInUse = &Rule{
		ID: "C006", Title: "tag of a command that is still outstanding", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 5),
		Explanation: "A tag is a unique identifier. With two commands of one tag outstanding, nobody can say which of them a response answers.",
		Advice:      "Count up.",
		Bad:         "# greeted\nC: a1 NOOP\nC: a1 NOOP\nS: a1 OK done\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 NOOP\nC: a2 NOOP\nS: a1 OK done\nS: a2 OK done\n",
	}
	literalNotAwaited = &Rule{
		ID: "C007", Title: "literal sent without waiting", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("Responses", "+ text", 21),
		Explanation: "A literal is sent when the server has said \"+\". If the server refuses the command instead, it takes the literal's octets for commands, and client and server lose one another.",
		Advice:      "After {n} and CRLF wait for \"+\", or for NO or BAD.",
		Bad:         "# greeted\nC: a1 LOGIN fred {6}\nC: secret\nS: + ready\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 LOGIN fred {6}\nS: + ready\nC: secret\nS: a1 OK done\n",
	}
	flagsWithoutParentheses = &Rule{
		ID: "C010", Title: "several flags without parentheses", Severity: Error, Verdict: Client,
		Ref:         of1176("Formal Syntax", "flag_list", 27),
		Explanation: "A flag list is one flag, or flags in parentheses. A server may take the first flag only.",
		Advice:      "Put parentheses around them.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Deleted \\Seen\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS (\\Deleted \\Seen)\nS: a1 OK done\n",
	}
	unknownSystemFlag = &Rule{
		ID: "C011", Title: "unknown system flag", Severity: Warning, Verdict: Client,
		Ref:         of1176("Formal Syntax", "system_flags", 28),
		Explanation: "A backslash begins the name of a system flag. This one is none of RFC 1176's, and the mailbox's FLAGS do not have it.",
		Advice:      "Use a flag that FLAGS listed; flags of the user's own have no backslash.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Read\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 STORE 2 +FLAGS \\Seen\nS: a1 OK done\n",
	}
	notCharacter = &Rule{
		ID: "C012", Title: "octet that no atom or quoted string may have", Severity: Warning, Verdict: Client,
		Ref:         of1176("Conventions", "CHARACTER", 9),
		Explanation: "A CHARACTER is any ASCII character but \" { CR LF % and \\, and a quoted string has one at least. RFC 1176 has no backslash that quotes; servers differ in what they make of one.",
		Advice:      "Send such a string as a literal.",
		Bad:         "# logged in\nC: a1 SELECT a\\b\nS: a1 NO no such mailbox\n",
		Good:        "# logged in\nC: a1 SELECT {3}\nS: + ready\nC: a\\b\nS: a1 NO no such mailbox\n",
	}
	clientBareLF = &Rule{
		ID: "C013", Title: "line ended by a bare LF", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("Conventions", "CRLF", 9),
		Explanation: "A command ends in CRLF. A server may wait for ever for the CR, or take the next command for a part of this one.",
		Advice:      "Send CR and LF.",
		Bad:         "# greeted\nC\\ a1 NOOP\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
	}
	longLine = &Rule{
		ID: "C014", Title: "command line too long", Severity: Warning, Verdict: Client, Later: true,
		Ref:         vocab.Ref{RFC: 2683, Heading: "3.2.1.5. Long Command Lines", Page: 8},
		Explanation: "RFC 1176 gives no limit, and the DEC-20 server's was 10,000 characters (p. 29); others' are lower. What is beyond a server's limit may be taken for the next command.",
		Advice:      "Keep a line within 1,000 octets, literals apart: name ranges in sequences, or divide the command.",
		Bad:         "# greeted\nC: a1 LOGIN fred " + strings.Repeat("x", 1000) + "\nS: a1 NO\n",
		Good:        "# greeted\nC: a1 LOGIN fred {1000}\nS: +\nC: " + strings.Repeat("x", 1000) + "\nS: a1 NO\n",
	}
	readOnlyMailbox = &Rule{
		ID: "C015", Title: "change of a mailbox that is read-only", Severity: Warning, Verdict: Client, Later: true,
		Ref:         of1176("Commands", "STORE", 15),
		Explanation: "STORE and EXPUNGE are not allowed without write access, and the server had said [READ-ONLY].",
		Advice:      "Look at the text of SELECT's OK before changing anything.",
		Bad:         "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK [READ-ONLY] done\nC: a2 EXPUNGE\nS: a2 NO read-only\n",
		Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK [READ-WRITE] done\nC: a2 EXPUNGE\nS: a2 OK done\n",
	}
	passwordInClear = &Rule{
		ID: "C017", Title: "password in the clear", Severity: Warning, Verdict: Client, Later: true,
		Ref:         of1176("Security Considerations", "", 30),
		Explanation: "\"Security issues are not discussed in this memo.\" Whoever sees this traffic, as you do, can log in.",
		Advice:      "Run the connection through TLS or another tunnel. Change the password.",
		Bad:         "# from 192.0.2.7\n# greeted\nC: a1 LOGIN fred secret\nS: a1 OK done\n",
		Good:        "# from 127.0.0.1\n# greeted\nC: a1 LOGIN fred secret\nS: a1 OK done\n",
	}
)

var keyLeftOut = &Rule{
	ID: "C019", Title: "search key that the formal syntax leaves out", Severity: Note, Verdict: Client, Once: true,
	Ref:         of1176("Formal Syntax", "search", 28),
	Against:     of1176("Commands", "SEARCH", 16),
	Explanation: "The prose defines FROM and SUBJECT, and its example uses FROM; the formal syntax has neither. Servers know both.",
	Advice:      "Nothing. As a server, take them.",
	Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH FROM smith\nS: * SEARCH 2\nS: a1 OK done\n",
	Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH TO smith\nS: * SEARCH 2\nS: a1 OK done\n",
}

// longest is how long a command line should be at most (RFC 2683, 3.2.1.5).
const longest = 1000

// request looks at a command as it is sent.
func (c *conn) request(m *decode.Message, tree *syntax.Node) {
	x := c.begin(m, tree)
	c.requests++
	c.neverAsked(m, x)
	t := m.Txn
	if !c.greeted {
		c.found(beforeGreeting, x.place, "the server has not said anything yet")
	}
	if t.Secret {
		return // the rest of a command that was refused, most likely
	}
	switch t.Command {
	case "LOGOUT":
		c.loggedOut = true
	case "STARTTLS":
		c.startTLS[capture.ClientToServer] = m.End
	}
	c.line(m, x)
	x.hidden = hidden(m, x.place.span)
	if e, ok := lookupCommand(x.name); ok {
		x.known, x.dialect = true, e.Dialect
	}
	c.tag(x)
	w := requestWalk{conn: c, m: m, x: x}
	w.walk(tree)
	x.piped = len(c.out) > 1
	x.single = c.single(x, tree, m.Raw)
	x.again = x.name == "FETCH" && c.knows(x)
	c.literals(m, x)
	c.texts(m)
	c.clear(m, x)
	if b := c.session.Mailbox; b != nil && b.ReadOnly && !c.noBox && !c.pending("SELECT", "BBOARD", "EXAMINE") && changes(t.Command) {
		c.found(readOnlyMailbox, x.place, t.Command+" although the mailbox is read-only")
	}
}

func changes(name string) bool {
	switch name {
	case "STORE", "EXPUNGE", "UID STORE", "UID EXPUNGE":
		return true
	}
	return false
}

// line looks at the length of a command line.
func (c *conn) line(m *decode.Message, x *command) {
	n := m.Len
	for i := range m.Literals {
		n -= m.Literals[i].Size
	}
	if n > longest {
		x.long = true
		c.found(longLine, all(m), fmt.Sprintf("%d octets, literals apart", n))
	}
}

// tag looks for a tag that is in use.
func (c *conn) tag(x *command) {
	for i := range c.out {
		if o := &c.out[i]; o != x && o.tag == x.tag && x.tag != "" && x.tag != "*" && x.tag != "+" {
			x.faulty = true
			c.found(tagInUse, x.place, "the tag is that of an outstanding command")
			return
		}
	}
}

// literals looks for literals that nobody asked for yet.
func (c *conn) literals(m *decode.Message, x *command) {
	for i := range m.Literals {
		l := &m.Literals[i]
		sent := l.Size > 0 && l.State != wire.Withdrawn && l.Body.Len() > 0
		if sent && !l.Waited && !l.NonSync {
			x.unwaited = true
			c.found(literalNotAwaited, at(m, l.Head), fmt.Sprintf("a literal of %s, sent before the server said \"+\"", many(int(l.Size), "octet")))
		}
	}
}

// clear looks for passwords that others may read.
func (c *conn) clear(m *decode.Message, x *command) {
	t := m.Txn
	if t.Command != "LOGIN" && (t.Command != "AUTHENTICATE" || t.Mechanism() != "PLAIN" && t.Mechanism() != "LOGIN") {
		return
	}
	a, b := c.Client.Addr(), c.Server.Addr()
	if c.secure || !a.IsValid() || !b.IsValid() || a.IsLoopback() || b.IsLoopback() || c.Server.Port() == imaps {
		return
	}
	c.found(passwordInClear, x.place, t.Command+" over a connection that is not encrypted")
}

// imaps is the port of IMAP over TLS (RFC 8314): what was read there was decrypted.
const imaps = 993

// requestWalk goes through the tree of a request once.
type requestWalk struct {
	*conn
	m     *decode.Message
	x     *command
	wrong bool // wrongArguments was told
}

func (w *requestWalk) walk(n *syntax.Node) {
	if n.Err != nil {
		w.broken(n)
	}
	switch n.Kind {
	case syntax.KindAtom, syntax.KindNumber, syntax.KindQuoted:
		w.string(n)
	case syntax.KindSequence:
		w.sequence(n)
	case syntax.KindFlagList:
		w.flags(n)
	case syntax.KindFlag:
		w.flag(n)
	case syntax.KindAttribute, syntax.KindKey:
		w.word(n)
	}
	for i := range n.Kids {
		w.walk(&n.Kids[i])
	}
}

// broken tells of what the grammar does not have.
func (w *requestWalk) broken(n *syntax.Node) {
	switch {
	case w.m.Broken || w.m.Lost > 0:
		return
	case n.Kind == syntax.KindTag:
		w.x.faulty = true
		w.found(reservedTag, node(w.m, n), "a server cannot answer this command by its tag")
	case n.Kind == syntax.KindCRLF:
		w.found(clientBareLF, node(w.m, n), "LF without CR before it")
	case !w.wrong:
		w.x.faulty, w.wrong = true, true
		w.found(wrongArguments, node(w.m, n), expected(n.Err))
	}
}

func expected(e *wire.Error) string { return "expected " + e.Want + " (" + e.Ref + ")" }

// word looks for attributes and search keys that nobody knows, or not RFC 1176, or
// not its formal syntax.
func (w *requestWalk) word(n *syntax.Node) {
	kinds := [...]vocab.Kind{vocab.FetchItem, vocab.Macro, vocab.StoreItem}
	of := kinds[:]
	if n.Kind == syntax.KindKey {
		of = append(of[:0], vocab.SearchKey)
	}
	name := string(n.Bytes(w.m.Raw))
	if n.Kind == syntax.KindAttribute && w.x.name == "FETCH" {
		asked := items[string(w.upper(n.Bytes(w.m.Raw)))]
		w.x.asked |= asked
		w.x.unknown = w.x.unknown || asked == 0
	}
	for _, k := range of {
		e, ok := vocab.Lookup(k, name)
		switch {
		case !ok:
			continue
		case e.Dialect != vocab.IMAP2:
			w.x.later = e.Name
		case k == vocab.SearchKey && (e.Name == "FROM" || e.Name == "SUBJECT"):
			w.found(keyLeftOut, node(w.m, n), e.Name+" in a search")
		}
		return
	}
	if n.Err != nil || w.wrong {
		return
	}
	w.x.faulty, w.wrong = true, true
	w.found(wrongArguments, node(w.m, n), "nothing is called so: "+shown(w.m, n.Span))
}

// string looks at the octets of an atom or a quoted string.
func (w *requestWalk) string(n *syntax.Node) {
	switch n.Role {
	case syntax.RoleUserID, syntax.RolePassword, syntax.RoleMailbox, syntax.RoleBBoard, syntax.RoleSearchText, syntax.RoleSearchDate:
	default:
		return
	}
	b := n.Bytes(w.m.Raw)
	span := n.Span
	if n.Kind == syntax.KindQuoted {
		if len(b) < 2 || n.Err != nil {
			return
		}
		b = b[1 : len(b)-1]
		span.Start++
		span.End--
		if len(b) == 0 {
			w.found(notCharacter, node(w.m, n), "an empty quoted string")
			return
		}
	}
	i := bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 || strings.ContainsRune("\"{%\\", r) })
	if i < 0 {
		return
	}
	text := "an octet that is not allowed here"
	if !n.Role.Secret() {
		text = fmt.Sprintf("%#02x is not allowed here", b[i])
		if b[i] < 0x80 {
			text = string(b[i]) + " is not allowed here"
		}
		span = wire.Span{Start: span.Start + i, End: span.Start + i + 1}
	}
	w.found(notCharacter, at(w.m, span), text)
}

// flags looks at how a list of flags is written.
func (w *requestWalk) flags(n *syntax.Node) {
	if n.Kid(syntax.KindOpen) != nil {
		return
	}
	count := 0
	for i := range n.Kids {
		if n.Kids[i].Kind == syntax.KindFlag {
			count++
		}
	}
	if count > 1 {
		w.found(flagsWithoutParentheses, node(w.m, n), fmt.Sprintf("%d flags without parentheses", count))
	}
}

// flag looks at the name of a system flag.
func (w *requestWalk) flag(n *syntax.Node) {
	name := n.Bytes(w.m.Raw)
	if len(name) == 0 || name[0] != '\\' || w.noBox {
		return
	}
	if e, ok := vocab.Lookup(vocab.Flag, string(name)); ok && e.Dialect == vocab.IMAP2 {
		return
	}
	if b := w.session.Mailbox; b != nil && slices.ContainsFunc(b.Flags, func(f string) bool { return strings.EqualFold(f, string(name)) }) {
		return
	}
	w.found(unknownSystemFlag, node(w.m, n), shown(w.m, n.Span)+" is no system flag, and FLAGS does not have it")
}
