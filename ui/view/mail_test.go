package view

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/decode"
	"imapscope/decode/syntax"
)

// escaped matches escapes of bytes that a text file should not contain.
var escaped = regexp.MustCompile(`\\x[0-9a-f]{2}`)

func unescape(s string) string {
	return escaped.ReplaceAllStringFunc(s, func(x string) string {
		n, _ := strconv.ParseUint(x[2:], 16, 8)
		return string([]byte{byte(n)})
	})
}

func (m *Mail) String() string {
	var b strings.Builder
	for _, f := range m.Fields {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	if m.Raw {
		b.WriteString("[raw]\n")
	}
	for _, l := range m.Text {
		fmt.Fprintf(&b, "| %s\n", l)
	}
	for _, a := range m.Attachments {
		fmt.Fprintf(&b, "+ %q, %s, %d octets\n", a.Name, a.Type, a.Size)
	}
	for _, n := range m.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}

// mailIn returns what is shown of a mail, or of a part of one.
func mailIn(raw []byte, part MailPart) *Mail {
	var mr mailReader
	mr.mail(raw, part)
	mr.noteOmitted()
	return &mr.Mail
}

// TestMailIsShownAsInAReader checks mails as a mail reader shows them.
func TestMailIsShownAsInAReader(t *testing.T) {
	transcripts(t, "mail", func(_ *testing.T, in string) string {
		crlf := mailIn([]byte(strings.ReplaceAll(unescape(in), "\n", "\r\n")), WholeMail)
		lf := mailIn([]byte(unescape(in)), WholeMail)
		if diff := cmp.Diff(crlf.Text, lf.Text); diff != "" {
			t.Errorf("CRLF and LF show differently:\n%s", diff)
		}
		return crlf.String()
	})
}

// TestMailOf checks which mail a message contains, by its properties.
func TestMailOf(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"RFC822", "S: * 1 FETCH (FLAGS () RFC822 {18}\nS: Subject: a\nS: \nS: hi\nS: )", "Subject: a\n| hi\n"},
		{"BODY[]", "S: * 1 FETCH (BODY[] {18}\nS: Subject: a\nS: \nS: hi\nS: )", "Subject: a\n| hi\n"},
		{"header", "S: * 1 FETCH (RFC822.HEADER {12}\nS: Subject: a\nS: )", "Subject: a\n"},
		{"text", "S: * 1 FETCH (RFC822.TEXT {4}\nS: hi\nS: )", "| hi\n"},
		{"header and text", "S: * 1 FETCH (RFC822.TEXT {4}\nS: hi\nS:  RFC822.HEADER {14}\nS: Subject: a\nS: \nS: )", "Subject: a\n| hi\n"},
		{"section", "S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {14}\nS: Subject: a\nS: \nS:  BODY[TEXT]<0> \"hi\")", "Subject: a\n| hi\n"},
		{"NIL", "S: * 1 FETCH (RFC822 NIL)", "none"},
		{"none", "S: * 1 FETCH (FLAGS (\\Seen))", "none"},
		{"status", "S: * OK RFC822", "none"},
		{"empty", "S: * 1 FETCH (RFC822.TEXT {0}\nS: )", ""},
		{"append", "C: a APPEND INBOX {18}\nS: + go on\nC: Subject: a\nC: \nC: hi\nC: ", "Subject: a\n| hi\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := "none"
			messages(t, "S: * OK hi\n"+c.script, func(m *decode.Message, root *syntax.Node) {
				if x := (Options{}).MailOf(m, root); x != nil {
					got = x.String()
				}
			})
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestMailBounds checks that what exceeds the limits is cut, with a note.
func TestMailBounds(t *testing.T) {
	part := "--b\r\n\r\nx\r\n"
	nested := ""
	for i := range 50 {
		nested += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	for _, c := range []struct {
		name, in, note string
	}{
		{"bytes", "Subject: a\r\n\r\n" + strings.Repeat("x", MaxMail), "only the first 16777216 bytes were read"},
		{"text", "Subject: a\r\n\r\n" + strings.Repeat(strings.Repeat("x", 1000)+"\r\n", 1000), "there is more text"},
		{"one line", "Subject: a\r\n\r\n" + strings.Repeat("\xc3\xa9", MaxMailText), "there is more text"},
		{"lines", "Subject: a\r\n\r\n" + strings.Repeat("\r\n", MaxMailLines+1), "there is more text"},
		{"html", "Content-Type: text/html\r\n\r\n" + strings.Repeat("word <br>", MaxMailText), "there is more text"},
		{"tag", "Content-Type: text/html\r\n\r\n<a " + strings.Repeat("x", 2*maxTag), "part 1: the HTML breaks off: max buffer exceeded"},
		{"fields", strings.Repeat("To: a\r\n", 100) + "\r\nhi", "70 more fields of the header are not shown"},
		{"header", strings.Repeat("A: a\r\n", maxMailHead) + "\r\nhi", "only the first 262144 bytes of the header were read"},
		{"parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat(part, 1000) + "--b--", "there are more parts"},
		{"alternatives", "Content-Type: multipart/alternative; boundary=b\r\n\r\n" + strings.Repeat(part, 1000) + "--b--", "there are more parts"},
		{"nested", nested, "part 9 breaks off after 2216 bytes: unexpected EOF"},
		{"fields of a part", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + strings.Repeat("A: a\r\n", 20_000), "multipart/mixed: its parts break off: multipart: message too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mailIn([]byte(c.in), WholeMail)
			checkMail(t, m)
			for _, n := range m.Notes {
				if n == c.note {
					return
				}
			}
			t.Errorf("%q is not among %q", c.note, m.Notes)
		})
	}
}

// checkMail checks that what is shown is inert and within the limits.
func checkMail(t *testing.T, m *Mail) {
	t.Helper()
	size := 0
	inert := func(s string) {
		if Inert(s) != s {
			t.Fatalf("%q is not inert", s)
		}
		size += len(s)
	}
	for _, f := range m.Fields {
		inert(f.Name)
		inert(f.Value)
	}
	for _, a := range m.Attachments {
		inert(a.Name)
		inert(a.Type)
	}
	for _, n := range m.Notes {
		inert(n)
	}
	rest := size
	for _, l := range m.Text {
		inert(l)
	}
	if len(m.Fields) > maxMailFields || len(m.Attachments) > MaxMailParts || len(m.Notes) > maxMailNotes+5 ||
		len(m.Text) > MaxMailLines || rest > 400<<10 || size-rest > 8*MaxMailText {
		t.Fatalf("%d fields, %d attachments, %d notes, %d lines; %d bytes of text, %d of the rest",
			len(m.Fields), len(m.Attachments), len(m.Notes), len(m.Text), size-rest, rest)
	}
}

// FuzzMail checks that any mail is shown inert and within the limits, and as it was sent
// if it could not be parsed.
func FuzzMail(f *testing.F) {
	for _, s := range []string{
		"Subject: =?iso-8859-1?q?caf=E9?=\r\n\r\nhi\t\x1b[31m\r\n",
		"Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\n--a b\r\n\r\nx\r\n--a b\r\nContent-Type: image/png; name*=utf-8''%e2\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA!\r\n--a b--\r\n",
		"Content-Type: text/html; charset=shift_jis\r\n\r\n<p>a<b>b</b><a href='x\x00'>c</a><script>d</script>",
		"From nobody\r\nTo : x\r\n folded\r\n\r\n", "no header at all", "\r\n", "Content-Type: text/plain; charset=nosuch\r\nContent-Transfer-Encoding: x\r\n\r\n\xe9",
	} {
		f.Add([]byte(s), byte(WholeMail))
		f.Add([]byte(s), byte(MailHead))
		f.Add([]byte(s), byte(MailBody))
	}
	f.Fuzz(func(t *testing.T, in []byte, part byte) {
		m := mailIn(in, MailPart(part%3))
		checkMail(t, m)
		if m.Raw && len(m.Notes) == 0 {
			t.Error("shown as it was sent, and no word why")
		}
	})
}
