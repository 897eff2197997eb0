package lint

import (
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// endRules are the rules about how connections end, and about what was open then.
var endRules = []*Rule{
	{
		ID: "N006", Title: "connection ended within a message", Severity: Warning, Verdict: Network, Later: true, Wire: true,
		Ref:         of1176("Conventions", "CRLF", 9),
		Explanation: "A message, or a literal in it, has no end. The side that closed the connection first is to blame, if that is known; otherwise either side or the network may be.",
		Advice:      "Find out why that side closed the connection: look at its log for a crash or a timeout at this time.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {500}\nS: 12345678\n# closed\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {8}\nS: 12345678)\nS: a1 OK done\n",
		On:          []Fact{OnBrokenOff}, Run: brokeOff,
	},
	{
		ID: "S005", Title: "command without response", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The effect of a command cannot be considered complete until its response is received. The connection ended before it came.",
		Advice:      "Look at what the server did meanwhile, and at how long the client waited.",
		Bad:         "# greeted\nC: a1 NOOP\n# 30s later\n# closed\n",
		Good:        "# greeted\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK done\n# closed\n",
		On:          []Fact{OnUnanswered}, Run: noResponse,
	},
	{
		ID: "S009", Title: "LOGOUT without BYE", Severity: Warning, Verdict: Server, Later: true,
		Ref:         of1176("Commands", "LOGOUT", 11),
		Explanation: "The server should send an unsolicited BYE before the OK, and then close the connection.",
		Advice:      "Send \"* BYE\" before LOGOUT's OK.",
		Bad:         "# logged in\nC: a1 LOGOUT\nS: a1 OK done\n",
		Good:        "# logged in\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK done\n",
		On:          []Fact{OnOK}, Run: logoutWithoutBYE,
	},
	{
		ID: "N002", Title: "silence, then a reset", Severity: Warning, Verdict: Network, Later: true, Wire: true,
		Ref:         of1176("Commands", "NOOP", 10),
		Explanation: "Nothing was sent for minutes, and then the connection was reset. A firewall or an address translator on the way has most likely dropped its entry for the connection; NOOP is there to keep such an entry, and an inactivity timer, alive.",
		Advice:      "Send NOOP more often than the device drops idle connections, or raise that device's timeout.",
		Bad:         "# INBOX selected, 9 messages\n# 15m later\n# reset\n",
		Good:        "# INBOX selected, 9 messages\n# 15m later\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK done\n# closed\n",
		On:          []Fact{OnClosed}, Run: silenceThenReset,
	},
	{
		ID: "N003", Title: "half-open connection", Severity: Warning, Verdict: Network, Later: true, Wire: true,
		Ref:         of1176("System Model and Philosophy", "", 5),
		Explanation: "Client and server know of each other only through the TCP connection. A command was sent, and then nothing came in either direction, not even the end of the connection: one side has most likely gone without the other knowing.",
		Advice:      "Check whether the server, or the path to it, went down.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 NOOP\n# 15m later\nC^ 9\n# forgotten\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 NOOP\nS: a1 OK done\n# 15m later\n# forgotten\n",
		On:          []Fact{OnClosed}, Run: halfOpen,
	},
	{
		ID: "C016", Title: "connection dropped without LOGOUT", Severity: Warning, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 8),
		Explanation: "The client terminates the session with LOGOUT. Without it a server may keep the mailbox locked, or not write what was changed.",
		Advice:      "Send LOGOUT, and wait for its OK, before closing.",
		Bad:         "# logged in\n# closed\n",
		Good:        "# logged in\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK\n# closed\n",
		On:          []Fact{OnClosed}, Run: noLogout,
	},
	{
		ID: "S037", Title: "connection closed without BYE", Severity: Warning, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "* BYE text", 20),
		Explanation: "BYE says that the server is about to close the connection, and why. Without it a client cannot tell a timeout or a shutdown from a crash. RFC 3501 (3.4) forbids a server to close without BYE.",
		Advice:      "Send \"* BYE\" before closing. If the server does, find out whether it crashed, or which device on the way closed the connection for it.",
		Bad:         "# logged in\n# closed by the server\n",
		Good:        "# logged in\nS: * BYE shutting down\n# closed by the server\n",
		On:          []Fact{OnClosed}, Run: leftWithoutBYE,
	},
}

// over reports whether a connection is known to have ended.
func over(cause capture.Cause) bool {
	return cause == capture.FIN || cause == capture.RST
}

// brokeOff reports a message that broke off, and blames the side that closed first.
func brokeOff(p *Pass) {
	if !over(p.closed.Cause) {
		return
	}
	verdict, how := Network, "the connection ended"
	if first, ok := p.closedFirst(); ok {
		verdict, how = first, p.how()
	}
	p.reportAs(Warning, verdict, p.here(), fmt.Sprintf("%s after %d bytes of it", how, p.message.Len))
}

// noResponse reports a command without a response when the connection ended. A command
// that cannot be answered by its tag, or that was waiting for the client, is excluded.
func noResponse(p *Pass) {
	t, cmd, end := p.transaction, p.cmd, p.closed
	if p.upgraded || p.mismatch != agreed || p.blind || cmd.lossy || cmd.mistaken || p.missingAt(end, capture.ServerToClient) > 0 || !over(end.Cause) {
		return
	}
	if t.Tag == "" || t.Tag == protocol.TagUntagged || t.Tag == protocol.TagReady || t.Secret || hasUntaggedBAD(t) {
		return
	}
	waited := end.Time.Sub(cmd.end)
	shown := waited.Round(time.Millisecond)
	first, known := p.closedFirst()
	byServer := known && first == Server
	switch {
	case cmd.row.Does(protocol.LogsOut) && !byServer:
		p.reportAs(Note, Client, cmd.place, "the connection was closed before the OK to "+cmd.name)
	case cmd.n < p.answered:
		p.report(cmd.place, "it was never answered, although later commands were")
	case cmd.clientsTurn(t), p.deaf != nil && p.deaf.n <= cmd.n: // nothing was due from the server; see leftWithoutBYE and noLogout
	case p.bye:
		p.reportAs(Note, Server, cmd.place, "the server said BYE and closed before it answered")
	case byServer:
		p.report(cmd.place, fmt.Sprintf("%s after %s, without a response", p.how(), shown))
	case known && waited < patience:
		p.reportAs(Note, Client, cmd.place, fmt.Sprintf("%s after %s, before the response", p.how(), shown))
	default:
		p.report(cmd.place, fmt.Sprintf("no response within %s, when the connection ended", shown))
	}
}

func logoutWithoutBYE(p *Pass) {
	if p.cmd.row.Does(protocol.LogsOut) && !p.bye && !p.blind {
		p.report(p.here(), "OK without \"* BYE\" before it")
	}
}

// silence is how long a side must send nothing for it to count. Devices that drop idle
// connections do so after minutes.
const silence = time.Minute

// quiet returns how long nothing was sent before the connection ended, and the place.
func (p *Pass) quiet() (time.Duration, place) {
	e := p.closed
	end := p.endOf(capture.ServerToClient)
	if p.upgraded || p.last.IsZero() || p.bye || p.loggedOut {
		return 0, end
	}
	return e.Time.Sub(p.last), end
}

// wentSilent reports whether a connection was reset after it had been silent, in which
// case the client did not drop it.
func (p *Pass) wentSilent() bool {
	quiet, _ := p.quiet()
	return quiet >= silence && p.closed.Cause == capture.RST && !p.ending.within()
}

func silenceThenReset(p *Pass) {
	if quiet, end := p.quiet(); p.wentSilent() && p.deaf == nil {
		p.report(end, fmt.Sprintf("nothing for %s, then a reset", quiet.Round(time.Second)))
	}
}

func halfOpen(p *Pass) {
	if quiet, end := p.quiet(); quiet >= silence && !over(p.closed.Cause) && p.ending.due() {
		p.report(end, fmt.Sprintf("no answer, and nothing else, for %s", quiet.Round(time.Second)))
	}
}

// leftWithoutBYE reports a server that closes without BYE when nothing was due from it.
// Other rules report what was due.
func leftWithoutBYE(p *Pass) {
	first, known := p.closedFirst()
	if !known || first != Server || !p.serverSpoke || p.bye || p.loggedOut || p.upgraded || p.blind ||
		p.wentSilent() || p.ending.within() || p.ending.due() || p.lostAny() {
		return
	}
	p.report(p.endOf(capture.ServerToClient), p.how()+" without BYE")
}

// noLogout blames the client only if it ended the connection, or if that is not known
// and nothing was due from the server. A client that gave up waiting is not blamed.
func noLogout(p *Pass) {
	e := p.closed
	if !over(e.Cause) || p.wentSilent() || p.upgraded || p.bye || p.loggedOut || !p.serverSpoke || p.lostAny() || p.ending.within() {
		return
	}
	first, known := p.closedFirst()
	switch {
	case known && first != Client, !known && p.ending.due(), known && p.ending.waited(e.Time) >= patience:
		return
	}
	p.report(p.endOf(capture.ClientToServer), "closed in the state \""+p.session.State.String()+"\"")
}

// lostAny reports whether bytes of either side were not captured.
func (p *Pass) lostAny() bool {
	return p.closed.Lost[capture.ClientToServer]+p.closed.Lost[capture.ServerToClient] > 0
}

// endOf returns the place where a side's bytes end.
func (p *Pass) endOf(dir capture.Direction) place {
	return place{dir: dir, off: p.next[dir], time: p.closed.Time}
}

// closedFirst returns which side ended the connection first, or false if that is not known.
func (p *Pass) closedFirst() (Verdict, bool) {
	switch p.closed.First.Side {
	case decode.ClientSide:
		return Client, true
	case decode.ServerSide:
		return Server, true
	}
	return Network, false
}

// how describes how the side that closed first did it.
func (p *Pass) how() string {
	did := "closed"
	if p.closed.First.Cause == capture.RST {
		did = "reset"
	}
	return "the " + p.closed.First.Side.String() + " " + did + " the connection"
}
