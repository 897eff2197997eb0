package print

import (
	"fmt"
	"io"
	"strings"

	"imapscope/decode/explain"
	"imapscope/ui/view"
)

// compareTo writes how each dialect says a line or a word.
func compareTo(w io.Writer, o TextOptions, text string) error {
	all := explain.Compare(text)
	if all == nil {
		return ErrNoWord
	}
	for i, c := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := Explain(w, o, comparison(c)); err != nil {
			return err
		}
	}
	return nil
}

// comparison returns a comparison as an explanation: a dialect is a word, and how it says
// the same its meaning.
func comparison(c explain.Comparison) Explanation {
	x := Explanation{Title: c.Title, Sentence: "How each dialect says this " + c.Kind.String() + "."}
	for _, s := range c.Said {
		x.Words = append(x.Words, view.Word{Text: s.Dialect.String(), Name: true, Meaning: view.Inert(saidText(s)), Cite: s.Cite})
	}
	return x
}

// saidText returns how a dialect says something, in one line.
func saidText(s explain.Said) string {
	if s.Text == "" {
		return "cannot say this"
	}
	text := s.Text
	if s.Nearest {
		text = "nearest: " + text
	}
	for _, a := range s.Also {
		text += "; also: " + a
	}
	if len(s.Capabilities) > 0 {
		text += " (if the server has " + strings.Join(s.Capabilities, " and ") + ")"
	}
	if len(s.Lacks) > 0 {
		text += " (without " + strings.Join(s.Lacks, ", ") + ")"
	}
	return text
}
