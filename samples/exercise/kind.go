package exercise

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/decode/lint"
	"imapscope/samples/server"
)

// Kind is one kind of fault.
type Kind struct {
	Name  string
	Doc   string       // what happens
	By    lint.Verdict // whose doing it is
	Rules []string     // IDs of decode/lint that find it

	when  phase
	plant func(*author)
	loose bool // it is found between exchanges too
}

// phase is where in a session a fault has its place.
type phase uint8

const (
	middle   phase = iota // among other commands
	greeting              // before anything is said; the LOGIN follows
	entrance              // after the greeting, before LOGIN
	hall                  // after LOGIN, before SELECT
	exit                  // in LOGOUT's place
)

// Kinds are all there are: the server's, the client's, the network's.
func Kinds() []Kind { return slices.Concat(serverKinds(), clientKinds(), networkKinds()) }

// Lookup finds a kind by its name. The error lists them all.
func Lookup(name string) (Kind, error) {
	var names []string
	for _, k := range Kinds() {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Kind{}, fmt.Errorf("there is no fault %q; there are %s", name, strings.Join(names, ", "))
}

// misdeed is a quirk of samples/server that the checker finds, and what brings it out.
type misdeed struct {
	quirk, rule string
	when        phase
	ask         func(*author)
}

var misdeeds = [...]misdeed{
	{"greeting-not-ok", "S001", greeting, nil},
	{"no-ready", "S012", middle, func(a *author) { a.say("SEARCH SUBJECT {5}\nlunch") }},
	{"other-tag", "S004", middle, func(a *author) {
		for (len(a.client.Commands)+1)%5 != 0 { // it is every fifth command's
			a.say("FETCH %d FLAGS", a.number())
		}
		a.say("FETCH %s FAST", a.sequence())
	}},
	{"silent", "S005", middle, func(a *author) { a.say("SEARCH %s", a.pick("UNSEEN", "FROM wilma", "SINCE 7-May-91", "ALL")) }},
	{"select-without-flags", "S006", middle, reopen},
	{"select-without-exists", "S006", middle, reopen},
	{"select-without-recent", "S006", middle, reopen},
	{"exists-shrinks", "S007", middle, func(a *author) {
		a.say("CHECK")
		a.exists-- // as far as its client knows
	}},
	{"silent-expunge", "S007", middle, func(a *author) { a.writable(); a.expunge() }},
	{"expunge-beyond", "S008", middle, func(a *author) { a.writable(); a.expunge() }},
	{"fetch-beyond", "S008", middle, func(a *author) { a.say("NOOP") }},
	{"logout-without-bye", "S009", exit, func(a *author) { a.say("LOGOUT") }},
	{"unexpected-ready", "S010", middle, func(a *author) { a.say("NOOP") }},
	{"wrong-literal-count", "S013", middle, func(a *author) { a.say("FETCH %d %s", a.number(), a.pick("RFC822", "RFC822.TEXT", "RFC822.HEADER")) }},
	{"wrong-size", "S014", middle, func(a *author) {
		a.say("FETCH %d (%s)", a.number(), a.pick("RFC822.SIZE RFC822", "FLAGS RFC822.SIZE RFC822"))
	}},
	{"header-text-mismatch", "S015", middle, func(a *author) { a.say("FETCH %d (RFC822.HEADER RFC822.TEXT RFC822)", a.number()) }},
	{"envelope-short", "S016", middle, func(a *author) { a.say("FETCH %d %s", a.number(), a.pick("ALL", "ENVELOPE")) }},
	{"no-defaults", "S018", middle, func(a *author) { a.say("FETCH %d %s", a.number(), a.pick("ALL", "ENVELOPE")) }},
	{"search-beyond", "S019", middle, func(a *author) { a.say("SEARCH %s", a.pick("UNSEEN", "ALL", "SINCE 7-May-91")) }},
	{"data-after-bye", "S025", exit, func(a *author) { a.say("LOGOUT") }},
	{"empty-flags", "S034", middle, reopen},
	{"escape-sequences", "N005", middle, func(a *author) { a.say("%s", a.pick("NOOP", "CHECK", "SEARCH SEEN")) }},
}

func reopen(a *author) { a.open(a.pick("INBOX", "archive", "lists")) }

// serverKinds are the server's misdeeds, in the words of its quirks.
func serverKinds() []Kind {
	docs := make(map[string]string)
	for _, q := range server.Quirks() {
		docs[q.Name] = q.Doc
	}
	var kinds []Kind
	for _, m := range misdeeds {
		kinds = append(kinds, Kind{
			Name: m.quirk, Doc: "the server " + docs[m.quirk], By: lint.Server, Rules: []string{m.rule}, when: m.when,
			plant: func(a *author) {
				if m.ask == nil {
					a.client.Quirks = []string{m.quirk}
					return
				}
				m.ask(a)
				a.faulty().Quirks = []string{m.quirk}
			},
		})
	}
	return kinds
}
