package conform

import (
	"cmp"
	"fmt"

	"imapscope/decode/protocol"
)

// Script is a session to play.
type Script struct {
	Name  string // of its file
	Title string

	Dialects     []protocol.Dialect // it is for these; none: any
	Capabilities []string           // it needs
	State        State              // in which its steps begin
	Messages     int                // how many messages to append, or in IMAP2 to find; allMessages: all of Mail
	Expunges     bool               // it removes messages of a mailbox that it did not make
	Conns        int                // connections
	Users        map[int]string     // who logs in on a connection, if not the user of the others
	OnlyExpected bool               // untagged data that no step expects is a failure
	Mail         [][]byte           // messages to append, instead of Runner's own

	Steps []Step
}

// allMessages is the Messages of a script that wants one of each.
const allMessages = -1

// State is how far a session is when the first step begins. Each includes those before it.
type State uint8

// The states, by the names that imaptest has for them.
const (
	NonAuth  State = iota // nothing but the greeting has passed
	Auth                  // logged in
	Created               // the mailbox is there, empty
	Appended              // it has messages
	Selected              // it is selected
)

var stateNames = [...]string{"nonauth", "auth", "created", "appended", "selected"}

func (s State) String() string { return stateNames[s] }

// Level is how strongly an RFC demands something (RFC 2119).
type Level uint8

// The levels.
const (
	Must Level = iota
	Should
	May
)

func (l Level) String() string { return [...]string{"MUST", "SHOULD", "MAY"}[l] }

// Step is one thing that a server is asked to do.
type Step struct {
	Line   int
	Title  string
	Level  Level
	Ref    protocol.Ref
	Needs  string // a capability, if the step needs one that its script does not
	Acts   []Act
	Expect []Expectation

	// Ordered: each expectation is met by data after that which met the one before it.
	Ordered bool
	// InParts: expectations are compared as soon as the commands they are among were answered,
	// with what came since those before; else all of them at the end.
	InParts bool
}

// String returns the title of a step.
func (s *Step) String() string { return cmp.Or(s.Title, fmt.Sprintf("line %d", s.Line)) }

// Do is what a client does in one line of a step.
type Do uint8

// What a client does.
const (
	Send       Do = iota // a command, with a tag
	SendLine             // a line without one
	AwaitTag             // wait for the tagged response to a command
	AwaitReady           // wait for "+"
	AwaitData            // wait for untagged data
)

// Act is one line of a step that a client acts on.
type Act struct {
	Line  int
	Conn  int // from 1
	Do    Do
	Text  string   // of a line to send, with its variables
	Of    int      // of AwaitTag: the index of the Send in Step.Acts
	Any   []string // of AwaitTag: the statuses that are right, in upper case; none: any
	Match pattern  // of AwaitTag: the beginning of the text; of AwaitData: the data
}

// Existence is whether data is expected.
type Existence uint8

// What an expectation is.
const (
	Exists Existence = iota
	Absent
	Allowed
)

// Expectation is untagged data that a step expects, or must not bring.
type Expectation struct {
	Line  int
	After int // index of Step.Acts, for a step InParts
	Conn  int
	Is    Existence
	Match pattern
}
