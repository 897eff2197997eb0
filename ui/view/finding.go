package view

import (
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/excerpt"
	"imapscope/decode/lint"
	"imapscope/decode/wire"
)

// Rule is the readable form of a rule.
type Rule struct {
	ID, Title, Severity, Verdict string
	Explanation, Advice          string
	Cite                         string
}

// RuleOf returns the readable form of a rule.
func RuleOf(r *lint.Rule) Rule {
	cite := r.Ref.String()
	if !r.Against.IsZero() {
		cite += "; but " + r.Against.String()
	}
	if r.Source != "" {
		cite += "; " + r.Source
	}
	return Rule{r.ID, r.Title, r.Severity.String(), r.Verdict.String(), r.Explanation, r.Advice, cite}
}

// Finding is the readable form of a finding. Its texts are inert, secrets masked.
type Finding struct {
	Rule
	Conn           capture.ConnID
	Txn            int // 0 outside any
	From           string
	Offset, Length int64 // of the bytes it is about, in their stream
	Time           time.Time
	Message        string
	MadeBy, Since  string // what the proxy did: to the message itself, or earlier
	Leg            string // "client", "server", or "" if the connection is no leg

	// The line in question in three parts, with the bytes in question in the middle;
	// all empty if there is none. Unless Pointed, the place of the bytes cannot be
	// shown, and the whole line is in Before.
	Before, At, After string
	Pointed           bool
}

// Finding returns a finding with the message that its bytes are in. That is the message
// of the event after which it was reported, or the request of its transaction, unless
// the finding had to wait and brings its own.
func (o Options) Finding(f *lint.Finding, e decode.Event) Finding {
	shown := Finding{
		Rule: RuleOf(f.Rule), Conn: f.Conn, Txn: f.Txn, From: f.Dir.String(),
		Offset: f.Off, Length: f.Len, Time: f.Time, Message: Inert(f.Message),
	}
	shown.Severity, shown.Verdict = f.Severity.String(), f.Verdict.String()
	shown.MadeBy, shown.Since, shown.Leg = Inert(f.MadeBy), Inert(f.After), f.Leg.String()
	shown.Message += shown.origin()
	if f.Event != nil {
		e = f.Event
	}
	m, secrets := o.subject(f, e)
	if m == nil || f.Span.End > len(m.Raw) {
		return shown
	}
	whole := Inert(oneLine(m, secrets, nil, shortLiteral))
	before := Inert(oneLine(upTo(m, f.Span.Start), secrets, nil, shortLiteral))
	end := Inert(oneLine(upTo(m, f.Span.End), secrets, nil, shortLiteral))
	if !strings.HasPrefix(whole, end) || !strings.HasPrefix(end, before) {
		shown.Before = excerpt.Head(whole, 2*maxBeside) // a character or an escape crosses the boundary
		return shown
	}
	shown.Pointed = true
	shown.Before = excerpt.Tail(before, maxBeside)
	shown.At, shown.After = excerpt.Head(end[len(before):], maxBeside), excerpt.Head(whole[len(end):], maxBeside)
	return shown
}

// origin returns in words what the proxy did, and the leg.
func (f *Finding) origin() string {
	s := ""
	switch {
	case f.MadeBy != "":
		s = "; made by the " + action(f.MadeBy)
	case f.Since != "":
		s = "; after the " + action(f.Since)
	}
	if f.Leg != "" {
		s += "; on the " + f.Leg + "'s leg"
	}
	return s
}

// action returns the note of an action as part of a sentence.
func action(note string) string {
	switch a, _ := capture.ParseAct(note); a.Kind {
	case capture.ByEdit:
		return "edit: " + a.Text
	case capture.ByHolding:
		return "hold: " + a.Text
	}
	return note
}

// maxBeside is how many bytes of a line are kept on each side of those in question, and
// of those themselves.
const maxBeside = 400

// subject returns the message that a finding is about, and its secrets.
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

// upTo returns a message up to a byte, or up to the literal that contains the byte.
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
