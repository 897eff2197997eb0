package redact

import (
	"bytes"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/wire"
)

const (
	// minEcho is the length from which a secret is looked for in what the
	// server says: shorter ones stand in any text.
	minEcho = 4
	// maxEchoes is how many words of a secret are looked for one by one.
	maxEchoes = 16
)

// Echoes are the places of text, in order, where a server repeats a secret of t,
// whole or a word of it, in upper or lower case. Text is a completion's, or that
// of a response that belongs to t.
func Echoes(t *decode.Transaction, text string) []wire.Span {
	var words []string
	for _, s := range Request(t, &t.Request) {
		words = appendWords(words, string(s.Of(t.Request.Raw)))
	}
	for _, w := range t.Echo {
		words = appendLong(words, w)
	}
	if t.Secret && t.Tag != "" {
		words = append(words, asciiLower(t.Tag))
	}
	return find(words, text)
}

// appendWords adds what a server may repeat of a secret, in lower case.
func appendWords(words []string, secret string) []string {
	secret = strings.TrimSpace(secret)
	words = appendLong(words, strings.Trim(secret, `"`))
	plain := unescape.Replace(secret)
	words = appendLong(words, strings.Trim(plain, `"`))
	for i, w := range strings.Fields(plain) {
		if i == maxEchoes {
			break
		}
		words = appendLong(words, strings.Trim(w, `"\`))
	}
	return words
}

// appendLong adds a word that is long enough to be told from any other.
func appendLong(words []string, w string) []string {
	if w = asciiLower(w); len(w) < minEcho || slices.Contains(words, w) {
		return words
	}
	return append(words, w)
}

// unescape takes away the backslashes that servers want in quoted strings.
var unescape = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

// find is where words, which are in lower case, stand in text: in order, none
// overlapping another.
func find(words []string, text string) []wire.Span {
	if len(words) == 0 || text == "" {
		return nil
	}
	var out []wire.Span
	low := asciiLower(text)
	for _, w := range words {
		for at := 0; ; {
			i := strings.Index(low[at:], w)
			if i < 0 {
				break
			}
			out = append(out, wire.Span{Start: at + i, End: at + i + len(w)})
			at += i + 1 // a secret may overlap itself
		}
	}
	return merge(out)
}

// merge joins spans that overlap.
func merge(spans []wire.Span) []wire.Span {
	slices.SortFunc(spans, func(a, b wire.Span) int { return a.Start - b.Start })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.Start < out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// asciiLower keeps every octet in its place, which strings.ToLower does not.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// words are what is known of a connection's secrets, in lower case.
type words struct {
	list []string
	size int
	// all: more is secret than is known of. Any text may hold it.
	all bool
}

// Limits of words.
const (
	maxWords    = 256
	maxWordSize = 64 << 10
)

// add learns a secret.
func (w *words) add(secret []byte) {
	if w.all {
		return
	}
	if len(secret) > maxWordSize {
		w.all = true
		return
	}
	n := len(w.list)
	w.list = appendWords(w.list, string(secret))
	for _, s := range w.list[n:] {
		w.size += len(s)
	}
	if len(w.list) > maxWords || w.size > maxWordSize || bytes.Count(secret, []byte(" ")) >= maxEchoes {
		*w = words{all: true}
	}
}

func (w *words) find(b []byte) []wire.Span { return find(w.list, string(b)) }
