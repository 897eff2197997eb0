package why

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// numbering is what a connection shows of numbers of messages, and of literals.
type numbering struct {
	found    results
	atOnce   bool      // the server offered at some time that literals need no "+"
	expunged []expunge // since the mailbox was opened, the last maxExpunged
	gone     int       // how many were expunged
	literal  struct {  // the last one of the server
		message uint32
		size    int64
		txn     int
	}
}

// expunge is a message that was removed.
type expunge struct {
	number uint32
	txn    int
	time   time.Time
}

const maxExpunged = 16

// numbered follows a response for its numbers and its literals.
func (c *conn) numbered(r *Reasoner, m *decode.Message) {
	if m.Broken || m.Lost > 0 {
		return
	}
	if n := len(m.Literals); n > 0 {
		c.literal.message, c.literal.size, c.literal.txn = m.Number, m.Literals[n-1].Size, txnOf(m)
	}
	switch {
	case m.Row.Does(protocol.Removes):
		if c.gone++; len(c.expunged) == maxExpunged {
			c.expunged = c.expunged[1:]
		}
		c.expunged = append(c.expunged, expunge{m.Number, txnOf(m), m.Time})
		c.renumbered()
	case m.Row.Does(protocol.Vanishes):
		if _, earlier := syntax.ReadVanished(r.parser.Response(&m.Message), m.Raw); !earlier {
			c.expunged = append(c.expunged[max(len(c.expunged)-maxExpunged+1, 0):], expunge{0, txnOf(m), m.Time})
			c.renumbered()
		}
	case m.Kind == decode.Untagged && m.Row.Does(protocol.CountsMessages) && m.Txn != nil && m.Txn.Row.Does(protocol.Selects):
		c.expunged, c.gone = nil, 0
	}
	if m.Kind == decode.Untagged && suspicious(m) {
		c.odd(r, m)
	}
}

func txnOf(m *decode.Message) int {
	if m.Txn == nil {
		return 0
	}
	return m.Txn.N
}

// suspicious reports whether a response may have something that only its tree shows: numbers
// that are below zero or long, bytes that are not ASCII, NIL for a description. Most have not.
func suspicious(m *decode.Message) bool {
	digits, before, quoted := 0, byte(' '), false
	at, last := 0, len(m.Raw)
	for i := -1; i < len(m.Literals); i++ {
		end := last
		if i+1 < len(m.Literals) {
			end = m.Literals[i+1].Head.Start
		}
		for _, b := range m.Raw[at:end] {
			switch {
			case b >= 0x80:
				return true
			case b == '"':
				quoted = !quoted
			case quoted:
				continue
			case b >= '0' && b <= '9':
				if digits++; digits >= len("4294967296") || before == '-' && digits == 1 {
					return true
				}
				continue
			}
			if digits, before = 0, b; b == '-' {
				continue
			}
		}
		if i+1 < len(m.Literals) {
			at = m.Literals[i+1].Body.End
		}
	}
	return m.Row.Does(protocol.Describes) && len(m.Raw) < 100 && (bytes.Contains(m.Raw, []byte(protocol.NIL)) || bytes.Contains(m.Raw, []byte("ID 0")))
}

func isNumber(b []byte) bool { return wholeNumber.Match(b) }

var wholeNumber = regexp.MustCompile(`^-?[0-9]+$`)

// odd notes numbers that no number of IMAP can be, and descriptions that are none.
func (c *conn) odd(r *Reasoner, m *decode.Message) {
	tree := r.parser.Response(&m.Message)
	if m.Row.Does(protocol.Describes) {
		c.oddDescription(r, m, tree)
	}
	if l := bytes.TrimRight(negativeLiteral.Find(m.Raw), "\r\n"); l != nil {
		c.keep("numbers", Reason{
			Severity: lint.Error, Verdict: Server, Evidence: []Evidence{placed(c.ID, m, safe(string(l)))},
			Sentence: fmt.Sprintf("The server announces a literal of message %d with a negative size: %s.", m.Number, safe(string(l))),
			Remedy:   "Count the bytes of a literal in an unsigned 64-bit integer.",
		})
		return
	}
	words := m.Raw
	if len(m.Literals) > 0 {
		words = words[:m.Literals[0].Head.Start]
	}
	if bytes.IndexByte(words, '"') >= 0 {
		return // what looks like a number may be text
	}
	var name []byte
	for w, rest := wire.Word(words); len(w) > 0; w, rest = wire.Word(rest) {
		if len(name) == 1 && isNumber(w) { // "* 12 EXISTS"
			name, _ = wire.Word(rest)
		}
		for _, b := range bytes.FieldsFunc(w, func(r rune) bool { return strings.ContainsRune("()[]", r) }) {
			if !isNumber(b) {
				name = b
				continue
			}
			if says := c.overflow(r, m, name, b); says != "" {
				c.keep("numbers", Reason{
					Severity: lint.Error, Verdict: Server, Evidence: []Evidence{placed(c.ID, m, safe(m.Known.Hide(string(bytes.TrimRight(m.Raw, "\r\n")), mask)))},
					Sentence: says,
					Remedy:   "Keep counts, sizes and identifiers in unsigned 32-bit integers, modification sequences in 63 bits, and send nothing larger.",
				})
				return
			}
		}
	}
}

// overflow returns what is wrong with a number; "" if nothing is.
func (c *conn) overflow(r *Reasoner, m *decode.Message, name, b []byte) string {
	of := "The server sends a number that IMAP does not allow"
	what := strings.TrimSpace(fmt.Sprintf("%s %s", name, b))
	if m.Number > 0 {
		what += fmt.Sprintf(" of message %d", m.Number)
	}
	if b[0] == '-' {
		n, err := strconv.ParseInt(string(b), 10, 64)
		if err == nil && n < 0 && n >= math.MinInt32 && n < -1 {
			return fmt.Sprintf("%s: %s is negative; as an unsigned 32-bit number it is %d.", of, safe(what), uint32(n))
		}
		return fmt.Sprintf("%s: %s is negative.", of, safe(what))
	}
	n, err := strconv.ParseUint(string(b), 10, 64)
	row := protocol.Lookup(protocol.Property, name)
	if n == 0 && err == nil && row.Displays(protocol.ShowsUniqueID) {
		return fmt.Sprintf("%s: %s, and identifiers begin at 1.", of, safe(what))
	}
	long := row.Displays(protocol.ShowsModSeq) || protocol.Lookup(protocol.Code, name).Does(protocol.GivesHighestModSeq) ||
		m.Row.Does(protocol.Reports) || !countsIn32(m, name)
	switch {
	case err != nil || n > math.MaxInt64:
		return fmt.Sprintf("%s: %s does not fit in 63 bits.", of, safe(what))
	case n <= math.MaxUint32 || long:
	case row.Displays(protocol.ShowsSize) && r.linter.Session(c.ID) != nil && r.linter.Session(c.ID).Dialect >= protocol.IMAP4rev2:
	default:
		return fmt.Sprintf("%s: %s does not fit in 32 bits; a client that keeps them reads %d.", of, safe(what), uint32(n))
	}
	return ""
}

// countsIn32 reports whether the number after a word has 32 bits at most.
func countsIn32(m *decode.Message, name []byte) bool {
	if row := protocol.Lookup(protocol.Response, name); row.Does(protocol.CountsMessages) || row.Does(protocol.CountsRecent) || row.Does(protocol.Removes) {
		return true
	}
	if row := protocol.Lookup(protocol.Property, name); m.Row.Does(protocol.Describes) && row != nil {
		return row.Displays(protocol.ShowsUniqueID) || row.Displays(protocol.ShowsSize)
	}
	code := protocol.Lookup(protocol.Code, name)
	return m.Text != nil && (code.Does(protocol.GivesUIDValidity) || code.Does(protocol.GivesUIDNext))
}

// expungedBefore is the end of a sentence about a number: what moved it.
func (c *conn) expungedBefore(t time.Time) string {
	for i := len(c.expunged) - 1; i >= 0; i-- {
		if e := c.expunged[i]; !e.time.After(t) {
			before := "just before"
			if d := t.Sub(e.time); d >= time.Millisecond {
				before = span(d) + " before"
			}
			if e.number == 0 {
				return fmt.Sprintf("; messages had vanished %s, and the numbers after them are lower", before)
			}
			if c.gone == 1 {
				return fmt.Sprintf("; message %d had been expunged %s, and the numbers after it are one lower", e.number, before)
			}
			return fmt.Sprintf("; %d messages had been expunged, the last of them number %d, %s, and the numbers after them are lower", c.gone, e.number, before)
		}
	}
	return ""
}

// measured puts a finding about numbers and literals into words that name the message and what
// was there.
func (c *conn) measured(r *Reasoner, f *lint.Finding, m *decode.Message) {
	switch f.Rule.ID {
	case "C008", "S008":
		f.Message += c.expungedBefore(f.Time)
		if m.Dir == capture.ClientToServer {
			f.Message += c.isIdentifier(r, f, m)
		}
	case "S035":
		f.Message = fmt.Sprintf("message %d was expunged while the server answered %s, so the numbers after it are one lower from then on", m.Number, requestOf(m))
	case "S036":
		f.Message = fmt.Sprintf("message %d: %s", m.Number, f.Message)
	case "S013":
		c.miscounted(f, m)
	case "S014":
		if n := len(m.Literals); n > 0 {
			f.Message += lineEnds(f.Message, m.Literals[n-1].Body.Of(m.Raw))
		}
	case badResponse:
		if len(m.Literals) > 0 || bytes.Contains(m.Raw, []byte("{-")) {
			c.badLiteral(r, f, m)
		}
	}
}

// requestOf returns the command that a response belongs to.
func requestOf(m *decode.Message) string {
	if m.Txn == nil {
		return "no command"
	}
	return asked(m.Txn)
}

// badSet follows a command that names messages in a way that the server refuses.
func (c *conn) badSet(r *Reasoner, t *decode.Transaction) {
	tree := r.parser.Request(&t.Request)
	for n := range tree.All() {
		v := n.Bytes(t.Request.Raw)
		switch {
		case n.Kind != syntax.KindSequence && n.Kind != syntax.KindNumber && n.Kind != syntax.KindUnknown && n.Kind != syntax.KindMissing:
			continue
		case n.Role != protocol.RoleUID && n.Role != protocol.RoleMessageNumber && n.Role != protocol.RoleMessageSet:
			continue
		}
		what := ""
		switch {
		case len(v) == 0:
			what = "it is empty"
		case hasZero(v):
			what = quote(safe(string(v))) + " has a 0, but the first message is 1"
		case tooBig.Match(v):
			what = quote(safe(string(v))) + " has a number that does not fit in 32 bits"
		case n.Err != nil:
			what = quote(safe(string(v))) + ": expected " + n.Err.Want
		default:
			continue
		}
		x := Reason{
			Severity: lint.Warning, Verdict: Client, Sentence: "The client sends an invalid set of messages: " + what + answerOf(t),
			Remedy: "Send no command for an empty set; numbers and identifiers go from 1 to 4294967295.",
		}
		x.add(about(c.ID, t, false))
		x.add(about(c.ID, t, true))
		c.keep("numbers", x)
		return
	}
}

var tooBig = regexp.MustCompile(`\b(?:[5-9]\d{9}|4[3-9]\d{8}|429496729[6-9]|42949673\d\d|\d{11,})\b`)

// hasZero reports whether one of the numbers of a set is 0.
func hasZero(set []byte) bool {
	for _, n := range bytes.FieldsFunc(set, func(r rune) bool { return r == ',' || r == ':' }) {
		if strings.Trim(string(n), "0") == "" {
			return true
		}
	}
	return false
}

// results are what the last searches found.
type results struct {
	numbers, uids syntax.Sequence
}

// maxResults is how many bytes of a search's result are read.
const maxResults = 4 << 10

// found keeps what a search found.
func (x *results) found(m *decode.Message) {
	_, rest := wire.Word(m.Raw[:min(len(m.Raw), maxResults)])
	_, rest = wire.Word(rest)
	set := syntax.ParseSequence(bytes.Join(bytes.Fields(bytes.TrimRight(rest, "\r\n")), []byte(",")))
	if m.Txn.Row.UID {
		x.uids = set
		return
	}
	x.numbers = set
}

// isIdentifier is the end of a sentence about a number that is a unique identifier.
func (c *conn) isIdentifier(r *Reasoner, f *lint.Finding, m *decode.Message) string {
	if m.Txn == nil || m.Row == nil || m.Row.UID {
		return ""
	}
	digits := m.Raw[min(f.Span.Start, len(m.Raw)):min(f.Span.End, len(m.Raw))]
	for _, s := range syntax.ParseSequence(digits) {
		known := c.numbering.found.uids.Contains(s.First)
		if s := r.linter.Session(c.ID); s != nil && s.Mailbox != nil && s.Mailbox.Len() < maxLooked {
			for b := range s.Mailbox.From(1) {
				known = known || b.UID != 0 && syntax.ParseSequence(digits).Contains(b.UID)
			}
		}
		if known && s.First != syntax.Star {
			return fmt.Sprintf("; %d is a unique identifier here, which UID commands take", s.First)
		}
	}
	return ""
}

// numbersAsIdentifiers notes a UID command for messages that a search found by their numbers.
func (c *conn) numbersAsIdentifiers(r *Reasoner, t *decode.Transaction) {
	if !t.Row.UID || len(t.Data) > 0 || len(c.numbering.found.numbers) == 0 || len(c.numbering.found.uids) > 0 {
		return
	}
	n := r.parser.Request(&t.Request).FindRole(protocol.RoleUID)
	if n == nil {
		return
	}
	for _, s := range syntax.ReadSequence(n, t.Request.Raw) {
		if !c.numbering.found.numbers.Contains(s.First) {
			return
		}
	}
	x := Reason{
		Severity: lint.Warning, Verdict: Client,
		Sentence: fmt.Sprintf("The client mistakes message numbers for unique identifiers: a search found %s by number, and %s found nothing.", safe(c.numbering.found.numbers.String()), asked(t)),
		Remedy:   "Use UID SEARCH for what UID commands name.",
	}
	x.add(about(c.ID, t, false))
	c.keep("numbers", x)
}
