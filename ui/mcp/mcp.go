// Package mcp serves what was seen of IMAP conversations to an assistant, over the Model
// Context Protocol.
//
//	face, err := mcp.New(mcp.Options{Version: "1.0"})
//	defer face.Close()
//	go func() { face.Ended(source.Run(ctx, face.Sink())) }()
//	err = face.Serve(ctx, os.Stdin, os.Stdout)
//
// # Rules
//
//   - Tools only read. None writes a file, opens a connection or changes what was read.
//   - What was recorded is untrusted data: each answer says so, and its texts are inert and
//     cut (type text). No answer contains a secret; whether names, addresses and the text of
//     mail are replaced is decided by who fills the Sink.
//   - An answer is at most maxAnswer bytes of JSON, and a cursor in it says where to go on.
//   - Tools wait a while for the end of a recording that is still being read, then answer from
//     what was read so far, and say so.
//   - A line of input that is no JSON-RPC message is answered with an error; the session goes on.
package mcp

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/ui/inspect/model"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// Options configure a Face.
type Options struct {
	Version string           // of the program
	Dialect protocol.Dialect // to assume, as for decode.Options
	View    view.Options
	Help    print.HelpPages

	// Raw reports that what the Sink receives is the recording itself. Otherwise persons have
	// been removed from it, and the text of mail is left out: it means nothing.
	Raw bool
	// Grows reports that there is no end to wait for.
	Grows bool
	// Patience is how long a tool waits for the end of reading; 0 means 20 seconds.
	Patience time.Duration
}

// defaultPatience is below the minute that clients wait for an answer.
const defaultPatience = 20 * time.Second

// Face is a server of tools over one recording.
type Face struct {
	o        Options
	server   *sdk.Server
	archive  *archive.Archive
	findings *view.Findings
	acts     *view.Acts
	model    *model.Model
	seen     *collected

	turn  chan struct{} // holds a token; who has it answers
	ended chan struct{} // closed by Ended
	err   error         // set before ended is closed
}

// New returns a Face that has seen nothing. Close must be called at the end.
func New(o Options) (*Face, error) {
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	f := &Face{o: o, acts: new(view.Acts), seen: new(collected), turn: make(chan struct{}, 1), ended: make(chan struct{})}
	f.turn <- struct{}{}
	f.seen.stats.Options = o.View
	var err error
	if f.findings, err = view.NewReasonedFindings(o.View, lint.Options{Dialect: o.Dialect}); err != nil {
		return nil, err
	}
	f.archive, err = archive.New(archive.Options{
		Handler: decode.Handlers{f.findings, f.acts, f.seen},
		Decode:  decode.Options{Dialect: o.Dialect},
	})
	if err != nil {
		return nil, err
	}
	f.model = model.New(f.archive, o.View)
	f.model.Findings, f.model.Acts = f.findings, f.acts
	f.server = newServer(f)
	return f, nil
}

// Sink returns what the facts of the recording are reported to.
func (f *Face) Sink() capture.Sink { return f.archive.Writer() }

// Ended reports that everything has been read, or why reading ended before that. It is called
// once.
func (f *Face) Ended(err error) {
	f.err = err
	close(f.ended)
}

// Serve answers a client until in ends or ctx is done. Nothing but messages of the protocol is
// written to out.
func (f *Face) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	err := f.server.Run(ctx, newTransport(in, out))
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// NotKept returns how many bytes could not be kept, and why.
func (f *Face) NotKept() (int64, error) { return f.archive.Stats().NotKept, f.archive.Err() }

// Close removes the spool.
func (f *Face) Close() error { return f.archive.Close() }

// collected is a decode.Handler that adds up the recording while it is read, for answers that
// may come meanwhile.
type collected struct {
	mu    sync.Mutex
	stats view.Stats
}

// Open implements decode.Handler.
func (c *collected) Open(conn capture.Conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats.Accounts.Open(conn)
}

// Events implements decode.Handler.
func (c *collected) Events(id capture.ConnID, events []decode.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			c.stats.Message(e)
		case *decode.Transaction:
			c.stats.Transaction(id, e)
		case *decode.Closed:
			c.stats.Closed(id, e)
		}
	}
	return c.stats.Accounts.Events(id, events)
}
