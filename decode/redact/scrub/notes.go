package scrub

import (
	"regexp"
	"strings"

	"imapscope/capture"
	"imapscope/decode/ascii"
	"imapscope/decode/filter"
)

// logNotes are the notes that stay where others of a log begin in the same way: what it lacks was
// not lost on the way. What follows there may name anything.
var logNotes = [...]struct{ begins, stays string }{
	{capture.FromLog, capture.FromLog + "its program is not named"},
	{capture.LogMasks, capture.LogMasks + "what is there instead is not named"},
	{capture.LogOneSide, capture.LogOneSide},
}

// note passes on a note that links two legs of a proxy, reports what the proxy did, or says that
// the connection is from a log: they explain the traffic. Others may name anything, and are
// dropped.
func (s *Scrub) note(c *conn, e *capture.Event) error {
	x := *e
	for _, n := range logNotes {
		if strings.HasPrefix(e.Text, n.begins) {
			x.Text = n.stays
			return c.pass(&x)
		}
	}
	if leg, other := capture.LegOf(e.Text); leg != capture.NoLeg {
		x.Text = capture.Link(leg, capture.Peers{Client: s.hosts.port(other.Client), Server: s.hosts.port(other.Server)})
		return c.pass(&x)
	}
	act, ok := capture.ParseAct(e.Text)
	if !ok {
		return nil
	}
	if s.noteWords == nil {
		s.noteWords = actWords()
	}
	act.Text, act.Tag = s.act(act.Text), s.tag(act.Tag)
	x.Text = act.String()
	return c.pass(&x)
}

// act returns the text of what a proxy did with all words replaced that are neither of the
// protocol nor of the language of faults and filters. What is in quotes is data.
func (s *Scrub) act(text string) string {
	b := []byte(text)
	quoted, from := false, 0
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		if strings.Count(string(b[from:at]), `"`)%2 == 1 {
			quoted = !quoted
		}
		from = end
		word := b[at:end]
		folded := ascii.AppendLower(nil, word)
		switch {
		case s.words.inProtocol(folded), !quoted && s.noteWords[string(folded)]:
			s.words.keep(word)
		case !quoted && isAmount(b, at, end):
		default:
			s.words.substitute(word)
		}
	}
	return string(b)
}

// tag returns a tag as messages have it: one that looks like a tag stays.
func (s *Scrub) tag(tag string) string {
	b := []byte(tag)
	if looksLikeTag(b) {
		s.words.keep(b)
	} else {
		s.words.replace(b)
	}
	return string(b)
}

// amount is a number or a duration.
var amount = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?[nmush]*$`)

// isAmount reports whether a word is a number or a duration, or a part of one, and no part of an
// address.
func isAmount(b []byte, at, end int) bool {
	joins := func(c byte) bool { return c == '.' || c == ':' || isDigit(c) }
	for at > 0 && joins(b[at-1]) {
		at--
	}
	for end < len(b) && joins(b[end]) {
		end++
	}
	return end-at <= 8 && amount.Match(b[at:end])
}

// actWords returns the words of the language of faults and filters, and of what is reported of
// holds and edits, in lower case.
func actWords() map[string]bool {
	words := make(map[string]bool)
	for w := range strings.FieldsSeq(languageOfActs) {
		words[w] = true
	}
	for _, f := range filter.Fields() {
		words[strings.ToLower(f.Name)] = true
	}
	return words
}

// languageOfActs are the words of proxy --fault that are not of the protocol (a test holds them
// against its table), of filters, and of the notes about holds and edits.
const languageOfActs = `
	delay greeting ready first tagged data command bandwidth to client server stall deaf reset
	close half bye cut limit split bytes brace crlf literal unclosed smuggle status refuse login
	drop duplicate swap tag inject uidvalidity renumber hide offer probability count seed if
	translate rewrite rule
	and or not in contains matches startswith endswith len lower upper trim any all none one min
	max abs floor ceil round int float string true false
	held resumed released edited changed dropped inserted answered repeated discarded by for after
	before hand time limit response request message exchange instead of the a it was s
`
