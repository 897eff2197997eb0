package intercept

import (
	"context"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/decode/protocol"
	"imapscope/proxy"
)

// DefaultLimit is the number of bytes of a message that are held back at most, if
// Options.Limit is 0.
const DefaultLimit = 4 << 20

const (
	// plusTimeout is how long the server's "+" is awaited for a literal of which the client
	// got it from the engine. Then the connection is ended: a server that refuses the
	// literal later would read it as commands.
	plusTimeout = 2 * time.Minute
	// grace is how long a client's literal is awaited before the client gets a "+" from the
	// engine, unless the connection is known to speak IMAP4 or later. There were clients that
	// do not wait for it, and servers that send it only after the literal: as long as the
	// client does not wait, nor does the engine.
	grace = 50 * time.Millisecond
)

// Options configures an Engine.
type Options struct {
	// Stages have an agent each for every connection, which act in this order.
	Stages []Stage
	// Row fills in what filters see of a message: of a transaction, as far as it has come,
	// if it belongs to one. It must be set if a stage uses Message.Seen.
	Row func(*filter.Row, *capture.Conn, *decode.Message)
	// Dialect is what the connections speak, unless it is protocol.UnknownDialect.
	Dialect protocol.Dialect
	// Limit is the number of bytes of a message that are held back at most; 0 means
	// DefaultLimit.
	Limit int
	// Acted, if set, is called for each note about what was done, with its kind
	// (capture.ByFault …) and text. It must not block.
	Acted func(kind, text string)
	// Dark, if set, is called when a connection can no longer be decoded, because of what
	// it changed to: it passes unchanged from then on. It must not block.
	Dark func(c *capture.Conn, to decode.UpgradeTo)
}

// A Stage acts on connections. Its methods may be called concurrently.
type Stage interface {
	// Agent returns the stage's agent for a connection; nil if it leaves it alone.
	Agent(c *Conn) Agent
}

// An Agent acts on the messages of one connection. Its methods are called one at a time,
// while the connection is locked: they must not block.
type Agent interface {
	// Wants reports whether Act is to see a message of which only the first line is known
	// yet. The rest of it is then held back until it has come.
	Wants(h *Head) bool
	// Act decides what happens to a message. m is valid until Act returns, except for what
	// is given to Hold.
	Act(m *Message)
	// Close is called once, when the connection has ended.
	Close()
}

// Engine is a proxy.Hook. Its methods may be called concurrently.
type Engine struct {
	opts          Options
	plusTimeout   time.Duration
	grace         time.Duration
	insertTimeout time.Duration
}

// New returns an Engine.
func New(o Options) *Engine {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	return &Engine{opts: o, plusTimeout: plusTimeout, grace: grace, insertTimeout: insertTimeout}
}

// Relay implements proxy.Hook.
func (e *Engine) Relay(ctx context.Context, l *proxy.Link) { newConn(e, l).relay(ctx) }
