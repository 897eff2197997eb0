package proxytest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Mail is a message as IMAP transfers it: lines end in CRLF.
type Mail []byte

// Mails are messages of all sorts, the same ones each time: short and long, about
// so many bytes the longest, with 8-bit bytes and lines that look like IMAP.
func Mails(n, longest int) []Mail {
	r := rand.New(rand.NewPCG(1176, uint64(n)))
	lines := []string{
		"A line of text, as most are.",
		"* 5 FETCH (FLAGS (\\Seen))",
		"A001 OK LOGIN completed",
		")",
		"",
		"{12}",
		".",
		"Grüße, \u202eleft, \xff\xfe.",
		"Fromage is no beginning of a mail.",
	}
	mails := make([]Mail, n)
	for i := range mails {
		var b bytes.Buffer
		fmt.Fprintf(&b, "From: Fred Foobar <fred@example.org>\r\nTo: mrc@example.org\r\nDate: Wed, %d Jul 2024 02:23:25 -0700\r\n", i%28+1)
		fmt.Fprintf(&b, "Subject: mail %d {%d}\r\nMessage-Id: <%d.%d@example.org>\r\n", i+1, i, i+1, n)
		b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
		for size := longest * (i + 1) / n; b.Len() < size; {
			b.WriteString(lines[r.IntN(len(lines))])
			fmt.Fprintf(&b, "%s\r\n", strings.Repeat("x", r.IntN(60)))
		}
		b.WriteString("The end.\r\n")
		mails[i] = b.Bytes()
	}
	return mails
}

// Hash returns the SHA-256 of the message, in hexadecimal.
func (m Mail) Hash() string {
	h := sha256.Sum256(m)
	return hex.EncodeToString(h[:])
}

// Hashes returns the hashes of mails, in their order.
func Hashes(mails []Mail) []string {
	var list []string
	for _, m := range mails {
		list = append(list, m.Hash())
	}
	return list
}

// mbox returns the mails in mbox format.
func mbox(mails []Mail) []byte {
	var b bytes.Buffer
	for _, m := range mails {
		b.WriteString("From fred@example.org Wed Jul 17 02:23:25 2024\n")
		b.Write(bytes.ReplaceAll(m, []byte("\r\n"), []byte("\n")))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// stored is a mail as a client left it in a file, as it was on the wire: lines end in
// CRLF again, and the header lines that it added are gone.
func stored(file []byte, added ...string) Mail {
	header, body, _ := bytes.Cut(file, []byte("\n\n"))
	var m bytes.Buffer
line:
	for line := range bytes.Lines(append(header, '\n')) {
		for _, name := range added {
			if bytes.HasPrefix(line, []byte(name+":")) {
				continue line
			}
		}
		m.Write(line)
	}
	m.WriteByte('\n')
	m.Write(body)
	return bytes.ReplaceAll(m.Bytes(), []byte("\n"), []byte("\r\n"))
}

// number is that of the mail among those that Mails makes.
func (m Mail) number() (n int) {
	_, subject, _ := bytes.Cut(m, []byte("\nSubject: mail "))
	_, _ = fmt.Fscan(bytes.NewReader(subject), &n) // 0: one of others
	return n
}
