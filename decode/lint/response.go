package lint

import (
	"imapscope/capture"
	"imapscope/decode/protocol"
)

// responseRules are the rules that apply to any line from a server.
var responseRules = []*Rule{
	{
		ID: "S003", Title: "response without OK, NO or BAD", Severity: Note, Verdict: Server, Once: true,
		Ref:         of1176("Formal Syntax", "response", 28),
		Against:     of1176("A Typical Scenario", "", 9),
		Explanation: "The formal syntax requires one of the three after the tag; the scenario has \"A006 Expunge complete\", and FIND's example \"A002 FIND completed\" (p. 12).",
		Advice:      "As a server, send OK. As a client, treat it as OK.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 EXPUNGE\nS: a1 Expunge complete\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 EXPUNGE\nS: a1 OK Expunge complete\n",
		On:          []Fact{OnTagged}, Run: noStatus,
	},
	{
		ID: "S004", Title: "response to a command that was not sent", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("The Protocol", "", 5),
		Against:     of1176("Sample IMAP2 session", "", 22),
		Explanation: "The response to a command has its tag. If it has a different tag, the client keeps waiting. (RFC 1176 makes this mistake itself: its sample session answers a001 with a002, and its scenario, p. 8, answers A002 with A0002.)",
		Advice:      "Compare the tag with the command's, byte by byte.",
		Bad:         "# greeted\nC: a001 LOGIN fred secret\nS: a002 OK logged in\n",
		Good:        "# greeted\nC: a001 LOGIN fred secret\nS: a001 OK logged in\n",
		On:          []Fact{OnOrphan}, Run: orphan,
	},
	{
		ID: "S029", Title: "line that is not a response", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Formal Syntax", "response", 28),
		Explanation: "A server's line begins with \"*\", \"+\" or the tag of a command. How a client treats any other line is not defined.",
		Advice:      "Look for output of another program, for a literal whose announced length is too short, or for a line end within a text.",
		Bad:         "# logged in\nS: disk quota exceeded\n",
		Good:        "# logged in\nS: * NO disk quota exceeded\n",
		On:          []Fact{OnJunk}, Run: noResponseLine,
	},
	{
		ID: "S025", Title: "data after BYE", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "* BYE text", 20),
		Explanation: "BYE says that the server is about to close the connection. Only the OK to LOGOUT follows it; the client may have stopped reading.",
		Advice:      "Send everything else before BYE.",
		Bad:         "# INBOX selected, 9 messages\nS: * BYE\nS: * 10 EXISTS\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 LOGOUT\nS: * 10 EXISTS\nS: * BYE\nS: a1 OK\n",
		On:          []Fact{OnAfterBYE}, Run: func(p *Pass) { p.report(p.here(), "the server continues after BYE") },
	},
}

func noStatus(p *Pass) {
	if p.message.Word == "" {
		p.report(p.here(), "no OK, NO or BAD after the tag")
	}
}

func orphan(p *Pass) {
	m := p.message
	tag := at(m, tagSpan(m))
	if p.blind || p.MidStream && p.session.Spoken < protocol.IMAP2bis && len(p.out) == 0 && p.requests == 0 {
		return
	}
	if why := p.strayed(m); why != "" {
		at := p.here()
		if why == longRest {
			at = tag
		}
		p.reportAs(Note, Client, at, why)
		return
	}
	p.reportIfSure(capture.ClientToServer, tag, "no command with the tag "+quote(m.Tag)+" is outstanding"+p.meant())
}

// meant describes which tag the server most likely meant.
func (p *Pass) meant() string {
	if len(p.out) != 1 {
		return ""
	}
	cmd := &p.out[0]
	if len(cmd.tag) > maxQuoted || !cmd.known || cmd.hidden {
		return ""
	}
	return "; " + quote([]byte(cmd.tag)) + " is"
}

func noResponseLine(p *Pass) {
	if !p.message.Broken && !p.blind {
		p.report(p.here(), "it begins neither with \"*\" or \"+\" nor with the tag of a command")
	}
}
