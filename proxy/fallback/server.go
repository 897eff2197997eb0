package fallback

import (
	"bytes"
	"io"
	"log"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"imapscope/decode/binding"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
)

// imapServer is go-imap's server with the mailboxes of a recording.
type imapServer struct {
	imap     *imapserver.Server
	accounts map[string]*account
	first    *account
	octets   atomic.Int64 // of all messages
	messages atomic.Int64
	values   *binding.Map
	logins   map[string]string // passwords by user, as far as the recording shows them
	anyone   bool              // the recording does not show who its user is
}

// accepts reports whether the recorded server accepted a user with a password. It accepts any
// password if the recording does not show the user's.
func (x *imapServer) accepts(user, password string) bool {
	recorded, known := x.logins[user]
	return x.anyone || x.accounts[user] != nil && (!known || recorded == password)
}

// Bounds of what clients may store, for all of them together.
const (
	maxStored       = 256 << 20 // bytes of messages
	maxStoredNumber = 1 << 18   // messages
	maxLiteral      = 32 << 20  // bytes of a message that is appended
)

// capabilities are those that imapmemserver has; imapserver adds its own.
var capabilities = []imap.Cap{
	imap.CapIMAP4rev1, imap.CapNamespace, imap.CapUIDPlus, imap.CapESearch, imap.CapSearchRes,
	imap.CapListExtended, imap.CapListStatus, imap.CapMove, imap.CapStatusSize, imap.CapBinary,
}

// newServer returns a server with what a recording shows.
func newServer(s *script.Script) *imapServer {
	list := read(s)
	if len(list) == 0 {
		list = read(nil)
	}
	return serve(list, passwords(s))
}

// serve returns a server with what is known of each user, and their passwords.
func serve(list []*recorded, logins map[string]string) *imapServer {
	x := &imapServer{accounts: make(map[string]*account), values: binding.New(), logins: logins}
	caps := make(imap.CapSet)
	for _, c := range capabilities {
		caps[c] = struct{}{}
	}
	x.imap = imapserver.New(&imapserver.Options{
		NewSession: func(c *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			a := c.NetConn().(*ownConn).account
			if a == nil {
				return &session{server: x}, nil, nil
			}
			return x.sessionOf(a), &imapserver.GreetingData{PreAuth: true}, nil
		},
		Caps:         caps,
		Logger:       log.New(io.Discard, "", 0), // the mock reports what clients do
		InsecureAuth: true,
	})
	for _, r := range list {
		x.anyone = x.anyone || r.user == ""
		a := newAccount(r)
		x.accounts[r.user] = a
		if x.first == nil {
			x.first = a
		}
		x.fill(a, r)
	}
	return x
}

// accountOf returns the account of a user.
func (x *imapServer) accountOf(user string) *account {
	if a := x.accounts[user]; a != nil {
		return a
	}
	return x.first
}

func (x *imapServer) sessionOf(a *account) *session {
	return &session{UserSession: imapmemserver.NewUserSession(a.user), server: x, account: a}
}

// Words that fill the server, and what a recording is searched for.
const (
	create    = "CREATE"
	appendTo  = "APPEND"
	subscribe = "SUBSCRIBE"
	lsub      = "LSUB"
)

// fill gives an account the mailboxes of a recording, as a client would.
func (x *imapServer) fill(a *account, r *recorded) {
	c := x.connect(a)
	defer func() { _ = c.Close() }()
	validity := uint32(0)
	for _, name := range r.names {
		if c.ask(create, syntax.Quoted(name)) != protocol.OK {
			continue // a name that is not in modified UTF-7
		}
		validity++ // as imapmemserver counts
		box := r.boxes[name]
		x.values.Validity(r.user, name, box.validity, validity)
		if box.subscribed {
			c.ask(subscribe, syntax.Quoted(name))
		}
		own := uint32(0)
		for _, m := range box.initial {
			if c.ask(appendTo, syntax.Quoted(name), m.ownFlags(), syntax.Atom(m.ownDate()), syntax.Literal(m.content())) != protocol.OK {
				break
			}
			own++
			if m.uid > 0 {
				x.values.Known(r.user, name, m.uid, own)
			}
		}
		x.values.Next(r.user, name, box.next, own+1)
	}
}

// ownFlags returns the flags that a client can set.
func (m *mail) ownFlags() syntax.Flags {
	flags := syntax.Flags{}
	for _, f := range m.flags {
		if row := protocol.Lookup(protocol.Flag, f); !row.Does(protocol.MarksRecent) && isFlag(f) {
			flags = append(flags, f)
		}
	}
	return flags
}

// isFlag reports whether a flag can be written as one: an atom, with a backslash or without.
func isFlag(f string) bool {
	f = strings.TrimPrefix(f, `\`)
	return f != "" && !strings.ContainsFunc(f, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\]`, r)
	})
}

const dateForm = "_2-Jan-2006 15:04:05 -0700"

// ownDate returns the date as it is written in a request.
func (m *mail) ownDate() string {
	when, err := time.Parse(dateForm, string(m.date))
	if err != nil {
		when = time.Unix(0, 0).UTC()
	}
	return `"` + when.Format("02-Jan-2006 15:04:05 -0700") + `"`
}

// unknown is the text of a message whose text was not fetched.
const unknown = "The recording does not have the text of this message.\r\n"

// content returns the message, as far as it is known.
func (m *mail) content() []byte {
	switch {
	case len(m.whole)+len(m.header)+len(m.text) > maxLiteral:
		return []byte("\r\n" + unknown)
	case m.whole != nil:
		return m.whole
	case m.header != nil && m.text != nil:
		return append(bytes.Clone(m.header), m.text...)
	case m.header != nil:
		return append(bytes.Clone(m.header), unknown...)
	}
	var b bytes.Buffer
	if m.envelope != nil {
		m.envelopeHeader(&b)
	}
	b.WriteString("\r\n")
	if m.text != nil {
		b.Write(m.text)
	} else {
		b.WriteString(unknown)
	}
	return b.Bytes()
}

// envelopeHeader writes the fields that an envelope shows.
func (m *mail) envelopeHeader(b *bytes.Buffer) {
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + strings.NewReplacer("\r", " ", "\n", " ").Replace(value) + "\r\n")
		}
	}
	list := func(name string, as []syntax.Address) {
		words := make([]string, len(as))
		for i, a := range as {
			words[i] = a.String()
		}
		line(name, strings.Join(words, ", "))
	}
	e := m.envelope
	line("Date", e.Date.Value)
	line("Subject", e.Subject.Value)
	list("From", e.From)
	list("Sender", e.Sender)
	list("Reply-To", e.ReplyTo)
	list("To", e.To)
	list("Cc", e.Cc)
	list("Bcc", e.Bcc)
	line("In-Reply-To", e.InReplyTo.Value)
	line("Message-ID", e.MessageID.Value)
}

// account is a user's mailboxes.
type account struct {
	user      *imapmemserver.User
	delimiter rune

	mu      sync.Mutex
	folders map[string]*folder // by decoded name
}

// folder is what imapmemserver does not say of a mailbox.
type folder struct{ subscribed bool }

func newAccount(r *recorded) *account {
	a := &account{user: imapmemserver.NewUser(r.user, ""), folders: make(map[string]*folder), delimiter: '/'}
	if len(r.delimiter) == 1 {
		a.delimiter = rune(r.delimiter[0])
	}
	return a
}
