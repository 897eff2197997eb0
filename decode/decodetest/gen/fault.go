package gen

import (
	"fmt"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/decodetest"
	"imapscope/decode/protocol"
)

// When is the part of a session in which a fault is committed.
type When uint8

// The parts of a session.
const (
	InMailbox   When = iota // a mailbox with at least four messages is selected
	FreshBox                // it has just been selected, and is left at once
	AtGreeting              // in place of the greeting
	BeforeLogin             // after the greeting
	LoggedIn                // no mailbox is selected
	AtEnd                   // in place of LOGOUT
)

// Fault is one violation of a rule of decode/lint, in otherwise correct traffic.
type Fault struct {
	Rule string   // its ID
	Also []string // IDs of rules that may find what comes of it
	When When

	// From and To are the first and the last dialect in which it is a fault; the zero
	// value of To means that it is one in all later ones.
	From, To protocol.Dialect

	// Texts are transcripts of the fault, of which one is drawn: see decodetest.Parse.
	// In them, {tag}, {tag2} and {tag3} are new tags, {n} is the number of a message,
	// {exists} the number of messages, {beyond} a larger number, {less} a smaller one,
	// {word} a harmless word, and {hello} the text of a greeting. A line "# 15m" is a
	// pause.
	Texts []string

	Opens   bool              // AtEnd: a mailbox with at least four messages is selected
	Removes int               // messages that it removes, the last ones
	First   capture.Direction // who ends the connection after it, of a fault AtEnd
	Cause   capture.Cause     // how; FIN if it is the zero value
	Wait    time.Duration     // before the end
}

// commit commits the fault if this is its place, and reports whether it was.
func (g *generator) commit(when When) bool {
	f := g.o.Fault
	if f == nil || f.When != when {
		return false
	}
	g.s.From = g.off
	g.transcribe(f)
	g.s.To = g.off
	switch when {
	case InMailbox:
		g.box.mail = g.box.mail[:len(g.box.mail)-f.Removes]
		g.box.sent.exists = len(g.box.mail)
	case FreshBox:
		g.box = nil
	case AtEnd:
		g.s.First, g.s.Wait = f.First, f.Wait
		if f.Cause != 0 {
			g.s.Cause = f.Cause
		}
	}
	return true
}

// transcribe writes one of the fault's texts.
func (g *generator) transcribe(f *Fault) {
	if len(f.Texts) == 0 {
		return
	}
	text := g.replacer().Replace(g.pick(f.Texts...))
	var lines []string
	flush := func() {
		if len(lines) == 0 {
			return
		}
		pieces, err := decodetest.Parse(strings.Join(lines, "\n"))
		if err != nil {
			panic(fmt.Sprintf("fault %s: %v", f.Rule, err))
		}
		for _, p := range pieces {
			g.step(p.Dir, p.Data)
		}
		lines = nil
	}
	for _, l := range strings.Split(text, "\n") {
		pause, ok := strings.CutPrefix(l, "# ")
		if !ok {
			lines = append(lines, l)
			continue
		}
		flush()
		d, err := time.ParseDuration(pause)
		if err != nil {
			panic(fmt.Sprintf("fault %s: %v", f.Rule, err))
		}
		g.wait = d
	}
	flush()
}

// replacer fills in what a fault's text leaves open.
func (g *generator) replacer() *strings.Replacer {
	tag := func() string {
		t, _ := g.begin("NOOP") // its number is taken
		return t.Tag
	}
	pairs := []string{"{tag}", tag(), "{tag2}", tag(), "{tag3}", tag(), "{word}", g.word(), "{hello}", g.hello()}
	if b := g.box; b != nil && len(b.mail) > 1 {
		n := len(b.mail)
		pairs = append(pairs, "{n}", fmt.Sprint(g.number(1, n-1)), "{exists}", fmt.Sprint(n), "{less}", fmt.Sprint(n-1), "{beyond}", fmt.Sprint(n+g.number(1, 9)))
	}
	return strings.NewReplacer(pairs...)
}

// Faults returns the faults that can be generated. Not among them are: C017 (a matter of
// the addresses), E001 to E006 (habits and times, no fault), N001 (losses are drawn where
// packets are), N003 (its capture ends before the connection does), N004 and N007 (a
// matter of how bytes are cut into segments, and of what is sent again).
func Faults() []Fault {
	var all []Fault
	for _, list := range [][]Fault{clientFaults, serverFaults, mailboxFaults, fetchFaults, endFaults, imap4Clients, imap4Servers, catalogue} {
		all = append(all, list...)
	}
	return all
}
