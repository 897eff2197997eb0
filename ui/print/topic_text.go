package print

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// ErrNoLine is returned by ExplainTopic for a text that contains no line.
var ErrNoLine = errors.New("no IMAP line")

// ExplainTopic writes an explanation of a rule, a word, a state, "states", or else a line
// in which \r\n represents a line end. It returns the number of faults in a line. If from
// is not Either, the text is always a line.
func ExplainTopic(w io.Writer, o TextOptions, text string, from Side) (faults int, err error) {
	if from == Either {
		if done, err := explainNamed(w, o, text); done || err != nil {
			return 0, err
		}
	}
	return ExplainLineTo(w, o, strings.NewReplacer(`\r\n`, "\r\n").Replace(text), from)
}

// explainNamed explains a rule, word or state by its name, and reports whether there is one.
func explainNamed(w io.Writer, o TextOptions, text string) (done bool, err error) {
	if strings.EqualFold(text, "states") {
		return true, Explain(w, o, ExplainStates())
	}
	if r, ok := lint.Lookup(strings.ToUpper(text)); ok {
		return true, explainRuleTo(w, o, r)
	}
	word, isWord := ExplainWord(text)
	state, isState := ExplainState(text)
	if isWord {
		err = Explain(w, o, word)
	}
	if isWord && isState { // some words are also the name of a state
		fmt.Fprintln(w)
	}
	if isState {
		err = errors.Join(err, Explain(w, o, state))
	}
	return isWord || isState, err
}

// explainRuleTo writes a rule with its examples.
func explainRuleTo(w io.Writer, o TextOptions, r *lint.Rule) error {
	about, bad, good := ExplainRule(r)
	err := Explain(w, o, about)
	for _, part := range []struct {
		title string
		lines []string
	}{{"It finds something here:", bad}, {"And nothing here:", good}} {
		fmt.Fprintf(w, "\n%s\n", part.title)
		for _, l := range part.lines {
			fmt.Fprintf(w, "  %s\n", l)
		}
	}
	return err
}

// ExplainLineTo writes an explanation of a line, and the findings of check in it. It returns
// the number of faults.
func ExplainLineTo(w io.Writer, o TextOptions, text string, from Side) (faults int, err error) {
	about, faults, ok := ExplainLine(text, from)
	if !ok {
		return 0, ErrNoLine
	}
	if err := Explain(w, o, about); err != nil {
		return 0, err
	}
	wrong := faults > 0
	for _, f := range JudgeLine(about.Title, from) {
		if !wrong && f.Severity > lint.Note { // otherwise it is the fault already shown in the words
			faults++
		}
		rule := view.RuleOf(f.Rule)
		if _, err := fmt.Fprintf(w, "! %s %s (%s): %s\n", rule.ID, rule.Title, f.Verdict, view.Inert(f.Message)); err != nil {
			return 0, err
		}
	}
	return faults, nil
}
