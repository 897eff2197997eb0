package why

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/sasl"
	"imapscope/decode/session"
)

// attempt is a login that failed.
type attempt struct {
	user    string       // as far as it was seen; not inert
	sasl    *sasl.Report // of its exchange, nil if it has none
	offered string       // the capabilities that the server had listed, in upper case
	secure  bool         // it was under TLS
	code    *protocol.Row
	waited  time.Duration // for the answer
}

// attempted returns what is known of a login that failed.
func (c *conn) attempted(t *decode.Transaction) *attempt {
	a := &attempt{secure: t.Layers.TLS() != "" || c.tls.facts != nil, code: codeOf(t.Text)}
	if c.session != nil {
		a.offered = c.session.Offered()
	}
	if t.SASL != nil {
		r := *t.SASL
		if a.sasl, a.user = &r, r.Authentication; a.user == "" {
			a.user = r.User()
		}
	} else if t.Row != nil {
		a.user = session.Argument(&t.Request, t.Row, protocol.RoleUserID)
	}
	if a.user = t.Known.Hide(a.user, mask); a.user == mask { // the only argument may be the password
		a.user = ""
	}
	a.waited, _ = t.Elapsed()
	return a
}

// codeOf returns the row of the code that a status's text begins with; nil if it has none.
func codeOf(text string) *protocol.Row {
	row, _ := codeAndArgs(text)
	return row
}

// failedLogin finds logins that failed on a connection that never logged in, with what their
// exchange, their code and their text say.
func failedLogin(c *conn) []Reason {
	if c.in {
		return unsafeLogin(c)
	}
	var out []Reason
	for _, n := range c.order {
		if x := c.refused[n]; x.attempt != nil && !c.limited(n) {
			if r, ok := x.cause(c); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

// cause returns the reason that a login failed, if more than its refusal is known.
func (x *refusal) cause(c *conn) (Reason, bool) {
	r := Reason{Severity: lint.Error, Verdict: User, Evidence: []Evidence{x.Evidence}}
	switch {
	case x.tokenRefused(&r), x.forbidden(&r), x.exchangeFailed(&r), x.coded(&r), x.worded(&r):
	default:
		return r, false
	}
	return r, true
}

// answer is how the server refused, for the end of a sentence.
func (x *refusal) answer() string {
	switch {
	case x.status == "":
		return "the exchange ended without an answer"
	case x.text == "":
		return fmt.Sprintf("it answered %s %s", x.command, x.status)
	}
	return fmt.Sprintf("it answered %s %s %s", x.command, x.status, quote(x.text))
}

// whom is the account that a login is for, for the middle of a sentence.
func (x *refusal) whom() string {
	if x.attempt.user == "" {
		return ""
	}
	return " of " + quote(safe(x.attempt.user))
}

// tokenRefused explains a refused OAuth token.
func (x *refusal) tokenRefused(r *Reason) bool {
	s := x.attempt.sasl
	if s == nil || !sasl.Tokens(s.Mechanism) || s.Fault != "" && s.FaultBy == sasl.ByClient {
		return false
	}
	said := ""
	if s.Error != "" {
		said = ": it says status " + quote(safe(s.Error))
		if s.Scope != "" {
			said += " for the scope " + quote(safe(s.Scope))
		}
	}
	old := x.asked.Sub(s.Expires)
	switch {
	case s.Expires.IsZero():
		r.Sentence = fmt.Sprintf("The server refused the OAuth token%s%s", x.whom(), said)
		r.Remedy = "Get a new token, with the scope that the server names; the user may have to consent again."
	case old > 0:
		r.Verdict = Client
		r.Sentence = fmt.Sprintf("The server refused the OAuth token%s%s; the token expired %s before, at %s", x.whom(), said, span(old), s.Expires.UTC().Format(time.DateTime))
		r.Remedy = "Have the client get a new token with its refresh token before the old one expires. If it did, compare the clocks of both machines."
	default:
		r.Sentence = fmt.Sprintf("The server refused the OAuth token%s%s; it has not expired: it is valid for another %s", x.whom(), said, span(-old))
		r.Remedy = "Request a token for this server and with its scope; look at the token's audience, and at whether the user withdrew the consent."
	}
	if s.Issuer != "" {
		r.Sentence += ", issued by " + quote(safe(s.Issuer))
	}
	r.Sentence += "; " + x.answer() + "."
	r.Proof = "Decode the token (its middle part is base64): look at its scope, its audience and its expiry; send the same one by hand."
	return true
}

// exchangeFailed explains a refusal by the error that the SASL exchange had.
func (x *refusal) exchangeFailed(r *Reason) bool {
	s := x.attempt.sasl
	if s == nil || s.Error == "" || sasl.Tokens(s.Mechanism) {
		return false
	}
	r.Sentence = fmt.Sprintf("The server refused the password%s: in the exchange of %s it says %s; %s.", x.whom(), safe(s.Mechanism), quote(safe(s.Error)), x.answer())
	r.Remedy = "invalid-proof: the password is wrong. Most Kerberos errors come from a wrong clock, an expired ticket, or a server name that is not in the server's key."
	return true
}

// identity is the identity that a login asks to act as.
func (a *attempt) identity() string {
	if a.sasl == nil || a.sasl.Authorization == "" {
		return "the identity that was asked for"
	}
	return quote(safe(a.sasl.Authorization))
}

// forbidden explains a login that the server had said it would refuse.
func (x *refusal) forbidden(r *Reason) bool {
	a := x.attempt
	plain := !a.secure && (a.code.Does(protocol.RefusesPlaintext) || anyWord(x.text, plainWords))
	switch {
	case a.sasl == nil && !a.secure && offers(a.offered, protocol.ForbidsLogin):
		r.Sentence = fmt.Sprintf("The client logs in without TLS, and the server forbids that: it had listed %s; %s.", capabilityFor(protocol.ForbidsLogin), x.answer())
	case plain:
		r.Sentence = fmt.Sprintf("The client logs in without TLS, and the server forbids that: %s.", x.answer())
	default:
		return false
	}
	r.Verdict = Client
	r.Remedy = "Set the client to TLS on port 993, or to STARTTLS. The password went over the network in the clear: change it."
	return true
}

// plainWords are in the texts of servers that want TLS before a login.
var plainWords = []string{"plaintext auth", "without ssl", "without tls", "ssl/tls required", "tls required", "encryption required", "must use tls", "must issue a starttls", "secure connection", "requires ssl", "use ssl"}

// offers reports whether a capability of an effect is in a list.
func offers(list string, e protocol.Effect) bool {
	return slices.Contains(strings.Fields(list), strings.ToUpper(capabilityFor(e)))
}

// capabilityFor returns the name of the capability with an effect.
func capabilityFor(e protocol.Effect) string {
	for row := range protocol.Of(protocol.Capability) {
		if row.Does(e) {
			return row.Name
		}
	}
	return ""
}

// coded explains a refusal by its code.
func (x *refusal) coded(r *Reason) bool {
	code := x.attempt.code
	switch {
	case code == nil:
		return false
	case code.Does(protocol.RefusesExpired):
		r.Sentence = "The password%s has expired"
		r.Remedy = "Set a new password, and enter it in every client."
	case code.Does(protocol.RefusesIdentity):
		r.Sentence = "The login%s is right, but does not permit acting as " + x.attempt.identity()
		r.Remedy = "Request no other identity, or give the account the right to it."
	case code.Does(protocol.RefersToAdmin):
		r.Sentence = "The server refused the login%s and refers to its administrator"
		r.Remedy = "Ask the administrator: trying again does not help."
	case code.Does(protocol.RefusesForNow):
		r.Verdict = Server
		r.Sentence = "The server could not check the login%s at present: the password is not to blame"
		r.Remedy = "Wait, longer each time, before trying again: the code says that the server cannot do it at present."
	case code.Does(protocol.RefusesCredentials) && !x.knownWords():
		r.Sentence = "The server does not accept the name or the password%s"
		r.Remedy = "Check the name and the password, and whether the account permits IMAP and this way to log in."
	default:
		return false
	}
	r.Sentence = fmt.Sprintf(r.Sentence, x.whom()) + ": " + x.answer() + "."
	return true
}

// hint is words in a text, and what they mean: because has a place for whom it is about.
type hint struct {
	words           []string
	because, remedy string
	verdict         Verdict
}

// hints are words in the texts of servers that refuse a login for another reason than a wrong
// password.
var hints = []hint{
	{[]string{"application-specific password", "app password", "app-specific", "application specific", "authorization code", "auth code"},
		"The account%s requires an app password here, not the user's own",
		"Create an app password in the account's settings, or have the client use OAuth.", User},
	{[]string{"web login required", "log in via your web browser", "webbrowser", "via your browser"},
		"The provider wants the user%s to log in with a web browser first",
		"Open the address that the text names, and log in there; then try again.", User},
	{[]string{"not enabled for imap", "imap is disabled", "imap access is disabled", "imap disabled", "imap use is disabled", "enable imap", "imap4 is disabled", "protocol disabled", "imap service is not", "service is not open", "not allowed to use imap", "imap not enabled"},
		"IMAP is switched off for the account%s",
		"Permit IMAP in the account's settings, or ask its administrator.", User},
	{[]string{"basic auth", "legacy auth", "basicauthblocked", "logondenied-basic"},
		"The server no longer accepts passwords, but the client sent one%s",
		"Have the client use OAuth (XOAUTH2 or OAUTHBEARER).", Client},
	{[]string{"try again later", "temporar", "server error", "backend", "internal error", "timed out", "timeout"},
		"The server cannot check the login%s at present: the password is not to blame",
		"Wait, longer each time, before trying again; look at the server's log.", Server},
	{[]string{"locked", "disabled", "suspended", "blocked", "deactivated", "inactive account", "account is abnormal"},
		"The account%s is locked",
		"Have the provider unlock the account.", User},
	{[]string{"password expired", "password has expired", "expired password", "change your password"},
		"The password%s has expired",
		"Set a new password, and enter it in every client.", User},
	{[]string{"unsupported auth", "unknown auth", "mechanism not", "unsupported mechanism", "not supported"},
		"The server does not support the way the client logs in%s",
		"Set the client to a mechanism that the server lists.", Client},
}

func (x *refusal) knownWords() bool {
	return slices.ContainsFunc(hints, func(h hint) bool { return anyWord(x.text, h.words) })
}

// worded explains a refusal by its text.
func (x *refusal) worded(r *Reason) bool {
	for _, h := range hints {
		if anyWord(x.text, h.words) {
			r.Verdict, r.Remedy = h.verdict, h.remedy
			r.Sentence = fmt.Sprintf(h.because, x.whom()) + ": " + x.answer() + "."
			return true
		}
	}
	return false
}

// anyWord reports whether one of some phrases, in lower case, is in a text.
func anyWord(text string, phrases []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(phrases, func(w string) bool { return strings.Contains(text, w) })
}

// unsafeWords are in the text of a server that refuses mailboxes to clients that did not
// introduce themselves with ID.
var unsafeWords = []string{"unsafe login"}

// unsafeLogin finds a login that succeeded, and that the server does not trust.
func unsafeLogin(c *conn) []Reason {
	for _, n := range c.order {
		if x := c.refused[n]; x.attempt == nil && anyWord(x.text, unsafeWords) {
			return []Reason{{
				Severity: lint.Error, Verdict: Client, Evidence: []Evidence{x.Evidence},
				Sentence: fmt.Sprintf("The server accepted the login, but opens no mailbox for a client that has not identified itself: %s.", x.answer()),
				Remedy:   "Have the client send ID with its name after the login, before SELECT.",
			}}
		}
	}
	return nil
}

// refusedLogin finds logins that the server refused, on a connection that never logged in,
// unless another kind has the cause.
func refusedLogin(c *conn) []Reason {
	if c.in {
		return nil
	}
	var out []Reason
	for _, n := range c.order {
		x := c.refused[n]
		if x.attempt == nil || c.limited(n) {
			continue
		}
		r := Reason{
			Severity: lint.Error, Verdict: User, Evidence: []Evidence{x.Evidence},
			Sentence: fmt.Sprintf("The server refused the login%s: %s.", x.whom(), x.answer()),
			Remedy:   "Check the name and the password, and whether the account permits IMAP and this way to log in.",
		}
		if strings.Contains(strings.ToLower(c.firstWords), exchangeWord) {
			r.Remedy += " Exchange Online accepts only OAuth tokens, and refuses passwords in the same words."
		}
		if x.bad {
			r.Verdict = Client
			r.Remedy = "Compare what the client sends with what the server offers: BAD is about the command, not the password."
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		out = noWayIn(c)
	}
	return out
}

// exchangeWord is in the greeting of Exchange.
const exchangeWord = "microsoft exchange"

// noWayIn finds a client that asked what the server offers, found no way to log in, and left.
func noWayIn(c *conn) []Reason {
	if c.tried || !c.left || !c.asked || c.tls.facts != nil || len(c.order) > 0 || c.closed.IsZero() {
		return nil
	}
	if !offers(c.offered, protocol.ForbidsLogin) {
		return nil
	}
	ways := "no other way"
	if list := mechanisms(c.offered); len(list) > 0 {
		ways = "only " + strings.Join(list, ", ")
	}
	tls := "does not offer STARTTLS"
	if offers(c.offered, protocol.StartsTLS) {
		tls = "wants STARTTLS first"
	}
	return []Reason{{
		Severity: lint.Error, Verdict: Client,
		Evidence: []Evidence{{Conn: c.ID, Dir: capture.ServerToClient, Time: c.closed, Text: safe(c.offered)}},
		Sentence: fmt.Sprintf("The client found no way to log in, and left: the server forbids passwords in the clear (%s), offers %s, and %s.", capabilityFor(protocol.ForbidsLogin), ways, tls),
		Remedy:   "Set the client to TLS on port 993, or to STARTTLS.",
	}}
}

// mechanisms returns the SASL mechanisms of a list of capabilities.
func mechanisms(list string) []string {
	var out []string
	prefix := strings.ToUpper(capabilityFor(protocol.OffersMechanism))
	for _, w := range strings.Fields(list) {
		if strings.HasPrefix(w, prefix) && prefix != "" {
			out = append(out, safe(w))
		}
	}
	return out
}

// limited reports whether a command was refused for one of limits.
func (c *conn) limited(txn int) bool {
	if x := c.refused[txn]; x != nil && anyWord(x.text, throttleWords) {
		return true
	}
	for i := range limits {
		for _, f := range c.finding(&limits[i]) {
			if f.Txn == txn {
				return true
			}
		}
	}
	return false
}

// stopsExchange reports whether a line of the client ends a SASL exchange.
func stopsExchange(m *decode.Message) bool {
	return m.Kind == decode.Continuation && m.Txn != nil && m.SASL != nil && bytes.HasPrefix(m.Raw, []byte("*"))
}
