package lint

import (
	"cmp"
	"slices"

	"imapscope/decode/protocol"
)

// Severity is how much a finding matters.
type Severity uint8

const (
	// Note: worth knowing; nothing is wrong.
	Note Severity = iota
	// Warning: permitted, or nearly so, and likely to do harm.
	Warning
	// Error: against the protocol.
	Error
)

var severityNames = [...]string{"note", "warning", "error"}

func (s Severity) String() string { return severityNames[s] }

// ParseSeverity returns the severity of that name, or false if there is none.
func ParseSeverity(name string) (Severity, bool) {
	for i, n := range severityNames {
		if n == name {
			return Severity(i), true
		}
	}
	return 0, false
}

// Verdict is the party that caused a finding.
type Verdict uint8

// The verdicts.
const (
	Client Verdict = iota
	Server
	Network
	Proxy // it changed the message
)

func (v Verdict) String() string { return [...]string{"client", "server", "network", "proxy"}[v] }

// Rule is one check.
type Rule struct {
	ID       string // "C001"
	Title    string // what is wrong, in a few words
	Severity Severity
	Verdict  Verdict
	Ref      protocol.Ref
	Against  protocol.Ref // where the RFC contradicts itself; often empty

	Source string // of a known fault of a program: the public place that describes it; else empty

	Explanation string // why it matters
	Advice      string // what to do about it

	// Bad is a transcript in which the rule finds something, Good one in which it
	// finds nothing, as lines for decodetest.Play.
	Bad, Good string

	Later  bool // it applies to IMAP4 and later dialects too
	Common bool // it is not applied to them, but what it finds is a fault there too
	Always bool // if it does not, it has findings that do: see Pass.reportAlways
	Once   bool // it is reported once per connection, except for worse cases
	Wire   bool // it is about what only the bytes on the wire show; it is not applied to a program's log
	Secret bool // it is about how a secret is written; it is not applied to a log that masks secrets
	Faulty bool // a server may answer the command it finds at fault with BAD

	// On lists the facts that Run is called for. Run reports what it finds, and
	// changes only the state that remember returns.
	On  []Fact
	Run func(*Pass)
}

// Rules returns all rules, ordered by ID.
func Rules() []*Rule {
	return slices.SortedFunc(slices.Values(rules), func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
}

// Lookup returns the rule with an ID, or false if there is none.
func Lookup(id string) (*Rule, bool) {
	for _, r := range rules {
		if r.ID == id {
			return r, true
		}
	}
	return nil, false
}

// of1176 returns a place in RFC 1176.
func of1176(heading, item string, page int) protocol.Ref {
	return protocol.Ref{RFC: 1176, Heading: heading, Item: item, Page: page}
}

// of3501 returns a place in RFC 3501.
func of3501(heading string, page int) protocol.Ref {
	return protocol.Ref{RFC: 3501, Heading: heading, Page: page}
}

// rules holds every rule, family by family; each family has its own file. Rules for
// the same fact run in this order.
var rules = slices.Concat(
	networkRules,
	greetingRules,
	requestRules,
	argumentRules,
	grammarRules,
	responseRules,
	literalRules,
	commandRules,
	mailboxRules,
	fetchRules,
	tlsRules,
	pipelineRules,
	offerRules,
	idleRules,
	saslRules,
	bodyRules,
	nameRules,
	knownRules,
	knownClientRules,
	uidRules,
	syncRules,
	habitRules,
	endRules,
)
