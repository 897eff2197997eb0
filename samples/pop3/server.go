package pop3

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"imapscope/samples/server"
)

// Options configures a Server. The zero value has the user fred, whose password is secret, and
// no mail.
type Options struct {
	User, Password string
	// Host is the server's name, in its greeting; "pop3.example" by default.
	Host string
	Mail []server.Mail
}

// A Server holds a maildrop. Its methods may be called concurrently.
type Server struct {
	opts Options

	mu       sync.Mutex
	drop     []*message
	arrivals int
	locked   bool // by a session
}

// message is a message in the maildrop.
type message struct {
	text   []byte // lines end in CRLF
	unique string
}

// New returns a Server.
func New(o Options) *Server {
	if o.User == "" {
		o.User, o.Password = "fred", "secret"
	}
	if o.Host == "" {
		o.Host = "pop3.example"
	}
	s := &Server{opts: o}
	for _, m := range o.Mail {
		s.Deliver(m)
	}
	return s
}

// Deliver adds a message to the maildrop. A session that is open does not see it.
func (s *Server) Deliver(m server.Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrivals++
	sum := sha256.Sum256(m.Text)
	s.drop = append(s.drop, &message{text: bytes.Clone(m.Text), unique: fmt.Sprintf("%d.%x", s.arrivals, sum[:4])})
}

// lock returns the messages for a session that logs in; ok is false if another one holds the
// maildrop.
func (s *Server) lock() (list []*message, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locked {
		return nil, false
	}
	s.locked = true
	return slices.Clone(s.drop), true
}

// release removes messages and gives the lock back.
func (s *Server) release(deleted []*message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locked = false
	s.drop = slices.DeleteFunc(s.drop, func(m *message) bool { return slices.Contains(deleted, m) })
}
