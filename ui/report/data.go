package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strconv"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/ui/view"
)

// What explains an exchange is data for the page's script: numbers, which are places in
// the table of strings where they stand for text, and so no text from the wire is ever
// part of anything but a string. It is JSON, compressed, in base64.
//
// An exchange is [messages, times, notes]; messages are
//
//	[class, since, sentence, after, more, "hex", gap, omitted, beyond, words, tree]
//
// Hex has two digits an octet, "**" for one that is hidden; omitted octets are missing
// before the octet gap, beyond are those past MaxOctets. Words are wordFields numbers
// each, rows of the tree treeFields, times timeFields. Places are told from the place
// before, and a text that the octets tell themselves is not told again: so all of this
// packs well.
const (
	wordFields  = 4 // octets between, length, sense, text (0: as the octets)
	senseFields = 4 // flags, meaning, cite, term
	treeFields  = 5 // depth, label, start after that of the row before, length, excerpt (-1: as the octets)
	labelFields = 3 // kind, role, error
	timeFields  = 6 // depth, name, words, from, to (ten thousandths), took
)

// The flags of a word.
const (
	flagName = 1 << iota
	flagFault
)

// table is strings by number; 0 is "".
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

// rows are rows of numbers by number, from 0.
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

// terms are the words of the vocabulary that are used, by number; 0 is none.
type terms struct {
	list []*term
	at   map[view.Term]int
}

// term is a word of the vocabulary that is used.
type term struct {
	view.Entry
	ID    int
	Count int
	First *exchange // where it is used first
}

// of is the number of a term that x uses.
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

// numbers appends a list to b.
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
func (p *Page) explain(b []byte, x *exchange, l *line, m *decode.Message) []byte {
	root := m.Parse(&p.parser)
	g := p.o.Gloss(m, root)
	tree := p.o.Tree(m, root)
	hex := p.o.Hex(m)
	b = append(b, '[')
	b = numbers(b, p.strings.of(l.Class()), p.strings.of(l.Since), p.strings.of(g.Sentence), p.strings.of(g.After), g.More)
	b = append(b, ',', '"')
	shown, gap, omitted := 0, 0, 0
	for i := 0; i < hex.Len() && shown < MaxOctets; i++ {
		r := hex.Row(i)
		if r.Omitted > 0 {
			gap, omitted = r.Span.Start, int(r.Omitted)
			continue
		}
		for _, c := range r.Cells() {
			b = append(b, c.Hex[0], c.Hex[1])
		}
		shown = r.Span.End
	}
	b = append(b, '"')
	b = numbers(b, gap, omitted, len(m.Raw)-shown)
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
		if w.End > shown || !told(w.Text, m.Raw[w.Start:w.End]) {
			word = p.strings.of(w.Text)
		}
		b = numbers(b, w.Start-at, w.End-w.Start, p.senses.of(sense), word)
		at = w.End
	}
	b = append(b, "],["...)
	at = 0
	for i := range tree.Len() {
		r := tree.Row(i)
		if r.Span.Start >= shown && i > 0 {
			break
		}
		label := [labelFields]int{p.strings.of(r.Kind), p.strings.of(r.Role), p.strings.of(r.Err)}
		excerpt := -1
		if r.Excerpt == "" || !told(r.Excerpt, r.Span.Of(m.Raw)) {
			excerpt = p.strings.of(r.Excerpt)
		}
		b = numbers(b, r.Depth, p.labels.of(label), r.Span.Start-at, min(r.Span.End, shown)-r.Span.Start, excerpt)
		at = r.Span.Start
	}
	return append(b, "]]"...)
}

// told reports whether octets tell a text: they are what it is, in printable ASCII.
func told(text string, raw []byte) bool {
	for _, c := range raw {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return text == string(raw)
}

// times appends where the time of an exchange went.
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

// packer compresses. Its memory serves for one exchange after another.
type packer struct {
	b bytes.Buffer
	z *gzip.Writer
}

// pack is text compressed, in base64.
func (p *packer) pack(text []byte) string {
	p.b.Reset()
	to := base64.NewEncoder(base64.StdEncoding, &p.b)
	if p.z == nil {
		p.z, _ = gzip.NewWriterLevel(to, gzip.BestSpeed) // there is that level
	} else {
		p.z.Reset(to)
	}
	// What is written to a Buffer cannot fail.
	_, _ = p.z.Write(text)
	_ = p.z.Close()
	_ = to.Close()
	return p.b.String()
}

// from is who sent a message, for a class name.
func from(d capture.Direction) string {
	if d == capture.ClientToServer {
		return "c"
	}
	return "s"
}
