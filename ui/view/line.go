package view

import (
	"bytes"
	"fmt"
	"strings"

	"imapscope/decode"
	"imapscope/decode/redact"
	"imapscope/decode/wire"
)

// Mask stands for a secret of any length.
const Mask = "********"

// Options say how things are shown.
type Options struct {
	ShowSecrets bool
}

// Request is a command as one line, as the client wrote it: literals as {n},
// without line ends, secrets masked. It is not inert.
func (o Options) Request(t *decode.Transaction) string {
	var secrets []wire.Span
	if !o.ShowSecrets {
		secrets = redact.Request(t, &t.Request)
	}
	return oneLine(&t.Request, secrets, nil)
}

// oneLine joins what stands outside of literals. Where a literal is, after its
// announcement, it asks literal (if any) what to show of it.
func oneLine(m *wire.Message, secrets []wire.Span, literal func(body []byte, secret bool) string) string {
	var b strings.Builder
	b.Grow(len(m.Raw))
	from := 0
	for _, l := range m.Literals {
		text(&b, m, wire.Span{Start: from, End: l.Head.Start}, secrets)
		b.Write(bytes.TrimRight(l.Head.Of(m.Raw), "\r\n"))
		if literal != nil {
			b.WriteString(literal(l.Body.Of(m.Raw), overlaps(secrets, l.Body)))
		}
		from = l.Body.End
	}
	end := len(bytes.TrimRight(m.Raw, "\r\n"))
	text(&b, m, wire.Span{Start: from, End: max(from, end)}, secrets)
	return b.String()
}

// text writes the octets of s, secrets masked, and says what was left out.
func text(b *strings.Builder, m *wire.Message, s wire.Span, secrets []wire.Span) {
	at := s.Start
	for _, x := range secrets {
		if x.End <= at || x.Start >= s.End {
			continue
		}
		plain(b, m, wire.Span{Start: at, End: max(at, x.Start)})
		b.WriteString(Mask)
		at = min(x.End, s.End)
	}
	plain(b, m, wire.Span{Start: at, End: s.End})
}

func plain(b *strings.Builder, m *wire.Message, s wire.Span) {
	for _, g := range m.Gaps {
		if s.Start <= g.At && g.At < s.End && !m.InLiteral(g) {
			b.Write(m.Raw[s.Start:g.At])
			fmt.Fprintf(b, "…(%d octets omitted)…", g.N)
			s.Start = g.At
		}
	}
	b.Write(s.Of(m.Raw))
}

func overlaps(spans []wire.Span, s wire.Span) bool {
	for _, x := range spans {
		if x.Start < s.End && s.Start < x.End {
			return true
		}
	}
	return false
}

// Response is a server's message as one line: literals as {n}, without line
// end. It is not inert.
func Response(m *decode.Message) string { return oneLine(&m.Message, nil, nil) }

// Tag is a transaction's tag; masked if it is most likely a secret that strayed.
func (o Options) Tag(t *decode.Transaction) string {
	if redact.InTag(t) && !o.ShowSecrets {
		return Mask
	}
	return t.Tag
}

// Completion is the response that ended a transaction, as one line: tag, status and text.
// It is not inert.
func (o Options) Completion(t *decode.Transaction) string {
	return o.Tag(t) + " " + t.Status + " " + o.Text(t)
}

// Text is a completion's text. It is not inert.
func (o Options) Text(t *decode.Transaction) string { return o.HideEchoes(t, t.Text) }

// HideEchoes masks what a server repeats of a transaction's secret.
func (o Options) HideEchoes(t *decode.Transaction, s string) string {
	if t == nil || o.ShowSecrets || s == "" {
		return s
	}
	echoes := redact.Echoes(t, s)
	if len(echoes) == 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, x := range echoes {
		b.WriteString(s[at:x.Start])
		b.WriteString(Mask)
		at = x.End
	}
	b.WriteString(s[at:])
	return b.String()
}
