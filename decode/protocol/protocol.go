// Package protocol is the protocol's vocabulary as data: every command, response, item, key and flag, where it is defined, and what it means in plain words.
//
// A word is looked up by what it is used as, for the same word means several
// things: SEARCH is a command and a response, FLAGS is a response, a fetch
// item, a store item and a property of a message.
//
//	e, ok := protocol.Lookup(protocol.Command, "select")
//	fmt.Println(e.Shape())  // tag SELECT mailbox
//	fmt.Println(e.Plain)    // Opens a mailbox …
//	fmt.Println(e.Ref)      // RFC 1176, "Commands": SELECT, p. 11
//
// # Rules
//
//   - All of RFC 1176 is here, and a test holds each entry against its text. Of
//     the later dialects and extensions here is what turns up in captures, so
//     that nothing common is nameless; it is not a registry.
//   - A word is cited where it was first defined: RFC 1176 for what IMAP4 kept.
//     Where a later RFC has taken it back, Later says where.
//   - To add a command: one Entry in the table of its kind. Nothing else knows
//     the list.
//   - Plain is our own sentence, for a reader who has never seen the protocol.
//   - The tables are read-only; so is what Expands points to.
package protocol

import (
	"iter"
	"strings"
)

// Kind says what a word is used as.
type Kind uint8

// The kinds. An entry's Name is unique within its kind.
const (
	Command       Kind = iota // what a client asks: LOGIN, FIND MAILBOXES, UID FETCH
	Completion                // a tagged OK, NO or BAD
	Response                  // what a server says under "*", and "+": FLAGS, EXISTS, BYE
	FetchItem                 // what FETCH asks for: ENVELOPE
	Property                  // what a FETCH response carries: ENVELOPE
	StoreItem                 // what STORE changes: +FLAGS
	SearchKey                 // a criterion of SEARCH: FROM
	Flag                      // a flag of a message, or a name attribute: \SEEN
	Macro                     // a fetch item that stands for several: FAST
	Code                      // what stands in brackets before human text: READ-ONLY
	StatusItem                // what STATUS asks for: MESSAGES
	EnvelopeField             // a field of an envelope, by its place: in-reply-to
	AddressField              // a field of an address, by its place: mailbox name
	Term                      // a word of the grammar, or one with a meaning of its own: LITERAL, NIL, INBOX
)

// String names the kind for a reader: "fetch item".
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return "word"
	}
	return kindNames[k]
}

var kindNames = [...]string{
	"command", "completion", "response", "fetch item", "message property", "store item", "search key",
	"flag", "fetch macro", "response code", "status item", "envelope field", "address field", "term",
}

// Dialect is the generation of the protocol that brought a word.
type Dialect uint8

// The dialects, oldest first.
const (
	IMAP2     Dialect = iota // RFC 1176
	IMAP2bis                 // never an RFC: RFC 1732, p. 3, lists what it brought; the citation is RFC 1730's or RFC 2062's
	IMAP4                    // RFC 1730
	IMAP4rev1                // RFC 3501 (and RFC 2060 before it)
	Extension                // on offer if the server's capabilities say so
)

func (d Dialect) String() string {
	if int(d) >= len(dialectNames) {
		return "unknown"
	}
	return dialectNames[d]
}

var dialectNames = [...]string{"IMAP2", "IMAP2bis", "IMAP4", "IMAP4rev1", "extension"}

// Entry is one word used as one kind of thing.
type Entry struct {
	Name    string // upper case, but for names the RFCs write otherwise; a section is empty: BODY[]
	Kind    Kind
	Dialect Dialect
	Syntax  string // what follows the name, in the RFC's words: "user password"
	Ref     Ref
	Plain   string // one sentence for a beginner

	Expands    []string // what a Macro stands for
	Capability string   // what announces an Extension; empty if nothing does
	Numbered   bool     // a Response that follows a message number: "* 3 EXPUNGE"
	Optional   bool     // a server need not have it
	Obsolete   bool     // its own RFC, or the one at Later, calls it obsolete or leaves it out
	Later      Ref      // where a later RFC says what became of it; often empty
}

// Shape is the whole form of an entry as it stands on the wire, in the RFC's
// words: "tag LOGIN user password", "* number EXISTS", "[UNSEEN number]".
func (e Entry) Shape() string {
	s := e.Name
	if e.Syntax != "" {
		s += " " + e.Syntax
	}
	switch {
	case e.Kind == Command && e.Name == "DONE":
		return s // the one line of a client without a tag
	case e.Kind == Command || e.Kind == Completion:
		return "tag " + s
	case e.Kind == Response && e.Name == "+":
		return s
	case e.Kind == Response && e.Numbered:
		return "* number " + s
	case e.Kind == Response:
		return "* " + s
	case e.Kind == Code:
		return "[" + s + "]"
	}
	return s
}

// Lookup finds a word by what it is used as. Letter case does not matter; nor
// do the brackets of a response code, nor what a fetch item has between "[" and
// "]" or after it. It does not allocate.
func Lookup(k Kind, name string) (Entry, bool) {
	switch k {
	case Code:
		name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	case FetchItem, Property:
		if i := strings.IndexByte(name, '['); i >= 0 {
			return find(k, name[:i], "[]")
		}
	}
	return find(k, name, "")
}

func find(k Kind, name, suffix string) (Entry, bool) {
	if int(k) >= len(tables) {
		return Entry{}, false
	}
	for i := range tables[k] {
		e := &tables[k][i]
		n, ok := strings.CutSuffix(e.Name, suffix)
		if ok && len(n) == len(name) && strings.EqualFold(n, name) {
			return *e, true
		}
	}
	return Entry{}, false
}

// All is every entry, kind by kind.
func All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for k := range tables {
			for e := range Of(Kind(k)) {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Of is every entry of one kind, RFC 1176's first, in the RFCs' order.
func Of(k Kind) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		if int(k) >= len(tables) {
			return
		}
		for _, e := range tables[k] {
			if !yield(e) {
				return
			}
		}
	}
}

// Each table's entries are all of its kind.
var tables = [...][]Entry{
	Command: commands, Completion: completions, Response: responses,
	FetchItem: fetchItems, Property: properties, StoreItem: storeItems, SearchKey: searchKeys,
	Flag: flags, Macro: macros, Code: codes, StatusItem: statusItems,
	EnvelopeField: envelopeFields, AddressField: addressFields, Term: terms,
}
