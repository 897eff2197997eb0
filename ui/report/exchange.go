package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

// exchange is one transaction on the page.
type exchange struct {
	C         *conn
	N         int
	Time      time.Time
	Request   string
	Status    string // OK, NO, BAD, or a substitute
	Took      string // "1.87 ms"; empty if unknown
	took      time.Duration
	Lines     []*line
	Unwritten bool // there is no room for Lines; the script makes them
	More      int  // messages beyond MaxMessages
	Findings  []*finding
	Rows      []view.Row // message data in columns; empty for a single one
	MoreRows  int        // rows beyond maxRows
	Words     []word     // that are used here for the first time on the page
	Data      string     // where its explanation is: block, and number in it
	Open      bool       // it is open at first

	Explained []byte            // its explanation, compressed; nil if there is none
	explained []byte            // its messages, while it is in progress
	used      []int             // terms
	senses    []sense           // words that no earlier exchange has
	skeletons []*decode.Message // its messages without their bytes, for the times
	messages  int
}

// line is one message on the page.
type line struct {
	From   string // "c", "s"
	Time   time.Time
	Text   string
	Status string
	Note   string
	Since  string // "+1.87", milliseconds since the request; empty outside

	Kind     string // of data: lines of one kind are folded
	Sentence string // what it means
	Fields   []view.MailField
}

// word is a word with its meaning and citation.
type word struct{ Text, Meaning, Cite string }

// sense is the meaning of a word, by its number, where it is used.
type sense struct {
	n int
	word
}

// Bounds of what is shown of an exchange without being unfolded.
const (
	maxRows  = 10   // rows of message data
	maxPlain = 3    // lines of a kind before the others are folded
	minFold  = 2    // lines that are folded
	maxWords = 3000 // words explained on the page as text
)

// run is consecutive lines: Fold is what they are if they are folded.
type run struct {
	Lines []*line
	Fold  string
}

// crowded reports whether an exchange has so many lines of a kind that another one may be
// folded. Its words say what its fields are, when it is unfolded.
func (x *exchange) crowded(kind string) bool {
	n := 0
	for _, l := range x.Lines {
		if l.Kind == kind {
			n++
		}
	}
	return kind != "" && n >= maxPlain
}

// Runs returns the lines. Of each kind of data the first maxPlain are shown, and later ones
// that follow one another are folded.
func (x *exchange) Runs() []run {
	var out []run
	shown := make(map[string]int)
	for i := 0; i < len(x.Lines); {
		kind := x.Lines[i].Kind
		k := i + 1
		for kind != "" && k < len(x.Lines) && x.Lines[k].Kind == kind {
			k++
		}
		plain := min(k, i+max(0, maxPlain-shown[kind]))
		if kind == "" || k-plain < minFold {
			plain = k
		}
		shown[kind] += plain - i
		out = append(out, run{Lines: x.Lines[i:plain]})
		if plain < k {
			out = append(out, run{x.Lines[plain:k], fmt.Sprintf("%d more %s responses", k-plain, kind)})
		}
		i = k
	}
	return out
}

// Columns returns which columns of the rows have something in them.
func (x *exchange) Columns() (used [len(view.Row{})]bool) {
	for _, r := range x.Rows {
		for i, s := range r {
			used[i] = used[i] || s != ""
		}
	}
	return used
}

// finding is one finding on the page.
type finding struct {
	view.Finding
	C   *conn
	Ref string // where it is on the page: its exchange, or its connection
}

// ID returns the exchange's identifier within the page.
func (x *exchange) ID() string { return x.C.id(x.N) }

func (c *conn) id(txn int) string { return fmt.Sprintf("c%dt%d", c.K, txn) }

// Class returns the class that colours an exchange.
func (x *exchange) Class() string { return class(x.Status) }

// Class returns the class that colours a line.
func (l *line) Class() string {
	if l.Status != "" {
		return l.From + " " + class(l.Status)
	}
	return l.From
}

func class(status string) string {
	switch protocol.StatusEffect(status) {
	case protocol.Succeeds, protocol.Refuses, protocol.Rejects:
		return strings.ToLower(status)
	}
	if status == "" {
		return ""
	}
	return "none"
}

// Where returns the exchange of a finding, for a link; empty if it is outside any.
func (f *finding) Where() string {
	if f.Txn == 0 || f.C.K == 0 {
		return ""
	}
	return f.C.id(f.Txn)
}

// Bar returns the duration of an exchange relative to the longest of its connection, as a
// percentage.
func (x *exchange) Bar() int {
	if x.C.longest <= 0 {
		return 0
	}
	return int(100 * x.took / x.C.longest)
}

// Facts returns how much there is of a connection, and how it ended.
func (c *conn) Facts() string {
	s := view.Count(len(c.Exchanges), "exchange")
	if took := c.ended.Sub(c.Start); len(c.Exchanges) > 0 && !c.Start.IsZero() && took > 0 {
		s += " in " + view.Duration(took)
	}
	if c.Closed != "" {
		s += "; ended: " + c.Closed
	}
	return s + "."
}

// Worst returns the severity of the worst finding; empty if there is none.
func (x *exchange) Worst() string {
	worst := ""
	for _, f := range x.Findings {
		if worst == "" || f.Severity == "error" || f.Severity == "warning" && worst == "note" {
			worst = f.Severity
		}
	}
	return worst
}

// maxMarks is how many findings the line of an exchange names.
const maxMarks = 2

// Marks returns the findings that the line of an exchange names, each rule once.
func (x *exchange) Marks() []*finding {
	var out []*finding
	for _, f := range x.Findings {
		if len(out) < maxMarks && !slices.ContainsFunc(out, func(o *finding) bool { return o.ID == f.ID }) {
			out = append(out, f)
		}
	}
	return out
}

// newLine returns a message's line; since is the time of its request, if it has one.
func newLine(o view.Options, m *decode.Message) *line {
	l := o.Line(m)
	x := &line{From: from(m.Dir), Time: m.Time, Text: l.Text, Status: l.Status}
	if m.Txn != nil && !m.Txn.Time.IsZero() {
		if since := m.Time.Sub(m.Txn.Time); since >= 0 {
			x.Since = fmt.Sprintf("+%.2f", since.Seconds()*1000)
		}
	}
	return x
}

// hasRoom reports whether there is room for more explanations.
func (p *Page) hasRoom() bool { return p.data+p.strings.size <= MaxData }

// message adds a message to its exchange. If q is nil, it is not prepared yet.
func (p *Page) message(x *exchange, m *decode.Message, q *prepared) {
	if x.messages >= MaxMessages {
		x.More++
		return
	}
	x.messages++
	if q == nil {
		q = &p.now
		q.prepare(p.o.Options, &p.parser, m, p.hasRoom())
	}
	l := q.line
	l.Sentence = q.gloss.Sentence
	if m.Kind == decode.Untagged && l.Status == "" {
		l.Kind = view.Inert(m.Word)
	}
	if !x.crowded(l.Kind) {
		l.Fields = p.o.EnvelopeOf(m, q.tree(&p.parser, m))
	}
	x.row(q)
	if p.text += l.size(); p.text > MaxText {
		x.Unwritten = true
	} else {
		x.Lines = append(x.Lines, l)
	}
	x.skeletons = append(x.skeletons, &decode.Message{Dir: m.Dir, Kind: m.Kind, Time: m.Time, End: m.End})
	if !p.hasRoom() {
		return
	}
	if !q.explains {
		q.explain(p.o.Options, m, q.tree(&p.parser, m))
	}
	b := x.explained
	if b == nil {
		b = []byte("[[")
	} else {
		b = append(b, ',')
	}
	before := len(x.explained)
	x.explained = p.explain(b, x, m, q)
	p.data += len(x.explained) - before
}

// size returns how many bytes of text a line has.
func (l *line) size() int {
	n := len(l.Text) + len(l.Sentence)
	for _, f := range l.Fields {
		n += len(f.Name) + len(f.Value)
	}
	return n
}

// row adds message data to the table of its exchange.
func (x *exchange) row(q *prepared) {
	switch {
	case !q.isRow:
	case len(x.Rows) >= maxRows:
		x.MoreRows++
	default:
		x.Rows = append(x.Rows, q.row)
	}
}

// firstWords keeps the words that are used for the first time on the page.
func (p *Page) firstWords(x *exchange) {
	for _, s := range x.senses {
		if p.worded[s.n] || len(p.worded) >= maxWords {
			continue
		}
		if p.worded == nil {
			p.worded = make(map[int]bool)
		}
		p.worded[s.n] = true
		x.Words = append(x.Words, s.word)
	}
	x.senses = nil
}

// finish completes an exchange with its transaction.
func (p *Page) finish(x *exchange, t *decode.Transaction) {
	x.Time = t.Time
	x.Request = view.Inert(p.o.RequestDecoded(t))
	x.Status = t.Status
	switch {
	case t.Outcome == decode.Abandoned:
		x.Status = "no answer"
	case t.Outcome == decode.Orphan:
		x.Status, x.Request = "orphan", view.Inert(p.o.Tag(t))+" (a response that no request asked for)"
	case t.Status == "":
		x.Status = "no status"
	}
	if took, ok := t.Elapsed(); ok {
		x.took, x.Took = took, view.Duration(took)
		x.C.longest = max(x.C.longest, took)
	}
	for _, i := range x.used {
		term := p.terms.list[i-1]
		if term.Count++; term.First == nil {
			term.First = x
		}
	}
	x.used = nil
	p.firstWords(x)
	if len(x.Rows) < 2 {
		x.Rows = nil
	}
	p.story.add(x, t, p.o.Options)
	timing := view.NewTiming(t, x.skeletons, x.C.ended)
	x.skeletons = nil
	x.C.ended = t.End
	if x.explained == nil {
		p.bare++
		return
	}
	p.data -= len(x.explained)
	x.Explained = p.packer.keep(append(p.times(append(x.explained, "],"...), timing), ']'))
	x.explained = nil
	p.data += len(x.Explained)
}
