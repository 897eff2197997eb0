package gen

// When is the part of a session in which a fault is committed.
type When uint8

// The parts of a session.
const (
	InMailbox   When = iota // a mailbox with messages is selected
	AtGreeting              // in place of the greeting
	BeforeLogin             // after the greeting
	LoggedIn                // no mailbox is selected
	AtEnd                   // in place of LOGOUT
)

// Fault is one violation of a rule of decode/lint.
type Fault struct {
	When   When
	commit func(*generator)
}
