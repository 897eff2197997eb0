package session

import "strings"

// State is where a connection stands.
type State uint8

const (
	// Awaited: the greeting has not come.
	Awaited State = iota
	// NotAuthenticated: only LOGIN and LOGOUT are permitted.
	NotAuthenticated
	// Authenticated: no mailbox is selected.
	Authenticated
	// Selected: commands act on a mailbox.
	Selected
	// Logout: the server said BYE, or answered LOGOUT.
	Logout
	// Closed: the connection is over.
	Closed
	states
)

var stateNames = [states]string{"greeting awaited", "not authenticated", "authenticated", "selected", "logout", "closed"}

func (s State) String() string {
	if s < states {
		return stateNames[s]
	}
	return "?"
}

// Set is a set of states.
type Set uint8

// In makes a set.
func In(list ...State) Set {
	var s Set
	for _, x := range list {
		s |= 1 << x
	}
	return s
}

// Has reports whether s is in the set.
func (x Set) Has(s State) bool { return x&(1<<s) != 0 }

// States are those in the set, in order.
func (x Set) States() []State {
	var out []State
	for s := range states {
		if x.Has(s) {
			out = append(out, s)
		}
	}
	return out
}

// Transition is one row of the table: what happens, in which states, and what state
// that leads to.
type Transition struct {
	From Set
	On   string // what the server says: "greeting OK", "LOGIN OK", "BYE"; or "close"
	To   State
	Cite string
	Why  string // in plain words
}

// Everywhere but at the end.
var open = In(Awaited, NotAuthenticated, Authenticated, Selected, Logout)

// table is every change of state there is. The first row that fits is taken.
var table = []Transition{
	{In(Awaited), "greeting OK", NotAuthenticated, `RFC 1176, "The Protocol", p. 6`, "the server is ready, and wants to know who is there"},
	{In(Awaited), "greeting PREAUTH", Authenticated, `RFC 1176, "The Protocol", p. 6; PREAUTH is in RFC 1730, 7.1.4`, "the user is known already, from outside"},
	{In(Awaited), "greeting BYE", Logout, `RFC 3501, 7.1.5`, "the server does not want this connection"},
	{In(NotAuthenticated), "LOGIN OK", Authenticated, `RFC 1176, "Commands": LOGIN, p. 10`, "user and password were right"},
	{In(NotAuthenticated), "AUTHENTICATE OK", Authenticated, `RFC 1730, 6.2.1`, "the mechanism was satisfied"},
	{In(Authenticated, Selected), "SELECT OK", Selected, `RFC 1176, "Commands": SELECT, p. 11`, "the mailbox may be read; another one is deselected"},
	{In(Authenticated, Selected), "BBOARD OK", Selected, `RFC 1176, "Commands": BBOARD, p. 11`, "as SELECT, for a bulletin board"},
	{In(Authenticated, Selected), "EXAMINE OK", Selected, `RFC 1730, 6.3.2`, "as SELECT, to read only"},
	{In(Selected), "SELECT NO", Authenticated, `RFC 1176, "Commands": SELECT, p. 11`, "the old mailbox was deselected, and the new one is not there"},
	{In(Selected), "BBOARD NO", Authenticated, `RFC 1176, "Commands": BBOARD, p. 11`, "likewise"},
	{In(Selected), "EXAMINE NO", Authenticated, `RFC 3501, 6.3.1`, "likewise"},
	{In(Selected), "CLOSE OK", Authenticated, `RFC 1730, 6.4.2`, "expunged, and deselected"},
	{In(Selected), "UNSELECT OK", Authenticated, `RFC 3691, 2`, "deselected, and nothing expunged"},
	{In(NotAuthenticated, Authenticated, Selected), "LOGOUT OK", Logout, `RFC 1176, "Commands": LOGOUT, p. 11`, "both agree that it is over"},
	{In(NotAuthenticated, Authenticated, Selected), "BYE", Logout, `RFC 1176, "Responses": BYE, p. 20`, "the server is about to close the connection"},
	{open, "close", Closed, `RFC 1176, "The Protocol", p. 5`, "the TCP connection has ended"},
}

// Table is every change of state there is, for those who draw it.
func Table() []Transition { return append([]Transition(nil), table...) }

// next is the state after something was said; false if the table has no row.
func next(s State, on string) (State, bool) {
	for i := range table {
		if t := &table[i]; t.On == on && t.From.Has(s) {
			return t.To, true
		}
	}
	return s, false
}

// permitted are the states in which a command may be given. RFC 1176, "The
// Protocol", p. 6: before LOGIN, nothing but LOGIN and LOGOUT; NOOP is harmless
// anywhere, and RFC 3501, 6.1, says so of it and of CAPABILITY.
var permitted = map[string]Set{
	"NOOP":       In(NotAuthenticated, Authenticated, Selected),
	"LOGOUT":     In(NotAuthenticated, Authenticated, Selected),
	"CAPABILITY": In(NotAuthenticated, Authenticated, Selected),
	"ID":         In(NotAuthenticated, Authenticated, Selected),

	"LOGIN":        In(NotAuthenticated),
	"AUTHENTICATE": In(NotAuthenticated),
	"STARTTLS":     In(NotAuthenticated),

	"SELECT":      In(Authenticated, Selected),
	"BBOARD":      In(Authenticated, Selected),
	"FIND":        In(Authenticated, Selected),
	"EXAMINE":     In(Authenticated, Selected),
	"CREATE":      In(Authenticated, Selected),
	"DELETE":      In(Authenticated, Selected),
	"RENAME":      In(Authenticated, Selected),
	"SUBSCRIBE":   In(Authenticated, Selected),
	"UNSUBSCRIBE": In(Authenticated, Selected),
	"LIST":        In(Authenticated, Selected),
	"LSUB":        In(Authenticated, Selected),
	"STATUS":      In(Authenticated, Selected),
	"APPEND":      In(Authenticated, Selected),
	"NAMESPACE":   In(Authenticated, Selected),
	"ENABLE":      In(Authenticated, Selected),
	"IDLE":        In(Authenticated, Selected),

	"CHECK":    In(Selected),
	"EXPUNGE":  In(Selected),
	"COPY":     In(Selected),
	"MOVE":     In(Selected),
	"FETCH":    In(Selected),
	"PARTIAL":  In(Selected),
	"STORE":    In(Selected),
	"SEARCH":   In(Selected),
	"SORT":     In(Selected),
	"THREAD":   In(Selected),
	"CLOSE":    In(Selected),
	"UNSELECT": In(Selected),
}

// Permitted are the states in which a command may be given; false if it is not
// known. The name is as decode.Transaction has it: "FETCH", "UID FETCH".
func Permitted(command string) (Set, bool) {
	s, ok := permitted[strings.TrimPrefix(command, "UID ")]
	return s, ok
}
