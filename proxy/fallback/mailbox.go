package fallback

import (
	"errors"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/samples/server"
)

// Mailbox is go-imap's server with the INBOX of one user, made from mail instead of a
// recording. Its methods may be called concurrently.
type Mailbox struct{ server *imapServer }

// NewMailbox returns a server on which a user can log in with a password and finds mail in
// INBOX, in order.
func NewMailbox(user, password string, list []server.Mail) *Mailbox {
	r := &recorded{user: user, delimiter: "/", boxes: make(map[string]*box), made: make(map[string]bool)}
	inbox := r.box(protocol.Inbox)
	for _, m := range list {
		inbox.initial = append(inbox.initial, mailOf(m))
	}
	return &Mailbox{serve([]*recorded{r}, map[string]string{user: password})}
}

// mailOf returns a message as a recording would show it.
func mailOf(m server.Mail) *mail {
	return &mail{seen: true, flags: m.Flags, date: []byte(m.Arrived.Format(dateForm)), whole: m.Text}
}

// Open begins the conversation with a client; greeting is what the server sends first.
func (b *Mailbox) Open() (x Session, greeting []byte) {
	c := b.server.connect(nil)
	return c, c.greeting
}

// Deliver adds a message to the INBOX.
func (b *Mailbox) Deliver(m server.Mail) error {
	c := b.server.connect(b.server.first)
	defer func() { _ = c.Close() }()
	x := mailOf(m)
	if c.ask(appendTo, syntax.Quoted(protocol.Inbox), x.ownFlags(), syntax.Atom(x.ownDate()), syntax.Literal(x.whole)) != protocol.OK {
		return errors.New("the message was not delivered")
	}
	return nil
}
