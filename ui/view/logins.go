package view

import (
	"cmp"
	"slices"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// A Login is an attempt to log in, without its secret. Its texts are inert; those that are
// not known are empty.
type Login struct {
	User      string // the identity whose password or token it is
	ActsAs    string // the identity to act as, if the client asked for one
	Mechanism string // of SASL; empty for the LOGIN command
	Outcome   string // accepted, refused, canceled; empty if there was no answer
}

// loginOf returns what a transaction that logs in says, or false for any other.
func (o Options) loginOf(t *decode.Transaction) (Login, bool) {
	shown := func(s string) string { return clip(o.Hide(t.Known, s), maxValue) }
	switch r := t.SASL; {
	case r != nil:
		// The report has no secret; the names in it are parts of responses that are.
		x := Login{User: clip(r.Authentication, maxValue), ActsAs: clip(r.Authorization, maxValue), Mechanism: clip(r.Mechanism, maxValue), Outcome: r.Outcome.String()}
		if x.ActsAs == x.User {
			x.ActsAs = ""
		}
		return x, true
	case !t.Row.Does(protocol.LogsIn):
		return Login{}, false
	}
	x := Login{User: shown(t.User)}
	if n := syntax.ParseRequest(&t.Request).FindRole(protocol.RoleUserID); n != nil && !overlaps(t.Secrets, n.Span) {
		x.User = shown(string(n.Value(t.Request.Raw)))
	}
	switch protocol.StatusEffect(t.Status) {
	case protocol.Succeeds:
		x.Outcome = "accepted"
	case protocol.Refuses, protocol.Rejects:
		x.Outcome = "refused"
	}
	return x, true
}

// String returns the login in words: "fred with SCRAM-SHA-256: accepted".
func (x Login) String() string {
	with := x.Mechanism
	if with == "" {
		with = protocol.CommandThat(protocol.LogsIn).Name + " command"
	}
	s := cmp.Or(x.User, "(no user)") + " with " + with
	if x.ActsAs != "" {
		s += ", as " + x.ActsAs
	}
	return s + ": " + cmp.Or(x.Outcome, "no answer")
}

// Logins counts logins that are the same.
type Logins struct {
	List []LoginCount // in the order in which they were first seen
	More int          // logins beyond MaxLogins different ones
}

// LoginCount is a login and how often it was attempted.
type LoginCount struct {
	Login
	Count int
}

// MaxLogins is how many different logins are counted one by one: a hostile client may invent
// any number.
const MaxLogins = 64

// Add adds a transaction, if it logs in.
func (l *Logins) Add(t *decode.Transaction, o Options) {
	x, ok := o.loginOf(t)
	if !ok {
		return
	}
	i := slices.IndexFunc(l.List, func(c LoginCount) bool { return c.Login == x })
	switch {
	case i >= 0:
		l.List[i].Count++
	case len(l.List) >= MaxLogins:
		l.More++
	default:
		l.List = append(l.List, LoginCount{x, 1})
	}
}

// Lines returns a line for each login.
func (l *Logins) Lines() []string {
	var out []string
	for _, c := range l.List {
		s := c.String()
		if c.Count > 1 {
			s += " (" + Count(c.Count, "time") + ")"
		}
		out = append(out, s)
	}
	if l.More > 0 {
		out = append(out, "and "+Count(l.More, "more login"))
	}
	return out
}
