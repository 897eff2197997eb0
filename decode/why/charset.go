package why

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/text"
	"imapscope/decode/wire"
)

// maxSearches is how many searches that went wrong are kept of a connection.
const maxSearches = 16

// maxSettled is how many searches that did no harm are kept of a connection.
const maxSettled = 256

// search is a search that a charset, or the lack of one, was wrong with.
type search struct {
	Reason
	keys string // what it looks for, without the charset
}

// charsets is the charset that a search names, and the text that it looks for.
type charsets struct {
	named  string
	late   bool   // the charset is not the first argument
	eight  string // the first string that is not ASCII
	word   string // the first string that is an encoded word
	keys   string // the request without the tag and the charset
	broken bool   // the request breaks the grammar
	lacks  bool   // a search key is in the place of the charset
}

// readCharsets reads a search.
func readCharsets(tree *syntax.Node, t *decode.Transaction) charsets {
	var x charsets
	raw := t.Request.Raw
	var keys strings.Builder
	for n := range tree.Leaves() {
		b := n.Bytes(raw)
		x.broken = x.broken || n.Err != nil
		switch {
		case n.Kind == syntax.KindTag:
			continue
		case n.Role == protocol.RoleCharset:
			x.named = string(n.Value(raw))
			x.lacks = protocol.Lookup(protocol.SearchKey, x.named) != nil
			continue
		case n.Kind == syntax.KindWord || n.Kind == syntax.KindAtom || n.Kind == syntax.KindKey || n.Kind == syntax.KindUnknown:
			if bytes.EqualFold(b, []byte(charsetWord)) {
				x.late = x.late || n.Kind == syntax.KindKey
				continue
			}
		}
		if n.Kind != syntax.KindSP {
			keys.Write(b)
			keys.WriteByte(' ')
		}
		if v := n.Value(raw); n.Kind == syntax.KindQuoted || n.Kind == syntax.KindAtom || n.Kind == syntax.KindLiteralBody {
			if x.eight == "" && eightBit(string(v)) {
				x.eight = string(v)
			}
			if d, err := text.Words(string(v)); x.word == "" && err == nil && d != string(v) {
				x.word = string(v)
			}
		}
	}
	x.keys = keys.String()
	return x
}

// charsetWord is what precedes the name of a charset in a search.
const charsetWord = "charset"

// searched follows a search that was answered.
func (c *conn) searched(r *Reasoner, t *decode.Transaction, ok bool) {
	if t.Lost > 0 || !ok && len(c.searches) >= maxSearches {
		return
	}
	if ok && len(c.searches) == 0 && !eightBit(string(t.Request.Raw)) && !bytes.Contains(t.Request.Raw, []byte("=?")) {
		return
	}
	x := readCharsets(r.parser.Request(&t.Request), t)
	if ok {
		kept := c.searches[:0]
		for _, s := range c.searches { // what was found in another way did no harm
			if s.keys != x.keys {
				kept = append(kept, s)
				continue
			}
			if len(c.settled) < maxSettled {
				c.settled = append(c.settled, s.Evidence[0].Txn)
			}
		}
		c.searches = kept
	}
	if ok && c.hit == t.N && len(c.settled) < maxSettled {
		c.settled = append(c.settled, t.N) // it found something all the same
	}
	says, verdict, remedy := c.charsetFault(r, t, x, ok)
	if says == "" || len(c.searches) >= maxSearches {
		return
	}
	s := search{keys: x.keys, Reason: Reason{Severity: lint.Warning, Verdict: verdict, Sentence: says + answerOf(t), Remedy: remedy}}
	s.add(about(c.ID, t, false))
	s.add(about(c.ID, t, true))
	if ok {
		s.Sentence = says + "; it found nothing."
		s.keys = ""
	}
	c.searches = append(c.searches, s)
}

// charsetFault returns what is wrong with the charset of a search.
func (c *conn) charsetFault(r *Reasoner, t *decode.Transaction, x charsets, ok bool) (says string, v Verdict, remedy string) {
	const declare = "Put CHARSET UTF-8 before the first search key, and send the text in UTF-8, as a literal."
	found := ok && c.hit == t.N
	name, eight := quote(safe(t.Known.Hide(x.named, mask))), quote(safe(t.Known.Hide(x.eight, mask)))
	code, args := codeAndArgs(t.Text)
	rejected := protocol.StatusEffect(t.Status) == protocol.Rejects
	mentions := strings.Contains(strings.ToLower(t.Text), charsetWord)
	switch {
	case code.Does(protocol.RefusesCharset):
		return c.refusedCharset(r, x, args)
	case found:
	case x.eight != "" && x.named == "" && !c.utf8 && c.later(r) && r.linter.Session(c.ID).Dialect < protocol.IMAP4rev2:
		return fmt.Sprintf("The client searches for 8-bit text without naming its charset: %s is read as US-ASCII", eight), Client, declare
	case x.eight != "" && strings.EqualFold(x.named, "US-ASCII"):
		return fmt.Sprintf("The client searches for 8-bit text and names the charset %s, which has none: %s", name, eight), Client, declare
	case x.eight != "" && strings.EqualFold(x.named, "UTF-8") && !utf8.ValidString(x.eight):
		return fmt.Sprintf("The client names the charset %s, but the text it searches for is not in it: %s", name, eight), Client, "Convert the text to the charset that the command names."
	case x.word != "":
		return fmt.Sprintf("The client searches for the encoded form of a word, but servers compare decoded text: %s", quote(safe(t.Known.Hide(x.word, mask)))), Client, declare
	case ok:
	case x.lacks && rejected:
		return fmt.Sprintf("The client leaves out the charset, which %s must have before its search keys: %s is in its place", t.Command, name), Client, "Put the charset there: UTF-8, or US-ASCII."
	case x.named != "" && x.late:
		return fmt.Sprintf("The client names the charset %s after search keys, where it must come first", name), Client, declare
	case x.named != "" && c.utf8:
		return fmt.Sprintf("The client names the charset %s after it enabled UTF-8, which makes it wrong to name one", name), Client, "After ENABLE UTF8=ACCEPT send searches without CHARSET."
	case x.named != "" && mentions:
		return fmt.Sprintf("The server does not know the charset %s of the search", name), Client, "Search in US-ASCII, or UTF-8 if the server has it; otherwise fetch and search locally."
	case x.named != "" && rejected && code == nil && !x.lacks && !x.broken:
		return fmt.Sprintf("The server does not accept a search that names a charset, %s", name), Server, "Answer NO [BADCHARSET] to a charset that is not known. As a client, leave CHARSET out where the text is ASCII."
	}
	return "", "", ""
}

// refusedCharset is a charset that the server refused by a code, which may list those it has.
func (c *conn) refusedCharset(r *Reasoner, x charsets, args string) (string, Verdict, string) {
	offers := "it does not say which it knows"
	if list := strings.Fields(strings.Trim(args, "() ")); len(list) > 0 {
		offers = "it offers " + safe(strings.Join(list, ", "))
	}
	remedy := "Use a charset from the list, UTF-8 first; leave CHARSET out where the text is ASCII."
	name := cmp.Or(x.named, "US-ASCII")
	must := strings.EqualFold(name, "US-ASCII") || strings.EqualFold(name, "UTF-8") && r.linter.Session(c.ID).Dialect >= protocol.IMAP4rev2
	switch {
	case x.named == "" && x.eight != "":
		return fmt.Sprintf("The client searches for 8-bit text without naming its charset, %s; as for charsets, %s", quote(safe(x.eight)), offers), Client, remedy
	case must:
		return fmt.Sprintf("The server refuses the charset %s, which every server must know: %s", quote(safe(name)), offers), Server, remedy
	}
	return fmt.Sprintf("The server does not know the charset %s of the search: %s", quote(safe(name)), offers), Client, remedy
}

// finds follows what a search found.
func (c *conn) finds(m *decode.Message) {
	if m.Txn == nil || !m.Txn.Row.Does(protocol.Searches) {
		return
	}
	if m.Row.Does(protocol.Found) {
		c.numbering.found.found(m)
	}
	line := bytes.TrimRight(m.Raw, "\r\n )")
	if last := line[bytes.LastIndexByte(line, ' ')+1:]; len(last) > 0 && '1' <= last[0] && last[0] <= '9' {
		c.hit = m.Txn.N
	}
}

// codeAndArgs returns the row of the code that a text begins with, nil if there is none or it is not
// known, and what follows the code's name.
func codeAndArgs(s string) (*protocol.Row, string) {
	inner, ok := strings.CutPrefix(s, "[")
	if !ok {
		return nil, ""
	}
	inner, _, ok = strings.Cut(inner, "]")
	if !ok {
		return nil, ""
	}
	w, rest := wire.Word([]byte(inner))
	return protocol.Lookup(protocol.Code, w), strings.TrimSpace(string(rest))
}

// wrongCharsets finds searches that the server did not understand.
func wrongCharsets(c *conn) []Reason {
	var out []Reason
	for _, s := range c.searches {
		out = append(out, s.Reason)
	}
	return out
}
