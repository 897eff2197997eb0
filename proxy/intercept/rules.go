package intercept

import (
	"fmt"
	"strings"

	"imapscope/capture"
	"imapscope/decode/filter"
)

// What a Rule holds.
const (
	Commands  What = iota // requests that match
	Responses             // the server's messages that match
	Exchanges             // requests that match, and each message that answers one
)

// What is what a Rule holds.
type What uint8

// String returns the word by which a rule begins: "commands".
func (w What) String() string { return [...]string{"commands", "responses", "exchanges"}[w] }

// A Rule says which messages are held.
type Rule struct {
	What   What
	Filter *filter.Filter // nil matches everything
}

// String returns the rule as ParseRule reads it.
func (r Rule) String() string {
	if r.Filter == nil {
		return r.What.String() + ":"
	}
	expr := strings.TrimSpace(r.Filter.String())
	if r.What == Commands {
		return expr
	}
	return r.What.String() + ": " + expr
}

// about reports whether a rule can be about messages of a direction.
func (r *Rule) about(dir capture.Direction) bool {
	return r.What == Exchanges || (r.What == Commands) == (dir == capture.ClientToServer)
}

// nearly reports whether a word was meant to be that of a What: without its colon or its s, or
// with capitals.
func (w What) nearly(word string, colon bool) bool {
	return strings.EqualFold(word, w.String()) || colon && strings.EqualFold(word+"s", w.String())
}

// ParseRule reads a rule: an expression for commands, or after "responses:" or "exchanges:" for
// those; "commands:" may be written too. Without an expression all are held. The place in a
// *filter.Error is one in the expression, which begins after at bytes.
func ParseRule(text string) (r Rule, at int, err error) {
	expr := text
	word, rest, colon := strings.Cut(text, ":")
	for _, w := range []What{Commands, Responses, Exchanges} {
		switch {
		case colon && strings.TrimSpace(word) == w.String():
			r.What, expr, at = w, rest, len(word)+1
		case w.nearly(strings.TrimSpace(word), colon):
			return r, 0, &filter.Error{Expr: text, Msg: fmt.Sprintf("for %s, write %s: and a filter, or nothing for all of them; to look for the word, put all of it in quotes", w, w)}
		}
	}
	if strings.TrimSpace(expr) == "" {
		return r, at, nil
	}
	r.Filter, err = filter.Compile(expr)
	if err == nil && r.Filter.Deep() {
		err = &filter.Error{Msg: "it names a field that is known only once the exchange is over"}
	}
	return r, at, err
}
