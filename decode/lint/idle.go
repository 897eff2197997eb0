package lint

import (
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// idleRules are the rules about IDLE.
var idleRules = []*Rule{
	{
		ID: "C027", Title: "IDLE for longer than 29 minutes", Severity: Warning, Verdict: Client, Later: true,
		Ref:         protocol.Ref{RFC: 2177, Heading: "3. Specification", Page: 2},
		Explanation: "A server may log off a client that says nothing for 30 minutes, and IDLE is such a silence. Clients are advised to end IDLE and start it again at least every 29 minutes.",
		Advice:      "Send DONE, and IDLE again, every 29 minutes, or more often where a device on the way drops idle connections earlier.",
		Bad:         offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\n# 31m later\nC: DONE\nS: a1 OK done\n",
		Good:        offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\n# 28m later\nC: DONE\nS: a1 OK done\n",
		On:          []Fact{OnTagged, OnClosed}, Run: idleLong,
	},
	{
		ID: "N013", Title: "IDLE that has gone deaf", Severity: Error, Verdict: Network, Later: true,
		Ref:         protocol.Ref{RFC: 2683, Heading: "3.1.2. Severed Connections", Page: 3},
		Explanation: "The client was in IDLE, nothing came for minutes, and the next thing sent was lost or answered with a reset. A firewall or an address translator on the way had most likely dropped its entry for the connection: the server's updates went nowhere, and the client showed no new mail although it seemed connected.",
		Advice:      "Have the client end IDLE and start it again more often than the device drops idle connections, use TCP keep-alive, or raise the device's timeout.",
		Bad:         offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\n# 29m later\nC: DONE\n# reset by the server\n",
		Good:        offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\n# 9m later\nC: DONE\nS: a1 OK done\nC: a2 LOGOUT\nS: * BYE bye\nS: a2 OK done\n# closed\n",
		On:          []Fact{OnClosed}, Run: idleDeaf,
	},
}

// longestIdle is how long a client should stay in IDLE at most (RFC 2177, 3).
const longestIdle = 29 * time.Minute

// idleSlack is what a client's timer and the network may add.
const idleSlack = 30 * time.Second

func idleLong(p *Pass) {
	if p.fact == OnTagged {
		if waits(p.cmd.row) && p.message.Time.Sub(p.cmd.end) > longestIdle+idleSlack {
			p.report(p.cmd.place, "IDLE for "+p.message.Time.Sub(p.cmd.end).Round(time.Second).String())
		}
		return
	}
	if cmd := p.idling(); cmd != nil && p.deaf == nil && p.closed.Time.Sub(cmd.end) > longestIdle+idleSlack && over(p.closed.Cause) {
		p.report(cmd.place, "IDLE for "+p.closed.Time.Sub(cmd.end).Round(time.Second).String())
	}
}

// idling returns the IDLE that was in progress when the connection ended, or nil.
func (p *Pass) idling() *command {
	for i := range p.ending.unanswered {
		if u := &p.ending.unanswered[i]; waits(u.cmd.row) {
			return &u.cmd
		}
	}
	return nil
}

// findDeaf returns the IDLE in which the connection went deaf, and how long nothing came
// from the server before its end: it was silent longer than a device keeps an entry, and
// then reset, or the client ended IDLE, had no answer and gave up.
func (p *Pass) findDeaf() (*command, time.Duration) {
	cmd := p.idling()
	if cmd == nil || p.bye || p.loggedOut || p.upgraded || p.lostAny() {
		return nil, 0
	}
	quiet := p.closed.Time.Sub(p.heard)
	cut := p.closed.Cause == capture.RST || p.closed.First.Cause == capture.RST
	left := cmd.lines > 0 && p.closed.First.Side != decode.ServerSide && p.last.Sub(p.heard) >= silence && p.closed.Time.Sub(p.last) >= patience
	if quiet < silence || !cut && !left {
		return nil, 0
	}
	return cmd, quiet
}

func idleDeaf(p *Pass) {
	if p.deaf == nil {
		return
	}
	text := fmt.Sprintf("nothing from the server for %s, then a reset", p.deafFor.Round(time.Second))
	switch cut := p.closed.Cause == capture.RST || p.closed.First.Cause == capture.RST; {
	case !cut:
		text = fmt.Sprintf("nothing from the server for %s, and no answer when the client ended IDLE", p.deafFor.Round(time.Second))
	case p.deaf.lines > 0:
		text = fmt.Sprintf("nothing from the server for %s, then the client's next line was answered with a reset", p.deafFor.Round(time.Second))
	}
	p.report(p.deaf.place, text)
}
