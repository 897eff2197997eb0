package session

import (
	"bytes"
	"encoding/base64"
	"math"
	"slices"
	"strings"

	"imapscope/decode/ascii"
	"imapscope/decode/sasl"
	"imapscope/decode/wire"
)

// Limits of what is kept of secrets.
const (
	// MinWord is the minimum length of a secret that is searched for in texts, in bytes.
	MinWord = 4
	// MaxWords is the number of words that are kept, and MaxWordBytes their total
	// length. Beyond them any text may contain a secret.
	MaxWords     = 256
	MaxWordBytes = 64 << 10
	// maxParts is how many words of one secret are searched for one by one.
	maxParts = 16
)

// Words holds the secrets of a connection, for texts that must not repeat them. It is
// immutable: methods that add to it return another one. A nil Words is empty.
type Words struct {
	list []string // in lower case, at least MinWord bytes
	seek seek     // finds them
	tags []string // whole tags, as they were sent
	size int
	all  bool // more is secret than is known: any text may contain it
}

// All reports whether any text may contain a secret: there were too many, or one was
// not kept completely.
func (w *Words) All() bool { return w != nil && w.all }

// Kept returns the secrets that are kept, without the mark that any text may contain one.
func (w *Words) Kept() *Words {
	if !w.All() {
		return w
	}
	out := w.clone()
	out.all = false
	return out
}

// Find returns where text repeats a secret or a word of it, in upper or
// lower case: in order, none overlapping another.
func (w *Words) Find(text string) []wire.Span { return find(w, text, false) }

// find is like Find; if text is cut, its end may be the beginning of a secret. It does not
// allocate unless it finds something: every status response is searched.
func find[T string | []byte](w *Words, text T, cut bool) []wire.Span {
	switch {
	case w == nil || len(text) == 0 || len(w.list) == 0 && !w.all:
		return nil
	case w.all:
		return []wire.Span{{End: len(text)}}
	}
	return merge(hits(w, text, cut, math.MaxInt))
}

// hits returns the places of the first most secrets in text; they may overlap.
func hits[T string | []byte](w *Words, text T, cut bool, most int) (out []wire.Span) {
	if len(w.list) == 0 {
		return nil
	}
	end := len(text) - MinWord // a secret, or a part of one, begins no later
	for i := 0; i <= end; i++ {
		for i <= end {
			n := w.seek[text[i+MinWord-1]%seekSize]
			if n == 0 {
				break
			}
			i += int(n)
		}
		for _, x := range w.list {
			n := min(len(x), len(text)-i)
			if n >= MinWord && (n == len(x) || cut) && lowerIs(text[i:i+n], x[:n]) {
				if out = append(out, wire.Span{Start: i, End: i + n}); len(out) == most {
					return out
				}
			}
		}
	}
	return out
}

// seek has, for the last of MinWord bytes of a text, how far the beginning of the next
// secret is at least from the first one: 0 if a secret may begin there. It is the
// shift table of Wu and Manber's search for many words. Bytes share a place with others, and
// the least is that of all: it is small because each connection with a login has one.
type seek [seekSize]uint8

const seekSize = 64

// nowhere is the table for no words.
var nowhere = func() (s seek) {
	for c := range s {
		s[c] = MinWord
	}
	return s
}()

func newSeek(words []string) seek {
	s := nowhere
	for _, x := range words {
		for i := range MinWord {
			for _, c := range [...]byte{x[i], ascii.Upper(x[i])} {
				s[c%seekSize] = min(s[c%seekSize], uint8(MinWord-1-i))
			}
		}
	}
	return s
}

// lowerIs reports whether text in lower case is x.
func lowerIs[T string | []byte](text T, x string) bool {
	for i := range len(text) {
		if ascii.Lower(text[i]) != x[i] {
			return false
		}
	}
	return true
}

// ends returns the length of the longest end of a secret that a text begins with, which may
// be cut there.
func (w *Words) ends(text []byte) int {
	longest := 0
	for _, x := range w.list {
		for n := min(len(x), len(text)); n >= MinWord && n > longest; n-- {
			if ascii.ToLower(text[:n]) == x[len(x)-n:] {
				longest = n
			}
		}
	}
	return longest
}

// in reports whether b repeats a secret that is kept. It does not allocate if it does not.
func (w *Words) in(b []byte) bool {
	return w != nil && len(hits(w, b, false, 1)) > 0
}

// Hide returns text with mask in place of each secret.
func (w *Words) Hide(text, mask string) string { return replace(text, w.Find(text), mask) }

// HideCut is Hide for a text that may be cut: its last MinWord bytes or more may be the beginning
// of a secret.
func (w *Words) HideCut(text, mask string) string { return replace(text, find(w, text, true), mask) }

// replace returns text with mask in each of the places.
func replace(text string, found []wire.Span, mask string) string {
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, x := range found {
		b.WriteString(text[at:x.Start])
		b.WriteString(mask)
		at = x.End
	}
	b.WriteString(text[at:])
	return b.String()
}

// tagged reports whether the tag of a response is a secret, or holds one if no
// command had it.
func (w *Words) tagged(tag []byte, orphan bool) bool {
	if w == nil || len(tag) == 0 {
		return false
	}
	return slices.Contains(w.tags, cut(tag)) || orphan && (w.all || len(w.Find(string(tag))) > 0)
}

// with returns w and what a server may repeat of a secret.
func (w *Words) with(secret []byte) *Words {
	if w.All() {
		return w
	}
	if len(secret) > MaxWordBytes || bytes.Count(secret, []byte(" ")) >= maxParts {
		return w.WithAll()
	}
	var words []string
	for _, s := range [...]string{strings.TrimSpace(string(secret)), unescape(strings.TrimSpace(string(secret)))} {
		words = appendLong(words, strings.Trim(s, `"`))
		for i, x := range strings.Fields(s) {
			if i == maxParts {
				break
			}
			words = appendLong(words, strings.Trim(x, `"\`))
		}
	}
	return w.plus(words)
}

// withSASL returns w and the contents of a SASL response, which is base64: people and
// servers may repeat it decoded. Names are what in it is an identity, and no secret.
func (w *Words) withSASL(secret []byte, names ...string) *Words {
	b, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(secret)))
	if err != nil || len(b) < MinWord || len(b) > MaxWordBytes {
		return w
	}
	parts := bytes.FieldsFunc(b, func(r rune) bool { return r <= ' ' })
	if isPlain(bytes.TrimSpace(secret)) {
		parts = bytes.Split(b, []byte{0})[2:] // the names before it are no secret
	}
	var words []string
	for i, p := range parts {
		if i == maxParts {
			break
		}
		if !slices.Contains(names, string(p)) {
			words = appendLong(words, string(p))
		}
		for _, proof := range sasl.Proofs(p) {
			words = appendLong(words, string(proof))
		}
	}
	return w.plus(words)
}

// withTag returns w and a secret that a server may read as a tag.
func (w *Words) withTag(tag []byte) *Words {
	t := cut(tag)
	if w != nil && (slices.Contains(w.tags, t) || len(w.tags) >= MaxWords) {
		return w
	}
	out := w.clone()
	out.tags = append(out.tags, t)
	return out
}

// WithAll returns w with the mark that any text may contain a secret.
func (w *Words) WithAll() *Words {
	out := w.clone()
	out.all = true
	return out
}

func (w *Words) plus(words []string) *Words {
	if w != nil {
		words = slices.DeleteFunc(words, func(x string) bool { return slices.Contains(w.list, x) })
	}
	if len(words) == 0 {
		if w == nil {
			return new(Words) // there was a secret, if a short one
		}
		return w
	}
	out := w.clone()
	out.list = append(out.list, words...)
	for _, x := range words {
		out.size += len(x)
	}
	out.seek = newSeek(out.list)
	if len(out.list) > MaxWords || out.size > MaxWordBytes {
		return w.WithAll()
	}
	return out
}

func (w *Words) clone() *Words {
	if w == nil {
		return new(Words)
	}
	c := *w
	c.list, c.tags = slices.Clone(w.list), slices.Clone(w.tags)
	return &c
}

// appendLong adds a word if it is long enough to be searched for.
func appendLong(words []string, w string) []string {
	if w = ascii.ToLower(w); len(w) < MinWord || slices.Contains(words, w) {
		return words
	}
	return append(words, w)
}

// unescape removes the backslashes that servers require in quoted strings.
func unescape(s string) string { return escapes.Replace(s) }

var escapes = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

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

// isPlain reports whether b64 has the form of a PLAIN response (RFC 4616, section 2).
func isPlain(b64 []byte) bool {
	if len(b64) > 2*maxName {
		return false
	}
	b, err := base64.StdEncoding.DecodeString(string(b64))
	return err == nil && bytes.Count(b, []byte{0}) == 2
}
