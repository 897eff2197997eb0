package print

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/explain"
	"imapscope/decode/filter"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

// explainRule explains a rule of check, and returns the lines of an example in which it
// finds something and of one in which it does not.
func explainRule(r *lint.Rule) (x Explanation, bad, good []string) {
	about := view.RuleOf(r)
	x = Explanation{Title: about.ID + " " + about.Title, Sentence: about.Explanation, Words: []view.Word{
		{Text: "severity", Meaning: about.Severity},
		{Text: "verdict", Meaning: about.Verdict},
		{Text: "citation", Meaning: about.Cite},
		{Text: "what to do", Meaning: about.Advice},
	}}
	return x, inertLines(r.Bad), inertLines(r.Good)
}

func inertLines(text string) []string {
	var out []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		out = append(out, view.Inert(strings.TrimRight(line, "\n")))
	}
	return out
}

// explainWord explains a word of the protocol in each of its uses. It reports false if
// there is no such word.
func explainWord(name string) (Explanation, bool) {
	about := Explanation{Title: name}
	for en := range protocol.All() {
		if !strings.EqualFold(en.Name, name) {
			continue
		}
		mean := en.Plain
		if len(en.Expands) > 0 {
			mean += " Short for (" + strings.Join(en.Expands, " ") + ")."
		}
		if set, ok := session.Permitted(en.Name); ok && en.Kind == protocol.Command {
			mean += " Permitted when " + stateList(set) + "."
		}
		for _, more := range []string{en.Promise, explain.Joined(en), explain.History(en)} {
			if more != "" {
				mean += " " + more
			}
		}
		if shape := en.Shape(); shape != en.Name {
			mean += " Form: " + shape
		}
		about.Words = append(about.Words, view.Word{Text: en.Kind.String(), Meaning: mean, Cite: citation(en)})
	}
	return about, len(about.Words) > 0
}

// citation returns where a word is defined, and where a later RFC changed it.
func citation(en *protocol.Row) string {
	if en.Later.IsZero() {
		return en.Ref.String()
	}
	return en.Ref.String() + "; later " + en.Later.String()
}

// Side is the sender of a line.
type Side uint8

// The sides. Either means that the sender is determined from the line itself.
const (
	Either Side = iota
	Client
	Server
)

// explainLine explains a line of either side, and reports how many of its words are
// wrong. It reports false if there is no line in the text.
func explainLine(text string, from Side) (x Explanation, faults int, ok bool) {
	text, client, guessed := sideOf(text, from)
	note := ""
	if verb, _, _ := strings.Cut(text, " "); client && isCommand(verb) && !isCommand(secondWord(text)) {
		text, note = "A001 "+text, "A tag is missing; A001 was put before it. "
	}
	m := messageOf(text, client)
	if m == nil {
		return x, 0, false
	}
	root := syntax.ParseResponse(&m.Message)
	if client {
		root = syntax.ParseRequest(&m.Message)
	}
	g := view.Options{ShowSecrets: true}.Gloss(m, root)
	for _, w := range g.Words {
		if w.Fault {
			faults++
		}
	}
	sentence := note + g.Sentence
	if guessed {
		sentence += " (Read as a line from the " + sideName(client) + ".)"
	}
	return Explanation{Title: text, Sentence: sentence, Words: g.Words, More: g.More}, faults, true
}

// messageOf decodes a line; it returns nil if there is none.
func messageOf(text string, client bool) *decode.Message {
	d := decode.New(decode.Options{})
	dir := capture.ServerToClient
	if client {
		dir = capture.ClientToServer
	} else {
		d.Write(dir, time.Time{}, []byte("* OK\r\n")) // the greeting
	}
	text = strings.TrimRight(text, "\r\n") + "\r\n"
	events := append([]decode.Event(nil), d.Write(dir, time.Time{}, []byte(text))...)
	if m := firstMessage(events); m != nil {
		return m
	}
	return firstMessage(d.Close(time.Time{}, capture.EndOfCapture))
}

func firstMessage(events []decode.Event) *decode.Message {
	for _, e := range events {
		if m, ok := e.(*decode.Message); ok {
			c := *m
			c.Raw = bytes.Clone(m.Raw)
			return &c
		}
	}
	return nil
}

// prefixes are what transcripts put before a line to say who sends it: RFC 1176 has "S:" and
// "U:" (p. 22), later RFCs have "C:".
var prefixes = map[string]Side{"C:": Client, "U:": Client, "S:": Server}

// sideOf returns a line without a transcript's prefix, whether the client sends it, and
// whether that is a guess, because the line has neither a known command nor a status.
func sideOf(text string, from Side) (line string, client, guessed bool) {
	first, rest, _ := strings.Cut(strings.TrimLeft(text, " "), " ")
	if side, ok := prefixes[strings.ToUpper(first)]; ok {
		text = strings.TrimLeft(rest, " ")
		if from == Either {
			from = side
		}
	}
	if from != Either {
		return text, from == Client, false
	}
	client = sentByClient(text)
	second := secondWord(text)
	switch {
	case client:
		first, _, _ := strings.Cut(text, " ")
		guessed = !isCommandWord(second) && !isCommandWord(first)
	case !strings.HasPrefix(text, protocol.TagUntagged) && !strings.HasPrefix(text, protocol.TagReady):
		guessed = protocol.Lookup(protocol.Completion, second) == nil
	}
	return text, client, guessed
}

func sideName(client bool) string {
	if client {
		return "client"
	}
	return "server"
}

// sentByClient guesses whether a client sends a line: a server's line begins with "*" or
// "+", has a status after the tag, or says that the command after the tag is complete, as
// RFC 1176's "A002 FIND completed" (p. 12) does.
func sentByClient(text string) bool {
	words := strings.Fields(text)
	if len(words) > 0 && (words[0] == protocol.TagUntagged || words[0] == protocol.TagReady) {
		return false
	}
	if len(words) > 2 && isCommandWord(words[1]) {
		switch strings.ToLower(strings.TrimSuffix(words[len(words)-1], ".")) {
		case "complete", "completed":
			return false
		}
	}
	return protocol.Lookup(protocol.Completion, secondWord(text)) == nil
}

// isCommandWord reports whether a word begins the name of a command.
func isCommandWord(word string) bool {
	for row := range protocol.All() {
		if name, _, _ := strings.Cut(row.Name, " "); row.Kind == protocol.Command && strings.EqualFold(name, word) {
			return true
		}
	}
	return false
}

func secondWord(text string) string {
	f := strings.Fields(text)
	if len(f) < 2 {
		return ""
	}
	return f[1]
}

func isCommand(word string) bool {
	return protocol.Lookup(protocol.Command, word) != nil
}

// explainState explains a state of the connection by its name: what is permitted in it,
// and how it begins and ends. It reports false if there is no such state.
func explainState(name string) (Explanation, bool) {
	for s := protocol.Awaited; s <= protocol.Closed; s++ {
		if !strings.EqualFold(s.String(), name) {
			continue
		}
		x := Explanation{Title: "State: " + s.String(), Words: transitions(func(t session.Transition) bool { return t.From.Has(s) || t.To == s })}
		if p := permittedIn(s); len(p) > 0 {
			x.Sentence = "Permitted: " + strings.Join(p, " ") + "."
		}
		return x, true
	}
	return Explanation{}, false
}

// permittedIn returns the commands that are permitted in a state.
func permittedIn(s protocol.State) []string {
	var out []string
	for en := range protocol.Of(protocol.Command) {
		if set, ok := session.Permitted(en.Name); ok && set.Has(s) {
			out = append(out, en.Name)
		}
	}
	return out
}

// explainStates explains the table of states.
func explainStates() Explanation {
	return Explanation{
		Title:    "The states of a connection",
		Sentence: "RFC 1176 does not name them; the names are those of RFC 3501, section 3.",
		Words:    transitions(func(session.Transition) bool { return true }),
	}
}

// transitions explains the matching changes of state.
func transitions(match func(session.Transition) bool) []view.Word {
	var out []view.Word
	for _, t := range session.Table() {
		if !match(t) {
			continue
		}
		out = append(out, view.Word{
			Text:    t.On,
			Meaning: fmt.Sprintf("From %s to %s: %s.", stateList(t.From), t.To, t.Why),
			Cite:    t.Cite,
		})
	}
	return out
}

func stateList(set protocol.States) string {
	var out []string
	for _, s := range set.List() {
		out = append(out, s.String())
	}
	return strings.Join(out, ", ")
}

// topics returns everything that can be explained by name: the words of the protocol and
// the states, each once, sorted.
func topics() []string {
	var out []string
	for en := range protocol.All() {
		out = append(out, en.Name)
	}
	for s := protocol.Awaited; s <= protocol.Closed; s++ {
		out = append(out, s.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Explainable returns what can be explained besides a line: topics, the table of the
// states, and the rules of check.
func Explainable() []string {
	out := append(topics(), "states")
	for _, r := range lint.Rules() {
		out = append(out, r.ID)
	}
	return out
}

// FilterWords returns what completes a filter: its fields, and a comparison with each
// command of the protocol.
func FilterWords() []string {
	var out []string
	for _, f := range filter.Fields() {
		out = append(out, f.Name)
	}
	for en := range protocol.Of(protocol.Command) {
		out = append(out, fmt.Sprintf("command == %q", en.Name))
	}
	return out
}
