package contrast

import (
	"strings"

	"imapscope/proxy/fallback"
	"imapscope/samples/pop3"
	"imapscope/samples/server"
)

// The user of every server, and their password.
const (
	user     = "fred"
	password = "secret"
)

// A Protocol is one of those that are compared.
type Protocol struct {
	Name  string // "imap2", as in tasks and on the command line
	Title string // "IMAP2"
	RFC   int    // that defines it
	Port  uint16
	// IMAP reports whether its lines have tags, and package decode understands them.
	IMAP bool

	serve func(inbox []byte) (host, error) // in mbox format
}

// Protocols returns all protocols, in the order in which they are shown.
func Protocols() []*Protocol {
	return []*Protocol{
		{Name: "imap2", Title: "IMAP2", RFC: 1176, Port: 143, IMAP: true, serve: serveIMAP2},
		{Name: "imap4rev1", Title: "IMAP4rev1", RFC: 3501, Port: 143, IMAP: true, serve: serveIMAP4},
		{Name: "pop3", Title: "POP3", RFC: 1939, Port: 110, serve: servePOP3},
	}
}

// ProtocolNamed returns a protocol by its name, in any case; nil if there is none.
func ProtocolNamed(name string) *Protocol {
	for _, p := range Protocols() {
		if strings.EqualFold(p.Name, name) {
			return p
		}
	}
	return nil
}

// Command returns the word of a line that says what is to be done: the first one, or the one after
// the tag.
func (p *Protocol) Command(line string) string {
	first, rest, _ := strings.Cut(line, " ")
	if p.IMAP {
		first, _, _ = strings.Cut(rest, " ")
	}
	return first
}

// host is a server with one mailbox.
type host interface {
	open() (conversation, []byte) // and the greeting
	deliver(server.Mail) error
}

// conversation is a server's conversation with one client.
type conversation interface {
	Write(p []byte) (answer []byte, more bool)
	Close() error
}

type imap2 struct{ *server.Server }

func serveIMAP2(inbox []byte) (host, error) {
	s, err := server.New(server.Options{Users: map[string]string{user: password}, Mail: folder(inbox)})
	return imap2{s}, err
}

func (h imap2) open() (conversation, []byte) {
	x := h.NewSession()
	return unclosed{x}, x.Greeting()
}

func (h imap2) deliver(m server.Mail) error { return h.Deliver(user, mbox(m)) }

// unclosed is a conversation that needs no end.
type unclosed struct{ *server.Session }

// Close implements conversation.
func (unclosed) Close() error { return nil }

type imap4 struct{ *fallback.Mailbox }

func serveIMAP4(inbox []byte) (host, error) {
	return imap4{fallback.NewMailbox(user, password, server.ReadMail(inbox))}, nil
}

func (h imap4) open() (conversation, []byte) { return h.Open() }

func (h imap4) deliver(m server.Mail) error { return h.Deliver(m) }

type maildrop struct{ *pop3.Server }

func servePOP3(inbox []byte) (host, error) {
	return maildrop{pop3.New(pop3.Options{User: user, Password: password, Mail: server.ReadMail(inbox)})}, nil
}

func (h maildrop) open() (conversation, []byte) {
	x := h.NewSession()
	return x, x.Greeting()
}

func (h maildrop) deliver(m server.Mail) error {
	h.Deliver(m)
	return nil
}

// HasPassword reports whether a command of POP3 has a password as its argument.
func HasPassword(command []byte) bool { return strings.EqualFold(string(command), "PASS") }
