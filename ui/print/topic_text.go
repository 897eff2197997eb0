package print

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

// ErrNoLine is returned by ExplainTopic for a text that contains no line.
var ErrNoLine = errors.New("no IMAP line")

// ErrNoWord is returned by ExplainTopic for a text that cannot be compared.
var ErrNoWord = errors.New("no command, response or other word of the protocol to compare")

// Question is how something is to be explained.
type Question struct {
	From    Side             // of a line
	Dialect protocol.Dialect // that a line is judged by; protocol.UnknownDialect: by the one its words are of
	Compare bool             // how every dialect says the same
}

// ExplainTopic writes an explanation of a rule, a word, a state, "states", or else a line
// in which \r\n represents a line end. It returns the number of faults in a line. If
// q.From is not Either, the text is always a line. For an empty text, or "-", it explains
// the lines of in.
func ExplainTopic(w io.Writer, o TextOptions, q Question, text string, in io.Reader) (faults int, err error) {
	if text == "" || text == "-" {
		return explainLines(w, o, q, in)
	}
	faults, err = explainTopic(w, o, q, text)
	if err != nil {
		err = fmt.Errorf("%s: %w", text, err)
	}
	return faults, err
}

func explainTopic(w io.Writer, o TextOptions, q Question, text string) (faults int, err error) {
	if q.Compare {
		return 0, compareTo(w, o, text)
	}
	if q.From == Either {
		if done, err := explainNamed(w, o, text); done || err != nil {
			return 0, err
		}
	}
	return explainLineTo(w, o, strings.NewReplacer(`\r\n`, "\r\n").Replace(text), q)
}

// explainLines writes an explanation of each line of in, and a blank line after it. It
// returns the number of faults in them.
func explainLines(w io.Writer, o TextOptions, q Question, in io.Reader) (faults int, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text := strings.TrimRight(lines.Text(), "\r")
		if text == "" {
			continue
		}
		explained := explainLineTo
		if q.Compare {
			explained = func(w io.Writer, o TextOptions, text string, _ Question) (int, error) {
				return 0, compareTo(w, o, text)
			}
		}
		n, err := explained(w, o, text, q)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", text, err)
		}
		faults += n
		fmt.Fprintln(w)
	}
	if err := lines.Err(); err != nil {
		return 0, fmt.Errorf("standard input: %w", err)
	}
	return faults, nil
}

// explainNamed explains a rule, word or state by its name, and reports whether there is one.
func explainNamed(w io.Writer, o TextOptions, text string) (done bool, err error) {
	if strings.EqualFold(text, "states") {
		return true, Explain(w, o, explainStates())
	}
	if r, ok := lint.Lookup(strings.ToUpper(text)); ok {
		return true, explainRuleTo(w, o, r)
	}
	word, isWord := explainWord(text)
	state, isState := explainState(text)
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
	about, bad, good := explainRule(r)
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

// explainLineTo writes an explanation of a line, and the findings of check in it. It returns
// the number of faults.
func explainLineTo(w io.Writer, o TextOptions, text string, q Question) (faults int, err error) {
	about, faults, ok := explainLine(text, q.From)
	_, client, _ := sideOf(text, q.From)
	if q.From = Server; client {
		q.From = Client
	}
	if !ok {
		return 0, ErrNoLine
	}
	if err := Explain(w, o, about); err != nil {
		return 0, err
	}
	wrong := faults > 0
	for _, f := range judgeLine(about.Title, q) {
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
