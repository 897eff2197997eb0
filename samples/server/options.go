package server

import (
	"io/fs"
	"log/slog"
	"time"

	"imapscope/samples"
)

// Options of a Server. The zero value is a faultless server with the sample
// mailboxes and one user, fred, whose password is secret.
type Options struct {
	// Users are passwords by user name. Names are compared without regard to case,
	// passwords are not. Each user has mailboxes of their own, bulletin boards are
	// everybody's.
	Users map[string]string
	// PreAuth greets with PREAUTH: the client is this user already (RFC 1176, "The
	// Protocol", p. 6).
	PreAuth string
	// Host is the server's name, in its greeting; "imap2.example" by default.
	Host string
	// Mail holds mailboxes/NAME.mbox and bboards/NAME.mbox; samples.Mail by default.
	Mail fs.FS
	// Quirks are names of Quirks to have.
	Quirks []string
	// Delay is how long each answer takes.
	Delay time.Duration

	// MaxLine is how many octets a command may have outside its literals; 10,000 by
	// default, as the DEC-20 server had it (p. 29).
	MaxLine int
	// MaxLiteral is how many octets the literals of one command may have together;
	// 491,520 by default, the DEC-20 server's "long" argument (p. 29).
	MaxLiteral int64
	// MaxConns is how many clients there may be at a time; 4,096 by default.
	MaxConns int

	// Log hears of connections and commands, never of arguments; nothing is logged
	// by default.
	Log *slog.Logger
}

// Limits that no option changes: those of mailboxes are the DEC-20 server's (RFC
// 1176, p. 29).
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
