package view

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

const encodedHeader = "Date: Tue, 5 May 2020 10:00:00 +0000\r\nFrom: =?UTF-8?Q?J=C3=BCrgen?= <j@example.org>\r\nSubject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n =?UTF-8?Q?_aus_K=C3=B6ln?=\r\n\r\nSubject: not a field\r\n"

// headerResponse returns a FETCH response with a header in an item.
func headerResponse(t *testing.T, item string) *decode.Message {
	t.Helper()
	raw := []byte("* 3 FETCH (" + item + " {" + strconv.Itoa(len(encodedHeader)) + "}\r\n" + encodedHeader + ")\r\n")
	m, n := wire.Split(raw, false)
	if n != len(raw) {
		t.Fatalf("%d of %d bytes", n, len(raw))
	}
	return &decode.Message{Kind: decode.Untagged, Word: "FETCH", Number: 3, Message: *m}
}

// TestHeadersAreDecodedInOneLine checks that a row and the notes of a message have the
// decoded fields of a header that was fetched, as they have those of an envelope.
func TestHeadersAreDecodedInOneLine(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	for _, item := range []string{"BODY[HEADER]", "BODY[HEADER.FIELDS (DATE FROM SUBJECT)]", "RFC822.HEADER", "BODY[HEADER]<0>"} {
		m := headerResponse(t, item)
		d, ok := syntax.ReadFetch(syntax.ParseResponse(&m.Message), m.Raw)
		if !ok {
			t.Fatal(item)
		}
		r := Options{Zone: zone}.row(m, d)
		if r[ColFrom] != "Jürgen" || r[ColSubject] != "Grüße aus Köln" || !strings.HasPrefix(r[ColDate], "5 May 2020 10:00") || !strings.Contains(r[ColDate], "12:00") {
			t.Errorf("%s: %q", item, r)
		}
		var texts []string
		for _, x := range (Options{}).DecodedOf(m) {
			texts = append(texts, x.Text)
		}
		if got := strings.Join(texts, "|"); got != "From: Jürgen <j@example.org>; Subject: Grüße aus Köln" {
			t.Errorf("%s: %q", item, got)
		}
	}
}

// TestTheDateOfAMailIsShownInTheZone checks the mail view.
func TestTheDateOfAMailIsShownInTheZone(t *testing.T) {
	m := headerResponse(t, "RFC822.HEADER")
	root := syntax.ParseResponse(&m.Message)
	mail := Options{Zone: time.FixedZone("", 2*60*60)}.MailOf(m, root)
	if got := mail.Fields[0].Value; got != "Tue, 5 May 2020 10:00:00 +0000 (2020-05-05 12:00:00 +0200)" {
		t.Errorf("got %q", got)
	}
	if got := (Options{}).MailOf(m, root).Fields[0].Value; got != "Tue, 5 May 2020 10:00:00 +0000" {
		t.Errorf("without a zone: %q", got)
	}
}

// TestHeadersThatCannotBeDecodedSayWhere checks that the note names the field.
func TestHeadersThatCannotBeDecodedSayWhere(t *testing.T) {
	plain, err := decodedFields([]byte("To: x\r\nSubject: =?UTF-8?Q?never ends\r\n"))
	if got := wrong(err); plain != "" || !strings.Contains(got, "in Subject, ") {
		t.Errorf("%q, %q", plain, got)
	}
}
