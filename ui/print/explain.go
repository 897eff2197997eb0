package print

import (
	"fmt"
	"io"
	"strings"

	"imapscope/ui/view"
)

// Explanation is something put into words: a line, a word of the vocabulary, a state.
type Explanation struct {
	Title    string // a line as it was written; it need not be inert, as the rest is
	Sentence string // the whole of it; may be empty
	Words    []view.Word
	More     int // words that are not there
}

// Explain writes an explanation:
//
//	A003 FETCH 2:4 ALL
//	Asks for FLAGS, INTERNALDATE, RFC822.SIZE and ENVELOPE of messages 2 to 4.
//
//	  A003   The tag: the client's name for this command, which the response carries too.
//	         RFC 1176, "The Protocol", p. 5
//	  FETCH  …
//
// Where a word is not as it should be, a caret is under its first octet, and what was
// expected behind it. An error is w's.
func Explain(w io.Writer, o TextOptions, x Explanation) error {
	t := NewText(w, o)
	put := func(s string) { t.printf("%s", s) }
	width := o.Width
	if width <= 0 {
		width = 100
	}
	column := 0
	for _, word := range x.Words {
		column = max(column, min(view.Width(word.Text), maxColumn))
	}
	put(t.pen.bold.Sprint(view.Inert(x.Title)) + "\n")
	for _, word := range x.Words {
		if !word.Fault {
			continue
		}
		before := view.Inert(x.Title[:min(word.Octet, len(x.Title))])
		caret := strings.Repeat(" ", view.Width(before)) + "^ "
		put(t.pen.bad.Sprint(fmt.Sprintf("%sbyte %d: %s", caret, word.Octet, word.Meaning)) + "\n")
	}
	if x.Sentence != "" {
		put(strings.Join(view.Wrap(x.Sentence, width), "\n") + "\n")
	}
	if len(x.Words) > 0 {
		put("\n")
	}
	indent := strings.Repeat(" ", column+4)
	for _, word := range x.Words {
		pen := t.pen.plain
		switch {
		case word.Fault:
			pen = t.pen.bad
		case word.Name:
			pen = t.pen.bold
		}
		lines := view.Wrap(word.Meaning, max(width-column-4, 20))
		text := view.Fit(word.Text, maxColumn, "…")
		for _, l := range lines {
			put("  " + pen.Sprint(text) + strings.Repeat(" ", column-view.Width(text)+2) + l + "\n")
			text = ""
		}
		if word.Cite != "" {
			put(indent + t.pen.faint.Sprint(word.Cite) + "\n")
		}
	}
	if x.More > 0 {
		put(fmt.Sprintf("  (%d more words)\n", x.More))
	}
	return t.err
}

// maxColumn is how wide the column of words is at most.
const maxColumn = 28
