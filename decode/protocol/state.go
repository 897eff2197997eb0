package protocol

// State is the state of a connection. RFC 1176 does not name its states; the names are
// from RFC 3501 (section 3), which has the same ones.
type State uint8

// The states.
const (
	UnknownState State = iota // the beginning was not captured, and nothing has shown the state yet
	Awaited                   // the greeting has not come
	NotAuthenticated
	Authenticated // no mailbox is selected
	Selected
	Logout // the server said BYE, or answered LOGOUT
	Closed // the connection is over
	numStates
)

var stateNames = [numStates]string{
	"unknown", "greeting awaited", "not authenticated", "authenticated", "selected", "logout", "closed",
}

func (s State) String() string {
	if s < numStates {
		return stateNames[s]
	}
	return "?"
}

// States is a set of states.
type States uint8

// In returns the set of the listed states.
func In(list ...State) States {
	var set States
	for _, s := range list {
		set |= 1 << s
	}
	return set
}

// Has reports whether s is in the set.
func (x States) Has(s State) bool { return x&(1<<s) != 0 }

// List returns the states in the set, in order.
func (x States) List() []State {
	var out []State
	for s := range numStates {
		if x.Has(s) {
			out = append(out, s)
		}
	}
	return out
}
