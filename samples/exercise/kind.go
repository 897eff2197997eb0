package exercise

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"imapscope/decode/lint"
	"imapscope/samples/server"
)

// A Kind is one kind of fault.
type Kind struct {
	Name  string
	Doc   string       // what happens
	By    lint.Verdict // which side causes it
	Rules []string     // IDs of decode/lint that find it, the one that always does first
	Level int          // of difficulty, from 1 to Levels

	when  phase
	plant func(*author)
	where where
}

// where is a set of places in which a fault may be found, besides its own exchange.
type where uint8

const (
	outside where = 1 << iota // outside any exchange, too
	after                     // in the next transaction: an orphan counts as one
)

// A phase is the part of a session in which a fault occurs.
type phase uint8

const (
	middle   phase = iota // among other commands
	greeting              // before the greeting; LOGIN follows
	entrance              // after the greeting, before LOGIN
	hall                  // after LOGIN, before SELECT
	exit                  // in place of LOGOUT
)

// Levels is the number of levels of difficulty: a fault is seen in one line (1), in what is
// missing from an exchange or differs between two (2), or only by counting bytes, messages or
// time (3).
const Levels = 3

// levels holds the level of each kind.
var levels = map[string]int{
	"greeting-not-ok": 1, "logout-without-bye": 1, "unexpected-ready": 1, "data-after-bye": 1, "escape-sequences": 1,
	"early-command": 1, "before-login": 1, "before-select": 1, "unknown-command": 1, "wrong-arguments": 1, "reserved-tag": 1,
	"flags-without-parentheses": 1, "no-logout": 1, "wrong-date": 1, "broken-off": 1,

	"no-ready": 2, "other-tag": 2, "silent": 2, "select-without-flags": 2, "select-without-exists": 2, "select-without-recent": 2,
	"exists-shrinks": 2, "expunge-beyond": 2, "fetch-beyond": 2, "search-beyond": 2, "empty-flags": 2, "tag-reused": 2,
	"literal-at-once": 2, "no-such-message": 2, "unknown-flag": 2, "read-only": 2, "silence-then-reset": 2,

	"silent-expunge": 3, "wrong-literal-count": 3, "wrong-size": 3, "header-text-mismatch": 3, "envelope-short": 3, "no-defaults": 3,
	"wrong-character": 3, "bare-line-feed": 3, "answer-lost": 3, "request-lost": 3, "sent-again": 3,
}

// Kinds returns all kinds: the server's, the client's, the network's.
func Kinds() []Kind {
	kinds := slices.Concat(serverKinds(), clientKinds(), networkKinds())
	for i := range kinds {
		kinds[i].Level = levels[kinds[i].Name]
	}
	return kinds
}

// ofLevel returns the kinds of a level; all kinds for 0.
func ofLevel(level int) []Kind {
	return slices.DeleteFunc(Kinds(), func(k Kind) bool { return level != 0 && k.Level != level })
}

// ListKinds writes a line for each kind.
func ListKinds(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, k := range Kinds() {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", k.Name, k.Level, k.By, strings.Join(k.Rules, ","), k.Doc)
	}
	return w.Flush()
}

// Lookup finds a kind by its name.
func Lookup(name string) (Kind, error) {
	for _, k := range Kinds() {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fmt.Errorf("unknown fault %q", name)
}

// misdeed is a quirk of samples/server that the checker finds, and what brings it out.
type misdeed struct {
	quirk, rule string
	when        phase
	ask         func(*author)
	where       where
	also        []string // rules that find what comes of it
}

var misdeeds = [...]misdeed{
	{"greeting-not-ok", "S001", greeting, nil, 0, []string{"S029"}},
	{"no-ready", "S012", middle, func(a *author) { a.say("SEARCH SUBJECT {5}\nlunch") }, 0, nil},
	{"other-tag", "S004", middle, func(a *author) {
		for (len(a.client.Commands)+1)%5 != 0 { // it is every fifth command's
			a.say("FETCH %d FLAGS", a.number())
		}
		a.say("FETCH %s FAST", a.sequence())
	}, after, nil},
	{"silent", "S005", middle, func(a *author) { a.say("SEARCH %s", a.pick("UNSEEN", "FROM wilma", "SINCE 7-May-91", "ALL")) }, 0, nil},
	{"select-without-flags", "S006", middle, reopen, 0, nil},
	{"select-without-exists", "S006", middle, reopen, 0, nil},
	{"select-without-recent", "S006", middle, reopen, 0, nil},
	{"exists-shrinks", "S007", middle, func(a *author) {
		a.say("CHECK")
		a.exists-- // as far as its client knows
	}, 0, nil},
	{"silent-expunge", "S007", middle, func(a *author) { a.writable(); a.expunge() }, 0, nil},
	{"expunge-beyond", "S008", middle, func(a *author) { a.writable(); a.expunge() }, 0, nil},
	{"fetch-beyond", "S008", middle, func(a *author) { a.say("NOOP") }, 0, nil},
	{"logout-without-bye", "S009", exit, func(a *author) { a.say("LOGOUT") }, 0, nil},
	{"unexpected-ready", "S010", middle, func(a *author) { a.say("NOOP") }, 0, nil},
	{"wrong-literal-count", "S013", middle, func(a *author) { a.say("FETCH %d %s", a.number(), a.pick("RFC822", "RFC822.TEXT", "RFC822.HEADER")) }, outside, []string{"S017", "S029"}},
	{"wrong-size", "S014", middle, func(a *author) {
		a.say("FETCH %d (%s)", a.number(), a.pick("RFC822.SIZE RFC822", "FLAGS RFC822.SIZE RFC822"))
	}, 0, nil},
	{"header-text-mismatch", "S015", middle, func(a *author) { a.say("FETCH %d (RFC822.HEADER RFC822.TEXT RFC822)", a.number()) }, 0, nil},
	{"envelope-short", "S016", middle, func(a *author) { a.say("FETCH %d %s", a.number(), a.pick("ALL", "ENVELOPE")) }, 0, nil},
	{"no-defaults", "S018", middle, func(a *author) { a.say("FETCH %d %s", a.number(), a.pick("ALL", "ENVELOPE")) }, 0, nil},
	{"search-beyond", "S019", middle, func(a *author) { a.say("SEARCH %s", a.pick("UNSEEN", "ALL", "SINCE 7-May-91")) }, 0, nil},
	{"data-after-bye", "S025", exit, func(a *author) { a.say("LOGOUT") }, outside, nil},
	{"empty-flags", "S034", middle, reopen, 0, nil},
	{"escape-sequences", "N005", middle, func(a *author) { a.say("%s", a.pick("NOOP", "CHECK", "SEARCH SEEN")) }, 0, nil},
}

func reopen(a *author) { a.open(a.pick("INBOX", "archive", "lists")) }

// serverKinds are the server's misdeeds, in the words of its quirks where those fit one
// exchange.
func serverKinds() []Kind {
	docs := make(map[string]string)
	once := map[string]string{
		"other-tag":        "answers a command with another tag",
		"silent":           "never answers a command",
		"no-ready":         "does not ask for a literal: it waits for it in silence",
		"wrong-size":       "says that a message is a tenth longer than it is",
		"envelope-short":   "sends an envelope without message-id",
		"escape-sequences": "puts escape sequences and 8-bit bytes into a text",
		"silent-expunge":   "removes a message without saying which",

		"wrong-literal-count": "announces three bytes too few of a message",
	}
	for _, q := range server.Quirks() {
		docs[q.Name] = q.Doc
	}
	maps.Copy(docs, once)
	var kinds []Kind
	for _, m := range misdeeds {
		kinds = append(kinds, Kind{
			Name: m.quirk, Doc: "the server " + docs[m.quirk], By: lint.Server, Rules: append([]string{m.rule}, m.also...), when: m.when, where: m.where,
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
