package print

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// ErrNoLine is what ExplainTopic returns for a text that holds no line.
var ErrNoLine = errors.New("no line of IMAP in it")

// ExplainTopic writes an explanation of a rule, a word, a state, "states", or else a line
// in which \r\n stands for a line end. It returns how many faults a line has. If
// from is not Either, the text is a line.
func ExplainTopic(w io.Writer, o TextOptions, text string, from Side) (faults int, err error) {
	if from == Either {
		if done, err := explainNamed(w, o, text); done || err != nil {
			return 0, err
		}
	}
	return ExplainLineTo(w, o, strings.NewReplacer(`\r\n`, "\r\n").Replace(text), from)
}

// explainNamed explains what has a name, and reports whether something does.
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
	if isWord && isState { // some words are the name of a state, too
		fmt.Fprintln(w)
	}
	if isState {
		err = errors.Join(err, Explain(w, o, state))
	}
	return isWord || isState, err
}

// explainRuleTo writes a rule, with an example that it finds and one that it does not.
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

// ExplainLineTo writes an explanation of a line, and what the rules of check find in it. It
// returns how many faults there are.
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
		if !wrong && f.Severity > lint.Note { // else the words that are wrong are the same fault
			faults++
		}
		rule := view.RuleOf(f.Rule)
		if _, err := fmt.Fprintf(w, "! %s %s (%s): %s\n", rule.ID, rule.Title, f.Verdict, view.Inert(f.Message)); err != nil {
			return 0, err
		}
	}
	return faults, nil
}
