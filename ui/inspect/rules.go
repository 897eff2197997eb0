package inspect

import (
	"strings"
	"unicode/utf8"

	"imapscope/decode/filter"
	"imapscope/proxy/intercept"
)

// ruleKinds are the kinds of rules in words.
var ruleKinds = [...]struct {
	all   string // what a rule without an expression holds
	those string // what one with an expression holds
}{
	intercept.Commands:  {"every command", "commands that match"},
	intercept.Responses: {"every message of the server", "messages of the server that match"},
	intercept.Exchanges: {"every command and every answer to it", "commands that match, and every answer to them"},
}

// noRules is the text of no rules.
const noRules = "none"

// parseRules reads what is to be held: an expression for commands, or after "responses:" or
// "exchanges:" for those. Several are separated by semicolons. Without an expression all are held;
// "none" is no rules.
func parseRules(text string) (rules []intercept.Rule, err error) {
	if strings.TrimSpace(text) == noRules {
		return nil, nil
	}
	at := 0
	for _, part := range splitRules(text) {
		r, from, err := intercept.ParseRule(part)
		if err != nil {
			return nil, shifted(err, at+utf8.RuneCountInString(part[:from]))
		}
		rules = append(rules, r)
		at += utf8.RuneCountInString(part) + 1
	}
	return rules, nil
}

// shifted returns an error whose place is further right by some characters.
func shifted(err error, by int) error {
	e, ok := err.(*filter.Error)
	if !ok || e.Col == 0 {
		return err
	}
	moved := *e
	moved.Col += by
	return &moved
}

// splitRules splits a text at semicolons outside of quotes.
func splitRules(text string) (parts []string) {
	from, quoted := 0, false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ';' && !quoted:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

// rulesText returns rules as parseRules reads them; nothing if there are none.
func rulesText(rules []intercept.Rule) string {
	parts := make([]string, len(rules))
	for i, r := range rules {
		expr := ""
		if r.Filter != nil {
			expr = strings.TrimSpace(r.Filter.String())
		}
		if r.What != intercept.Commands || expr == "" {
			expr = strings.TrimSpace(r.What.String() + ": " + expr)
		}
		parts[i] = expr
	}
	return strings.Join(parts, "; ")
}

// rulesMeaning returns in words what a text of rules does.
func rulesMeaning(text string) string {
	rules, err := parseRules(text)
	if err != nil || len(rules) == 0 {
		return "holds nothing"
	}
	parts := make([]string, len(rules))
	for i, r := range rules {
		parts[i] = ruleKinds[r.What].those
		if r.Filter == nil {
			parts[i] = ruleKinds[r.What].all
		}
	}
	return "holds " + strings.Join(parts, ", and ")
}

// completeRules completes the last word of a text of rules.
func completeRules(text string) []string {
	from := strings.LastIndexByte(text, ';') + 1
	word := strings.TrimSpace(text[from:])
	var out []string
	if word != "" {
		words := []string{noRules}
		for k := range ruleKinds {
			words = append(words, intercept.What(k).String()+": ")
		}
		for _, k := range words {
			if strings.HasPrefix(k, word) && k != word {
				out = append(out, strings.TrimSuffix(text, word)+k)
			}
		}
	}
	return append(out, completeFilter(text)...)
}
