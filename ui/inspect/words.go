package inspect

import (
	"strings"

	"imapscope/decode"
	"imapscope/ui/view"
)

// Where the columns of words are.
const (
	wordsIndent  = 15
	wordsColumn  = 22
	minMeaning   = 20 // columns for what a word means
	maxWordLines = 8  // of one meaning
)

// wordLine is a line about a word, and where that is in the message.
type wordLine struct {
	line
	at, end int
}

// words are a message's words, each with what it means, and before them the whole in
// a sentence, within some columns.
func (x *inspector) words(m *decode.Message, width int) []wordLine {
	th := &x.theme
	g := x.data.view.Gloss(m, m.Parse(&x.parser))
	indent := strings.Repeat(" ", wordsIndent)
	room := max(width-wordsIndent-wordsColumn-1, minMeaning)
	var out []wordLine
	for _, text := range wrap(g.Sentence, max(width-wordsIndent, minMeaning)) {
		out = append(out, wordLine{line: line{{indent, th.plain}, {text, th.strong}}})
	}
	for _, w := range g.Words {
		style := th.plain
		switch {
		case w.Fault:
			style = th.bad
		case w.Name:
			style = th.word
		}
		text := w.Text
		for _, part := range wrap(w.Meaning, room) {
			out = append(out, wordLine{line{{indent, th.plain}, {fit(text, wordsColumn, false) + " ", style}, {part, th.plain}}, w.Octet, w.End})
			text = ""
		}
		if last := &out[len(out)-1]; w.Cite != "" && last.width()+2+len(w.Cite) <= width {
			last.line = append(last.line, span{"  " + w.Cite, th.faint})
		} else if w.Cite != "" {
			out = append(out, wordLine{line{{strings.Repeat(" ", wordsIndent+wordsColumn+1), th.plain}, {w.Cite, th.faint}}, w.Octet, w.End})
		}
	}
	if g.More > 0 {
		out = append(out, wordLine{line: line{{indent + "… and " + plural(g.More, "word"), th.faint}}})
	}
	return out
}

// wrap breaks a text into lines, the first of them.
func wrap(text string, width int) []string {
	lines := view.Wrap(text, width)
	return lines[:min(len(lines), maxWordLines)]
}
