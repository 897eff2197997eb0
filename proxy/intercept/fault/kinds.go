package fault

import "slices"

// A Kind is a row of the table of faults.
type Kind struct {
	Name    string
	Syntax  string // its words
	Help    string // one sentence
	Example string // a fault that Parse reads

	client bool // it acts on what the client sends
	both   bool // on what both sides send
	make   func(*args) effect
}

// An effect is what a fault does.
type effect struct {
	// on reports whether the fault could act on a message. It is called for each message of
	// its direction, in order, also for those that an earlier fault dropped.
	on func(t *target, s *state) bool
	// do acts. It returns false if there was nothing to act on after all. It is not called
	// for a message that an earlier fault dropped.
	do func(t *target, p *part) bool
	// see, if not nil, is called for each message before on, whatever the condition, the
	// count and the probability of the fault say.
	see func(t *target, s *state)
}

// Kinds returns the table.
func Kinds() []Kind { return kinds() }

func kinds() []Kind { return slices.Concat(timing, ends, framing, answers, mailbox, offers) }

func lookup(name string) (*Kind, bool) {
	all := kinds()
	if i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name }); i >= 0 {
		return &all[i], true
	}
	return nil, false
}

// All returns the example of every kind, named after it, in the order of the table.
func All(seed uint64) []Fault {
	var list []Fault
	for _, k := range kinds() {
		f, err := Parse(k.Example)
		if err != nil {
			panic(err) // a test parses them all
		}
		f.Name, f.Seed = k.Name, seed
		list = append(list, f)
	}
	return list
}
