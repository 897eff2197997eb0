package replay_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"imapscope/proxy/proxytest"
	"imapscope/samples/server"
)

// A place is where a conversation with a server in its first state begins.
type place struct {
	addr string
	user string // of four letters, in place of "fred"
}

var mails = []string{
	"From: Wilma Slate <wilma@quarry.example>\r\nTo: fred@imap.example\r\nSubject: Lunch on Thursday?\r\n" +
		"Date: Mon, 6 May 1991 09:12:00 -0700\r\nMessage-ID: <aa01@quarry.example>\r\n\r\nShall we try the new place?\r\n\r\nWilma\r\n",
	"From: Barney <barney@quarry.example>\r\nSender: secretary@quarry.example\r\nReply-To: office@quarry.example\r\n" +
		"To: fred@imap.example, wilma@quarry.example\r\nCc: betty@quarry.example\r\nSubject: Re: the crane\r\n" +
		"In-Reply-To: <aa00@imap.example>\r\nReferences: <aa00@imap.example>\r\nDate: Mon, 6 May 1991 10:39:41 -0700\r\n" +
		"Message-ID: <aa02@quarry.example>\r\n\r\nThe crane is repaired.\r\n",
	"From: Dino <dino@pets.example>\r\nTo: fred@imap.example\r\nSubject: Pictures\r\nDate: Tue, 7 May 1991 12:34:50 +0200\r\n" +
		"Message-ID: <aa03@pets.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"bone\"\r\n\r\n" +
		"--bone\r\nContent-Type: text/plain; charset=us-ascii; format=flowed\r\nContent-Transfer-Encoding: 7bit\r\n\r\nTwo of them.\r\nHere.\r\n" +
		"--bone\r\nContent-Type: image/gif; name=\"dino.gif\"\r\nContent-Disposition: attachment; filename=\"dino.gif\"\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=\r\n--bone--\r\n",
	"From: Wilma Slate <wilma@quarry.example>\r\nTo: fred@imap.example\r\nSubject: Re: the crane\r\n" +
		"In-Reply-To: <aa02@quarry.example>\r\nReferences: <aa00@imap.example> <aa02@quarry.example>\r\n" +
		"Date: Wed, 8 May 1991 08:00:00 -0700\r\nMessage-ID: <aa04@quarry.example>\r\n\r\nGood.\r\n",
	"From: Fred <fred@imap.example>\r\nTo: wilma@quarry.example\r\nSubject: Re: Lunch on Thursday?\r\n" +
		"In-Reply-To: <aa01@quarry.example>\r\nReferences: <aa01@quarry.example>\r\n" +
		"Date: Thu, 9 May 1991 11:00:00 -0700\r\nMessage-ID: <aa05@imap.example>\r\n\r\nYes!\r\n",
	"From: Wilma Slate <wilma@quarry.example>\r\nTo: fred@imap.example\r\nSubject: Apples\r\n" +
		"Date: Fri, 10 May 1991 11:00:00 -0700\r\nMessage-ID: <aa06@quarry.example>\r\n\r\nRed ones.\r\n",
}

// startSamples starts samples/server, which speaks IMAP2.
func startSamples(*testing.T) func(t *testing.T) place {
	return func(t *testing.T) place {
		s, err := server.New(server.Options{})
		if err != nil {
			t.Fatal(err)
		}
		addr, stop, err := s.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stop() })
		return place{addr, "fred"}
	}
}

// startMemory starts go-imap's server, which speaks IMAP4rev1.
func startMemory(*testing.T) func(t *testing.T) place {
	return func(t *testing.T) place {
		mem := imapmemserver.New()
		user := imapmemserver.NewUser("fred", "secret")
		for _, name := range []string{"INBOX", "archive", "lists"} {
			if err := user.Create(name, nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range mails {
			if _, err := user.Append("INBOX", strings.NewReader(m), &imap.AppendOptions{Time: time.Date(1991, 5, 11, 9, 0, 0, 0, time.UTC)}); err != nil {
				t.Fatal(err)
			}
		}
		mem.AddUser(user)
		s := imapserver.New(&imapserver.Options{
			NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
				return mem.NewSession(), nil, nil
			},
			Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapNamespace: {}, imap.CapUIDPlus: {}, imap.CapESearch: {},
				imap.CapMove: {}, imap.CapListExtended: {}, imap.CapListStatus: {}, imap.CapBinary: {}, imap.CapStatusSize: {}},
			Logger:       log.New(io.Discard, "", 0),
			InsecureAuth: true,
		})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { defer close(done); _ = s.Serve(l) }()
		t.Cleanup(func() { _ = s.Close(); <-done })
		return place{l.Addr().String(), "fred"}
	}
}

// startDovecot starts Dovecot with all its extensions.
func startDovecot(t *testing.T) func(t *testing.T) place {
	boxes := map[string][]proxytest.Mail{}
	names := []string{"fred"}
	for i := range len(extensionMutations) + len(moreOfExtensions) + 1 + 600*len(os.Getenv("SWEEP"))/10 {
		names = append(names, fmt.Sprintf("u%03d", i))
	}
	for _, name := range names {
		for _, m := range mails {
			boxes[name] = append(boxes[name], proxytest.Mail(m))
		}
	}
	s := proxytest.Dovecot(t, proxytest.Options{Extensions: true, Inboxes: boxes})
	return func(*testing.T) place {
		name := names[0]
		names = names[1:]
		return place{s.Plain, name}
	}
}
