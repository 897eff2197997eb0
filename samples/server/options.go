package server

import (
	"io/fs"
	"log/slog"
	"time"

	"imapscope/samples"
)

// Options configures a Server. The zero value is a conforming server with the sample mailboxes
// and one user, fred, whose password is secret.
type Options struct {
	// Users maps user names to passwords. Names are case-insensitive, passwords are not.
	// Each user has their own mailboxes; bulletin boards are shared.
	Users map[string]string
	// PreAuth greets with PREAUTH: the client is this user already (RFC 1176, "The
	// Protocol", p. 6).
	PreAuth string
	// Host is the server's name, in its greeting; "imap2.example" by default.
	Host string
	// Mail holds mailboxes/NAME.mbox and bboards/NAME.mbox; samples.Mail by default.
	Mail fs.FS
	// Quirks are the names of the quirks that the server has.
	Quirks []string
	// Delay is added to the time of each response.
	Delay time.Duration

	// MaxLine is the maximum number of bytes of a command outside its literals; 10,000 by
	// default, as in the DEC-20 server (p. 29).
	MaxLine int
	// MaxLiteral is the maximum number of bytes of all literals of one command;
	// 491,520 by default, the DEC-20 server's "long" argument (p. 29).
	MaxLiteral int64
	// MaxConns is the maximum number of concurrent clients; 4,096 by default.
	MaxConns int

	// Log receives connections and commands, but no arguments; nothing is logged by
	// default.
	Log *slog.Logger
}

// Fixed limits. Those of mailboxes are the DEC-20 server's (RFC 1176, p. 29).
const (
	maxMessages = 18_432    // of a mailbox
	maxOctets   = 7_077_888 // of a mailbox
	maxTag      = 256
)

func (o Options) withDefaults() Options {
	if len(o.Users) == 0 {
		o.Users = map[string]string{"fred": "secret"}
	}
	if o.Host == "" {
		o.Host = "imap2.example"
	}
	if o.Mail == nil {
		o.Mail = samples.Mail()
	}
	if o.MaxLine == 0 {
		o.MaxLine = 10_000
	}
	if o.MaxLiteral == 0 {
		o.MaxLiteral = 491_520
	}
	if o.MaxConns == 0 {
		o.MaxConns = 4_096
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
