package view

import (
	"strings"

	"imapscope/decode"
	"imapscope/decode/syntax"
)

// DataRow returns message data in columns; false for any other message.
func (o Options) DataRow(m *decode.Message, root *syntax.Node) (Row, bool) {
	d, ok := syntax.ReadFetch(root, m.Raw)
	if !ok || m.Broken {
		return Row{}, false
	}
	r := o.row(m, d)
	for i := range r {
		r[i] = clip(r[i], maxValue)
	}
	return r, true
}

// EnvelopeOf returns the fields of the envelope in a message by name, encoded words decoded;
// nil if it has none. Fields with the same value share one entry.
func (o Options) EnvelopeOf(m *decode.Message, root *syntax.Node) []MailField {
	d, ok := syntax.ReadFetch(root, m.Raw)
	if !ok {
		return nil
	}
	var e syntax.Envelope
	found := false
	for _, it := range d.Items {
		if it.Value != nil && !found {
			e, found = syntax.ReadEnvelope(it.Value, m.Raw)
		}
	}
	if !found {
		return nil
	}
	var out []MailField
	add := func(name, value string) {
		if value = clip(value, maxValue); value == "" {
			return
		}
		for i := range out {
			if out[i].Value == value {
				out[i].Name += ", " + name
				return
			}
		}
		out = append(out, MailField{name, value})
	}
	add("Date", e.Date.Value+o.besideDate(e.Date.Value))
	add("Subject", words(e.Subject.Value))
	for _, f := range [...]struct {
		name string
		list []syntax.Address
	}{{"From", e.From}, {"Sender", e.Sender}, {"Reply-To", e.ReplyTo}, {"To", e.To}, {"Cc", e.Cc}, {"Bcc", e.Bcc}} {
		people := make([]string, len(f.list))
		for i, a := range f.list {
			people[i] = words(a.String())
		}
		add(f.name, strings.Join(people, ", "))
	}
	add("In-Reply-To", words(e.InReplyTo.Value))
	add("Message-ID", words(e.MessageID.Value))
	return out
}
