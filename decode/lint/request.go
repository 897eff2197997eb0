package lint

import (
	"fmt"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
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
	longLine = &Rule{
		ID: "C014", Title: "command line too long", Severity: Warning, Verdict: Client, Later: true,
		Ref:         protocol.Ref{RFC: 2683, Heading: "3.2.1.5. Long Command Lines", Page: 8},
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
		Bad:         "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK [READ-ONLY] done\nC: a2 EXPUNGE\nS: a2 NO read-only\n",
		Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK [READ-WRITE] done\nC: a2 EXPUNGE\nS: a2 OK done\n",
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

// longest is how long a command line should be at most (RFC 2683, 3.2.1.5).
const longest = 1000

// request looks at a command as it is sent.
func (c *conn) request(m *decode.Message, tree *syntax.Node) {
	x := c.begin(m, tree)
	c.requests++
	c.neverAsked(m, x)
	t := m.Txn
	if !c.greeted {
		c.foundIf(capture.ServerToClient, beforeGreeting, x.place, "the server has not said anything yet")
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
	if e := lookupCommand(x.name); e != nil {
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
		c.foundIf(capture.ServerToClient, readOnlyMailbox, x.place, t.Command+" although the mailbox is read-only")
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
			severity, text := Error, fmt.Sprintf("a literal of %s, sent before the server said \"+\"", many(int(l.Size), "octet"))
			if x.took >= patience {
				severity, text = Note, text+"; the client may have waited for it in vain"
			}
			c.foundAs(literalNotAwaited, severity, Client, at(m, l.Head), text)
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
