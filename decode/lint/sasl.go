package lint

import (
	"fmt"
	"time"

	"imapscope/decode/protocol"
	"imapscope/decode/sasl"
)

// oauth begins the transcripts of the rules about SASL: a server with the mechanisms.
const oauth = "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER AUTH=PLAIN] ready\n"

// saslRules are the rules about what SASL exchanges say.
var saslRules = []*Rule{
	{
		ID: "C031", Title: "token that had expired when it was sent", Severity: Warning, Verdict: Client, Later: true,
		Ref:         protocol.Ref{RFC: 7628, Heading: "3.2.2. Server Response to Failed Authentication", Page: 9},
		Explanation: "The token itself says how long it is valid (the claim \"exp\" of a JWT), and that time had passed. A server refuses it as invalid_token.",
		Advice:      "Have the client get a new token with its refresh token before the old one expires. If it did, compare the clocks of both machines.",
		Bad:         oauth + "C: a1 AUTHENTICATE OAUTHBEARER bixhPWZyZWQsAWF1dGg9QmVhcmVyIGV5SmhiR2NpT2lBaWJtOXVaU0o5LmV5SmxlSEFpT2lBMk5EazFNRGcwTURCOS5lQQEB\nS: a1 NO expired\n",
		Good:        oauth + "C: a1 AUTHENTICATE OAUTHBEARER bixhPWZyZWQsAWF1dGg9QmVhcmVyIGV5SmhiR2NpT2lBaWJtOXVaU0o5LmV5SmxlSEFpT2lBMk5EazFNVFUyTURCOS5lQQEB\nS: a1 OK done\n",
		On:          []Fact{OnTagged}, Run: tokenExpired,
	},
	{
		ID: "C032", Title: "token that the server does not accept", Severity: Warning, Verdict: Client, Later: true,
		Ref:         protocol.Ref{RFC: 7628, Heading: "3.2.2. Server Response to Failed Authentication", Page: 9},
		Explanation: "Before its NO the server says in JSON, encoded as base64, what is wrong with the token: invalid_token (expired, revoked, or for another service) or insufficient_scope, and which scope it requires. Most clients do not show it.",
		Advice:      "Request a token with the scope that the server names. If it names none, get a new token; the user may have to consent again.",
		Bad:         oauth + "C: a1 AUTHENTICATE OAUTHBEARER bixhPWZyZWQsAWF1dGg9QmVhcmVyIHgBAQ==\nS: + eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJtYWlsIn0=\nC: AQ==\nS: a1 NO no\n",
		Good:        oauth + "C: a1 AUTHENTICATE OAUTHBEARER bixhPWZyZWQsAWF1dGg9QmVhcmVyIHgBAQ==\nS: a1 OK done\n",
		On:          []Fact{OnTagged}, Run: tokenRefused,
	},
	{
		ID: "C033", Title: "authentication that fails with a SASL error", Severity: Warning, Verdict: Client, Later: true,
		Ref:         protocol.Ref{RFC: 4422, Heading: "3.6. Authentication Outcome", Page: 11},
		Explanation: "Mechanisms such as SCRAM and Kerberos have error messages of their own, inside the exchange. The text of the NO often does not repeat them.",
		Advice:      "invalid-proof: the password is wrong. Most Kerberos errors come from a wrong clock, an expired ticket, or a server name that is not in the server's key.",
		Bad:         scram + "S: + ZT1pbnZhbGlkLXByb29m\nC: *\nS: a1 NO no\n",
		Good:        scram + "S: a1 NO no\n",
		On:          []Fact{OnTagged}, Run: saslError,
	},
	{
		ID: "C034", Title: "SASL response that its mechanism does not permit", Severity: Warning, Verdict: Client, Later: true, Secret: true,
		Ref:         protocol.Ref{RFC: 4422, Heading: "3.4. Challenges and Responses", Page: 9},
		Explanation: "Each mechanism defines what its messages look like. A server cannot read this one, and refuses the login for a reason that has nothing to do with the password.",
		Advice:      "Compare with the mechanism's specification; the finding says which part is wrong. Look for base64 applied twice, or not at all, and for line ends within it.",
		Bad:         oauth + "C: a1 AUTHENTICATE PLAIN ZnJlZA==\nS: a1 NO no\n",
		Good:        oauth + "C: a1 AUTHENTICATE PLAIN AGZyZWQAeA==\nS: a1 OK done\n",
		On:          []Fact{OnTagged}, Run: func(p *Pass) { p.saslFault(sasl.ByClient) },
	},
	{
		ID: "S054", Title: "SASL challenge that its mechanism does not permit", Severity: Warning, Verdict: Server, Later: true,
		Ref:         protocol.Ref{RFC: 4422, Heading: "3.4. Challenges and Responses", Page: 9},
		Explanation: "Each mechanism defines what its messages look like. A client cannot read this one, and gives up although its credentials are right.",
		Advice:      "Compare with the mechanism's specification; the finding says which part is wrong. If a proxy is on the way, see whether it changes the mechanism.",
		Bad:         oauth + "C: a1 AUTHENTICATE OAUTHBEARER bixhPWZyZWQsAWF1dGg9QmVhcmVyIHgBAQ==\nS: + bm8=\nC: AQ==\nS: a1 NO no\n",
		Good:        oauth + "C: a1 AUTHENTICATE OAUTHBEARER bixhPWZyZWQsAWF1dGg9QmVhcmVyIHgBAQ==\nS: a1 NO no\n",
		On:          []Fact{OnTagged}, Run: func(p *Pass) { p.saslFault(sasl.ByServer) },
	},
}

// scram is an exchange up to the client's proof.
const scram = "S: * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-1] ready\nC: a1 AUTHENTICATE SCRAM-SHA-1\nS: + \nC: biwsbj1mcmVkLHI9YWJjZA==\nS: + cj1hYmNkRUZHSCxzPWMyRnNkQT09LGk9NDA5Ng==\nC: Yz1iaXdzLHI9YWJjZEVGR0gscD1BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9\n"

// saslReport returns what the SASL exchange of a command that has ended said; nil if it had
// none, or some of it was not captured.
func (p *Pass) saslReport() *sasl.Report {
	r := p.message.Txn.SASL
	if r == nil || p.cmd.lossy || p.message.Broken || p.message.Lost > 0 || p.message.Txn.Lost > 0 {
		return nil
	}
	return r
}

// clockSlack is how much the clocks of the client, the issuer and the capture may differ.
const clockSlack = 2 * time.Minute

func tokenExpired(p *Pass) {
	r := p.saslReport()
	if r == nil || !r.Expired(p.message.Txn.Time.Add(-clockSlack)) {
		return
	}
	text := fmt.Sprintf("it had expired at %s, %s before it was sent", r.Expires.Format(time.DateTime), p.message.Txn.Time.Sub(r.Expires).Round(time.Second))
	if isOK(p.message) {
		p.reportAs(Note, Client, p.cmd.place, text+"; the server accepted it")
		return
	}
	p.report(p.cmd.place, text)
}

func tokenRefused(p *Pass) {
	r := p.saslReport()
	if r == nil || r.Error == "" || !sasl.Tokens(r.Mechanism) || isOK(p.message) {
		return
	}
	text := "the server says " + quote([]byte(r.Error))
	if r.Scope != "" {
		text += ", and requires the scope " + quote([]byte(r.Scope))
	}
	p.report(p.cmd.place, text)
}

func saslError(p *Pass) {
	if r := p.saslReport(); r != nil && r.Error != "" && !sasl.Tokens(r.Mechanism) && !isOK(p.message) {
		p.report(p.cmd.place, "the server says "+quote([]byte(r.Error)))
	}
}

// saslFault reports the first message of an exchange that is not as the mechanism requires. If
// the other side accepted it, it did no harm.
func (p *Pass) saslFault(by sasl.Side) {
	r := p.saslReport()
	if r == nil || r.Fault == "" || r.FaultBy != by {
		return
	}
	severity := Warning
	if isOK(p.message) {
		severity = Note
	}
	p.reportAs(severity, p.rule.Verdict, p.cmd.place, r.Mechanism+": "+r.Fault)
}
