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
