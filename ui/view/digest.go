package view

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/excerpt"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/text"
	"imapscope/decode/wire"
)

// digest is an incomplete exchange: its messages, grouped for reading.
type digest struct {
	groups []*group
	byKey  map[string]*group
	size   int    // bytes of texts
	total  *Quota // the bytes of all incomplete exchanges

	numbers int  // how often messages were renumbered between data about them
	removed bool // the last data about messages reported a removal
}

// numbered returns the key of a group of data about messages. EXPUNGE renumbers messages,
// so data before and after one is never in the same group: the order determines which
// messages the numbers mean.
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

// removes reports whether data reports the removal of messages.
func removes(m *decode.Message) bool {
	return m.Row.Does(protocol.Removes) || m.Row.Does(protocol.Vanishes)
}

// reserve reports whether there is room for more text, and counts the text if so.
func (d *digest) reserve(texts ...string) bool {
	if d.size > maxExchange || d.total.over(maxOpen) {
		return false
	}
	d.add(texts...)
	return true
}

func (d *digest) add(texts ...string) {
	for _, s := range texts {
		d.size += len(s)
		d.total.add(len(s), maxOpen)
	}
}

// group holds messages of one kind: for message data, with the same properties.
type group struct {
	kind  string
	items string // "FLAGS RFC822.SIZE", for message data
	dir   capture.Direction
	time  time.Time
	n     int

	lines  []Line   // the first ones, in full
	values []string // the values of the others
	rows   []Row
	more   int // rows beyond MaxRows
}

// Row is one message data response in columns; a column may be empty.
type Row [columns]string

// The columns of a Row.
const (
	ColNumber  = iota // the message's number
	ColDate           // of its envelope
	ColFrom           // a name, or an address
	ColSubject        // encoded words decoded
	ColFlags
	ColRest // sizes of literals
	columns
)

const (
	plainLines  = 3  // lines of one kind that are shown in full
	plainStatus = 8  // the same for status responses, which should be read
	maxValues   = 40 // values listed of a group
)

// Limits on the bytes of kept texts: for one line, for a value or a column of a row, for
// one exchange, and for all incomplete exchanges. The last line of an exchange is always
// kept.
const (
	maxText     = 4 << 10
	maxValue    = 400
	maxExchange = 512 << 10
	maxOpen     = 16 << 20
)

// clip returns s made inert, and cut if it is too long to be read.
func clip(s string, most int) string {
	// Inert makes nothing shorter, so what it sees of a rune cut here is cut off.
	return excerpt.Head(Inert(s[:min(len(s), most+utf8.UTFMax)]), most)
}

// group returns the group with a key, creating it if there is room.
func (ex *Exchange) group(key string, m *decode.Message) *group {
	if g := ex.byKey[key]; g != nil {
		g.n++
		return g
	}
	if len(ex.groups) >= MaxLines || !ex.reserve(key) {
		ex.More++
		return nil
	}
	if ex.byKey == nil {
		ex.byKey = make(map[string]*group)
	}
	g := &group{kind: m.Word, dir: m.Dir, time: m.Time, n: 1}
	ex.byKey[key] = g
	ex.groups = append(ex.groups, g)
	return g
}

// line adds a line outside any group. The first and the last line of an exchange are
// always kept.
func (ex *Exchange) line(l Line, m *decode.Message) {
	if m.Kind != decode.Request && m.Kind != decode.Tagged && (len(ex.groups) >= MaxLines || !ex.reserve(l.Text)) {
		ex.More++
		return
	}
	ex.groups = append(ex.groups, &group{kind: m.Word, dir: m.Dir, time: m.Time, n: 1, lines: []Line{l}})
}

// ready adds a "+"; the same text is not repeated.
func (ex *Exchange) ready(l Line, m *decode.Message) {
	if g := ex.group("+"+l.Text, m); g != nil && g.n == 1 {
		g.lines = []Line{l}
	}
}

// data adds an untagged response.
func (g *Gather) data(ex *Exchange, m *decode.Message) {
	if m.Row.Does(protocol.Describes) {
		tree := g.parser.Response(&m.Message)
		if d, ok := syntax.ReadFetch(tree, m.Raw); ok && !m.Broken {
			g.messageData(ex, m, d)
			return
		}
	}
	key := m.Word
	if removes(m) {
		key = ex.numbered(key, true)
	}
	gr := ex.group(key, m)
	if gr == nil {
		return
	}
	keep := plainLines
	if wire.IsStatus([]byte(m.Word)) {
		keep = plainStatus
	}
	// Once one was not kept, later ones are not kept either.
	if l := g.Line(m); len(gr.lines) < keep && gr.n == len(gr.lines)+1 && ex.reserve(l.Text) {
		gr.lines = append(gr.lines, l)
	}
	if len(gr.values) < maxValues && gr.n == len(gr.values)+1 {
		if v := clip(g.value(m), maxValue); ex.reserve(v) {
			gr.values = append(gr.values, v)
		}
	}
}

// value returns the content of an untagged response, without "*" and its kind; for
// numbered data, the number.
func (o Options) value(m *decode.Message) string {
	if wire.IsStatus([]byte(m.Word)) {
		return Inert(o.Hide(m.Known, string(m.Text)))
	}
	s := oneLine(&m.Message, nil, beside(o.notes(m)), shortLiteral)
	_, s, _ = strings.Cut(s, " ")
	first, rest, _ := strings.Cut(strings.TrimLeft(s, " "), " ")
	if strings.EqualFold(first, m.Word) {
		return Inert(rest)
	}
	return Inert(first)
}

// messageData adds a FETCH or STORE response as a row.
func (g *Gather) messageData(ex *Exchange, m *decode.Message, d syntax.FetchData) {
	names := make([]string, len(d.Items))
	for i, it := range d.Items {
		names[i] = it.Name
	}
	items := clip(strings.Join(names, " "), maxText)
	gr := ex.group(ex.numbered(m.Word+" "+items, false), m)
	if gr == nil {
		return
	}
	gr.items = items
	if len(gr.rows) >= MaxRows {
		gr.more++
		return
	}
	r := g.row(m, d)
	for i := range r {
		r[i] = clip(r[i], maxValue)
	}
	if !ex.reserve(r[:]...) {
		gr.more++
		return
	}
	if gr.n == 1 && d.Showing(protocol.ShowsEnvelope) == nil {
		l := g.Line(m)
		ex.add(l.Text)
		gr.lines = []Line{l}
	}
	gr.rows = append(gr.rows, r)
}

func (o Options) row(m *decode.Message, d syntax.FetchData) Row {
	r := Row{ColNumber: strconv.FormatUint(d.Number, 10)}
	envelope := d.Showing(protocol.ShowsEnvelope) != nil
	var rest []string
	for _, it := range d.Items {
		shows := protocol.ShowsOf(it.Name)
		switch v := it.Value; {
		case v == nil:
		case shows&protocol.ShowsEnvelope != 0:
			if e, ok := syntax.ReadEnvelope(v, m.Raw); ok {
				r[ColDate], r[ColFrom], r[ColSubject] = date(e.Date.Value)+o.besideDate(e.Date.Value), from(e), words(e.Subject.Value)
			}
		case shows&protocol.ShowsFlags != 0:
			flags := syntax.ReadFlags(v, m.Raw)
			r[ColFlags] = Inert(strings.Join(flags, " "))
			if len(flags) == 0 {
				r[ColFlags] = "no flags"
			}
		case v.Kind == syntax.KindLiteral:
			if part, ok := mailPart(it.Name); ok && part == MailHead && !envelope {
				o.headline(&r, v.Value(m.Raw))
			}
			rest = append(rest, literalSize(m, v))
		case envelope:
			// An envelope describes a message better than its other properties.
		case shows&protocol.ShowsInternalDate != 0 && r[ColDate] == "":
			sent := string(v.Value(m.Raw))
			r[ColDate] = internalDate(sent) + o.besideDate(sent)
		case shows&protocol.ShowsSize != 0:
			rest = append(rest, Inert(v.Bytes(m.Raw))+" bytes")
		case v.Kind == syntax.KindNumber:
			rest = append(rest, Inert(it.Name)+" "+Inert(v.Bytes(m.Raw)))
		}
	}
	r[ColRest] = strings.Join(rest, " ")
	return r
}

// literalSize returns a literal's announced size as written.
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

// date returns an envelope's date without the day of the week, and without seconds and
// zone if it has the usual form: "7 May 91 12:34".
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

// internalDate returns an internal date without seconds and zone, if it has the usual
// form: "7-May-1991 12:34".
func internalDate(s string) string {
	s = strings.TrimSpace(s)
	if day, clock, ok := strings.Cut(s, " "); ok && len(clock) >= 5 && clock[2] == ':' {
		s = day + " " + clock[:5]
	}
	return Inert(s)
}

// from returns the author of a message: the name, or else the address.
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

// words decodes RFC 2047's encoded words, where possible.
func words(s string) string {
	s, _ = text.Words(s)
	return Inert(s)
}

// finish turns the groups into lines, in the order in which they began: a request is
// complete only after the "+" to its literals.
func (ex *Exchange) finish() {
	slices.SortStableFunc(ex.groups, func(a, b *group) int { return a.time.Compare(b.time) })
	for _, g := range ex.groups {
		ex.Lines = append(ex.Lines, g.finish()...)
	}
	ex.digest = digest{}
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
