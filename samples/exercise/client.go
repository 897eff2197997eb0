package exercise

import (
	"bytes"
	"fmt"

	"imapscope/decode/lint"
)

// A blunder is a wrong command of a client.
type blunder struct {
	name, doc, rule string
	when            phase
	say             func(*author)
}

var blunders = [...]blunder{
	{"early-command", "speaks before the server has greeted", "C001", greeting, func(a *author) {
		a.say("LOGIN %s %s", a.user, users[a.user]).Together = true
	}},
	{"before-login", "wants a mailbox before it has logged in", "C002", entrance, func(a *author) { a.say("SELECT INBOX") }},
	{"before-select", "asks for messages before it has selected a mailbox", "C002", hall, func(a *author) {
		a.say("%s", a.pick("FETCH 1 ALL", "SEARCH UNSEEN", "STORE 1 +FLAGS (\\Seen)", "FETCH 1:3 FLAGS", "CHECK", "EXPUNGE"))
	}},
	{"unknown-command", "gives a command that no server knows", "C003", middle, func(a *author) {
		a.say("%s", a.pick("FTECH 1 FLAGS", "SERCH UNSEEN", "NOP", "SHOW 2", "EXPUNG", "READ 1"))
	}},
	{"wrong-arguments", "leaves out an argument, or has one in the wrong place", "C004", middle, func(a *author) {
		a.writable()
		a.say("%s", a.pick("FETCH 2", "SEARCH", "STORE 1 +FLAGS", "COPY 1", "FETCH FLAGS 2", "FETCH 1 (FLAGS", "SELECT"))
	}},
	{"reserved-tag", "has a sign for a tag that is reserved for the server", "C005", middle, func(a *author) { a.add("*", "* NOOP") }},
	{"tag-reused", "gives a command the tag of one that is outstanding", "C006", middle, func(a *author) {
		first := a.say("FETCH %d FLAGS", a.number())
		tag := first.Tag
		a.add(tag, fmt.Sprintf("%s FETCH %d FLAGS", tag, a.number())).Together = true
	}},
	{"literal-at-once", "sends a literal without waiting for the server", "C007", middle, func(a *author) {
		word := a.pick("lunch", "bowling", "crane")
		c := a.say("SEARCH SUBJECT {%d}\n%s", len(word), word)
		for i := range c.Parts {
			c.Parts[i].Ready = false
		}
	}},
	{"no-such-message", "asks for a message that does not exist", "C008", middle, func(a *author) {
		n := a.exists
		a.say("%s", a.pick(fmt.Sprintf("FETCH %d ALL", n+1+a.rand.IntN(9)), fmt.Sprintf("STORE %d +FLAGS (\\Seen)", n+2), fmt.Sprintf("FETCH %d:%d FLAGS", n-1, n+3), "FETCH 0 FLAGS"))
	}},
	{"flags-without-parentheses", "gives two flags without parentheses", "C010", middle, func(a *author) {
		a.writable()
		a.say("STORE %d +FLAGS %s", a.number(), a.pick(`\Seen \Flagged`, `\Answered \Seen`))
	}},
	{"unknown-flag", "sets a flag that the mailbox does not have", "C011", middle, func(a *author) {
		a.writable()
		a.say("STORE %d +FLAGS (%s)", a.number(), a.pick(`\Read`, `\Urgent`, `\Junk`))
	}},
	{"wrong-character", "has a byte in a string that none may have", "C012", middle, func(a *author) {
		a.say("SEARCH SUBJECT %s", a.pick(`"100% sure"`, `"a{b"`, `"back\slash"`))
	}},
	{"bare-line-feed", "ends a command without CR", "C013", middle, func(a *author) {
		c := a.say("FETCH %d FLAGS", a.number())
		c.Parts[0].Octets = bytes.Replace(c.Parts[0].Octets, []byte("\r\n"), []byte("\n"), 1)
	}},
	{"read-only", "changes a mailbox that it may only read", "C015", middle, func(a *author) {
		a.board()
		a.say("FETCH %d FLAGS", a.number())
		a.say("%s", a.pick(fmt.Sprintf("STORE %d +FLAGS (\\Seen)", a.number()), "EXPUNGE", fmt.Sprintf("STORE %d +FLAGS (\\Deleted)", a.number())))
	}},
	{"no-logout", "closes the connection without LOGOUT", "C016", exit, nil},
	{"wrong-date", "searches for a day that is none", "C020", middle, func(a *author) {
		a.say("SEARCH %s %s", a.pick("SINCE", "BEFORE", "ON"), a.pick("yesterday", "7/5/91", "1991-05-07", `"7 May 91"`))
	}},
}

// clientKinds returns the kinds for the client's blunders.
func clientKinds() []Kind {
	var kinds []Kind
	for _, b := range blunders {
		kinds = append(kinds, Kind{
			Name: b.name, Doc: "the client " + b.doc, By: lint.Client, Rules: []string{b.rule}, when: b.when,
			plant: func(a *author) {
				if b.say != nil {
					b.say(a)
					a.faulty()
				}
			},
		})
	}
	return kinds
}
