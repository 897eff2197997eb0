package view

import (
	"bytes"

	"imapscope/decode"
	"imapscope/decode/explain"
	"imapscope/decode/syntax"
)

// Word is one word of a message, and what it means in its place. Its texts are inert.
type Word struct {
	Text    string // cut to maxWord octets of the message; Mask for a secret
	Octet   int    // where it begins in the message
	Name    bool   // it is the protocol's, not a person's
	Fault   bool   // it is not as it should be: Meaning says what was expected
	Meaning string
	Cite    string // where that is written; may be empty
}

const (
	maxWord = 100
	// MaxWords is how many words of a message there are.
	MaxWords = 2000
)

// Words are a message's words, and before them the whole in a sentence. Root is the
// message's tree; more is how many words are beyond MaxWords.
func (o Options) Words(m *decode.Message, root *syntax.Node) (sentence string, words []Word, more int) {
	sentence = Inert(explain.Summary(root, m.Raw))
	if m.Txn != nil {
		sentence = o.HideEchoes(m.Txn, sentence)
	}
	secrets := o.Secrets(m)
	tokens := explain.Tokens(root, m.Raw)
	if more = max(len(tokens)-MaxWords, 0); more > 0 {
		tokens = tokens[:MaxWords]
	}
	words = make([]Word, len(tokens))
	for i, t := range tokens {
		raw := bytes.TrimRight(t.Span.Of(m.Raw), "\r\n")
		cut := len(raw) > maxWord
		if cut {
			raw = raw[:maxWord]
		}
		words[i] = Word{Text: Inert(raw), Octet: t.Span.Start, Name: t.Word, Fault: t.Fault, Meaning: Inert(t.Meaning), Cite: t.Cite}
		switch {
		case overlaps(secrets, t.Span):
			words[i].Text = Mask
		case cut:
			words[i].Text += "…"
		}
	}
	return sentence, words, more
}
