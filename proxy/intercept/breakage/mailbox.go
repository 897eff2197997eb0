package breakage

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// What is read of an account at most, and for how long.
const (
	maxMailboxes = 200
	maxMails     = 20_000
	maxReading   = 30 * time.Second
)

// Mailboxes counts the copies of each mail of an account, in all mailboxes together. A mail is
// known by its size, Message-ID, date and subject, of which a hash is kept.
type Mailboxes map[[sha256.Size]byte]int

// An Account is an account on a server whose mail can be asked for.
type Account struct {
	Addr           string // host:port
	User, Password string
	TLS            *tls.Config // nil: none
	StartTLS       bool        // with TLS: begin in plaintext
}

// Mailboxes reads the mail of the account, over a connection of its own, without changing it.
func (a *Account) Mailboxes(ctx context.Context) (all Mailboxes, err error) {
	ctx, cancel := context.WithTimeout(ctx, maxReading)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.Addr)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c, err := a.open(conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", a.Addr, err)
	}
	defer c.Close() //nolint:errcheck // it was read
	if err := c.Login(a.User, a.Password).Wait(); err != nil {
		return nil, fmt.Errorf("%s: logging in as %q: %w", a.Addr, a.User, err)
	}
	return read(c)
}

func (a *Account) open(conn net.Conn) (*imapclient.Client, error) {
	o := &imapclient.Options{TLSConfig: a.TLS}
	switch {
	case a.TLS == nil:
		return imapclient.New(conn, o), nil
	case a.StartTLS:
		return imapclient.NewStartTLS(conn, o)
	}
	return imapclient.New(tls.Client(conn, a.TLS), o), nil
}

// read reads all mailboxes.
func read(c *imapclient.Client) (Mailboxes, error) {
	names, err := c.List("", "*", nil).Collect()
	if err != nil {
		return nil, err
	}
	if len(names) > maxMailboxes {
		return nil, fmt.Errorf("%d mailboxes, and %d is the limit", len(names), maxMailboxes)
	}
	all, total := Mailboxes{}, 0
	for _, box := range names {
		if !selectable(box) {
			continue
		}
		state, err := c.Select(box.Mailbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err != nil {
			return nil, fmt.Errorf("mailbox %q: %w", box.Mailbox, err)
		}
		if total += int(state.NumMessages); total > maxMails {
			return nil, fmt.Errorf("%d mails or more, and %d is the limit", total, maxMails)
		}
		if state.NumMessages == 0 {
			continue
		}
		if err := all.add(c); err != nil {
			return nil, fmt.Errorf("mailbox %q: %w", box.Mailbox, err)
		}
	}
	return all, nil
}

func selectable(box *imap.ListData) bool {
	for _, a := range box.Attrs {
		if a == imap.MailboxAttrNoSelect || a == imap.MailboxAttrNonExistent {
			return false
		}
	}
	return true
}

// add adds the mails of the selected mailbox.
func (b Mailboxes) add(c *imapclient.Client) error {
	every := imap.SeqSet{}
	every.AddRange(1, 0)
	mails, err := c.Fetch(every, &imap.FetchOptions{Envelope: true, RFC822Size: true}).Collect()
	for _, m := range mails {
		h := sha256.New()
		fmt.Fprintf(h, "%d", m.RFC822Size)
		if e := m.Envelope; e != nil {
			fmt.Fprintf(h, " %q %q %d", e.MessageID, e.Subject, e.Date.Unix())
		}
		b[[sha256.Size]byte(h.Sum(nil))]++
	}
	return err
}

// change compares the mail of an account before and after.
func change(before, after Mailboxes) *Mail {
	m := new(Mail)
	for id, n := range before {
		m.Before += n
		m.Lost += max(0, n-after[id])
	}
	for id, n := range after {
		m.After += n
		m.Gained += max(0, n-before[id])
	}
	return m
}
