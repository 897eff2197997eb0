package why

import (
	"slices"

	"imapscope/decode/account"
	"imapscope/decode/lint"
)

// Kind is one of the things that go wrong again and again.
type Kind struct {
	Name   string // "login"
	Title  string
	Proof  string // what would prove it, if its cause has no better
	Causes []Cause

	// sooner returns what shows the kind and says more than a finding does, so that its sentence
	// comes first; detect what shows it where there is no finding. Nil if nothing does.
	sooner, detect func(*conn) []Reason

	// accounts returns what shows the kind only in several connections together; nil if nothing
	// does.
	accounts func(*Reasoner, *account.Accounts) []Reason
}

// Cause is a rule of decode/lint whose findings are a cause.
type Cause struct {
	Rule string
	Says string // the beginning of a sentence that ends in the finding's message

	// when, if not nil, reports whether a finding is one.
	when func(*conn, *lint.Finding) bool
	// more, if not nil, returns what else there is to say, for the end of the sentence.
	more func(*conn, *lint.Finding) string
}

// Kinds returns all kinds, in the order of the table.
func Kinds() []*Kind { return kinds }

// refused: the server refused the command.
func refused(c *conn, f *lint.Finding) bool { return c.refused[f.Txn] != nil }

// warnedOrRefused: it is at least a warning, or the server refused the command.
func warnedOrRefused(c *conn, f *lint.Finding) bool {
	return f.Severity >= lint.Warning || refused(c, f)
}

// shut: the login that the finding is about failed, and no later one succeeded.
func shut(c *conn, f *lint.Finding) bool {
	x := c.refused[f.Txn]
	return x != nil && x.login && !c.in
}

// noRetry: the finding is not about a login that was refused, and then repeated with success.
func noRetry(c *conn, f *lint.Finding) bool {
	x := c.refused[f.Txn]
	return x == nil || !x.login || !c.in
}

// bothSides: the client's side was seen, too.
func bothSides(c *conn, _ *lint.Finding) bool { return !c.serverOnly() }

// stuckLong: as lastedLong, and the connection ended with it.
func stuckLong(c *conn, f *lint.Finding) bool { return c.stuck != nil && lastedLong(c, f) }

// lastedLong: the wait that the finding is about was a long one.
func lastedLong(c *conn, f *lint.Finding) bool {
	return isError(c, f) && c.closed.Sub(f.Time) >= longWait
}

// neverAnswered: as lastedLong, and it is not an IDLE that waits for DONE.
func neverAnswered(c *conn, f *lint.Finding) bool {
	return lastedLong(c, f) && c.serverSaid && !slices.ContainsFunc(c.findings, func(f lint.Finding) bool { return f.Rule.ID == "C103" })
}

// notStuck: the connection did not end because one side waited for the other.
func notStuck(c *conn, _ *lint.Finding) bool { return c.stuck == nil }

// openLong: the connection was open for long, or it was not the client that left.
func openLong(c *conn, f *lint.Finding) bool {
	return isError(c, f) && c.commands < 2 && (c.cut || c.closed.Sub(c.Start) >= longWait)
}

// isError: the finding is an error, which its rule reports as less where it did no harm.
func isError(_ *conn, f *lint.Finding) bool { return f.Severity == lint.Error }

// leftSoon: the server ended the connection before anyone can be said to hang.
func leftSoon(c *conn, f *lint.Finding) bool {
	return isError(c, f) && c.cut && !lastedLong(c, f)
}

// cutOff: the connection was not ended by the client.
func cutOff(c *conn, _ *lint.Finding) bool { return c.cut }

// withLiteral: a command with a literal was refused.
func withLiteral(c *conn, f *lint.Finding) bool {
	x := c.refused[f.Txn]
	return x != nil && x.literals && !slices.ContainsFunc(c.searches, func(s search) bool { return s.Evidence[0].Txn == f.Txn })
}

// unsettled: the search was not repeated in another way, with success.
func unsettled(c *conn, f *lint.Finding) bool { return !slices.Contains(c.settled, f.Txn) }
