package view

import (
	"bytes"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Exchange is a transaction as a person reads it: the request, a digest of what
// came back, and the completion.
type Exchange struct {
	Lines []Line
	More  int // messages beyond MaxLines

	digest
	verbose int // octets of raw lines and trees
}

// Line is one line of an exchange. All of its texts are inert.
type Line struct {
	Dir    capture.Direction
	Time   time.Time // of the first message it stands for
	Text   string
	Status string // OK, NO, BAD …, if it is a status response

	Rows []Row // what stands below it: a row per message
	More int   // rows beyond MaxRows

	// Raw and Tree are there in verbose mode: the lines as they were sent,
	// and what the grammar makes of them.
	Raw, Tree []string
}

// Limits of what is kept of one exchange.
const (
	// MaxLines is how many lines an exchange has.
	MaxLines = 200
	// MaxRows is how many rows a line has.
	MaxRows = 30
	// maxVerbose is how many octets of lines are kept in verbose mode.
	maxVerbose = 1 << 20
)

// Gather puts exchanges together from messages, for any number of connections.
type Gather struct {
	Options
	Verbose bool

	parser syntax.Parser
	open   map[gatherKey]*Exchange
	size   int // of their texts
}

type gatherKey struct {
	conn capture.ConnID
	txn  int
}

// Message adds a message of a transaction.
func (g *Gather) Message(id capture.ConnID, m *decode.Message) {
	key := gatherKey{id, m.Txn.N}
	x := g.open[key]
	if x == nil {
		if g.open == nil {
			g.open = make(map[gatherKey]*Exchange)
		}
		x = &Exchange{digest: digest{total: &g.size}}
		g.open[key] = x
	}
	if g.Verbose {
		g.whole(x, m)
		return
	}
	switch m.Kind {
	case decode.Untagged:
		g.data(x, m)
	case decode.Ready:
		x.ready(g.Line(m), m)
	default:
		x.line(g.Line(m), m)
	}
}

// Take is the exchange of a transaction that ended; g forgets it.
func (g *Gather) Take(id capture.ConnID, t *decode.Transaction) *Exchange {
	key := gatherKey{id, t.N}
	x := g.open[key]
	delete(g.open, key)
	if x == nil {
		return &Exchange{}
	}
	g.size -= x.size
	x.finish()
	return x
}

// Line is a message on one line: literals summarised, secrets masked, inert.
func (o Options) Line(m *decode.Message) Line {
	l := Line{Dir: m.Dir, Time: m.Time}
	if m.Kind == decode.Tagged || wire.IsStatus([]byte(m.Word)) {
		l.Status = m.Word
	}
	secrets := o.Secrets(m)
	s := oneLine(&m.Message, secrets, shortLiteral)
	s = clip(s, maxText)
	if m.Broken {
		s += " [the rest is missing]"
	}
	if s == "" {
		s = "[a blank line]"
	}
	l.Text = s
	return l
}

// Secrets returns the places of a message that are masked, in order.
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
	return `"` + Inert(body) + `"`
}
