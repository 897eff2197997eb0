package lint

import (
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// literalRules are the rules about the literals that a client sends, and about the "+"
// that asks for them.
var literalRules = []*Rule{
	{
		ID: "C007", Title: "literal sent without waiting", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("Responses", "+ text", 21),
		Explanation: "A literal is sent after the server's \"+\". If the server refuses the command instead, it takes the literal's bytes for commands, and client and server get out of step.",
		Advice:      "After {n} and CRLF wait for \"+\", or for NO or BAD.",
		Bad:         "# greeted\nC: a1 LOGIN fred {6}\nC: secret\nS: + ready\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 LOGIN fred {6}\nS: + ready\nC: secret\nS: a1 OK done\n",
		On:          []Fact{OnRequest}, Run: literalNotAwaited,
	},
	{
		ID: "S010", Title: "\"+\" although no literal was announced", Severity: Warning, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "+ text", 21),
		Explanation: "\"+\" says that the server is ready for the text of a literal. No literal was announced.",
		Advice:      "Check whether the server took the end of a line for an announcement.",
		Bad:         "# logged in\nC: a1 NOOP\nS: + ready\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 LOGIN fred {6}\nS: + ready\nC: secret\nS: a1 OK done\n",
		On:          []Fact{OnReady}, Run: readyUnasked,
	},
	{
		ID: "S011", Title: "\"+\" that comes only after the literal", Severity: Note, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "+ text", 21),
		Explanation: "The client had not waited, so the \"+\" may have crossed the literal on its way. There are servers that send \"+\" only when they have the bytes: a client that waits will hang (S012).",
		Advice:      "Try the same with a client that waits.",
		Bad:         "# greeted\nC: a1 LOGIN fred {6}\nC: secret\nS: + ready\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 LOGIN fred {6}\nS: + ready\nC: secret\nS: a1 OK done\n",
		On:          []Fact{OnReady}, Run: readyLate,
	},
	{
		ID: "S012", Title: "literal that was never asked for", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "+ text", 21),
		Explanation: "The client announced a literal and waited for \"+\", or for a refusal. Neither came.",
		Advice:      "Send \"+\" as soon as the line with the announcement has been read.",
		Bad:         "# greeted\nC: a1 LOGIN fred {6}\n# 30s later\n# closed\n",
		Good:        "# greeted\nC: a1 LOGIN fred {6}\nS: + ready\nC: secret\nS: a1 OK done\n",
		On:          []Fact{OnTagged, OnNotAsked}, Run: readyNever,
	},
	{
		ID: "C035", Title: "literal announced as {n+} and not sent", Severity: Error, Verdict: Client, Later: true,
		Ref:         protocol.Ref{RFC: 7888, Heading: "3. Specification", Page: 4},
		Explanation: "A literal announced as {n+} follows at once, and the server sends no \"+\" for it. A client that waits for one waits forever, and so does the server.",
		Advice:      "Send the literal right after {n+}, or announce it as {n} and wait.",
		Bad:         offering("IMAP4rev1 LITERAL+") + "C: a1 SELECT {5+}\n# 30s later\n# closed\n",
		Good:        offering("IMAP4rev1 LITERAL+") + "C: a1 SELECT {5+}\nC: INBOX\nS: a1 NO no\n",
		On:          []Fact{OnRequest, OnNotAsked}, Run: waitsInVain,
	},
}

// patience is the shortest time after which a client counts as having waited for "+":
// longer than any round trip.
const patience = time.Second

// stall is how long a short literal takes only if something waits.
const stall = 5 * time.Second

// atOnce reports whether a literal was sent before the server asked for it.
func atOnce(l *wire.Literal) bool {
	return l.Size > 0 && l.State != wire.Withdrawn && l.Body.Len() > 0 && !l.Waited && !l.NonSync
}

func literalNotAwaited(p *Pass) {
	for i := range p.message.Literals {
		l := &p.message.Literals[i]
		if !atOnce(l) || p.cmd.lossy {
			continue
		}
		severity, text := Error, fmt.Sprintf("a literal of %s, sent before the server's \"+\"", many(int(l.Size), "byte"))
		if p.cmd.took >= patience {
			severity, text = Note, text+"; the client may have waited for it in vain"
		}
		p.reportIfSureAs(severity, capture.ServerToClient, at(p.message, l.Head), text)
	}
}

func readyUnasked(p *Pass) {
	t, cmd := p.message.Txn, p.cmd
	switch {
	case p.blind:
	case t == nil:
		p.reportIfSure(capture.ClientToServer, p.here(), "no command is outstanding")
	case !judgesReady(cmd):
	case t.Ready > cmd.lits:
		p.reportIfSure(capture.ClientToServer, p.here(), fmt.Sprintf("%s has no literal left to send", nameOf(cmd)))
	}
}

// judgesReady reports whether it is known how many "+" a command should have, because
// its request is complete.
func judgesReady(cmd *command) bool { return cmd != nil && !cmd.row.TakesLines() && !cmd.lossy }

func readyLate(p *Pass) {
	cmd := p.cmd
	switch {
	case p.blind || !judgesReady(cmd) || p.message.Txn.Ready > cmd.lits || !cmd.unwaited:
	case cmd.took >= patience:
		p.reportAs(Error, Server, p.here(), fmt.Sprintf("the client announced a literal and sent it %s later, still without \"+\"", cmd.took.Round(time.Millisecond)))
	default:
		p.report(p.here(), "the literal had been sent before")
	}
}

func nameOf(cmd *command) string {
	if cmd.known {
		return cmd.name
	}
	return "the command"
}

// awaitsReady reports whether a request broke off where a literal should begin.
func awaitsReady(m *decode.Message) bool {
	n := len(m.Literals)
	if !m.Broken || m.Dir != capture.ClientToServer || n == 0 {
		return false
	}
	l := &m.Literals[n-1]
	return l.State == wire.Partial && l.Body.Len() == 0 && !l.Waited && l.Size > 0
}

func readyNever(p *Pass) {
	if p.fact == OnTagged {
		if cmd := p.cmd; cmd.unwaited && cmd.took >= patience && p.message.Txn.Ready == 0 && isOK(p.message) {
			p.report(cmd.place, fmt.Sprintf("the client sent it after %s, and the server accepted it without \"+\"", cmd.took.Round(time.Millisecond)))
		}
		return
	}
	if m := p.message; !p.blind && over(p.closed.Cause) && !lastLiteral(m).NonSync {
		p.report(at(m, lastLiteral(m).Head), fmt.Sprintf("neither \"+\" nor a refusal within %s", p.closed.Time.Sub(m.Time).Round(time.Millisecond)))
	}
}

func lastLiteral(m *decode.Message) *wire.Literal { return &m.Literals[len(m.Literals)-1] }

// waitsInVain reports a literal that needed no "+" and did not follow. If it followed later, it
// may have come slowly; only a short one is certain not to have.
func waitsInVain(p *Pass) {
	m := p.message
	if p.fact == OnNotAsked {
		if l := lastLiteral(m); l.NonSync && !p.blind && over(p.closed.Cause) {
			p.report(at(m, l.Head), fmt.Sprintf("%s announced to follow at once, but not sent within %s", many(int(l.Size), "byte"), p.closed.Time.Sub(m.Time).Round(time.Millisecond)))
		}
		return
	}
	if n := len(m.Literals); n == 0 || p.cmd.took < stall || p.cmd.lossy {
		return
	}
	for i := range m.Literals {
		if l := &m.Literals[i]; !l.NonSync || l.Size > maxShort {
			return // the time may be that of another literal
		}
	}
	p.reportAs(Warning, Client, at(m, m.Literals[0].Head), fmt.Sprintf("announced to follow at once, but complete only after %s", p.cmd.took.Round(time.Millisecond)))
}
