package mcp

import (
	"context"
	"fmt"
	"strings"

	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

// maxMessages is how many messages of one transaction are explained word by word, or shown as
// trees.
const maxMessages = 1000

// transactionIn are the arguments of transaction.
type transactionIn struct {
	Number string `json:"number" jsonschema:"the transaction's number, as in a list: 4, or 2/4 on connection 2"`
	Detail string `json:"detail,omitempty" jsonschema:"digest (if it is left out), tree for the syntax tree of each message, or words for the meaning of each word"`
	paging
}

// lineItem is a line of a transaction.
type lineItem struct {
	From   string  `json:"from"`
	MS     float64 `json:"ms"` // since the request
	Text   text    `json:"text"`
	Status string  `json:"status,omitempty"`
	Rows   []text  `json:"rows,omitempty"`
	More   int     `json:"more_rows,omitempty"`
}

// actItem is something that a proxy did.
type actItem struct {
	Proxy text `json:"proxy_did"`
}

// wordItem is a word of a message.
type wordItem struct {
	Word    text   `json:"word"`
	Meaning text   `json:"meaning"`
	Fault   bool   `json:"fault,omitempty"`
	Cite    string `json:"citation,omitempty"`
}

// messageItem is a message, before its words or its tree.
type messageItem struct {
	From     string `json:"from"`
	Offset   int64  `json:"offset"`
	Length   int64  `json:"length"`
	Line     text   `json:"line"`
	Sentence text   `json:"sentence,omitempty"`
}

func (f *Face) transaction(ctx context.Context, in *transactionIn) (*answer, error) {
	switch in.Detail {
	case "", "digest", "tree", "words":
	default:
		return nil, fmt.Errorf("detail %q is not one of digest, tree, words", clip(in.Detail))
	}
	a, err := f.begin(ctx, &in.paging)
	if err != nil {
		return nil, err
	}
	i, err := f.find(in.Number)
	if err != nil {
		return nil, err
	}
	row := f.archive.Row(i)
	a.Summary = text(fmt.Sprintf("%s: %s %s", number(row.Conn, row.N), f.model.Request(i, &row), row.Status))
	c := &counted{answer: a}
	switch in.Detail {
	case "tree":
		f.each(i, c, f.addTree)
	case "words":
		f.each(i, c, f.addWords)
	default:
		f.addDigest(i, &row, c)
	}
	return a, c.err
}

// counted adds items to an answer, one after another.
type counted struct {
	*answer
	i   int
	err error
}

// put adds the next item, which is made only if it belongs in the answer.
func (c *counted) put(item func() any) {
	if c.err == nil && c.wants(c.i) {
		c.err = c.add(c.i, item())
	}
	c.i++
}

// addDigest adds what `decode` prints about a transaction, and what is wrong with it.
func (f *Face) addDigest(i int, row *archive.Row, c *counted) {
	g := view.Gather{Options: f.o.View}
	var t decode.Transaction
	if err := f.model.Reader.Txn(i, &t); err != nil {
		c.err = err
		return
	}
	c.err = f.model.Reader.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
		m.Txn = &t
		g.Message(row.Conn, m)
		return true
	})
	x := g.Take(row.Conn, &t)
	for _, l := range x.Lines {
		c.put(func() any {
			item := &lineItem{From: l.Dir.String(), MS: ms(l.Time.Sub(t.Time)), Text: text(l.Text), Status: l.Status, More: l.More}
			for _, r := range l.Rows {
				item.Rows = append(item.Rows, text(strings.Join(strings.Fields(strings.Join(r[:], " ")), " ")))
			}
			return item
		})
	}
	if x.More > 0 {
		c.put(func() any { return &lineItem{From: "", Text: text(view.Count(x.More, "more message"))} })
	}
	for _, act := range f.acts.Of(row.Conn, row.N) {
		c.put(func() any { return actItem{text(act.Text)} })
	}
	for _, found := range f.findings.Of(row.Conn, row.N) {
		c.put(func() any { return f.findingItem(&found) })
	}
}

// each calls add for each message of a transaction, with its tree.
func (f *Face) each(i int, c *counted, add func(m *decode.Message, root *syntax.Node, c *counted)) {
	var parser syntax.Parser
	n := 0
	err := f.model.Reader.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
		if n++; n > maxMessages {
			c.put(func() any { return text(fmt.Sprintf("only the first %d messages are shown", maxMessages)) })
			return false
		}
		add(m, m.Parse(&parser), c)
		return c.err == nil && !c.full
	})
	if c.err == nil {
		c.err = err
	}
}

func (f *Face) messageItem(m *decode.Message) *messageItem {
	return &messageItem{From: m.Dir.String(), Offset: m.Off, Length: m.Len, Line: text(f.o.View.Line(m).Text)}
}

// addTree adds the rows of a message's syntax tree.
func (f *Face) addTree(m *decode.Message, root *syntax.Node, c *counted) {
	c.put(func() any { return f.messageItem(m) })
	addRows(f.o.View.Tree(m, root), c)
}

// addRows adds the rows of a tree.
func addRows(t *view.Tree, c *counted) {
	k := min(max(c.at-c.i, 0), t.Len()) // those before it do not belong in the answer
	c.i += k
	for ; k < t.Len() && !c.full && c.err == nil; k++ {
		c.put(func() any {
			r := t.Row(k)
			return text(strings.Repeat("  ", min(r.Depth, 100)) + r.String())
		})
	}
	if t.Omitted > 0 {
		c.put(func() any { return text(view.Count(t.Omitted, "more node")) })
	}
}

// addWords adds the words of a message with their meanings.
func (f *Face) addWords(m *decode.Message, root *syntax.Node, c *counted) {
	g := f.o.View.Gloss(m, root)
	c.put(func() any {
		x := f.messageItem(m)
		x.Sentence = text(g.Sentence)
		return x
	})
	for _, w := range g.Words {
		c.put(func() any { return wordItem{text(w.Text), text(w.Meaning), w.Fault, w.Cite} })
	}
	if g.More > 0 {
		c.put(func() any { return text(view.Count(g.More, "more word")) })
	}
}

// messageIn are the arguments of message.
type messageIn struct {
	Number string `json:"number" jsonschema:"the number of the transaction that carried it, as in a list: 4, or 2/4 on connection 2"`
	paging
}

// mailItem is a mail, without its text unless the recording is raw.
type mailItem struct {
	Fields      []fieldItem      `json:"fields,omitempty"`
	Text        []text           `json:"text,omitempty"`
	Attachments []attachmentItem `json:"attachments,omitempty"`
	Notes       []text           `json:"notes,omitempty"`
}

type fieldItem struct {
	Name  text `json:"name"`
	Value text `json:"value"`
}

type attachmentItem struct {
	Name text  `json:"name,omitempty"`
	Type text  `json:"type,omitempty"`
	Size int64 `json:"bytes"`
}

// textItem is some lines of a mail's text.
type textItem struct {
	Lines []text `json:"text"`
}

func (f *Face) message(ctx context.Context, in *messageIn) (*answer, error) {
	a, err := f.begin(ctx, &in.paging)
	if err != nil {
		return nil, err
	}
	i, err := f.find(in.Number)
	if err != nil {
		return nil, err
	}
	row := f.archive.Row(i)
	a.Summary = text(fmt.Sprintf("%s: %s", number(row.Conn, row.N), f.model.Request(i, &row)))
	c := &counted{answer: a}
	f.each(i, c, f.addMessage)
	if c.err == nil && c.i == 0 {
		a.Summary += text("; it carried no mail")
	}
	return a, c.err
}

// addMessage adds what a message says about mail: data about a message as a tree, and what it
// contains of the mail itself.
func (f *Face) addMessage(m *decode.Message, root *syntax.Node, c *counted) {
	_, fetched := syntax.ReadFetch(root, m.Raw)
	mail := f.o.View.MailOf(m, root)
	if !fetched && mail == nil {
		return
	}
	c.put(func() any { return f.messageItem(m) })
	if fetched {
		addRows(f.o.View.Tree(m, root), c)
	}
	if mail != nil {
		f.addMail(mail, c)
	}
}

func (f *Face) addMail(mail *view.Mail, c *counted) {
	c.put(func() any {
		x := &mailItem{Notes: texts(mail.Notes)}
		for _, h := range mail.Fields {
			x.Fields = append(x.Fields, fieldItem{text(h.Name), text(h.Value)})
		}
		for _, p := range mail.Attachments {
			x.Attachments = append(x.Attachments, attachmentItem{text(p.Name), text(p.Type), p.Size})
		}
		return x
	})
	if !f.o.Raw {
		return
	}
	const together = 10
	for from := 0; from < len(mail.Text); from += together {
		c.put(func() any { return textItem{texts(mail.Text[from:min(from+together, len(mail.Text))])} })
	}
}
