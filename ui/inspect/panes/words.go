package panes

import (
	"strings"

	"imapscope/decode"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// Where the columns of words are.
const (
	wordsIndent  = 15
	wordsColumn  = 22
	maxWordLines = 8 // of one meaning
)

// wordLine is a line about a word, and where that is in the message.
type wordLine struct {
	Line
	at, end int
}

// words returns a message's words, each with what it means, and before them the whole in
// a sentence, within some columns.
func (a *annotated) words(m *decode.Message, width int) []wordLine {
	th := a.theme
	g := a.model.View.Gloss(m, m.Parse(&a.parser))
	indent := strings.Repeat(" ", wordsIndent)
	room := max(width-wordsIndent-wordsColumn-1, minMeaning)
	var out []wordLine
	for _, text := range wrap(g.Sentence, max(width-wordsIndent, minMeaning)) {
		out = append(out, wordLine{Line: Line{{indent, th.Plain}, {text, th.Strong}}})
	}
	for _, w := range g.Words {
		style := th.Plain
		switch {
		case w.Fault:
			style = th.Bad
		case w.Name:
			style = th.Word
		}
		text := w.Text
		for _, part := range wrap(w.Meaning, room) {
			out = append(out, wordLine{Line{{indent, th.Plain}, {Fit(text, wordsColumn, false) + " ", style}, {part, th.Plain}}, w.Start, w.End})
			text = ""
		}
		if last := &out[len(out)-1]; w.Cite != "" && last.Width()+2+len(w.Cite) <= width {
			last.Line = append(last.Line, Span{"  " + w.Cite, th.Faint})
		} else if w.Cite != "" {
			out = append(out, wordLine{Line{{strings.Repeat(" ", wordsIndent+wordsColumn+1), th.Plain}, {w.Cite, th.Faint}}, w.Start, w.End})
		}
	}
	if g.More > 0 {
		out = append(out, wordLine{Line: Line{{indent + "… and " + model.Plural(g.More, "word"), th.Faint}}})
	}
	return out
}

// wrap breaks a text into lines, the first of them.
func wrap(text string, width int) []string {
	lines := view.Wrap(text, width)
	return lines[:min(len(lines), maxWordLines)]
}
