package fallback

import (
	"imapscope/decode/binding"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/samples/server"
)

// Session is a server's conversation with one client. It must be used by one goroutine at a
// time; different sessions may be used concurrently.
type Session interface {
	// Write processes bytes from the client, and returns the server's response; more is
	// false once the conversation is over.
	Write(p []byte) (answer []byte, more bool)
	// Close ends the conversation.
	Close() error
}

// New returns a function that begins conversations with a server in memory, of the dialect
// of a recording, that has what the recording shows. It may be called concurrently. Values
// has what the two servers call the same things; it is nil if they call them the same.
func New(s *script.Script) (open func() Session, values *binding.Map, err error) {
	if speaksIMAP4(s) {
		x := newServer(s)
		return x.open, x.values, nil
	}
	srv, err := server.New(server.Options{Users: s.Users()})
	if err != nil {
		return nil, nil, err
	}
	return func() Session { return sample{srv.NewSession()} }, nil, nil
}

// sample is a conversation with the sample server.
type sample struct{ *server.Session }

// Close implements Session.
func (sample) Close() error { return nil }

// speaksIMAP4 reports whether a server of the recording is one of IMAP4 or later: it
// announced that, or answered OK to a command that no dialect before has.
func speaksIMAP4(s *script.Script) bool {
	for _, x := range s.Sessions {
		if x.Closed != nil && x.Closed.Dialect >= protocol.IMAP4 {
			return true
		}
	}
	return false
}
