package view

import (
	"bytes"

	"imapscope/decode"
	"imapscope/decode/explain"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Gloss is a message in other words. Its texts are inert, secrets masked.
type Gloss struct {
	Sentence string // the whole of it
	Words    []Word
	More     int    // words beyond MaxWords
	After    string // what stands behind the last word, unless there are More
}

// Word is one word of a message, and what it means in its place.
type Word struct {
	Before  string // what stands between it and the word before: a space, parentheses
	Text    string // cut to maxWord octets of the message; Mask for a secret
	Octet   int    // where it begins in the message's Raw
	End     int    // where it ends
	Name    bool   // it is the protocol's, not a person's
	Fault   bool   // it is not as it should be: Meaning says what was expected
	Meaning string
	Cite    string // where that is written; may be empty
	Term    Term   // what the vocabulary has it as
}

const (
	maxWord = 100
	// MaxWords is how many words of a message there are.
	MaxWords = 2000
)

// Gloss puts a message into words. Root is its tree.
func (o Options) Gloss(m *decode.Message, root *syntax.Node) Gloss {
	g := Gloss{Sentence: Inert(o.Hide(m.Known, explain.Summary(root, m.Raw)))}
	secrets, x := o.Secrets(m), o.octets(m)
	tokens := explain.Tokens(root, m.Raw)
	if g.More = max(len(tokens)-MaxWords, 0); g.More > 0 {
		tokens = tokens[:MaxWords]
	}
	g.Words = make([]Word, len(tokens))
	end := 0 // of the word before
	for i, t := range tokens {
		raw := bytes.TrimRight(x.masked(t.Span), "\r\n")
		cut := len(raw) > maxWord
		if cut {
			raw = raw[:maxWord]
		}
		w := &g.Words[i]
		*w = Word{Text: Inert(raw), Octet: t.Span.Start, End: t.Span.End, Name: t.Word, Fault: t.Fault, Meaning: Inert(t.Meaning), Cite: t.Cite}
		if t.Name != "" {
			w.Term = Term{t.Kind, t.Name}
		}
		switch {
		case overlaps(secrets, t.Span):
			w.Text = Mask
		case cut:
			w.Text += "…"
		}
		w.Before = x.between(end, t.Span.Start)
		end = max(end, t.Span.End)
	}
	if g.More == 0 {
		g.After = x.between(end, len(m.Raw))
	}
	return g
}

// between is what stands between two words, without line ends.
func (x *octets) between(from, to int) string {
	if from >= to {
		return ""
	}
	return Inert(bytes.Trim(x.masked(wire.Span{Start: from, End: to}), "\r\n"))
}
