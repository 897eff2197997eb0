package view

import (
	"bytes"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Exchange is the readable form of a transaction: the request, a digest of the responses,
// and the completion.
type Exchange struct {
	Lines []Line
	More  int // messages beyond MaxLines

	digest
	verbose int // bytes of raw lines and trees
}

// Line is one line of an exchange. All of its texts are inert.
type Line struct {
	Dir    capture.Direction
	Time   time.Time // of the first message it represents
	Text   string
	Status string // OK, NO, BAD …, if it is a status response

	Rows []Row // shown below it: a row per message
	More int   // rows beyond MaxRows

	// Raw and Tree are set in verbose mode: the lines as they were sent, and their
	// syntax trees.
	Raw, Tree []string
}

// Limits on what is kept of one exchange.
const (
	// MaxLines is the maximum number of lines of an exchange.
	MaxLines = 200
	// MaxRows is the maximum number of rows of a line.
	MaxRows = 30
	// maxVerbose is how many bytes of lines are kept in verbose mode.
	maxVerbose = 1 << 20
)

// Gather assembles exchanges from messages, for any number of connections.
type Gather struct {
	Options
	Verbose bool
	Quota   *Quota // the bytes of the texts of all; set by the first Message if it is nil

	parser syntax.Parser
	open   map[gatherKey]*Exchange
}

type gatherKey struct {
	conn capture.ConnID
	txn  int
}

// Message adds a message of a transaction.
func (g *Gather) Message(id capture.ConnID, m *decode.Message) {
	key := gatherKey{id, m.Txn.N}
	ex := g.open[key]
	if ex == nil {
		if g.open == nil {
			g.open = make(map[gatherKey]*Exchange)
		}
		if g.Quota == nil {
			g.Quota = new(Quota)
		}
		ex = &Exchange{digest: digest{total: g.Quota}}
		g.open[key] = ex
	}
	if g.Verbose {
		g.whole(ex, m)
		return
	}
	switch m.Kind {
	case decode.Untagged:
		g.data(ex, m)
	case decode.Ready:
		ex.ready(g.Line(m), m)
	default:
		ex.line(g.Line(m), m)
	}
}

// Take returns the exchange of a transaction that ended, and removes it from g.
func (g *Gather) Take(id capture.ConnID, t *decode.Transaction) *Exchange {
	key := gatherKey{id, t.N}
	ex := g.open[key]
	delete(g.open, key)
	if ex == nil {
		return &Exchange{}
	}
	g.Quota.add(-ex.size, maxOpen)
	ex.finish()
	return ex
}

// Line returns a message on one line: literals summarized, secrets masked, inert.
func (o Options) Line(m *decode.Message) Line {
	l := Line{Dir: m.Dir, Time: m.Time}
	if m.Kind == decode.Tagged || wire.IsStatus([]byte(m.Word)) {
		l.Status = m.Word
	}
	secrets := o.Secrets(m)
	s := oneLine(&m.Message, secrets, beside(o.notes(m)), shortLiteral)
	s = clip(s, maxText)
	if m.Broken {
		s += " [the rest is missing]"
	}
	if s == "" {
		s = "[a blank line]"
	}
	if said := saidBySASL(m); said != "" {
		s += "  [" + said + "]"
	}
	l.Text = s
	return l
}

// Secrets returns the spans of a message that are masked, in order.
func (o Options) Secrets(m *decode.Message) []wire.Span {
	if o.ShowSecrets {
		return nil
	}
	return m.Secrets
}

// shortLiteral shows a literal that fits in a line, after its {n}.
func shortLiteral(body []byte, secret bool) string {
	switch {
	case secret:
		return Mask
	case len(body) == 0 || len(body) > 60 || bytes.ContainsAny(body, "\r\n"):
		return ""
	}
	return Inert(body)
}

// parts returns the line of a message as Line does, divided where each literal begins.
func (o Options) parts(m *decode.Message) []string {
	const mark = "\n" // in no line
	s := oneLine(&m.Message, o.Secrets(m), beside(o.notes(m)), func(body []byte, secret bool) string { return mark + shortLiteral(body, secret) })
	parts := strings.Split(s, mark)
	for i := range parts {
		parts[i] = clip(parts[i], maxText)
	}
	return parts
}
