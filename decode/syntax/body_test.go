package syntax_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

const noEnvelope = `(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)`

// leafBody returns the structure of a part without parts.
func leafBody(kind, sub string) string {
	lines := ""
	if kind == "TEXT" {
		lines = " 1"
	}
	return fmt.Sprintf(`(%q %q NIL NIL NIL "7BIT" 9%s)`, kind, sub, lines)
}

// messageBody returns the structure of a part that is a message.
func messageBody(inner string) string {
	return `("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 99 ` + noEnvelope + " " + inner + " 7)"
}

// complexMessage is the message of RFC 3501, 6.4.5, p. 56.
func complexMessage() string {
	plain, octets := leafBody("TEXT", "PLAIN"), leafBody("APPLICATION", "OCTET-STREAM")
	alternative := "(" + plain + leafBody("TEXT", "RICHTEXT") + ` "ALTERNATIVE")`
	return "(" + plain + octets + messageBody("("+plain+octets+` "MIXED")`) +
		"(" + leafBody("IMAGE", "GIF") + messageBody("("+plain+alternative+` "MIXED")`) + ` "MIXED") "MIXED")`
}

func bodyOf(t *testing.T, structure string) (*syntax.Node, []byte) {
	t.Helper()
	m, _ := wire.Split([]byte("* 1 FETCH (BODYSTRUCTURE "+structure+")\r\n"), false)
	n := syntax.ParseResponse(m)
	for err := range n.Errors() {
		t.Fatal(err)
	}
	return n.Find(syntax.KindBody), m.Raw
}

// TestPartNumbers: the parts of RFC 3501's example have the numbers that it gives them.
func TestPartNumbers(t *testing.T) {
	n, raw := bodyOf(t, complexMessage())
	b, _ := syntax.ReadBody(n, raw)
	var got []string
	for part := range b.All() {
		got = append(got, part.Number+" "+part.MediaType())
	}
	want := []string{
		" multipart/mixed", "1 text/plain", "2 application/octet-stream", "3 message/rfc822",
		"3 multipart/mixed", // the text of that message
		"3.1 text/plain", "3.2 application/octet-stream",
		"4 multipart/mixed", "4.1 image/gif", "4.2 message/rfc822", "4.2 multipart/mixed", "4.2.1 text/plain",
		"4.2.2 multipart/alternative", "4.2.2.1 text/plain", "4.2.2.2 text/richtext",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, w := range want {
		number, kind, _ := strings.Cut(w, " ")
		if number == "" || len(strings.Split(number, ".")) < 3 && kind == "multipart/mixed" && number != "4" {
			continue // the text of a message, which has the message's number
		}
		part := syntax.Part(n, number)
		p, ok := syntax.ReadBody(part, raw)
		if !ok || p.MediaType() != kind {
			t.Errorf("part %s is %q, want %q", number, p.MediaType(), kind)
		}
		if back, ok := syntax.PartNumber(n, part); !ok || back != number {
			t.Errorf("part %s has the number %q", number, back)
		}
	}
	for _, number := range []string{"", "0", "5", "1.1", "4.3", "4.2.2.3", "x", "-1", "4.2.1.1"} {
		if part := syntax.Part(n, number); part != nil {
			t.Errorf("part %q is %q", number, part.Bytes(raw))
		}
	}
}

// TestPartOfSinglePart: "every message has at least one part number" (RFC 3501, 6.4.5,
// p. 55): 1 of a message that is not a multipart, and 1.1 of the one in it.
func TestPartOfSinglePart(t *testing.T) {
	n, raw := bodyOf(t, messageBody(messageBody(leafBody("TEXT", "HTML"))))
	for number, kind := range map[string]string{"1": "message/rfc822", "1.1": "message/rfc822", "1.1.1": "text/html"} {
		b, ok := syntax.ReadBody(syntax.Part(n, number), raw)
		if !ok || b.MediaType() != kind {
			t.Errorf("part %s is %q, want %q", number, b.MediaType(), kind)
		}
	}
	for _, number := range []string{"2", "1.2", "1.1.2", "1.1.1.1"} {
		if part := syntax.Part(n, number); part != nil {
			t.Errorf("there is a part %s: %q", number, part.Bytes(raw))
		}
	}
}

// TestReadBody: every field is read from its place.
func TestReadBody(t *testing.T) {
	n, raw := bodyOf(t, `("text" "plain" ("charset" "utf-8" "name" "a") "<1@x>" "a \"b\"" "8bit" 9 2 "md5" ("inline" ("filename" "f")) ("en" "de") "http://x/" 7)`)
	got, _ := syntax.ReadBody(n, raw)
	got.Node = nil
	str := func(s string) syntax.NString { return syntax.NString{Value: s, Valid: true} }
	want := syntax.Body{
		Number: "1", Type: str("text"), Subtype: str("plain"),
		Params: []syntax.Param{{Name: str("charset"), Value: str("utf-8")}, {Name: str("name"), Value: str("a")}},
		ID:     str("<1@x>"), Description: str(`a "b"`), Encoding: str("8bit"), Size: 9, Lines: 2, MD5: str("md5"),
		Disposition: str("inline"), DispParams: []syntax.Param{{Name: str("filename"), Value: str("f")}},
		Languages: []string{"en", "de"}, Location: str("http://x/"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	n, raw = bodyOf(t, "("+messageBody(leafBody("IMAGE", "GIF"))+` "digest" ("boundary" "b") NIL "en" NIL)`)
	b, _ := syntax.ReadBody(n, raw)
	if !b.Multipart || len(b.Parts) != 1 || len(b.Params) != 1 || len(b.Languages) != 1 {
		t.Errorf("%+v", b)
	}
	if m := b.Parts[0]; m.Envelope == nil || m.Message == nil || m.Lines != 7 || m.Message.Number != "1.1" {
		t.Errorf("%+v", m)
	}
}
