package protocol

// Row is everything that is known about one word in one use. To add a word, add one Row
// to the file of the RFC that defines it.
type Row struct {
	Name    string // upper case, except names that the RFCs write otherwise; a section is empty: BODY[]
	Kind    Kind
	Dialect Dialect // that introduced it
	Joined  Dialect // of an Extension that became part of a dialect: that dialect
	Until   Dialect // the first one that removed it or calls it obsolete; Extension if an extension replaced it
	Became  string  // how that dialect says the same, with the arguments of Syntax: "LIST (SUBSCRIBED) reference pattern"
	Instead string  // how older dialects, which lack the word, come closest
	Nearest Ref     // where an RFC advises Instead
	Syntax  string  // what follows the name, in the RFC's words: "user password"
	Ref     Ref
	Plain   string // one sentence for a beginner
	Promise string // of a Capability: what the client may do, and what the server promises

	Capability string   // that announces an Extension; empty if none does
	Expands    []string // what a Macro expands to; the capabilities that a Capability includes
	Numbered   bool     // a Response that follows a message number: "* 3 EXPUNGE"
	Status     bool     // a Completion or Response that ends in human-readable text
	Optional   bool     // a server need not support it
	Group      bool     // a Command that has rows with a second word: FIND, UID
	Prefix     bool     // a Command that precedes the name of another: UID
	NoTag      bool     // a Command that has no tag: DONE
	Alters     bool     // a Command that changes what the server keeps, or asks to be allowed to, although its Effect does not say so
	URLs       bool     // a Response with URLs, which may hold a token as secret as a password
	InPart     bool     // a Section that needs a part number before it
	LeftOut    bool     // the RFC's prose defines it, but its formal syntax omits it
	Later      Ref      // where a later RFC defines it again or, if Until is set, ends it; often empty

	// Args are the arguments of a Command, of a SearchKey or of a Response, or the
	// value of a Property, in order. Nil means an unknown form, any values; for a
	// SearchKey it means none. If one argument is an ArgValue, all of them are parsed
	// leniently, and the last role applies to everything that follows.
	Args []Arg

	// Of a Command.

	States States  // in which a client may send it; none if no RFC says
	Claims []Claim // the untagged data that is its answer
	Lines  Lines   // the kind of client lines that follow it, until its response
	UID    bool    // its message numbers are unique identifiers

	// Of a Command whose Effect is Selects.

	ReadOnly bool // the mailbox is opened read-only regardless of the response; of a Code: the code says so
	Shared   bool // the mailbox is the same one for all users

	Reads bool // of a FetchItem: it marks the message as seen

	// Of a Command whose Effect is Deselects.

	Removing bool // messages marked as deleted are removed

	Effect Effect // of a Command that was answered OK, of a Response, a Code, a StoreItem or a Capability
	Moves  []Move // the changes of state that it causes
	Shows  Shows  // of a FetchItem, Property or Section: the parts of a message it shows; of a SearchKey: that it asks about
	Varies Varies // of a Code, Response, StatusItem, Property or Flag: how its value can differ and still mean the same
}

// Arg is one argument.
type Arg struct {
	Form     Form
	Role     Role
	Optional bool   // it may be missing
	Repeat   bool   // more of them may follow, each after a space
	Adjacent bool   // with Repeat: they follow without a space
	Word     Kind   // of an ArgName or ArgWord: the kind of the word
	Quoted   bool   // of an ArgName or ArgWord: the word can be in quotes
	Name     string // of an ArgKeyword, in upper case
	Of       []Arg  // of an ArgList, ArgSeries, ArgKeyword or ArgChoice
}

// Form is the grammar of an argument.
type Form uint8

// The forms of arguments.
const (
	ArgValue       Form = iota // any single value: atom, string, list
	ArgString                  // an atom, a quoted string or a literal
	ArgNString                 // a string or NIL
	ArgNumber                  // decimal digits
	ArgNumbers                 // none or more of them, to the end of the line
	ArgDateTime                // an internal date
	ArgSequence                // a set of messages: 2,4:7
	ArgFindOption              // the word after FIND
	ArgFetchItems              // fetch items, a macro, or a list of them
	ArgStoreItem               // a store item and its flags
	ArgSearchKey               // one search key
	ArgSearchKeys              // search keys, to the end of the line
	ArgFlags                   // a flag, or flags in parentheses
	ArgAttributes              // flags in parentheses, or none
	ArgFetchList               // fetch items in parentheses
	ArgEnvelope                // the ten fields of an envelope
	ArgEntryMatch              // CONDSTORE's quoted name of a flag's entry, and the flag's owner
	ArgMessageData             // properties of a message, in parentheses
	ArgLiteral                 // a literal
	ArgNIL                     // NIL
	ArgList                    // "(", the arguments Of, ")"
	ArgSeries                  // the arguments Of, which belong together
	ArgChoice                  // the first of Of that can come next, or the last of them
	ArgKeyword                 // the word Name, and after it the arguments Of
	ArgName                    // a word with a row of the kind Word
	ArgWord                    // such a word, and after it the arguments of its row
	ArgBody                    // the MIME structure of a message, without extension data: BODY
	ArgStructure               // the same, with extension data: BODYSTRUCTURE
	ArgThread                  // a thread of messages, in parentheses
	ArgFetchItem               // one fetch item
	ArgRange                   // a range of places: 1:100, -1:-100
)

// Claim assigns untagged data of one name to a command as its answer.
type Claim struct {
	Data string
	If   Condition
	Rank uint8 // from 1; among outstanding commands the lowest rank wins
}

// Condition is what must be true of a response for a Claim to apply.
type Condition uint8

// The conditions of claims.
const (
	Always      Condition = iota
	HoldsNumber           // the command's sequence contains the response's message number
	HoldsUID              // the command's sequence contains the UID among the response's items
	AfterFlags            // it is the first of its name after the FLAGS that answered the command
)

// Lines is the kind of lines that a client sends while a command is outstanding, instead
// of new commands.
type Lines uint8

// The kinds of lines.
const (
	CommandLines Lines = iota // commands, as always
	SASLLines                 // responses of a SASL exchange, every one of them secret
	IdleLines                 // the DONE that ends it
)

// Effect is what a command requests, or what a response reports, as far as it changes a
// session. Code outside this package and decode/session compares effects, never names.
type Effect uint8

// The effects of commands that were answered OK, of store items, and of responses.
const (
	NoEffect Effect = iota

	DoesNothing // NOOP
	Checks
	LogsIn // the argument of RoleUserID is the user from now on
	Authenticates
	Unauthenticates
	LogsOut
	Selects // the argument of RoleMailbox or RoleBBoard is the selected mailbox
	Deselects
	Fetches
	Stores
	Copies
	Moves
	Expunges
	Searches
	Finds // lists names of mailboxes
	Appends
	Idles
	EndsIdle
	StartsTLS  // TLS follows the OK
	Compresses // deflated data follows the OK
	ListsCapabilities
	Enables

	// Of a Capability, a Modifier or a Response that only rules about it look for.

	NeedsNoReady      // LITERAL+: a literal is sent without "+"
	NeedsNoReadyShort // LITERAL-: a literal of at most 4096 bytes is
	ReportsVanished   // QRESYNC: VANISHED is sent instead of EXPUNGE
	SinceModSeq       // CHANGEDSINCE: only what changed since is fetched
	Introduces        // ID: the name of a program and more
	GivesNamespaces   // NAMESPACE: prefixes and delimiters
	AllowsUTF8        // UTF8=ACCEPT: strings and names are UTF-8
	RefusesCharset    // BADCHARSET
	RefusesForNow     // a code of a server that lacks something at present: LIMIT, INUSE

	// Of a Code of a refused login, or of a mailbox.

	RefusesCredentials // AUTHENTICATIONFAILED
	RefusesIdentity    // AUTHORIZATIONFAILED
	RefusesExpired     // EXPIRED: the credentials no longer count
	RefusesPlaintext   // PRIVACYREQUIRED: only under TLS
	RefersToAdmin      // CONTACTADMIN
	AllowsChanges      // READ-WRITE: the mailbox was opened so that it can be changed
	ForgetsUIDs        // UIDNOTSTICKY: unique identifiers do not persist

	Succeeds // OK
	Refuses  // NO
	Rejects  // BAD

	SetsFlags // of a StoreItem
	AddsFlags
	RemovesFlags

	MarksRecent  // of a Flag that only the server sets and clears
	MarksDeleted // of a Flag: EXPUNGE removes the message
	MarksSeen    // of a Flag: the message was read

	CountsMessages // EXISTS
	CountsRecent
	DefinesFlags
	Removes   // EXPUNGE: the message is gone, and those after it are renumbered
	Vanishes  // VANISHED: as Removes, for messages given by unique identifier
	Describes // FETCH: facts about one message
	Copied
	Found
	Names // of a mailbox
	Offers
	Enabled
	SaysBye
	PreAuthenticates

	ForbidsLogin    // of a Capability
	OffersMechanism // of the Capability whose name a SASL mechanism completes
	TakesInitial    // of a Capability: AUTHENTICATE may have a response on its line

	Creates // a mailbox
	Deletes
	Renames
	Reports  // STATUS: figures about a mailbox
	FoundSet // ESEARCH: what was found, as a set; of a SearchReturn: the set

	// Of a Code or a StatusItem.

	GivesUIDValidity
	GivesUIDNext
	GivesHighestModSeq
	GivesMessages
	GivesPermanentFlags
	GivesAppended // the UIDs of appended messages
	GivesCopied   // the UIDs of copied messages, and of the copies
	GivesModified // the messages that were not changed

	CannotSelect // of a Flag of a listed mailbox: it holds no messages
	CannotHold   // of a Flag of a listed mailbox: it holds no mailboxes
	HasUse       // of a Flag of a listed mailbox: what it is for (RFC 6154)
	AllowsAny    // of a Flag that PERMANENTFLAGS has where new keywords can be created
	LacksModSeq  // NOMODSEQ: the mailbox has no modification sequences
	AreGone      // EXPUNGEISSUED: some of the messages are gone already
	TooLarge     // TOOBIG
)

// Shows is a set of the parts of a message that fetch items and properties show.
type Shows uint16

// The parts of a message. Later dialects' names for the same part share its constant.
const (
	ShowsEnvelope Shows = 1 << iota
	ShowsFlags
	ShowsInternalDate
	ShowsSize
	ShowsHeader
	ShowsText
	ShowsWhole
	ShowsStructure
	ShowsUniqueID
	ShowsModSeq
)

// Varies is how two values of a word can differ although both are correct: between two
// servers, or on one server at two times.
type Varies uint8

// The ways to differ.
const (
	Fixed     Varies = iota
	Assigned         // the server assigns the value: unique identifiers, mod-sequences, object identifiers
	WithMail         // it changes when mail arrives, or is read
	Unordered        // its words can be in any order
)

// Move is one change of a connection's state.
type Move struct {
	On   string // the status that causes it: "OK", "NO", Greeting; empty for a Response that always does
	From States
	To   State
	Cite Ref
	Why  string // a plain explanation
}

// Greeting is the On of a Move that a response causes as the first one of a connection.
const Greeting = "greeting"

// SecretFrom returns the index of the first argument that is a login secret, or -1.
// What follows it may be part of it.
func (r *Row) SecretFrom() int {
	for i := range r.Args {
		if r.Args[i].Role.Secret() {
			return i
		}
	}
	return -1
}

// Secret reports whether a secret can be part of the command or of the lines that
// follow it.
func (r *Row) Secret() bool {
	return r != nil && (r.Lines == SASLLines || r.SecretFrom() >= 0)
}

// SendsPassword reports whether a SASL mechanism, in upper case, sends the password
// itself: PLAIN (RFC 4616) and LOGIN, which no RFC defines.
func SendsPassword(mechanism string) bool {
	return mechanism == "PLAIN" || mechanism == "LOGIN"
}

// TakesLines reports whether the client sends lines other than commands while the
// command is outstanding.
func (r *Row) TakesLines() bool { return r != nil && r.Lines != CommandLines }

// InHeader reports whether a Section is header, or some of its fields.
func (r *Row) InHeader() bool { return r != nil && (r.InPart || r.Shows&ShowsHeader != 0) }

// Does reports whether the row has the effect; false if r is nil.
func (r *Row) Does(e Effect) bool { return r != nil && r.Effect == e }

// Writes reports whether the command changes what the server keeps: messages, flags, mailboxes,
// subscriptions, rights. A command without a row may, too. Reading a message, which marks it as
// seen, is not a change by this measure, and neither is closing a mailbox.
func (r *Row) Writes() bool {
	if r == nil {
		return true
	}
	switch r.Effect {
	case Stores, Copies, Moves, Expunges, Appends, Creates, Deletes, Renames:
		return true
	}
	return r.Alters
}

// Displays reports whether the row shows a part of a message; false if r is nil.
func (r *Row) Displays(what Shows) bool { return r != nil && r.Shows&what != 0 }

// TakesSASL reports whether the lines that follow the command are those of a SASL
// exchange.
func (r *Row) TakesSASL() bool { return r != nil && r.Lines == SASLLines }

// EndsPrelogin reports whether the OK to the command ends the conversation before login:
// the user is logged in, or what follows is compressed.
func (r *Row) EndsPrelogin() bool {
	return r.Does(LogsIn) || r.Does(Authenticates) || r.Does(Compresses)
}

// Lenient reports whether the form of the arguments is not known well enough to report
// errors in them.
func (r *Row) Lenient() bool {
	if r.Args == nil {
		return true
	}
	for i := range r.Args {
		if r.Args[i].Form == ArgValue {
			return true
		}
	}
	return false
}

// NumberRole returns the role of the number before a Response: a count of messages, or
// the number of one.
func (r *Row) NumberRole() Role {
	if r != nil && (r.Effect == CountsMessages || r.Effect == CountsRecent) {
		return RoleCount
	}
	return RoleMessageNumber
}
