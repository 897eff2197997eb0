package view

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/wire"
)

// Rule is a rule as a person reads it.
type Rule struct {
	ID, Title, Severity, Verdict string
	Explanation, Advice          string
	Cite                         string
}

// RuleOf is what there is to say of a rule.
func RuleOf(r *lint.Rule) Rule {
	cite := r.Ref.String()
	if !r.Against.IsZero() {
		cite += "; but " + r.Against.String()
	}
	return Rule{r.ID, r.Title, r.Severity.String(), r.Verdict.String(), r.Explanation, r.Advice, cite}
}

// Finding is a finding as a person reads it. Its texts are inert, secrets masked.
type Finding struct {
	Rule
	Conn           capture.ConnID
	Txn            int // 0 outside any
	From           string
	Offset, Length int64 // of the octets it speaks of, in their stream
	Time           time.Time
	Message        string

	// The line in question in three parts, the octets in the middle; all empty if
	// there is none. Unless Pointed, where the octets are cannot be shown, and all of
	// it is in Before.
	Before, At, After string
	Pointed           bool
}

// Finding returns a finding with the message that its bytes are in. That is the message
// of the event after which it was reported, or the request of its transaction, unless
// the finding had to wait and brings its own.
func (o Options) Finding(f *lint.Finding, e decode.Event) Finding {
	x := Finding{
		Rule: RuleOf(f.Rule), Conn: f.Conn, Txn: f.Txn, From: f.Dir.String(),
		Offset: f.Off, Length: f.Len, Time: f.Time, Message: Inert(f.Message),
	}
	x.Severity, x.Verdict = f.Severity.String(), f.Verdict.String()
	if f.Event != nil {
		e = f.Event
	}
	m, secrets := o.subject(f, e)
	if m == nil || f.Span.End > len(m.Raw) {
		return x
	}
	whole := Inert(oneLine(m, secrets, shortLiteral))
	before := Inert(oneLine(upTo(m, f.Span.Start), secrets, shortLiteral))
	end := Inert(oneLine(upTo(m, f.Span.End), secrets, shortLiteral))
	if !strings.HasPrefix(whole, end) || !strings.HasPrefix(end, before) {
		x.Before = head(whole, 2*maxBeside) // something stands across the border
		return x
	}
	x.Pointed = true
	x.Before = last(before, maxBeside)
	x.At, x.After = head(end[len(before):], maxBeside), head(whole[len(end):], maxBeside)
	return x
}

// maxBeside is how many octets of a line are kept on each side of those in question,
// and of these.
const maxBeside = 400

// head is the beginning of an inert text, last its end, with an ellipsis if it is cut.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func last(s string, n int) string {
	if len(s) <= n {
		return s
	}
	at := len(s) - n
	for at < len(s) && !utf8.RuneStart(s[at]) {
		at++
	}
	return "…" + s[at:]
}

// subject is the message that a finding speaks of, and its secrets.
func (o Options) subject(f *lint.Finding, e decode.Event) (*wire.Message, []wire.Span) {
	var t *decode.Transaction
	switch e := e.(type) {
	case *decode.Message:
		if e.Dir == f.Dir && e.Off <= f.Off && f.Off <= e.Off+e.Len {
			return &e.Message, o.Secrets(e)
		}
		t = e.Txn
	case *decode.Transaction:
		t = e
	}
	if t == nil || t.N != f.Txn || f.Dir != capture.ClientToServer || len(t.Request.Raw) == 0 {
		return nil, nil
	}
	return &t.Request, o.requestSecrets(t)
}

// upTo is a message up to an octet, which is moved before a literal it is within.
func upTo(m *wire.Message, at int) *wire.Message {
	c := *m
	for i, l := range m.Literals {
		if at < l.Body.End {
			c.Literals = slices.Clone(m.Literals[:i])
			if at > l.Head.Start {
				at = l.Head.Start
			}
			break
		}
	}
	c.Raw = m.Raw[:at]
	return &c
}
