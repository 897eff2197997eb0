package view

import (
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/decode/text"
)

// TransactionRow fills in the row that filters evaluate for a transaction.
func (o Options) TransactionRow(r *filter.Row, c *capture.Conn, t *decode.Transaction) {
	filterRow(r, c, "transaction")
	r.Command, r.Status, r.Tag, r.Text = t.Command, t.Status, t.Tag, t.Text
	r.Request = o.Request(t)
	r.Outcome = t.Outcome.String()
	r.User, r.Mailbox = t.User, t.Mailbox
	r.Mechanism, r.Error = mechanism(t), o.errorOf(t)
	r.MailboxDecoded, _ = text.Mailbox(t.Mailbox)
	if o.encoded(t.Request.Raw) {
		r.RequestDecoded = o.RequestDecoded(t)
	}
	r.Unsolicited = make(map[string]int, len(t.Data))
	for _, k := range t.Data {
		r.Kinds = append(r.Kinds, k.Kind)
		r.Unsolicited[k.Kind] = k.N
	}
	r.N = t.N
	if d, ok := t.Elapsed(); ok {
		r.MS = float64(d) / 1e6
	}
	r.Sent, r.Received = int(t.Octets[capture.ClientToServer]), int(t.Octets[capture.ServerToClient])
	r.Octets = r.Sent + r.Received
	r.Literals = len(t.Literals) + t.MoreLits
	r.Lost, r.Ambiguous = int(t.Lost), t.Ambiguous
	layersRow(r, t.Layers)
	actsRow(r, t.Leg, t.Acts)
}

// MessageRow fills in the row that filters evaluate for a message outside any transaction.
func MessageRow(r *filter.Row, c *capture.Conn, m *decode.Message) {
	kind := "unsolicited"
	switch m.Kind {
	case decode.Greeting:
		kind = "greeting"
	case decode.Junk:
		kind = "junk"
	}
	filterRow(r, c, kind)
	layersRow(r, m.Layers)
	actsRow(r, m.Leg, m.Acts)
	r.Kind = m.Word
	r.Kinds = append(r.Kinds, m.Word)
	r.Text = Options{}.Response(m)
	r.Received = int(m.Len)
	r.Octets = r.Received
	r.Lost = int(m.Lost)
	if m.Kind == decode.Greeting {
		r.Status, r.Text = m.Word, string(m.Text)
	}
}

func layersRow(r *filter.Row, l decode.Layers) {
	r.TLS = l.TLS()
	if l.Compressed() {
		r.Compressed = LayerName(decode.Compression)
	}
}

func actsRow(r *filter.Row, leg capture.Leg, a *decode.Acts) {
	r.Leg = leg.String()
	if a != nil {
		r.Fault, r.Held, r.Edited = strings.Join(a.Faults, "; "), a.Held, a.Edited
	}
}

func filterRow(r *filter.Row, c *capture.Conn, kind string) {
	*r = filter.Row{
		Type:   kind,
		Conn:   int(c.ID),
		Client: c.Client.String(),
		Server: c.Server.String(),
		Origin: c.Origin,
		Kinds:  r.Kinds[:0],
	}
}
