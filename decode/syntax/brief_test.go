package syntax_test

import (
	"strings"
	"testing"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// address and plainEnvelope have the most common form.
const (
	address       = `("Ann Lee" NIL "ann" "a.example")`
	plainEnvelope = `("Tue, 7 May 91" "Re: two" (` + address + `) (` + address + `) (` + address + address + `) (` + address + `) NIL NIL NIL "<1@a>")`
)

// envelopeOf returns the envelope of a FETCH response, and whether the tree is without faults
// and odd forms.
func envelopeOf(p *syntax.Parser, envelope string) (n *syntax.Node, clean bool) {
	n = p.Response(&wire.Message{Raw: []byte("* 1 FETCH (ENVELOPE " + envelope + " UID 7)\r\n")})
	return n.Find(syntax.KindEnvelope), p.Faults() == 0 && !p.Odd()
}

func TestBriefParserMakesOneNodeOfAPlainEnvelope(t *testing.T) {
	p := &syntax.Parser{Brief: true}
	for envelope, brief := range map[string]bool{
		plainEnvelope: true,
		strings.Replace(plainEnvelope, `"Re: two"`, "NIL", 1):          true,
		strings.Replace(plainEnvelope, `"Re: two"`, `""`, 1):           false, // RFC 1176 has no empty quoted string
		strings.Replace(plainEnvelope, `"Re: two"`, `"100%"`, 1):       false,
		strings.Replace(plainEnvelope, `"Re: two"`, `"\"two\""`, 1):    false,
		strings.Replace(plainEnvelope, `"Re: two"`, `"zw\u00f6lf"`, 1): false,
		strings.Replace(plainEnvelope, `"Re: two"`, "\"a\tb\"", 1):     false,
		strings.Replace(plainEnvelope, `"Re: two"`, "two", 1):          false,
		strings.Replace(plainEnvelope, "("+address+")", "NIL", 1):      false, // a rule looks at the sender
		strings.Replace(plainEnvelope, "("+address+")", "()", 1):       false,
		strings.Replace(plainEnvelope, address, "("+address+")", 1):    false,
		strings.TrimSuffix(plainEnvelope, ` "<1@a>")`) + ")":           false,
	} {
		n, _ := envelopeOf(p, envelope)
		if got := n != nil && n.Kids == nil; got != brief {
			t.Errorf("%s: one node: %v, want %v", envelope, got, brief)
		}
		if brief && n.Span.Len() != len(envelope) {
			t.Errorf("%s: the node has %d bytes, want %d", envelope, n.Span.Len(), len(envelope))
		}
	}
}

// Each byte is left out and replaced: if one node is made of what is left, the grammar finds
// nothing in it, and other messages have the same tree as without Brief.
func TestBriefParserHidesNoFault(t *testing.T) {
	brief, full := &syntax.Parser{Brief: true}, new(syntax.Parser)
	for i := range len(plainEnvelope) {
		for _, instead := range []string{"", "x", " ", `"`, "(", ")", "\\", "\x80", "1", "NIL"} {
			envelope := plainEnvelope[:i] + instead + plainEnvelope[i+1:]
			n, clean := envelopeOf(brief, envelope)
			want, wantClean := envelopeOf(full, envelope)
			if clean != wantClean {
				t.Fatalf("%s: without faults: %v, want %v", envelope, clean, wantClean)
			}
			switch {
			case n == nil || n.Kids != nil:
			case !clean || want.Span != n.Span:
				t.Fatalf("%s: one node was made of it", envelope)
			}
		}
	}
}

// plainRow has the most common form of a response about a message.
const plainRow = `* 12 FETCH (FLAGS (\Seen Work) INTERNALDATE " 7-May-1991 12:34:56 +0000" RFC822.SIZE 368 UID 7 ENVELOPE ` + plainEnvelope + ")\r\n"

// sameTree compares a tree made with Brief with one made without. Only envelopes may differ:
// those of the first may have no Kids.
func sameTree(brief, full *syntax.Node) bool {
	if brief.Kind == syntax.KindEnvelope && brief.Kids == nil {
		return full.Kind == brief.Kind && full.Role == brief.Role && full.Span == brief.Span && faultless(full)
	}
	if brief.Kind != full.Kind || brief.Role != full.Role || brief.Word != full.Word || brief.Shows != full.Shows || brief.Span != full.Span || len(brief.Kids) != len(full.Kids) {
		return false
	}
	if (brief.Err == nil) != (full.Err == nil) || brief.Err != nil && *brief.Err != *full.Err {
		return false
	}
	for i := range brief.Kids {
		if !sameTree(&brief.Kids[i], &full.Kids[i]) {
			return false
		}
	}
	return true
}

func faultless(n *syntax.Node) bool {
	for range n.Errors() {
		return false
	}
	return true
}

// compareBrief parses a message with Brief and without, and checks that what is said to be plain
// is plain.
func compareBrief(t *testing.T, brief, full *syntax.Parser, m *wire.Message) {
	t.Helper()
	n, want := brief.Response(m), full.Response(m)
	if !sameTree(n, want) {
		t.Fatalf("%q\n%s\nwithout Brief:\n%s", m.Raw, dump(n, m.Raw), dump(want, m.Raw))
	}
	if brief.Odd() != full.Odd() || brief.Faults() != full.Faults() || brief.LoneMultipart() != full.LoneMultipart() {
		t.Fatalf("%q: what the parsers report differs", m.Raw)
	}
	if !brief.Plain() {
		return
	}
	odd := strings.ContainsFunc(strings.TrimSuffix(string(m.Raw), "\r\n"), func(c rune) bool { return c < ' ' || c > '~' })
	for k := range want.All() {
		b := string(k.Bytes(m.Raw))
		odd = odd || k.Kind == syntax.KindQuoted && (len(b) == len(`""`) || strings.ContainsAny(b, `\%{`))
	}
	if odd || full.Odd() || !faultless(want) || len(m.Literals) > 0 {
		t.Fatalf("%q is said to be plain", m.Raw)
	}
}

// Each byte is left out and replaced, also in lines after which the parser expects others.
func TestBriefParserMakesTheSameTreeOfARow(t *testing.T) {
	brief, full := &syntax.Parser{Brief: true}, new(syntax.Parser)
	rows := []string{
		plainRow,
		"* 1 FETCH (FLAGS () UID 1)\r\n",
		"* 2 STORE (FLAGS (\\Deleted \\* $Junk))\r\n",
		"* 3 FETCH (UID 3 BODY[]<0> NIL X-GM-MSGID 12345678901234567890 SAVEDATE \"17-Jul-1996 02:44:25 -0700\")\r\n",
		"* 4 FETCH (MODSEQ (624140003) FLAGS (a b c d e f g h i j k l m n))\r\n",
		"* 4 FETCH (FLAGS (a b c d e f g h i j k l) UID 1)\r\n",
		"* 5 FETCH (RFC822.SIZE 1 RFC822.SIZE 2 RFC822.SIZE 3 RFC822.SIZE 4 UID 1 UID 2 UID 3 UID 4 UID 5)\r\n",
		"* 6 FETCH (flags (\\seen) FLAGS (\\Seen))\r\n",
		"* 7 EXISTS\r\n",
	}
	for _, row := range rows {
		for i := range len(row) {
			for _, instead := range []string{row[i : i+1], "", "x", " ", `"`, "(", ")", "\\", "\x80", "\x00", "1", "NIL", "[", "\r\n", "{", ") ("} {
				m := &wire.Message{Raw: []byte(row[:i] + instead + row[i+1:])}
				compareBrief(t, brief, full, m)
			}
		}
	}
}

// A row may have more flags and properties than a brief tree has place for.
func TestBriefParserMakesTheSameTreeOfALongRow(t *testing.T) {
	brief, full := &syntax.Parser{Brief: true}, new(syntax.Parser)
	for n := range 40 {
		flags := strings.TrimSpace(strings.Repeat(`\Seen `, n))
		properties := strings.Repeat(" UID 4", n)
		for _, row := range []string{
			"* 1 FETCH (FLAGS (" + flags + "))\r\n",
			"* 1 FETCH (FLAGS (" + flags + " ))\r\n",
			"* 1 FETCH (FLAGS (" + flags,
			"* 1 FETCH (RFC822.SIZE 1" + properties + ")\r\n",
			"* 1 FETCH (RFC822.SIZE 1" + properties + " )\r\n",
			"* 1 FETCH (UID 1" + properties + " FLAGS (" + flags + "))\r\n",
		} {
			compareBrief(t, brief, full, &wire.Message{Raw: []byte(row)})
		}
	}
}

func TestBriefParserKnowsAPlainRow(t *testing.T) {
	p := &syntax.Parser{Brief: true}
	for row, want := range map[string]bool{
		plainRow:                         true,
		"* 1 FETCH (FLAGS () UID 1)\r\n": true,
		"* 1 STORE (FLAGS (\\Seen))\r\n": true,
		strings.Replace(plainRow, `"Re: two"`, `"100%"`, 1): false,
		"* 1 FETCH (FLAGS \\Seen)\r\n":                      false,
		"* 1 FETCH (RFC822 NIL)\r\n":                        false,
		"* 1 FETCH (UID 1)\n":                               false,
		"* 1 EXISTS\r\n":                                    false,
	} {
		p.Response(&wire.Message{Raw: []byte(row)})
		if p.Plain() != want {
			t.Errorf("%q: plain: %v, want %v", row, p.Plain(), want)
		}
	}
	p.Response(&wire.Message{Raw: []byte(plainRow), Gaps: []wire.Gap{{At: 30, N: 4}}, Elided: 4})
	if p.Plain() {
		t.Error("a row with a gap is said to be plain")
	}
}

// Every byte is in every place of a string, before bytes that are plain and after them.
func TestBriefParserKnowsPlainCharacters(t *testing.T) {
	p := &syntax.Parser{Brief: true}
	for c := range 256 {
		for at := range 20 {
			subject := []byte("abcdefghijklmnopqrst")
			subject[at] = byte(c)
			n, _ := envelopeOf(p, strings.Replace(plainEnvelope, "Re: two", string(subject), 1))
			brief := n != nil && n.Kids == nil
			if want := ' ' <= c && c <= '~' && !strings.ContainsRune(`"\%{`, rune(c)); brief != want {
				t.Fatalf("%q: one node: %v, want %v", subject, brief, want)
			}
		}
	}
}
