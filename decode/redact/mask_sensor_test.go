package redact_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode/redact"
)

// TestMaskKeepsLongData checks that a message of which the Decoder keeps only a part is not changed
// after a secret, however it is cut: it is data.
func TestMaskKeepsLongData(t *testing.T) {
	for _, n := range []int{60_000, 66_000, 200_000} {
		for _, cut := range []int{0, 1000, 1 << 14} {
			mail := strings.Repeat("0123456789\n", n/11)
			script := fmt.Sprintf("C: a1 LOGIN fred secret\nS: a1 OK done\nC: a2 FETCH 1 (RFC822 FLAGS)\nS: * 1 FETCH (RFC822 {%d}\n", len(mail))
			cs := chunks(pieces(t, script), cut)
			last := cs[len(cs)-1]
			rest := last
			rest.Off, rest.Data = last.Off+int64(len(last.Data)), []byte(mail+" FLAGS (\\Seen))\r\na2 OK done\r\n")
			for b := rest.Data; len(b) > 0; {
				rest.Data = b
				if cut > 0 {
					rest.Data = b[:min(cut, len(b))]
				}
				cs = append(cs, rest)
				rest.Off, b = rest.Off+int64(len(rest.Data)), b[len(rest.Data):]
			}
			var was tape
			feed(t, &was, false, cs)
			if got := mask(t, false, cs); !bytes.Equal(got.bytes(capture.ServerToClient), was.bytes(capture.ServerToClient)) {
				t.Errorf("a mail of %d bytes, cut after %d, was changed", n, cut)
			}
		}
	}
}

// TestUsersAreNamed checks that the user of a masked AUTHENTICATE is in a Note, and not in one of LOGIN,
// which is not hidden.
func TestUsersAreNamed(t *testing.T) {
	for script, want := range map[string][]string{
		"S: * OK IMAP4rev1\nC: a1 AUTHENTICATE PLAIN AGZyZWQAc2VjcmV0\nS: a1 OK done\n":                                  {"the user is fred"},
		"S: * OK IMAP4rev1\nC: a1 AUTHENTICATE PLAIN\nS: +\nC: AGZyZWQAc2VjcmV0\nS: a1 OK done\n":                        {"the user is fred"},
		"S: * OK IMAP4rev1\nC: a1 AUTHENTICATE PLAIN AGZyZWQAc2VjcmV0\nS: a1 NO no\n":                                    nil,
		"S: * OK IMAP4rev1\nC: a1 LOGIN fred secret\nS: a1 OK done\n":                                                    nil,
		"S: * OK IMAP4rev1\nC: a1 LOGIN x fred\nS: a1 NO no\nC: a2 AUTHENTICATE PLAIN AGZyZWQAc2VjcmV0\nS: a2 OK done\n": {"the user is ********"},
	} {
		var got tape
		feed(t, redact.NewMask(&got).WithUsers(), false, chunks(pieces(t, script), 0))
		if !slices.Equal(got.notes, want) {
			t.Errorf("%q has the notes %q, not %q", script, got.notes, want)
		}
		for dir := range capture.Direction(2) {
			if b := got.bytes(dir); bytes.Contains(b, []byte("AGZyZWQAc2VjcmV0")) || bytes.Contains(b, []byte("secret")) {
				t.Errorf("%q is not masked: %q", script, b)
			}
		}
	}
}

// TestTLSIsLeftOut checks that TLS records become a loss at the end of their direction.
func TestTLSIsLeftOut(t *testing.T) {
	hello := "\x16\x03\x01\x00\x05hello"
	cs := chunks(pieces(t, "S: * OK IMAP4rev1\nC: a1 STARTTLS\nS: a1 OK begin\n"), 0)
	for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
		var off int64
		for _, c := range cs {
			if c.Dir == dir {
				off = c.Off + int64(len(c.Data))
			}
		}
		cs = append(cs, capture.Event{Kind: capture.Data, Conn: 1, Dir: dir, Time: began, Off: off, Data: []byte(hello)})
	}
	var got tape
	feed(t, redact.NewMask(&got).WithoutTLS(), false, cs)
	for dir := range capture.Direction(2) {
		if b := got.bytes(dir); bytes.Contains(b, []byte("hello")) || !bytes.HasSuffix(b, []byte("\r\n??????????")) {
			t.Errorf("%s sent %q", dir, b)
		}
	}
	if len(got.notes) != 1 || !strings.Contains(got.notes[0], "TLS that was not opened") {
		t.Errorf("notes %q", got.notes)
	}
}
