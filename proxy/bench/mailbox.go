package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
)

// mailbox is a mailbox as FETCH of all its mails gives it.
type mailbox struct {
	mails int
	fetch []byte // the FETCH responses, one for each mail
	first []byte // the first one
}

// newMailbox is always the same for the same size: the server and the client make it
// each for themselves.
func newMailbox(octets int) mailbox {
	r := rand.New(rand.NewPCG(1176, 1990))
	var m mailbox
	var mail bytes.Buffer
	b := bytes.NewBuffer(make([]byte, 0, octets+(128<<10)))
	for b.Len() < octets {
		m.mails++
		mail.Reset()
		writeMail(&mail, r, m.mails)
		fmt.Fprintf(b, "* %d FETCH (RFC822 {%d}\r\n", m.mails, mail.Len())
		b.Write(mail.Bytes())
		b.WriteString(")\r\n")
		if m.mails == 1 {
			m.first = bytes.Clone(b.Bytes())
		}
	}
	m.fetch = b.Bytes()
	return m
}

// writeMail writes a mail of 1 to 8 KiB, each twentieth one with a body of up to 80.
func writeMail(b *bytes.Buffer, r *rand.Rand, n int) {
	fmt.Fprintf(b, "Received: from relay%d.example by mail.example; Mon, %d Jul 1990 10:%02d:00 -0700 (PDT)\r\n", n%7, 1+n%28, n%60)
	fmt.Fprintf(b, "Date: Mon, %d Jul 1990 09:%02d:00 -0700 (PDT)\r\nFrom: Person %d <p%d@mail.example>\r\n", 1+n%28, n%60, n%97, n%97)
	fmt.Fprintf(b, "To: imap-interest@mail.example\r\nSubject: Re: number %d\r\nMessage-ID: <%d.1176@mail.example>\r\n\r\n", n, n)
	end := b.Len() + 1<<10 + r.IntN(7<<10)
	if n%20 == 0 {
		end += r.IntN(72 << 10)
	}
	words := [...]string{"mailbox", "flags", "(unseen)", "sequence", "the", "literal", "of", "server", "{12}", "client,", "tag", "\"quoted\""}
	for b.Len() < end {
		for line := b.Len(); b.Len()-line < 66; {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
		}
		b.WriteString("\r\n")
	}
}
