package web

import (
	"context"
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// Limits of an answer about an exchange.
const (
	maxMessages = 200    // messages in a window
	maxWords    = 10_000 // explained words; later messages are explained one by one, when asked for
	maxFindings = 200
)

// exchangeAnswer is an exchange, with a window of its messages.
type exchangeAnswer struct {
	Row      txnRow        `json:"row"`
	Conn     connRow       `json:"conn"`
	Messages []messageItem `json:"messages"`
	From     int           `json:"from"`
	Total    int           `json:"total"`          // messages that can be shown
	More     int           `json:"more,omitempty"` // messages beyond that
	Timing   *timing       `json:"timing,omitempty"`
	Findings []finding     `json:"findings"`
	About    []finding     `json:"about"` // the connection as a whole
	Acts     []string      `json:"acts,omitempty"`
	Problem  string        `json:"problem,omitempty"` // why something is missing
}

// messageItem is a message as a line.
type messageItem struct {
	From     string `json:"from"` // c or s
	Since    string `json:"since,omitempty"`
	Text     string `json:"text"`
	Status   string `json:"status,omitempty"`
	Effect   string `json:"effect,omitempty"`
	Sentence string `json:"sentence,omitempty"`
	Words    []word `json:"words,omitempty"` // empty if it is explained only when asked for
	After    string `json:"after,omitempty"`
	More     int    `json:"more,omitempty"`
}

// word is a word of a message with its meaning.
type word struct {
	Before  string `json:"before,omitempty"`
	Text    string `json:"text"`
	Start   int    `json:"start"`
	End     int    `json:"end"`
	Name    bool   `json:"name,omitempty"`
	Fault   bool   `json:"fault,omitempty"`
	Meaning string `json:"meaning,omitempty"`
	Cite    string `json:"cite,omitempty"`
	Shape   string `json:"shape,omitempty"` // of its entry in the vocabulary
	Plain   string `json:"plain,omitempty"` // what that says, unless it is the meaning
}

// timing is how the time of an exchange was spent.
type timing struct {
	Took  string   `json:"took"`
	Parts []part   `json:"parts"`
	Notes []string `json:"notes,omitempty"`
}

type part struct {
	Depth int     `json:"depth"`
	Name  string  `json:"name"`
	Words string  `json:"words"`
	Took  string  `json:"took"`
	From  float64 `json:"from"`
	To    float64 `json:"to"`
}

func (s *Server) exchangeAnswer(_ context.Context, q *query, m *model.Model) (*exchangeAnswer, error) {
	x, err := s.exchange(q, m)
	if err != nil {
		return nil, err
	}
	out := &exchangeAnswer{
		Row: s.txnRow(x.I, m), Conn: s.connRow(&x.Conn), Messages: []messageItem{}, From: q.number("from", 0, most, 0), Total: len(x.Messages), More: x.More,
		Findings: s.about(x.Row.Conn, x.Row.N), About: s.about(x.Row.Conn, 0),
	}
	if x.Err != nil {
		out.Problem = "not everything can be shown: " + view.Inert(x.Err.Error())
	}
	for _, a := range x.Acts {
		out.Acts = append(out.Acts, a.Text)
	}
	var parser syntax.Parser
	words := 0
	for k := out.From; k < min(out.From+maxMessages, len(x.Messages)); k++ {
		item := s.line(x, x.Messages[k])
		if words < maxWords {
			s.explain(&item, x.Messages[k], x.Messages[k].Parse(&parser))
			words += len(item.Words)
		}
		out.Messages = append(out.Messages, item)
	}
	if out.From == 0 && x.Transaction != nil {
		out.Timing = s.timing(x)
	}
	return out, nil
}

// line returns a message as a line.
func (s *Server) line(x *model.Exchange, m *decode.Message) messageItem {
	l := s.o.View.Line(m)
	item := messageItem{From: side(m.Dir), Text: l.Text, Status: view.Inert(l.Status)}
	if l.Status != "" {
		item.Effect = effect(l.Status)
	}
	if t := x.Row.Time; !t.IsZero() && !m.Time.Before(t) {
		item.Since = "+" + view.Duration(m.Time.Sub(t))
	}
	return item
}

// explain adds what a message means, word by word.
func (s *Server) explain(item *messageItem, m *decode.Message, root *syntax.Node) {
	g := s.o.View.Gloss(m, root)
	item.Sentence, item.After, item.More = g.Sentence, g.After, g.More
	for i := range g.Words {
		w := &g.Words[i]
		x := word{Before: w.Before, Text: w.Text, Start: w.Start, End: w.End, Name: w.Name, Fault: w.Fault, Meaning: w.Meaning, Cite: w.Cite}
		if !w.Term.IsZero() {
			e := w.Term.Entry()
			x.Shape = e.Shape
			if e.Plain != w.Meaning {
				x.Plain = e.Plain
			}
		}
		item.Words = append(item.Words, x)
	}
}

func (s *Server) timing(x *model.Exchange) *timing {
	var previous time.Time
	if !x.First {
		previous = x.Prior.Time.Add(x.Prior.Elapsed)
	}
	t := view.NewTiming(x.Transaction, x.Messages, previous)
	out := &timing{Took: view.Duration(t.Took), Parts: []part{}, Notes: t.Notes}
	for _, p := range t.Parts {
		took := view.Duration(p.Took)
		if p.Backwards {
			took = "?"
		}
		out.Parts = append(out.Parts, part{p.Depth, p.Name, p.Words, took, p.From, p.To})
	}
	return out
}

// finding is a finding on the page.
type finding struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Severity    string `json:"severity"`
	Verdict     string `json:"verdict"`
	Message     string `json:"message"`
	From        string `json:"from"`
	Before      string `json:"before,omitempty"`
	At          string `json:"at,omitempty"`
	After       string `json:"after,omitempty"`
	MadeBy      string `json:"made_by,omitempty"` // what the proxy did
	Explanation string `json:"explanation"`
	Cite        string `json:"cite"`
	Advice      string `json:"advice"`
}

// about returns the findings about a transaction, or (0) about a connection as a whole.
func (s *Server) about(id capture.ConnID, n int) []finding {
	out := []finding{}
	list := s.findings.Of(id, n)
	for i := range list[:min(len(list), maxFindings)] {
		x := &list[i]
		by := x.MadeBy
		if by == "" {
			by = x.Since
		}
		out = append(out, finding{x.ID, x.Title, x.Severity, x.Verdict, x.Message, x.From, x.Before, x.At, x.After, by, x.Explanation, x.Cite, x.Advice})
	}
	return out
}

// side returns the sender of a message, as a class.
func side(d capture.Direction) string {
	if d == capture.ClientToServer {
		return "c"
	}
	return "s"
}

// Limits of an answer about one message.
const (
	maxBytes = 4096 // bytes in a window
	maxNodes = 2000 // rows of the tree in a window
)

// messageAnswer is a message, with windows of its bytes and its tree.
type messageAnswer struct {
	messageItem
	Length int64      `json:"length"` // bytes on the wire
	Hex    []hexRow   `json:"hex"`
	Rows   int        `json:"rows"` // of the hex dump
	Tree   []treeItem `json:"tree"`
	Nodes  int        `json:"nodes"` // of the tree
	Beyond int        `json:"beyond,omitempty"`
}

// hexRow is a row of a hex dump.
type hexRow struct {
	Offset  int64  `json:"offset"`
	Start   int    `json:"start"`             // in the message's Raw
	Hex     string `json:"hex,omitempty"`     // two characters for each byte, ** for a hidden one
	Chars   string `json:"chars,omitempty"`   // one for each byte
	Omitted int64  `json:"omitted,omitempty"` // bytes that were not kept; such a row has nothing else
}

// treeItem is a row of a tree.
type treeItem struct {
	Depth   int    `json:"depth"`
	Kind    string `json:"kind"`
	Role    string `json:"role,omitempty"`
	Excerpt string `json:"excerpt,omitempty"`
	Wrong   string `json:"wrong,omitempty"`
	Start   int    `json:"start"`
	End     int    `json:"end"`
}

func (s *Server) message(_ context.Context, q *query, m *model.Model) (*messageAnswer, error) {
	x, err := s.exchange(q, m)
	if err != nil {
		return nil, err
	}
	k := q.number("m", 0, most, 0)
	if k >= len(x.Messages) {
		return nil, missing("the exchange has no message %d", k+1)
	}
	msg := x.Messages[k]
	var parser syntax.Parser
	root := msg.Parse(&parser)
	out := &messageAnswer{messageItem: s.line(x, msg), Length: msg.Len, Hex: []hexRow{}, Tree: []treeItem{}}
	s.explain(&out.messageItem, msg, root)
	hex := s.o.View.Hex(msg)
	out.Rows = hex.Len()
	first := q.number("from", 0, most, 0)
	out.Hex = hexRows(hex, first)
	tree := s.o.View.Tree(msg, root)
	out.Nodes, out.Beyond = tree.Len(), tree.Omitted
	first = q.number("node", 0, most, 0)
	for i := first; i < min(first+maxNodes, tree.Len()); i++ {
		r := tree.Row(i)
		out.Tree = append(out.Tree, treeItem{r.Depth, r.Kind, r.Role, r.Excerpt, r.Err, r.Span.Start, r.Span.End})
	}
	return out, nil
}

// hexRows returns the rows of a dump from one on, as many as there are in a window.
func hexRows(hex *view.Hex, from int) []hexRow {
	out := []hexRow{}
	for i := from; i < min(from+maxBytes/view.HexWidth, hex.Len()); i++ {
		r := hex.Row(i)
		x := hexRow{Offset: r.Offset, Start: r.Span.Start, Omitted: r.Omitted}
		for _, c := range r.Cells() {
			x.Hex += string(c.Hex[:])
			x.Chars += string(rune(c.Char))
		}
		out = append(out, x)
	}
	return out
}

// maxMails is how many mails of an exchange are shown, maxMailText how many bytes of text of all
// of them.
const (
	maxMails    = 50
	maxMailText = 1 << 20
)

// mail is a mail as a mail reader shows it.
type mail struct {
	Number      string      `json:"number"`
	Fields      [][2]string `json:"fields"`
	Text        []string    `json:"text"`
	Attachments []string    `json:"attachments"`
	Notes       []string    `json:"notes"`
}

func (s *Server) mails(_ context.Context, q *query, m *model.Model) (out struct {
	Mails []mail `json:"mails"`
	More  int    `json:"more,omitempty"`
}, err error) {
	out.Mails = []mail{}
	x, err := s.exchange(q, m)
	if err != nil {
		return out, err
	}
	var parser syntax.Parser
	size := 0
	for _, msg := range x.Messages {
		v := s.o.View.MailOf(msg, msg.Parse(&parser))
		if v == nil {
			continue
		}
		if len(out.Mails) == maxMails || size > maxMailText {
			out.More++
			continue
		}
		y := mail{Fields: [][2]string{}, Text: v.Text, Notes: v.Notes}
		if msg.Number > 0 {
			y.Number = fmt.Sprint(msg.Number)
		}
		for _, f := range v.Fields {
			y.Fields = append(y.Fields, [2]string{f.Name, f.Value})
		}
		for _, a := range v.Attachments {
			y.Attachments = append(y.Attachments, fmt.Sprintf("%s, %s, %s", a.Name, a.Type, view.Count(int(a.Size), "byte")))
		}
		for _, t := range v.Text {
			size += len(t)
		}
		out.Mails = append(out.Mails, y)
	}
	return out, nil
}
