package view

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"imapscope/decode"
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

// Mask replaces a secret of any length.
const Mask = "********"

// Options configure how things are shown.
type Options struct {
	ShowSecrets bool
	Zone        *time.Location // of times, and of messages' dates next to how they were sent; nil: times are local
}

// Request returns a command on one line as the client wrote it: literals as {n}, without
// line ends, secrets masked. It is not inert.
func (o Options) Request(t *decode.Transaction) string {
	return oneLine(&t.Request, o.requestSecrets(t), nil, nil)
}

// RequestDecoded is Request with what is encoded in it decoded, in parentheses after it.
func (o Options) RequestDecoded(t *decode.Transaction) string {
	return oneLine(&t.Request, o.requestSecrets(t), beside(o.requestNotes(t)), nil)
}

// oneLine joins the text outside of literals, with the notes about it. After the
// announcement of each literal it inserts what the function literal, if not nil, returns
// for it.
func oneLine(m *wire.Message, secrets []wire.Span, notes []note, literal func(body []byte, secret bool) string) string {
	var b strings.Builder
	b.Grow(len(m.Raw))
	from := 0
	for _, l := range m.Literals {
		notes = noted(&b, m, wire.Span{Start: from, End: l.Head.Start}, secrets, notes)
		b.Write(bytes.TrimRight(l.Head.Of(m.Raw), "\r\n"))
		if literal != nil {
			b.WriteString(literal(l.Body.Of(m.Raw), overlaps(secrets, l.Body)))
		}
		from = l.Body.End
		for len(notes) > 0 && notes[0].at <= from {
			b.WriteString(notes[0].beside())
			notes = notes[1:]
		}
	}
	end := len(bytes.TrimRight(m.Raw, "\r\n"))
	noted(&b, m, wire.Span{Start: from, End: max(from, end)}, secrets, notes)
	return b.String()
}

// noted writes the bytes of s, and each note after its place. It returns the other notes.
func noted(b *strings.Builder, m *wire.Message, s wire.Span, secrets []wire.Span, notes []note) []note {
	for len(notes) > 0 && notes[0].at <= s.End {
		unlessSecret(b, m, wire.Span{Start: s.Start, End: notes[0].at}, secrets)
		b.WriteString(notes[0].beside())
		s.Start, notes = notes[0].at, notes[1:]
	}
	unlessSecret(b, m, s, secrets)
	return notes
}

// unlessSecret writes the bytes of s, secrets masked, and notes what was omitted.
func unlessSecret(b *strings.Builder, m *wire.Message, s wire.Span, secrets []wire.Span) {
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
			fmt.Fprintf(b, "…(%d bytes omitted)…", g.N)
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

// requestSecrets returns the spans of a transaction's request that are masked.
func (o Options) requestSecrets(t *decode.Transaction) []wire.Span {
	if o.ShowSecrets {
		return nil
	}
	return t.Secrets
}

// Response returns a server's message on one line: literals as {n}, without the line end,
// secrets masked. It is not inert.
func (o Options) Response(m *decode.Message) string {
	return oneLine(&m.Message, o.Secrets(m), nil, nil)
}

// Tag returns a transaction's tag, masked if it is most likely a misplaced secret.
func (o Options) Tag(t *decode.Transaction) string {
	if t.SecretTag && !o.ShowSecrets {
		return Mask
	}
	return t.Tag
}

// Completion returns the response that ended a transaction on one line: tag, status and
// text. It is not inert.
func (o Options) Completion(t *decode.Transaction) string {
	return o.Tag(t) + " " + t.Status + " " + o.Text(t)
}

// Text returns a completion's text, secrets masked. It is not inert.
func (o Options) Text(t *decode.Transaction) string { return o.Hide(t.Known, t.Text) }

// Hide masks the secrets of a connection in a text that was made from its messages.
func (o Options) Hide(known *session.Words, s string) string {
	if o.ShowSecrets {
		return s
	}
	return known.Hide(s, Mask)
}
