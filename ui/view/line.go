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
	if m.Elided > 0 && s.Start <= m.GapAt && m.GapAt < s.End {
		b.Write(m.Raw[s.Start:m.GapAt])
		fmt.Fprintf(b, "…(%d octets omitted)…", m.Elided)
		s.Start = m.GapAt
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
	if t.Secret && !o.ShowSecrets {
		return Mask
	}
	return t.Tag
}

// Text is a completion's text. It is not inert.
func (o Options) Text(t *decode.Transaction) string { return o.hideEchoes(t, t.Text) }

// minEcho is the length from which a secret is looked for in what the server
// says: shorter ones stand in any text.
const minEcho = 4

// hideEchoes masks what a server repeats of a transaction's secret, whole or a
// word of it, in whatever case it does.
func (o Options) hideEchoes(t *decode.Transaction, s string) string {
	if t == nil || o.ShowSecrets || s == "" {
		return s
	}
	if t.Secret {
		s = hide(s, t.Tag)
	}
	for _, w := range t.Echo {
		s = hideLong(s, w)
	}
	for _, x := range redact.Request(t, &t.Request) {
		secret := strings.TrimSpace(string(x.Of(t.Request.Raw)))
		s = hideLong(s, strings.Trim(secret, `"`))
		plain := unescape.Replace(secret)
		s = hideLong(s, strings.Trim(plain, `"`))
		for i, w := range strings.Fields(plain) {
			if i == maxEchoes {
				break
			}
			s = hideLong(s, strings.Trim(w, `"\`))
		}
	}
	return s
}

// maxEchoes is how many words of a secret are looked for one by one.
const maxEchoes = 16

// unescape takes away the backslashes that servers want in quoted strings.
var unescape = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

// hideLong hides a word that is long enough to be told from any other.
func hideLong(s, word string) string {
	if len(word) < minEcho {
		return s
	}
	return hide(s, word)
}

// hide masks a word wherever it stands in s, in upper or lower case.
func hide(s, word string) string {
	low, word := asciiLower(s), asciiLower(word)
	if word == "" || !strings.Contains(low, word) {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(low, word)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		b.WriteString(Mask)
		s, low = s[i+len(word):], low[i+len(word):]
	}
}

// asciiLower keeps every octet in its place, which strings.ToLower does not.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
