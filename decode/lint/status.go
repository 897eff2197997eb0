package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

var (
	noGreeting = &Rule{
		ID: "S001", Title: "no greeting", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "When a connection is opened the server sends an unsolicited OK, and the client waits for it. Without one the client waits for ever.",
		Advice:      "Look whether this is an IMAP server, and whether something stands between it and the client.",
		Bad:         "S: ready\n",
		Good:        "S: * OK ready\n",
	}
	greetingNotOK = &Rule{
		ID: "S002", Title: "greeting that is not OK", Severity: Error, Verdict: Server,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The greeting is an unsolicited OK. PREAUTH and BYE came with later dialects; for what PREAUTH says, that the user is known already, the same page has no word.",
		Advice:      "Greet with OK.",
		Bad:         "S: * BAD too busy\n",
		Good:        "S: * OK ready\n",
	}
	noStatus = &Rule{
		ID: "S003", Title: "response without OK, NO or BAD", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Formal Syntax", "response", 28),
		Against:     of1176("A Typical Scenario", "", 9),
		Explanation: "The formal syntax wants one of the three after the tag; the scenario has \"A006 Expunge complete\", and FIND's example \"A002 FIND completed\" (p. 12).",
		Advice:      "Send OK. As a client, take it for OK.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 EXPUNGE\nS: a1 Expunge complete\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 EXPUNGE\nS: a1 OK Expunge complete\n",
	}
	orphan = &Rule{
		ID: "S004", Title: "response to a command that nobody gave", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("The Protocol", "", 5),
		Against:     of1176("Sample IMAP2 session", "", 22),
		Explanation: "The response to a command has its tag. With another one the client waits on. (RFC 1176 slips itself: its sample session answers a001 as a002, and its scenario, p. 8, A002 as A0002.)",
		Advice:      "Compare the tag with the command's, octet by octet.",
		Bad:         "# greeted\nC: a001 LOGIN fred secret\nS: a002 OK logged in\n",
		Good:        "# greeted\nC: a001 LOGIN fred secret\nS: a001 OK logged in\n",
	}
	noResponse = &Rule{
		ID: "S005", Title: "command without response", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The effect of a command cannot be considered complete until its response is received. The connection ended before it came.",
		Advice:      "Look at what the server did meanwhile, and how long the client waited.",
		Bad:         "# greeted\nC: a1 NOOP\n# 30s later\n# closed\n",
		Good:        "# greeted\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK done\n# closed\n",
	}
	selectLacks = &Rule{
		ID: "S006", Title: "SELECT without FLAGS, EXISTS or RECENT", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Commands", "SELECT", 11),
		Explanation: "On a successful SELECT the server sends the valid flags, the number of messages and the number of recent ones, and then OK. A client sizes its cache by them.",
		Advice:      "Send all three, a number of 0 too.",
		Bad:         "# logged in\nC: a1 SELECT INBOX\nS: * 9 EXISTS\nS: a1 OK done\n",
		Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a1 OK done\n",
	}
	logoutWithoutBYE = &Rule{
		ID: "S009", Title: "LOGOUT without BYE", Severity: Warning, Verdict: Server, Later: true,
		Ref:         of1176("Commands", "LOGOUT", 11),
		Explanation: "The server should send an unsolicited BYE before the OK, and then close the connection.",
		Advice:      "Send \"* BYE\" before LOGOUT's OK.",
		Bad:         "# logged in\nC: a1 LOGOUT\nS: a1 OK done\n",
		Good:        "# logged in\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK done\n",
	}
	afterBYE = &Rule{
		ID: "S025", Title: "data after BYE", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "* BYE text", 20),
		Explanation: "BYE says that the server is about to close the connection. Nothing but LOGOUT's own OK follows it; a client may not be listening any more.",
		Advice:      "Send what is to be said before BYE.",
		Bad:         "# INBOX selected, 9 messages\nS: * BYE\nS: * 10 EXISTS\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 LOGOUT\nS: * 10 EXISTS\nS: * BYE\nS: a1 OK\n",
	}
	noResponseLine = &Rule{
		ID: "S029", Title: "line that is no response", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Formal Syntax", "response", 28),
		Explanation: "A server's line begins with \"*\", \"+\" or the tag of a command. What a client makes of any other nobody knows.",
		Advice:      "Look for output of another program, for a literal that was announced too short, or for a line end within a text.",
		Bad:         "# logged in\nS: disk quota exceeded\n",
		Good:        "# logged in\nS: * NO disk quota exceeded\n",
	}
	copyUnsaid = &Rule{
		ID: "S031", Title: "COPY that does not say what it copied", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Commands", "COPY", 13),
		Explanation: "Before its OK the server should send \"* n COPY\" for each message. Few servers do.",
		Advice:      "As a client, do not wait for it.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 COPY 2 saved\nS: a1 OK done\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 COPY 2 saved\nS: * 2 COPY\nS: a1 OK done\n",
	}
	validRefused = &Rule{
		ID: "S032", Title: "BAD to a command that is right", Severity: Warning, Verdict: Server,
		Ref:         of1176("Responses", "tag BAD text", 18),
		Explanation: "BAD is for faulty protocol from the client, and this command follows the grammar. A client will report a fault of its own; NO says that a command cannot be done.",
		Advice:      "Compare the server's text with the command. If the server cannot do this, it should say NO.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH UNSEEN\nS: a1 BAD cannot search\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH UNSEEN\nS: a1 NO cannot search\n",
	}
)

// greet looks at the first thing that a server says.
func (c *conn) greet(m *decode.Message) {
	switch {
	case m.Kind != decode.Greeting:
		c.found(noGreeting, all(m), "the server's first line is no greeting")
	case m.Word == "PREAUTH":
		c.foundAs(greetingNotOK, Note, Server, all(m), "PREAUTH: the user is known already (RFC 1730, 7.1.4; RFC 1176 has only OK)")
	case m.Word == "BYE":
		c.foundAs(greetingNotOK, Note, Server, all(m), "BYE: the server does not want this connection (RFC 3501, 7.1.5; RFC 1176 has only OK)")
	case m.Word != "OK":
		c.found(greetingNotOK, all(m), m.Word+" for a greeting")
	}
}

// tagged looks at the response to a command.
func (c *conn) tagged(m *decode.Message) {
	t := m.Txn
	if t.Outcome == decode.Orphan {
		c.orphan(m)
		return
	}
	if m.Word == "" {
		c.found(noStatus, all(m), "no OK, NO or BAD after the tag")
	}
	x := c.outstanding(t)
	if x == nil {
		return
	}
	c.stray = x.lits > 0 && (m.Word == "NO" || m.Word == "BAD")
	sure := !c.blind
	c.answered = max(c.answered, x.n)
	if x.unwaited && x.took >= patience && t.Ready == 0 && m.Word == "OK" {
		c.found(readyNever, x.place, fmt.Sprintf("the client sent it after %s, and the server took it without a word", x.took.Round(time.Millisecond)))
	}
	c.completed(m, x)
	c.habit(m, x)
	switch {
	case m.Word == "BAD":
		c.refused(m, x)
	case m.Word != "OK":
	case t.Command == "SELECT", t.Command == "BBOARD", t.Command == "EXAMINE":
		if sure {
			c.selected(m)
		}
	case t.Command == "LOGOUT" && !c.bye && !c.blind:
		c.found(logoutWithoutBYE, all(m), "OK without \"* BYE\" before it")
	case t.Command == "COPY" && said(t, "COPY") == 0 && t.Lost == 0:
		c.found(copyUnsaid, all(m), "no \"* n COPY\" before the OK")
	case t.Command == "FETCH":
		c.fetchDone(m, x)
	}
}

// said is how many responses of a kind a transaction had.
func said(t *decode.Transaction, kind string) int {
	for _, d := range t.Data {
		if d.Kind == kind {
			return d.N
		}
	}
	return 0
}

func (c *conn) selected(m *decode.Message) {
	t := m.Txn
	if t.Ambiguous > 0 || t.Lost > 0 {
		return
	}
	var lacks []string
	for _, kind := range []string{"FLAGS", "EXISTS", "RECENT"} {
		if said(t, kind) == 0 {
			lacks = append(lacks, kind)
		}
	}
	if lacks != nil {
		c.foundIf(capture.ClientToServer, selectLacks, all(m), t.Command+"'s OK came without "+strings.Join(lacks, " and "))
	}
}

// refused looks at a BAD.
func (c *conn) refused(m *decode.Message, x *command) {
	switch {
	case !x.known || x.faulty || c.blind || x.dialect != protocol.IMAP2 || x.unwaited || x.later != "":
	case x.name == "FIND" || x.name == "BBOARD": // optional: BAD says so
	default:
		c.found(validRefused, all(m), "BAD to "+x.name+", in which there is no fault")
	}
}

// orphan looks at a response to no command.
func (c *conn) orphan(m *decode.Message) {
	switch {
	case c.blind || c.MidStream && c.session.Spoken < protocol.IMAP2bis && len(c.out) == 0 && c.requests == 0:
	case m.Txn.Secret:
		c.foundAs(orphan, Note, Client, all(m), "it answers octets of a LOGIN that was refused, which the server took for a command")
	case slices.ContainsFunc(c.out, func(x command) bool { return x.long }):
		c.foundAs(orphan, Note, Client, at(m, tagSpan(m)), "it answers the rest of a line that was too long, which the server took for a command")
	case c.stray:
		c.foundAs(orphan, Note, Client, all(m), "it answers octets of a literal whose command was refused, which the server took for a command")
	default:
		c.foundIf(capture.ClientToServer, orphan, at(m, tagSpan(m)), "no command with the tag "+quote(m.Tag)+" is outstanding"+c.waiting())
	}
}

// waiting says which tag the server most likely meant.
func (c *conn) waiting() string {
	if len(c.out) != 1 {
		return ""
	}
	x := &c.out[0]
	x.mistaken = true
	if len(x.tag) > maxQuoted || !x.known || x.hidden {
		return ""
	}
	return "; " + quote([]byte(x.tag)) + " is"
}

// after looks at what follows BYE.
func (c *conn) after(m *decode.Message) {
	own := m.Kind == decode.Tagged && (m.Txn.Command == "LOGOUT" || m.Txn.Outcome == decode.Orphan) // LOGOUT may not have been captured
	if !c.bye || m.Word == "BYE" || own {
		return
	}
	c.found(afterBYE, all(m), "the server goes on after BYE")
}

// abandoned looks at a command that had no response when the connection ended.
func (c *conn) abandoned(t *decode.Transaction) {
	end := c.closing
	x := c.outstanding(t)
	if end == nil || x == nil || c.upgraded || c.blind || x.lossy || x.noReady || x.mistaken || c.missingAt(end, capture.ServerToClient) > 0 || !over(end.Cause) {
		return
	}
	if t.Tag == "" || t.Tag == "*" || t.Tag == "+" || t.Secret || said(t, "BAD") > 0 {
		return // it could not be answered by its tag, or was not
	}
	waited := end.Time.Sub(x.end).Round(time.Millisecond)
	switch {
	case t.Command == "LOGOUT":
		c.foundAs(noResponse, Note, Client, x.place, "the connection was closed before the OK to LOGOUT")
	case x.n < c.answered:
		c.found(noResponse, x.place, "it was never answered, and commands after it were")
	case c.bye:
		c.foundAs(noResponse, Note, Server, x.place, "the server said BYE and closed before it answered")
	default:
		c.found(noResponse, x.place, fmt.Sprintf("no response within %s, when the connection ended", waited))
	}
}

// over reports whether a connection is known to have ended.
func over(cause capture.Cause) bool {
	return cause == capture.FIN || cause == capture.RST
}
