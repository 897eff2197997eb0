package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"strconv"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/ui/view"
)

// The explanation of an exchange is data for the page's script: numbers, which for text are
// indexes into the table of strings, so text from the wire is never part of anything but a
// string. It is JSON, compressed, in base64: one list for the exchanges of a block, null for
// those without an explanation.
//
// An exchange is [messages, times, notes]; messages are
//
//	[class, since, sentence, after, more, "hex", gap, omitted, beyond, words, tree]
//
// Hex has two digits per byte, "**" for a hidden one; omitted counts the bytes missing
// before the byte at gap, beyond counts those past MaxBytes. Words take wordFields numbers
// each, rows of the tree treeFields, times timeFields. Positions are relative to the
// previous one, and a text that equals its bytes is not repeated, so the data compresses
// well.
const (
	wordFields  = 4 // bytes between, length, sense, text (0: the bytes themselves)
	senseFields = 4 // flags, meaning, cite, term
	treeFields  = 5 // depth, label, start relative to the previous row's, length, excerpt (-1: the bytes themselves)
	labelFields = 3 // kind, role, error
	timeFields  = 6 // depth, name, words, from, to (ten thousandths), took
)

// The flags of a word.
const (
	flagName = 1 << iota
	flagFault
)

// table numbers strings; 0 is "".
type table struct {
	list []string
	at   map[string]int
	size int
}

func (t *table) of(s string) int {
	if s == "" {
		return 0
	}
	if t.at == nil {
		t.at, t.list = make(map[string]int), []string{""}
	}
	i, ok := t.at[s]
	if !ok {
		i = len(t.list)
		t.at[s] = i
		t.list = append(t.list, s)
		t.size += len(s) + 4
	}
	return i
}

// rows numbers rows of numbers, from 0.
type rows[R comparable] struct {
	list []R
	at   map[R]int
}

func (t *rows[R]) of(r R) int {
	i, ok := t.at[r]
	if !ok {
		if t.at == nil {
			t.at = make(map[R]int)
		}
		i = len(t.list)
		t.at[r] = i
		t.list = append(t.list, r)
	}
	return i
}

// terms numbers the words of the vocabulary that are used; 0 is none.
type terms struct {
	list []*term
	at   map[view.Term]int
}

// term is a word of the vocabulary that is used.
type term struct {
	view.Entry
	ID    int
	Count int
	First *exchange // where it is first used
}

// of returns the number of a term that x uses.
func (t *terms) of(x view.Term, where *exchange) int {
	if x.IsZero() {
		return 0
	}
	i, ok := t.at[x]
	if !ok {
		if t.at == nil {
			t.at = make(map[view.Term]int)
		}
		i = len(t.list) + 1
		t.at[x] = i
		t.list = append(t.list, &term{Entry: x.Entry(), ID: i})
	}
	where.used = append(where.used, i)
	return i
}

// numbers appends a list of numbers to b.
func numbers(b []byte, list ...int) []byte {
	for _, n := range list {
		if c := b[len(b)-1]; c != '[' {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return b
}

// explain appends the data of a message to b.
func (p *Page) explain(b []byte, x *exchange, m *decode.Message, q *prepared) []byte {
	g := &q.gloss
	b = append(b, '[')
	b = numbers(b, p.strings.of(q.line.Class()), p.strings.of(q.line.Since), p.strings.of(g.Sentence), p.strings.of(g.After), g.More)
	b = append(b, ',', '"')
	b = append(b, q.hex...)
	b = append(b, '"')
	b = numbers(b, q.gap, q.omitted, len(m.Raw)-q.shown)
	b = append(b, ",["...)
	at := 0
	for i := range g.Words {
		w := &g.Words[i]
		flags := 0
		if w.Name {
			flags |= flagName
		}
		if w.Fault {
			flags |= flagFault
		}
		sense := [senseFields]int{flags, p.strings.of(w.Meaning), p.strings.of(w.Cite), p.terms.of(w.Term, x)}
		word := 0
		if w.End > q.shown || !same(w.Text, m.Raw[w.Start:w.End]) {
			word = p.strings.of(w.Text)
		}
		n := p.senses.of(sense)
		x.uses(p, n, w)
		b = numbers(b, w.Start-at, w.End-w.Start, n, word)
		at = w.End
	}
	b = append(b, "],["...)
	at = 0
	for i := range q.rows {
		r := &q.rows[i]
		label := [labelFields]int{p.strings.of(r.Kind), p.strings.of(r.Role), p.strings.of(r.Err)}
		excerpt := -1
		if r.Excerpt == "" || !same(r.Excerpt, r.Span.Of(m.Raw)) {
			excerpt = p.strings.of(r.Excerpt)
		}
		b = numbers(b, r.Depth, p.labels.of(label), r.Span.Start-at, min(r.Span.End, q.shown)-r.Span.Start, excerpt)
		at = r.Span.Start
	}
	return append(b, "]]"...)
}

// uses notes that a word is used in an exchange, if no earlier one has it. What has no
// citation explains itself by the sentence of its line.
func (x *exchange) uses(p *Page, n int, w *view.Word) {
	if w.Cite == "" || p.worded[n] || len(x.senses) >= MaxMessages {
		return
	}
	for i := range x.senses {
		if x.senses[i].n == n {
			return
		}
	}
	x.senses = append(x.senses, sense{n, word{w.Text, w.Meaning, w.Cite}})
}

// same reports whether bytes equal a text in printable ASCII.
func same(text string, raw []byte) bool {
	for _, c := range raw {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return text == string(raw)
}

// times appends how the time of an exchange was spent.
func (p *Page) times(b []byte, t *view.Timing) []byte {
	b = append(b, '[')
	for _, part := range t.Parts {
		b = numbers(b, part.Depth, p.strings.of(part.Name), p.strings.of(part.Words), int(part.From*10_000), int(part.To*10_000), p.strings.of(view.Duration(part.Took)))
	}
	b = append(b, "],["...)
	for _, n := range t.Notes {
		b = numbers(b, p.strings.of(n))
	}
	return append(b, ']')
}

// packer compresses. Its buffers are reused.
type packer struct {
	b bytes.Buffer
	z *gzip.Writer
}

// Levels of compression.
const (
	kept    = gzip.BestSpeed // of an exchange, until the page is written
	written = 5              // of a block on the page
)

// compress writes text to b, compressed.
func (p *packer) compress(to io.Writer, text []byte, level int) {
	if p.z == nil {
		p.z, _ = gzip.NewWriterLevel(to, level) // the level is valid
	} else {
		p.z.Reset(to)
	}
	// Writing to a Buffer cannot fail.
	_, _ = p.z.Write(text)
	_ = p.z.Close()
}

// keep returns text compressed.
func (p *packer) keep(text []byte) []byte {
	p.b.Reset()
	p.compress(&p.b, text, kept)
	return bytes.Clone(p.b.Bytes())
}

// pack returns text compressed, in base64.
func (p *packer) pack(text []byte) string {
	p.b.Reset()
	to := base64.NewEncoder(base64.StdEncoding, &p.b)
	p.compress(to, text, written)
	_ = to.Close()
	return p.b.String()
}

// from returns the sender of a message, for a class name.
func from(d capture.Direction) string {
	if d == capture.ClientToServer {
		return "c"
	}
	return "s"
}
