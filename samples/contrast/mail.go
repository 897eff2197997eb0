package contrast

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"testing/fstest"
	"time"

	"imapscope/samples"
	"imapscope/samples/server"
)

// inbox returns the mail that each server begins with, in mbox format: the sample INBOX and, if a
// task wants it, a large message.
func inbox(large bool) ([]byte, error) {
	b, err := fs.ReadFile(samples.Mail(), "mailboxes/INBOX.mbox")
	if err == nil && large {
		b = append(b, mbox(plans())...)
	}
	return b, err
}

// arrived is when the large message arrived, and the next one after it.
func arrived() time.Time { return time.Date(1991, time.May, 13, 8, 30, 0, 0, time.UTC) }

// plans returns a message with an attachment of 45,000 bytes, which are 60,790 in base64.
func plans() server.Mail {
	var b bytes.Buffer
	head(&b, "Wilma Slate <wilma@quarry.example>", "The plans of the bridge", "plans@quarry.example", arrived())
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=bridge\"\r\n\r\n")
	b.WriteString("--=bridge\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n")
	b.WriteString("Fred, here are the plans. Please answer by Wednesday.\r\n")
	b.WriteString("--=bridge\r\nContent-Type: image/tiff; name=\"bridge.tif\"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	const attached, line = 45_000, 57
	picture := make([]byte, attached)
	from := rand.New(rand.NewPCG(1, 2)) // any bytes that do not compress
	for i := range picture {
		picture[i] = byte(from.Uint32())
	}
	for at := 0; at < attached; at += line {
		b.WriteString(base64.StdEncoding.EncodeToString(picture[at:min(at+line, attached)]) + "\r\n")
	}
	b.WriteString("--=bridge--\r\n")
	return server.Mail{Text: b.Bytes(), Arrived: arrived()}
}

// news returns the message that arrives while a task is going on.
func news() server.Mail {
	at := arrived().Add(24 * time.Hour)
	var b bytes.Buffer
	head(&b, "Betty <betty@quarry.example>", "Bowling tomorrow", "bowling.3@quarry.example", at)
	b.WriteString("\r\nAt eight, and bring Barney.\r\n")
	return server.Mail{Text: b.Bytes(), Arrived: at}
}

func head(b *bytes.Buffer, from, subject, id string, at time.Time) {
	fmt.Fprintf(b, "Date: %s\r\nFrom: %s\r\nTo: fred@imap2.example\r\nSubject: %s\r\nMessage-ID: <%s>\r\n",
		at.Format("Mon, _2 Jan 06 15:04:05 -0700"), from, subject, id)
}

// mbox returns a message in mbox format.
func mbox(m server.Mail) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From someone %s\n", m.Arrived.UTC().Format("Mon Jan _2 15:04:05 2006"))
	for line := range bytes.Lines(m.Text) {
		line = bytes.TrimSuffix(line, []byte("\r\n"))
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			b.WriteByte('>')
		}
		b.Write(append(line[:len(line):len(line)], '\n'))
	}
	return append(b.Bytes(), '\n')
}

// folder returns the folder of a server with an INBOX.
func folder(inbox []byte) fs.FS { return fstest.MapFS{"mailboxes/INBOX.mbox": {Data: inbox}} }
