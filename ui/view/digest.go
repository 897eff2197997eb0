package view

import (
	"bytes"
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// digest is an exchange that is still coming: its messages in groups of what
// reads best together.
type digest struct {
	groups []*group
	byKey  map[string]*group
	size   int  // octets of texts
	total  *int // the same, of all that are still coming

	numbers int  // how often messages got other numbers while there was data about them
	removed bool // the last data about messages was that one is gone
}

// numbered returns the key of a group of data about messages. EXPUNGE gives messages
// other numbers, so data that is separated by one is never in one group: its order
// says which messages its numbers mean.
func (d *digest) numbered(key string, removes bool) string {
	if removes != d.removed {
		d.removed = removes
		d.numbers++
	}
	if d.numbers < 2 {
		return key
	}
	return key + " " + strconv.Itoa(d.numbers)
}

// removes reports whether data says that a message is gone.
func removes(m *decode.Message) bool { return m.Row.Does(protocol.Removes) }

// room reports whether there is room for more text, and takes it.
func (d *digest) room(texts ...string) bool {
	if d.size > maxExchange || *d.total > maxOpen {
		return false
	}
	d.take(texts...)
	return true
}

func (d *digest) take(texts ...string) {
	for _, s := range texts {
		d.size += len(s)
		*d.total += len(s)
	}
}

// group is messages of one kind: for message data, of the same properties.
type group struct {
	kind  string
	items string // "FLAGS RFC822.SIZE", for message data
	dir   capture.Direction
	time  time.Time
	n     int

	lines  []Line   // the first ones, as they are
	values []string // what each of the others says
	rows   []Row
	more   int // rows beyond MaxRows
}

// Row is what one message data response says, in columns; a column may be empty.
type Row [columns]string

// The columns of a Row.
const (
	ColNumber  = iota // the message's number
	ColDate           // of its envelope
	ColFrom           // a name, else an address
	ColSubject        // words decoded
	ColFlags
	ColRest // sizes of literals
	columns
)

const (
	plainLines  = 3  // lines of one kind that are shown as they are
	plainStatus = 8  // the same, of status responses: people should read them
	maxValues   = 40 // values listed of a group
)

// How many octets of texts are kept: of one line, of a value or a column of a
// row, of one exchange, and of all that are still coming. What an exchange ends
// with is kept all the same.
const (
	maxText     = 4 << 10
	maxValue    = 400
	maxExchange = 512 << 10
	maxOpen     = 16 << 20
)

// clip is Inert, cut where the text is too long to be read.
func clip(s string, most int) string {
	// Inert makes nothing shorter, so what it sees of a rune cut here is cut off.
	s = Inert(s[:min(len(s), most+utf8.UTFMax)])
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// group is the group of a key, new if there is room for one.
func (x *Exchange) group(key string, m *decode.Message) *group {
	if g := x.byKey[key]; g != nil {
		g.n++
		return g
	}
	if len(x.groups) >= MaxLines || !x.room(key) {
		x.More++
		return nil
	}
	if x.byKey == nil {
		x.byKey = make(map[string]*group)
	}
	g := &group{kind: m.Word, dir: m.Dir, time: m.Time, n: 1}
	x.byKey[key] = g
	x.groups = append(x.groups, g)
	return g
}

// line adds a line that stands alone. What an exchange begins and ends with is
// always there.
func (x *Exchange) line(l Line, m *decode.Message) {
	if m.Kind != decode.Request && m.Kind != decode.Tagged && (len(x.groups) >= MaxLines || !x.room(l.Text)) {
		x.More++
		return
	}
	x.groups = append(x.groups, &group{kind: m.Word, dir: m.Dir, time: m.Time, n: 1, lines: []Line{l}})
}

// ready adds a "+"; the same text is not said twice.
func (x *Exchange) ready(l Line, m *decode.Message) {
	if g := x.group("+"+l.Text, m); g != nil && g.n == 1 {
		g.lines = []Line{l}
	}
}

// data adds an untagged response.
func (g *Gather) data(x *Exchange, m *decode.Message) {
	if m.Row.Does(protocol.Describes) {
		tree := g.parser.Response(&m.Message)
		if d, ok := syntax.ReadFetch(tree, m.Raw); ok && !m.Broken {
			g.messageData(x, m, d)
			return
		}
	}
	key := m.Word
	if removes(m) {
		key = x.numbered(key, true)
	}
	gr := x.group(key, m)
	if gr == nil {
		return
	}
	keep := plainLines
	if wire.IsStatus([]byte(m.Word)) {
		keep = plainStatus
	}
	// Once one was not kept, those after it are not either.
	if l := g.Line(m); len(gr.lines) < keep && gr.n == len(gr.lines)+1 && x.room(l.Text) {
		gr.lines = append(gr.lines, l)
	}
	if len(gr.values) < maxValues && gr.n == len(gr.values)+1 {
		if v := clip(g.value(m), maxValue); x.room(v) {
			gr.values = append(gr.values, v)
		}
	}
}

// value is what an untagged response says, without "*" and its kind; of
// numbered data it is the number.
func (o Options) value(m *decode.Message) string {
	if wire.IsStatus([]byte(m.Word)) {
		return Inert(o.Hide(m.Known, string(m.Text)))
	}
	s := oneLine(&m.Message, nil, shortLiteral)
	_, s, _ = strings.Cut(s, " ")
	first, rest, _ := strings.Cut(strings.TrimLeft(s, " "), " ")
	if strings.EqualFold(first, m.Word) {
		return Inert(rest)
	}
	return Inert(first)
}

// messageData adds a FETCH or STORE response as a row.
func (g *Gather) messageData(x *Exchange, m *decode.Message, d syntax.FetchData) {
	names := make([]string, len(d.Items))
	for i, it := range d.Items {
		names[i] = it.Name
	}
	items := clip(strings.Join(names, " "), maxText)
	gr := x.group(x.numbered(m.Word+" "+items, false), m)
	if gr == nil {
		return
	}
	gr.items = items
	if len(gr.rows) >= MaxRows {
		gr.more++
		return
	}
	r := row(m, d)
	for i := range r {
		r[i] = clip(r[i], maxValue)
	}
	if !x.room(r[:]...) {
		gr.more++
		return
	}
	if gr.n == 1 && d.Showing(protocol.ShowsEnvelope) == nil {
		l := g.Line(m)
		x.take(l.Text)
		gr.lines = []Line{l}
	}
	gr.rows = append(gr.rows, r)
}

func row(m *decode.Message, d syntax.FetchData) Row {
	r := Row{ColNumber: strconv.FormatUint(d.Number, 10)}
	envelope := d.Showing(protocol.ShowsEnvelope) != nil
	var rest []string
	for _, it := range d.Items {
		shows := protocol.ShowsOf(it.Name)
		switch v := it.Value; {
		case v == nil:
		case shows&protocol.ShowsEnvelope != 0:
			if e, ok := syntax.ReadEnvelope(v, m.Raw); ok {
				r[ColDate], r[ColFrom], r[ColSubject] = date(e.Date.Value), from(e), words(e.Subject.Value)
			}
		case shows&protocol.ShowsFlags != 0:
			flags := syntax.ReadFlags(v, m.Raw)
			r[ColFlags] = Inert(strings.Join(flags, " "))
			if len(flags) == 0 {
				r[ColFlags] = "no flags"
			}
		case v.Kind == syntax.KindLiteral:
			rest = append(rest, literalSize(m, v))
		case envelope:
			// An envelope tells more about a message than the rest does.
		case shows&protocol.ShowsInternalDate != 0:
			r[ColDate] = internalDate(string(v.Value(m.Raw)))
		case shows&protocol.ShowsSize != 0:
			rest = append(rest, Inert(v.Bytes(m.Raw))+" octets")
		case v.Kind == syntax.KindNumber:
			rest = append(rest, Inert(it.Name)+" "+Inert(v.Bytes(m.Raw)))
		}
	}
	r[ColRest] = strings.Join(rest, " ")
	return r
}

// literalSize is a literal's announced size, as it is written.
func literalSize(m *decode.Message, v *syntax.Node) string {
	for i := range m.Literals {
		if l := &m.Literals[i]; l.Head.Start == v.Span.Start {
			s := fmt.Sprintf("{%d}", l.Size)
			if l.State == wire.Partial {
				s += " partial"
			}
			return s
		}
	}
	return ""
}

// date is an envelope's date without the day of the week, and without seconds
// and zone if it has the usual form: "7 May 91 12:34".
func date(s string) string {
	if i := strings.Index(s, ", "); i == 3 {
		s = s[5:]
	}
	f := strings.Fields(s)
	if len(f) >= 4 && len(f[3]) >= 5 && f[3][2] == ':' {
		return Inert(strings.Join(f[:3], " ") + " " + f[3][:5])
	}
	return Inert(strings.TrimSpace(s))
}

// internalDate is an internal date without seconds and zone, if it has the usual
// form: "7-May-1991 12:34".
func internalDate(s string) string {
	s = strings.TrimSpace(s)
	if day, clock, ok := strings.Cut(s, " "); ok && len(clock) >= 5 && clock[2] == ':' {
		s = day + " " + clock[:5]
	}
	return Inert(s)
}

// from is whom a message is from: the name, else the address.
func from(e syntax.Envelope) string {
	if len(e.From) == 0 {
		return ""
	}
	a := e.From[0]
	if a.Name.Value != "" {
		return words(a.Name.Value)
	}
	return Inert(a.String())
}

// words shows RFC 2047's encoded words as what they stand for, if they can be.
func words(s string) string {
	if strings.Contains(s, "=?") {
		var d mime.WordDecoder
		if plain, err := d.DecodeHeader(s); err == nil {
			s = plain
		}
	}
	return Inert(s)
}

// finish makes lines of the groups, in the order in which they began: a request
// is seen whole only after the "+" to its literals.
func (x *Exchange) finish() {
	slices.SortStableFunc(x.groups, func(a, b *group) int { return a.time.Compare(b.time) })
	for _, g := range x.groups {
		x.Lines = append(x.Lines, g.finish()...)
	}
	x.digest = digest{}
}

func (g *group) finish() []Line {
	one := Line{Dir: g.dir, Time: g.time}
	switch {
	case g.items != "" && (g.n > 1 || len(g.lines) == 0):
		one.Text = fmt.Sprintf("%d %s: %s", g.n, g.kind, g.items)
		one.Rows, one.More = g.rows, g.more
	case g.n <= len(g.lines):
		return g.lines
	case g.kind == "+":
		one.Text = fmt.Sprintf("%s  (%d times)", g.lines[0].Text, g.n)
	default:
		var b bytes.Buffer
		fmt.Fprintf(&b, "%d %s: %s", g.n, Inert(g.kind), strings.Join(g.values, ", "))
		if n := g.n - len(g.values); n > 0 && n < g.n {
			fmt.Fprintf(&b, ", and %d more", n)
		}
		one.Text = b.String()
	}
	if wire.IsStatus([]byte(g.kind)) {
		one.Status = g.kind
	}
	return []Line{one}
}
