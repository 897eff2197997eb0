package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// offerRules are the rules about what a server offers and what a client uses.
var offerRules = []*Rule{
	{
		ID: "C025", Title: "capability that the server does not offer", Severity: Warning, Verdict: Client, Later: true, Faulty: true,
		Ref:         of3501("6.1.1. CAPABILITY Command", 24),
		Explanation: "A client must not use an extension that is not in the server's list of capabilities. A server that does not know it answers BAD, or takes the bytes of a literal for commands.",
		Advice:      "Read CAPABILITY again after login, since the list may differ then, and use only what it has.",
		Bad:         offering("IMAP4rev1 IDLE") + "C: a1 UID MOVE 21 saved\nS: a1 BAD unknown command\n",
		Good:        offering("IMAP4rev1 MOVE") + "C: a1 UID MOVE 21 saved\nS: * 2 EXPUNGE\nS: a1 OK done\n",
		On:          []Fact{OnRequest, OnTagged}, Run: notOffered,
	},
	{
		ID: "C026", Title: "LOGIN although the server forbids it", Severity: Error, Verdict: Client, Later: true,
		Ref:         of3501("6.2.3. LOGIN Command", 31),
		Explanation: "The server had listed LOGINDISABLED, so that no client sends a password that others can read. Now the client has sent one, and for nothing: the server refuses it.",
		Advice:      "Begin TLS first (STARTTLS), read the capabilities again, then log in. Change the password if others could read this traffic.",
		Bad:         "S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\nC: a1 LOGIN fred secret\nS: a1 NO not without TLS\n",
		Good:        "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: a1 LOGIN fred secret\nS: a1 OK done\n",
		On:          []Fact{OnRequest}, Run: loginForbidden,
	},
	{
		ID: "E007", Title: "waiting for \"+\" where it is not needed", Severity: Note, Verdict: Client, Later: true, Once: true,
		Ref:         protocol.Ref{RFC: 7888, Heading: "3. Specification", Page: 4},
		Explanation: "The server offers literals that are sent at once. Waiting for \"+\" costs a round trip for each literal. It is not a fault, and it saves bytes if the server refuses a large message.",
		Advice:      "Announce a small literal as {n+}, and send it with the command.",
		Bad:         offering("IMAP4rev1 LITERAL+") + "C: a1 SELECT {5}\nS: + go\nC: INBOX\nS: a1 NO no\n",
		Good:        offering("IMAP4rev1 LITERAL+") + "C: a1 SELECT {5+}\nC: INBOX\nS: a1 NO no\n",
		On:          []Fact{OnRequest}, Run: waitsForReady,
	},
	{
		ID: "N011", Title: "STARTTLS that is no longer offered", Severity: Warning, Verdict: Network, Later: true, Wire: true,
		Ref:         of3501("11.1. STARTTLS Security Considerations", 92),
		Explanation: "The server offered STARTTLS before, and now, still in plain text, it does not. An attacker on the way who removes it from the list makes clients send passwords in the clear; a change of the server's settings looks the same.",
		Advice:      "Have the client require TLS. Compare with what the server sends, captured on its own machine.",
		Bad:         "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: a1 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: a1 OK done\n",
		Good:        "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: a1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 STARTTLS\nS: a1 OK done\n",
		On:          []Fact{OnListed}, Run: startTLSGone,
	},
	{
		ID: "N012", Title: "STARTTLS that is refused", Severity: Note, Verdict: Network, Later: true,
		Ref:         of3501("6.2.1. STARTTLS Command", 27),
		Explanation: "The client asked for TLS and did not get it. If the server is one that has TLS, something on the way may have changed the command; a client that continues sends its password in the clear.",
		Advice:      "Have the client give up if STARTTLS is refused. See whether the server has a certificate, and whether a firewall inspects this port.",
		Bad:         "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: a1 STARTTLS\nS: a1 BAD unknown command\n",
		Good:        "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: a1 STARTTLS\nS: a1 OK begin\n",
		On:          []Fact{OnTagged}, Run: startTLSRefused,
	},
}

// maxShort is the size of the largest literal that LITERAL- permits to send at once
// (RFC 7888, 5).
const maxShort = 4096

// listed follows a list of capabilities, after the session has.
func (c *conn) listed() {
	c.recognize(c.pass.message.Raw)
	c.dispatch(OnListed)
	c.offered = true
	for i := range c.out {
		c.out[i].listed = true
	}
}

// relisted follows the OK to a command after which the list may be another one.
func (c *conn) relisted(cmd *command) {
	if logsIn(cmd.row) || cmd.row.Does(protocol.StartsTLS) || cmd.row.Does(protocol.Unauthenticates) {
		c.offered = cmd.listed
	}
}

// need remembers the first capability that a command uses and the server does not offer.
func (c *conn) need(cmd *command, r *protocol.Row) {
	if r != nil && r.Dialect == protocol.Extension && cmd.needs == "" && c.lacks(r.Capability) {
		cmd.needs = r.Capability
	}
}

// maxMechanism bounds the name of a SASL mechanism (RFC 4422, 3.1).
const maxMechanism = 20

// needMechanism remembers the capability that AUTHENTICATE uses and the server does not offer:
// the mechanism, or a first response on the same line.
func (c *conn) needMechanism(cmd *command, m *decode.Message) {
	name := m.Txn.Mechanism()
	if !cmd.row.Does(protocol.Authenticates) || !c.offered || c.blind || name == "" || len(name) > maxMechanism {
		return
	}
	if name = capability(protocol.OffersMechanism).Name + name; !c.session.OffersAny(name + " ") {
		cmd.needs = printable(name)
		return
	}
	_, initial := wire.Word(cmd.arguments.span.Of(m.Raw))
	if r := capability(protocol.TakesInitial); len(bytes.TrimSpace(initial)) > 0 && c.lacks(r.Name) {
		cmd.needs = r.Name
	}
}

// lacks reports whether the server is known not to offer a capability, nor one of its
// family: THREAD=REFS means THREAD=REFERENCES, METADATA-SERVER for METADATA.
func (c *conn) lacks(name string) bool {
	if name == "" || !c.offered || c.blind {
		return false
	}
	if r := protocol.Lookup(protocol.Capability, name); r != nil && r.Joined != protocol.UnknownDialect && c.session.OffersAny(r.Joined.String()+" ") {
		return false
	}
	if family, _, ok := strings.Cut(name, "="); ok {
		return !c.session.OffersAny(family + "=")
	}
	return !c.session.OffersAny(name+" ", name+"-", name+"=") && !c.implied(name)
}

// implied reports whether a capability that the server offers includes another one:
// QRESYNC has all of CONDSTORE (RFC 7162, 3.2.2).
func (c *conn) implied(name string) bool {
	for _, e := range [...]protocol.Effect{protocol.ReportsVanished, protocol.NeedsNoReady} {
		r := capability(e)
		if ok, _ := c.session.Offers(r.Name); ok && slices.Contains(r.Expands, name) {
			return true
		}
	}
	return false
}

// capability returns the capability with an effect.
func capability(e protocol.Effect) *protocol.Row {
	if r := capabilities[e]; r != nil {
		return r
	}
	return &protocol.Row{}
}

// capabilities holds the first capability with each effect.
var capabilities = func() (rows [1 << 8]*protocol.Row) {
	for r := range protocol.Of(protocol.Capability) {
		if rows[r.Effect] == nil {
			rows[r.Effect] = r
		}
	}
	return rows
}()

func notOffered(p *Pass) {
	if p.fact == OnRequest {
		p.literalNotOffered()
		return
	}
	cmd := p.cmd
	if cmd.needs == "" || cmd.lossy || p.message.Word == "" {
		return
	}
	text := fmt.Sprintf("%s needs %s, which the server does not offer; it said %s", cmd.name, cmd.needs, p.message.Word)
	severity := Note
	if isBAD(p.message) {
		severity = Warning
	}
	p.reportAs(severity, Client, cmd.place, text)
}

// literalNotOffered reports the first literal that is sent at once without permission.
func (p *Pass) literalNotOffered() {
	plus, minus := capability(protocol.NeedsNoReady).Name, capability(protocol.NeedsNoReadyShort).Name
	for i := range p.message.Literals {
		l := &p.message.Literals[i]
		switch {
		case !l.NonSync || !p.lacks(plus):
			continue
		case p.lacks(minus):
			p.reportIfSure(capture.ServerToClient, at(p.message, l.Head), fmt.Sprintf("a literal of %s is sent at once, and the server offers neither %s nor %s", many(int(l.Size), "byte"), plus, minus))
		case l.Size > maxShort:
			p.reportIfSure(capture.ServerToClient, at(p.message, l.Head), fmt.Sprintf("a literal of %s is sent at once, and %s permits %d", many(int(l.Size), "byte"), minus, maxShort))
		default:
			continue
		}
		return
	}
}

func loginForbidden(p *Pass) {
	if !p.cmd.row.Does(protocol.LogsIn) || !p.offered || p.secure {
		return
	}
	if ok, _ := p.session.Offers(capability(protocol.ForbidsLogin).Name); ok {
		p.reportIfSure(capture.ServerToClient, p.cmd.place, "the server had listed "+capability(protocol.ForbidsLogin).Name)
	}
}

func waitsForReady(p *Pass) {
	for i := range p.message.Literals {
		l := &p.message.Literals[i]
		if !l.Waited || l.NonSync || l.State != wire.Complete || !p.offered {
			continue
		}
		plus, _ := p.session.Offers(capability(protocol.NeedsNoReady).Name)
		minus, _ := p.session.Offers(capability(protocol.NeedsNoReadyShort).Name)
		if plus || minus && l.Size <= maxShort {
			p.report(at(p.message, l.Head), fmt.Sprintf("the client waited before it sent %s; {%d+} needs no waiting", many(int(l.Size), "byte"), l.Size))
			return
		}
	}
}

// offerings is what servers have offered in plain text before login, in this capture.
type offerings map[string]time.Time

// maxServers is how many servers are remembered.
const maxServers = 1 << 12

// startTLSGone compares with what the same server offered before, on this connection or on
// another one.
func startTLSGone(p *Pass) {
	if p.secure || p.pending(logsIn) || p.session.State != protocol.NotAuthenticated && p.session.State != protocol.Awaited || p.blind || p.message.Lost > 0 || p.message.Broken {
		return
	}
	name := capability(protocol.StartsTLS).Name
	server := p.Server.String()
	offers, _ := p.session.Offers(name)
	p.turn()
	before, known := p.shared.startsTLS[server]
	switch {
	case offers && (known || len(p.shared.startsTLS) < maxServers):
		p.shared.startsTLS[server] = p.message.Time
	case !offers && known && !p.message.Time.Before(before):
		p.reportIfSure(capture.ServerToClient, p.here(), fmt.Sprintf("%s had offered %s at %s", server, name, before.UTC().Format(time.DateTime)))
	}
}

func startTLSRefused(p *Pass) {
	if p.cmd.row.Does(protocol.StartsTLS) && (isNO(p.message) || isBAD(p.message)) && !p.cmd.lossy {
		text := "the server said " + p.message.Word
		if ok, known := p.session.Offers(capability(protocol.StartsTLS).Name); known && !ok {
			text += ", and does not offer it"
		} else if known {
			text += ", and had offered it"
		}
		p.report(p.here(), text)
	}
}
