package view

import (
	"bytes"

	"imapscope/decode"
	"imapscope/decode/explain"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Gloss is an explanation of a message. Its texts are inert, secrets masked.
type Gloss struct {
	Sentence string // the meaning of the whole message
	Words    []Word
	More     int    // words beyond MaxWords
	After    string // the text after the last word, unless there are More
}

// Word is one word of a message with its meaning in that position.
type Word struct {
	Before  string // the text between it and the previous word: a space, parentheses
	Text    string // cut to maxWord bytes of the message; Mask for a secret
	Start   int    // where it begins in the message's Raw
	End     int    // where it ends
	Name    bool   // it belongs to the protocol, not to the user
	Fault   bool   // it is wrong, and Meaning gives what was expected
	Meaning string
	Cite    string // the citation; may be empty
	Term    Term   // its term in the vocabulary
}

const (
	maxWord = 100
	// MaxWords is the maximum number of words of a message that are explained.
	MaxWords = 2000
)

// Gloss explains a message. Root is its tree.
func (o Options) Gloss(m *decode.Message, root *syntax.Node) Gloss {
	g := Gloss{Sentence: Inert(o.Hide(m.Known, explain.Summary(root, m.Raw, m.Lost > 0)))}
	if m.SASL != nil {
		g.Sentence = sentenceOfSASL(m, g.Sentence)
	}
	secrets, x := o.Secrets(m), o.masked(m)
	tokens := explain.Tokens(root, m.Raw)
	if g.More = max(len(tokens)-MaxWords, 0); g.More > 0 {
		tokens = tokens[:MaxWords]
	}
	g.Words = make([]Word, len(tokens))
	notes := o.notesOf(m, root)
	end := 0 // of the previous word
	for i, t := range tokens {
		raw := bytes.TrimRight(x.of(t.Span), "\r\n")
		cut := len(raw) > maxWord
		if cut {
			raw = raw[:maxWord]
		}
		w := &g.Words[i]
		*w = Word{Text: Inert(raw), Start: t.Span.Start, End: t.Span.End, Name: t.Word, Fault: t.Fault, Meaning: Inert(t.Meaning), Cite: t.Cite}
		if t.Name != "" {
			w.Term = Term{t.Kind, t.Name}
		}
		switch {
		case overlaps(secrets, t.Span):
			w.Text = Mask
		case cut:
			w.Text += "…"
		}
		for len(notes) > 0 && notes[0].at <= t.Span.End {
			if notes[0].at == t.Span.End {
				w.Meaning += notes[0].sentence()
			}
			notes = notes[1:]
		}
		w.Before = x.between(end, t.Span.Start)
		end = max(end, t.Span.End)
	}
	if g.More == 0 {
		g.After = x.between(end, len(m.Raw))
	}
	return g
}

// between returns the text between two words, without line ends.
func (b *masked) between(from, to int) string {
	if from >= to {
		return ""
	}
	return Inert(bytes.Trim(b.of(wire.Span{Start: from, End: to}), "\r\n"))
}
