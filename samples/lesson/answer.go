package lesson

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/filter"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Answer judges a student's answer to Ask: a text, or for Choices also the number. The
// reaction is Right, or why that answer is wrong, or empty.
func (s *Step) Answer(text string) (right bool, say string) {
	text = s.chosen(text)
	if slices.ContainsFunc(s.Answers, func(a string) bool { return same(a, text) }) {
		return true, s.Right
	}
	for _, n := range s.Not {
		if same(n.Answer, text) {
			return false, n.Why
		}
	}
	return false, ""
}

// chosen returns the choice that an answer means, by its text or by its number.
func (s *Step) chosen(text string) string {
	for _, c := range s.Choices {
		if same(c, text) {
			return c
		}
	}
	if n, ok := number(strings.TrimRight(plain(text), ".)")); ok && n > 0 && n <= len(s.Choices) {
		return s.Choices[n-1]
	}
	return text
}

func same(a, b string) bool { return plain(a) == plain(b) }

// plain returns an answer normalized for comparison.
func plain(s string) string {
	s = strings.Join(strings.Fields(strings.ToLower(s)), " ")
	for _, q := range []string{`"`, "'", "`"} {
		if len(s) > 2 && strings.HasPrefix(s, q) && strings.HasSuffix(s, q) {
			return strings.TrimSpace(s[1 : len(s)-1])
		}
	}
	return s
}

// Found judges where a student has put the cursor: on a transaction of a connection, both
// counted from 1. Transaction 0 is the greeting.
func (s *Step) Found(conn, txn int) (right bool, say string) {
	is := func(p Place) bool { return p.Conn == conn && p.Txn == txn && p.Greeting == (txn == 0) }
	if slices.ContainsFunc(s.Find, is) {
		return true, s.Right
	}
	for _, n := range s.Not {
		if p, err := ParseTransaction(n.Answer); err == nil && is(p) {
			return false, n.Why
		}
	}
	return false, ""
}

// notCompared begins what a student reads where Expect fails.
const notCompared = "The expected result cannot be compared: "

// Typed judges the command that a student typed, once its transaction has ended. It is
// right if the transaction matches Expect; without Expect, if the request means the same
// as Type, however it is written, and the server answered OK.
func (s *Step) Typed(t *decode.Transaction) (right bool, say string) {
	refused := fmt.Sprintf("The server says %s: %s", t.Status, t.Text)
	switch {
	case t.Outcome != decode.Completed:
		refused = "The server does not answer."
	case t.Status == "":
		refused = "The server says neither OK nor NO nor BAD: " + t.Text
	}
	if s.Expect != "" {
		f, err := filter.Compile(s.Expect)
		switch {
		case err != nil:
			return false, "The expected result is not understood: " + err.Error()
		case f.Match(rowOf(t)):
			return true, s.Right
		case protocol.StatusEffect(t.Status) != protocol.Succeeds:
			return false, refused
		case f.Err() != nil:
			return false, notCompared + f.Err().Error()
		}
		return false, "The server does it, but it is not what this step is about."
	}
	switch m, _ := wire.Split(Command("x", s.Type), true); {
	case protocol.StatusEffect(t.Status) != protocol.Succeeds:
		return false, refused
	case !strings.EqualFold(diff.Request(&t.Request), diff.Request(m)): // the server said OK to the letter case
		return false, "The server does it, but it is not what this step asks for."
	}
	return true, s.Right
}

// rowOf returns a transaction as a filter sees it.
func rowOf(t *decode.Transaction) *filter.Row {
	r := &filter.Row{
		Type: "transaction", Command: t.Command, Status: t.Status, Tag: t.Tag, Text: t.Text,
		Request: requestLine(t), Outcome: t.Outcome.String(), User: t.User, Mailbox: t.Mailbox,
		Conn: 1, N: t.N, Sent: int(t.Octets[0]), Received: int(t.Octets[1]),
		Literals: len(t.Literals) + t.MoreLits, Lost: int(t.Lost), Ambiguous: t.Ambiguous,
		Unsolicited: map[string]int{},
	}
	if t.SASL != nil {
		r.Mechanism = t.SASL.Mechanism
	}
	r.Octets = r.Sent + r.Received
	if a := t.Acts; a != nil {
		r.Fault, r.Held, r.Edited = strings.Join(a.Faults, "; "), a.Held, a.Edited
	}
	for _, k := range t.Data {
		r.Kinds = append(r.Kinds, k.Kind)
		r.Unsolicited[k.Kind] = k.N
	}
	if d, ok := t.Elapsed(); ok {
		r.MS = float64(d) / 1e6
	}
	return r
}

// requestLine returns a request with its secrets masked and its literals as {n}.
func requestLine(t *decode.Transaction) string {
	raw := slices.Clone(t.Request.Raw)
	for _, span := range t.Secrets {
		for i := span.Start; i < span.End; i++ {
			raw[i] = '*'
		}
	}
	var b strings.Builder
	from := 0
	for _, l := range t.Request.Literals {
		b.Write(raw[from:l.Head.Start])
		b.WriteString(strings.TrimRight(string(raw[l.Head.Start:l.Head.End]), "\r\n"))
		from = l.Body.End
	}
	b.Write(raw[from:])
	return strings.TrimRight(b.String(), "\r\n")
}
