package sasl

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Outcome is how an exchange ended, as far as it is known.
type Outcome uint8

// The outcomes.
const (
	Unknown Outcome = iota
	Accepted
	Refused
	Canceled // by the client
)

func (o Outcome) String() string { return [...]string{"", "accepted", "refused", "canceled"}[o] }

// Side is who sent a message.
type Side uint8

// The sides.
const (
	NoSide Side = iota // it is not known, or the message was not read
	ByClient
	ByServer
)

// Report is what an exchange has said so far. A text that was not said is empty. It holds
// no secret.
type Report struct {
	Mechanism string // in upper case
	Step      int    // of the mechanism: the latest message; 0 before the first
	Steps     int    // how many the mechanism has; 0 if that varies
	Stage     string // the latest message, in words
	Outcome   Outcome
	Ended     bool // the tagged response came

	Authentication string // the identity whose password, token or ticket it is
	Authorization  string // the identity to act as, if the client asked for one
	Realm          string // DIGEST-MD5's, Kerberos's, or the domain of NTLM
	Workstation    string // NTLM: the client's name for itself
	Trace          string // ANONYMOUS: who the client says it is
	Host           string // the server that the client, or the server, named
	Port           int    // OAUTHBEARER

	Binding    string // channel binding (RFC 5801, section 5): its type, or why there is none
	Iterations int    // SCRAM
	Layer      string // GSSAPI, DIGEST-MD5: security layers

	Expires time.Time // of a token that is a JWT
	Issuer  string    // of it

	Error         string // what the server says is wrong: "invalid_token"
	Scope         string // that the server requires, with an error
	Schemes       string // that it accepts
	Configuration string // where its OpenID configuration is

	// Fault is what is wrong with a message by the rules of the mechanism, in our words.
	Fault   string
	FaultBy Side // who sent that message
	// Note is a remark of ours: what is allowed but dangerous.
	Note string

	// Fresh has bit i if the latest message brought the ith of the details.
	Fresh uint32
}

// User returns who is logged in if the exchange is accepted: the authorization identity if
// the client asked for one, and the authentication identity otherwise.
func (r *Report) User() string {
	if r.Mechanism == "ANONYMOUS" {
		return "anonymous"
	}
	return cmp.Or(r.Authorization, r.Authentication)
}

// Expired reports whether the token had expired at a time.
func (r *Report) Expired(at time.Time) bool { return !r.Expires.IsZero() && r.Expires.Before(at) }

// Detail is one thing that a Report says.
type Detail struct{ Name, Value string }

// details are what Details returns, in order; bit i of Report.Fresh is that of the ith.
var details = [...]struct {
	name  string
	value func(r *Report) string
}{
	{"user", func(r *Report) string { return r.Authentication }},
	{"acts as", func(r *Report) string { return r.Authorization }},
	{"realm", func(r *Report) string { return r.Realm }},
	{"workstation", func(r *Report) string { return r.Workstation }},
	{"trace", func(r *Report) string { return r.Trace }},
	{"server", server},
	{"channel binding", func(r *Report) string { return r.Binding }},
	{"iterations", func(r *Report) string { return number(r.Iterations) }},
	{"security layer", func(r *Report) string { return r.Layer }},
	{"token expires", func(r *Report) string { return when(r.Expires) }},
	{"token issuer", func(r *Report) string { return r.Issuer }},
	{"error", func(r *Report) string { return r.Error }},
	{"scope", func(r *Report) string { return r.Scope }},
	{"schemes", func(r *Report) string { return r.Schemes }},
	{"OpenID configuration", func(r *Report) string { return r.Configuration }},
	{"fault", func(r *Report) string { return r.Fault }},
	{"note", func(r *Report) string { return r.Note }},
}

func server(r *Report) string {
	if r.Port == 0 {
		return r.Host
	}
	host := r.Host
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") { // an IPv6 address
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(r.Port)
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// Details returns what is known, in the order of display.
func (r *Report) Details() []Detail { return r.list(^uint32(0)) }

// New returns what the latest message added to it.
func (r *Report) New() []Detail { return r.list(r.Fresh) }

func (r *Report) list(which uint32) []Detail {
	var out []Detail
	for i, d := range details {
		if which&(1<<i) == 0 {
			continue
		}
		if s := d.value(r); s != "" {
			out = append(out, Detail{d.name, s})
		}
	}
	return out
}

// markNew records which details differ from those before the latest message.
func (r *Report) markNew(before *Report) {
	r.Fresh = 0
	for i, d := range details {
		if d.value(r) != d.value(before) {
			r.Fresh |= 1 << i
		}
	}
}

// Line returns the latest message in words, with what it added:
//
//	SASL SCRAM-SHA-256, step 2 of 4: the server's challenge; iterations 4096
func (r *Report) Line() string {
	var b strings.Builder
	b.WriteString("SASL " + r.Mechanism)
	if r.Step > 0 && r.Steps != 1 && !r.Ended {
		fmt.Fprintf(&b, ", step %d", r.Step)
		if r.Steps > 0 {
			fmt.Fprintf(&b, " of %d", r.Steps)
		}
	}
	b.WriteString(": " + r.Stage)
	for _, d := range r.New() {
		b.WriteString("; " + d.Name + " " + d.Value)
	}
	return b.String()
}

// Rewrite replaces every text of the wire: names with what name returns for them, other
// texts with what text does. Callers hide in it what they know to be secret.
func (r *Report) Rewrite(name, text func(string) string) {
	for _, s := range [...]*string{&r.Authentication, &r.Authorization, &r.Realm, &r.Workstation, &r.Trace, &r.Host} {
		*s = name(*s)
	}
	for _, s := range [...]*string{&r.Mechanism, &r.Binding, &r.Issuer, &r.Error, &r.Scope, &r.Schemes, &r.Configuration} {
		*s = text(*s)
	}
}
