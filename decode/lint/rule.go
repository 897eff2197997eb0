package lint

import (
	"imapscope/decode/protocol"
)

// Severity says how much a finding matters.
type Severity uint8

const (
	// Note: worth knowing, and nobody's fault.
	Note Severity = iota
	// Warning: allowed, or nearly, and likely to do harm.
	Warning
	// Error: against the protocol.
	Error
)

var severityNames = [...]string{"note", "warning", "error"}

func (s Severity) String() string { return severityNames[s] }

// ParseSeverity is the severity of that name; false if there is none.
func ParseSeverity(name string) (Severity, bool) {
	for i, n := range severityNames {
		if n == name {
			return Severity(i), true
		}
	}
	return 0, false
}

// Verdict says whose doing it was.
type Verdict uint8

// Whose doing it was.
const (
	Client Verdict = iota
	Server
	Network
)

func (v Verdict) String() string { return [...]string{"client", "server", "network"}[v] }

// Rule is one thing that is looked for.
type Rule struct {
	ID       string // "C001"
	Title    string // what is wrong, in a few words
	Severity Severity
	Verdict  Verdict
	Ref      protocol.Ref
	Against  protocol.Ref // the place that says otherwise, if the text contradicts itself

	Explanation string // why it matters
	Advice      string // what to do about it

	// Bad is a transcript that has the fault, Good one that has not: lines of
	// decodetest.Play.
	Bad, Good string

	Later bool // it holds for IMAP4 too
	Once  bool // it is told once for a connection, but for cases that are worse
}

// Rules are all there are, in the order of their IDs.
func Rules() []*Rule {
	return append([]*Rule(nil), rules...)
}

// Lookup finds a rule by its ID; false if there is none.
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

// rules is the list. TestList holds it against the rules that are written down.
var rules = []*Rule{
	beforeGreeting,
	notPermitted,
	unknownCommand,
	wrongArguments,
	reservedTag,
	tagInUse,
	literalNotAwaited,
	sequenceOutside,
	sequenceBackwards,
	flagsWithoutParentheses,
	unknownFlag,
	notCharacter,
	clientBareLF,
	longLine,
	readOnlyMailbox,
	noLogout,
	passwordInClear,
	laterCommand,
	keyLeftOut,
	searchDate,

	oneByOne,
	fetchedAgain,
	polling,
	lockStep,
	bodiesForHeaders,
	slowCommand,

	octetsLost,
	silenceThenReset,
	halfOpen,
	afterSTARTTLS,
	hostileOctets,
	brokeOff,
	sentAgain,

	noGreeting,
	greetingNotOK,
	noStatus,
	orphan,
	noResponse,
	selectLacks,
	existsShrinks,
	beyondExists,
	logoutWithoutBYE,
	readyUnasked,
	readyLate,
	readyNever,
	literalCount,
	sizeDisagrees,
	notHeaderAndText,
	envelopeFields,
	responseGrammar,
	notDefaulted,
	searchOutside,
	searchOrder,
	itemNeverSent,
	dateForm,
	obsoleteStore,
	emptyFlags,
	afterBYE,
	serverNotCharacter,
	saidTwice,
	serverBareLF,
	noResponseLine,
	inboxListed,
	copyUnsaid,
	validRefused,
	dataLeftOut,
	flagsLack,
	literalShort,
}
