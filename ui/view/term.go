package view

import "imapscope/decode/protocol"

// Term is a word of the vocabulary in one use. The zero Term is none.
type Term struct {
	kind protocol.Kind
	name string
}

// Entry is the vocabulary's entry for a Term.
type Entry struct {
	Kind  string // "fetch item"
	Name  string
	Shape string // the whole form on the wire: "tag LOGIN user password"
	Plain string
	Cite  string
	RFC   int
	Page  int
}

// IsZero reports whether t is no term.
func (t Term) IsZero() bool { return t.name == "" }

// Entry returns the vocabulary's entry for t; zero if t is no term.
func (t Term) Entry() Entry {
	e := protocol.Lookup(t.kind, t.name)
	if e == nil {
		return Entry{}
	}
	return Entry{e.Kind.String(), e.Name, e.Shape(), e.Plain, e.Ref.String(), e.Ref.RFC, e.Ref.Page}
}
