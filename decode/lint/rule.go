package lint

import (
	"cmp"
	"slices"

	"imapscope/decode/protocol"
)

// Severity says how much a finding matters.
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

// Verdict says who caused a finding.
type Verdict uint8

// The verdicts.
const (
	Client Verdict = iota
	Server
	Network
)

func (v Verdict) String() string { return [...]string{"client", "server", "network"}[v] }

// Rule is one thing to look for.
type Rule struct {
	ID       string // "C001"
	Title    string // what is wrong, in a few words
	Severity Severity
	Verdict  Verdict
	Ref      protocol.Ref
	Against  protocol.Ref // where the RFC says otherwise, if it contradicts itself

	Explanation string // why it matters
	Advice      string // what to do about it

	// Bad is a transcript that the rule finds something in, Good one in which it
	// finds nothing: lines of decodetest.Play.
	Bad, Good string

	Later  bool // it holds for IMAP4 and later dialects too
	Once   bool // it is reported once for a connection, except for cases that are worse
	Faulty bool // a server may answer the command it finds at fault with BAD

	// On lists the facts that Run is called for. Run reports what it finds in one of
	// them, and changes nothing but what remember gives it.
	On  []Fact
	Run func(*Pass)
}

// Rules returns all rules in the order of their IDs.
func Rules() []*Rule {
	return slices.SortedFunc(slices.Values(rules), func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
}

// Lookup finds a rule by its ID, or returns false.
func Lookup(id string) (*Rule, bool) {
	for _, r := range rules {
		if r.ID == id {
			return r, true
		}
	}
	return nil, false
}

// of1176 is a place in RFC 1176.
func of1176(heading, item string, page int) protocol.Ref {
	return protocol.Ref{RFC: 1176, Heading: heading, Item: item, Page: page}
}

// of3501 is a place in RFC 3501.
func of3501(heading string, page int) protocol.Ref {
	return protocol.Ref{RFC: 3501, Heading: heading, Page: page}
}

// rules is every rule, family by family, each in a file of its own. Rules that look
// at the same fact are run in this order.
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
	habitRules,
	endRules,
)
