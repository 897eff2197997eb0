package panes

import (
	"strings"

	"imapscope/decode"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// maxWordLines is how many lines one meaning has at most.
const maxWordLines = 8

// wordColumns returns where words begin, and how wide their column is: little, where the
// meanings need the room.
func wordColumns(width int) (indent, column int) {
	if width < 100 {
		return 6, 16
	}
	return 15, 22
}

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
	before, column := wordColumns(width)
	indent := strings.Repeat(" ", before)
	room := max(width-before-column-1, minMeaning)
	var out []wordLine
	for _, text := range wrap(g.Sentence, max(width-before, minMeaning)) {
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
			out = append(out, wordLine{Line{{indent, th.Plain}, {Fit(text, column, false) + " ", style}, {part, th.Plain}}, w.Start, w.End})
			text = ""
		}
		if last := &out[len(out)-1]; w.Cite != "" && last.Width()+2+len(w.Cite) <= width {
			last.Line = append(last.Line, Span{"  " + w.Cite, th.Faint})
		} else if w.Cite != "" {
			out = append(out, wordLine{Line{{strings.Repeat(" ", before+column+1), th.Plain}, {w.Cite, th.Faint}}, w.Start, w.End})
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
