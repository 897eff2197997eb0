package report

import (
	"fmt"
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

	Explained string            // its explanation, packed; may be empty
	explained []byte            // its messages, while it is in progress
	used      []int             // terms
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
}

// finding is one finding on the page.
type finding struct {
	view.Finding
	C *conn
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

// line returns a message's line; since is the time of its request, if it has one.
func (p *Page) line(m *decode.Message) *line {
	l := p.o.Line(m)
	x := &line{From: from(m.Dir), Time: m.Time, Text: l.Text, Status: l.Status}
	if m.Txn != nil && !m.Txn.Time.IsZero() {
		if since := m.Time.Sub(m.Txn.Time); since >= 0 {
			x.Since = fmt.Sprintf("+%.2f", since.Seconds()*1000)
		}
	}
	return x
}

// message adds a message to its exchange.
func (p *Page) message(x *exchange, m *decode.Message) {
	if x.messages >= MaxMessages {
		x.More++
		return
	}
	x.messages++
	l := p.line(m)
	if p.text += len(l.Text); p.text > MaxText {
		x.Unwritten = true
	} else {
		x.Lines = append(x.Lines, l)
	}
	x.skeletons = append(x.skeletons, &decode.Message{Dir: m.Dir, Kind: m.Kind, Time: m.Time, End: m.End})
	if p.data+p.strings.size > MaxData {
		return
	}
	b := x.explained
	if b == nil {
		b = []byte("[[")
	} else {
		b = append(b, ',')
	}
	before := len(x.explained)
	x.explained = p.explain(b, x, l, m)
	p.data += len(x.explained) - before
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
	timing := view.NewTiming(t, x.skeletons, x.C.ended)
	x.skeletons = nil
	x.C.ended = t.End
	if x.explained == nil {
		p.bare++
		return
	}
	p.data -= len(x.explained)
	x.Explained = p.packer.pack(append(p.times(append(x.explained, "],"...), timing), ']'))
	x.explained = nil
	p.data += len(x.Explained)
}
