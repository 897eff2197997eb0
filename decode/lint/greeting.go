package lint

import (
	"strings"

	"imapscope/capture"
	"imapscope/decode"
)

// greetingRules are the rules about how a connection begins.
var greetingRules = []*Rule{
	{
		ID: "S001", Title: "no greeting", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "When a connection is opened the server sends an unsolicited OK, and the client waits for it. Without it the client waits forever.",
		Advice:      "Check that this is an IMAP server, and that nothing between it and the client holds the greeting back.",
		Bad:         "S: ready\nC: a1 NOOP\nS: a1 OK done\n",
		Good:        "S: * OK ready\nC: a1 NOOP\nS: a1 OK done\n",
		On:          []Fact{OnFirst, OnClosed}, Run: noGreeting,
	},
	{
		ID: "S002", Title: "greeting that is not OK", Severity: Error, Verdict: Server, Common: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The greeting is an unsolicited OK. RFC 1176 has BYE too, for a server that is about to close (p. 20), but does not name it as a greeting; PREAUTH came with later dialects: this page says that a user may be known by other means, but not how a server announces it.",
		Advice:      "Send OK as the greeting.",
		Bad:         "S: * BAD too busy\nC: a1 NOOP\nS: a1 OK done\n",
		Good:        "S: * OK ready\nC: a1 NOOP\nS: a1 OK done\n",
		On:          []Fact{OnFirst}, Run: greetingNotOK,
	},
	{
		ID: "C001", Title: "command before the greeting", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The client must not send any commands until it has received the greeting: the server may not be ready, and the greeting may say that the connection is of no use.",
		Advice:      "Read one line before sending anything.",
		Bad:         "C: a1 NOOP\nS: * OK ready\nS: a1 OK done\n",
		Good:        "S: * OK ready\nC: a1 NOOP\nS: a1 OK done\n",
		On:          []Fact{OnRequest}, Run: beforeGreeting,
	},
	{
		ID: "N008", Title: "connection that the proxy did not relay", Severity: Error, Verdict: Network, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "The proxy that recorded the connection could not connect to the server, or could not agree on TLS with the server or the client, and closed the connection itself. The server is not to blame for the missing greeting: it may never have seen this client. If the client refused the proxy's certificate, or did not begin in the way the proxy requires, the client is to blame.",
		Advice:      "Check the address and port of the server, whether it is running, and the TLS settings of the proxy. A client has to trust the proxy's CA: imapscope ca.",
		Bad:         "# note no server: connecting to upstream 192.0.2.1:143: connection refused\n# closed\n",
		Good:        "# note upstream 192.0.2.1:143\nS: * OK ready\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK done\n# closed\n",
		On:          []Fact{OnClosed}, Run: notRelayed,
	},
}

func noGreeting(p *Pass) {
	switch {
	case p.fact == OnFirst:
		if p.message.Kind != decode.Greeting {
			p.report(p.here(), "the server's first line is not a greeting")
		}
	case p.unrelayed != "" || p.mismatch != agreed: // the server had no chance: N008, N010
	case p.upgraded || p.MidStream || p.closed.Lost[capture.ServerToClient] > 0:
	case p.serverSpoke || !over(p.closed.Cause):
	case p.closed.First.Side == decode.ClientSide && p.closed.Time.Sub(p.Start) < patience:
		p.reportAs(Note, Client, place{dir: capture.ServerToClient, time: p.closed.Time}, p.how()+" before the greeting")
	default:
		p.report(place{dir: capture.ServerToClient, time: p.closed.Time}, "the connection ended before the server sent anything")
	}
}

func notRelayed(p *Pass) {
	verdict := Network
	if strings.HasPrefix(p.unrelayed, capture.NoClient) {
		verdict = Client
	}
	if p.unrelayed != "" {
		p.reportAs(Error, verdict, place{dir: capture.ServerToClient, time: p.closed.Time}, p.unrelayed)
	}
}

// maxReason bounds the text of a note in a finding.
const maxReason = 300

// printable returns a text that others may have written, cut and in printable ASCII.
func printable(s string) string {
	b := []byte(s[:min(len(s), maxReason)])
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}

func greetingNotOK(p *Pass) {
	m := p.message
	switch {
	case m.Kind != decode.Greeting || isOK(m) || p.byProxy:
	case isPREAUTH(m):
		p.reportAs(Note, Server, p.here(), "PREAUTH: the user is known already (RFC 1730, 7.1.4; RFC 1176 has only OK)")
	case isBYE(m):
		p.reportAs(Note, Server, p.here(), "BYE: the server does not want this connection (RFC 3501, 7.1.5; RFC 1176 has only OK)")
	default:
		p.report(p.here(), "the greeting is "+m.Word)
	}
}

func beforeGreeting(p *Pass) {
	if !p.greeted {
		p.reportIfSure(capture.ServerToClient, p.cmd.place, "the server has not sent anything yet")
	}
}
