package inspect

import (
	"strings"

	"github.com/rivo/uniseg"

	"imapscope/decode"
	"imapscope/decode/explain"
	"imapscope/ui/view"
)

// maxWords is how many words of a message are listed.
const maxWords = 2000

// Where the columns of words are.
const (
	wordsIndent  = 15
	wordsColumn  = 22
	minMeaning   = 20 // columns for what a word means
	maxWordLines = 8  // of one meaning
)

// words are a message's words, each with what it means, and before them the whole in
// a sentence, within some columns.
func (x *inspector) words(m *decode.Message, width int) []line {
	th := &x.theme
	root := parse(&x.parser, m)
	indent := strings.Repeat(" ", wordsIndent)
	room := max(width-wordsIndent-wordsColumn-1, minMeaning)
	sentence := view.Inert(explain.Summary(root, m.Raw))
	if m.Txn != nil {
		sentence = x.data.view.HideEchoes(m.Txn, sentence)
	}
	var out []line
	for _, text := range wrap(sentence, max(width-wordsIndent, minMeaning)) {
		out = append(out, line{{indent, th.plain}, {text, th.strong}})
	}
	hidden := x.data.view.Secrets(m)
	for i, t := range explain.Tokens(root, m.Raw) {
		if i == maxWords {
			out = append(out, line{{indent + "…", th.faint}})
			break
		}
		text := view.Inert(cutOctets(strings.TrimRight(string(t.Span.Of(m.Raw)), "\r\n"), 100))
		for _, s := range hidden {
			if s.Start < t.Span.End && t.Span.Start < s.End {
				text = view.Mask
			}
		}
		style := th.plain
		switch {
		case t.Fault:
			style = th.bad
		case t.Word:
			style = th.word
		}
		for i, part := range wrap(t.Meaning, room) {
			if i > 0 {
				text = ""
			}
			out = append(out, line{{indent, th.plain}, {fit(text, wordsColumn, false) + " ", style}, {part, th.plain}})
		}
		if last := &out[len(out)-1]; t.Cite != "" && last.width()+2+len(t.Cite) <= width {
			*last = append(*last, span{"  " + t.Cite, th.faint})
		} else if t.Cite != "" {
			out = append(out, line{{strings.Repeat(" ", wordsIndent+wordsColumn+1), th.plain}, {t.Cite, th.faint}})
		}
	}
	return out
}

// wrap breaks a text at spaces into lines of no more columns than width, as far as
// its words let it.
func wrap(text string, width int) []string {
	var out []string
	for uniseg.StringWidth(text) > width && len(out) < maxWordLines-1 {
		at := strings.LastIndexByte(cutTo(text, width+1), ' ')
		if at <= 0 {
			break
		}
		out = append(out, text[:at])
		text = strings.TrimLeft(text[at:], " ")
	}
	return append(out, text)
}
