package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/proxy"
	"imapscope/proxy/metrics"
	"imapscope/samples"
	"imapscope/samples/server"
	"imapscope/ui/inspect"
)

// demo are the flags of the demo.
type demo struct {
	output
	serve  bool
	listen string
	quirks []string
	text   bool
}

func newDemo(e *env) *cobra.Command {
	var o demo
	c := &cobra.Command{
		Use:   "demo [SAMPLE]",
		Short: "See a live conversation, with nothing but this program",
		Long: `demo starts a small IMAP2 server (RFC 1176, with mail of its own) and the proxy
before it, on loopback, lets a client talk to it, and shows what they say as it
happens: on a terminal in the inspector, else as text.

With --serve it stays, and you may talk to it yourself: user fred, password
secret. --quirk makes the server break a rule, to see how that looks.

demo SAMPLE decodes a recording that is part of this program instead:

  ` + strings.Join(samples.Names(), "\n  ") + `

The server's quirks:

` + quirkList(),
		Example: `  imapscope demo
  imapscope demo --text
  imapscope demo --serve --listen 127.0.0.1:1143
  imapscope demo --quirk late-ready --quirk wrong-size
  imapscope demo mtest1988--imap-1`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return o.recording(c.Context(), e, args[0])
			}
			return o.run(c.Context(), e)
		},
	}
	o.output.flags(c)
	f := c.Flags()
	f.BoolVar(&o.serve, "serve", false, "stay until Ctrl-C, for clients of your own")
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "where the proxy listens, `host:port`; port 0 is any that is free")
	f.StringArrayVar(&o.quirks, "quirk", nil, "let the server break a rule (repeatable)")
	f.BoolVar(&o.text, "text", false, "text, also on a terminal")
	return c
}

func quirkList() string {
	var b strings.Builder
	for _, q := range server.Quirks() {
		fmt.Fprintf(&b, "  %-22s %s\n", q.Name, q.Doc)
	}
	return strings.TrimRight(b.String(), "\n")
}

// recording decodes a recording that is part of the program.
func (o *demo) recording(ctx context.Context, e *env, name string) error {
	b, err := samples.Read(name)
	if err != nil {
		return usage("no sample %q; there are: %s", name, strings.Join(samples.Names(), ", "))
	}
	fmt.Fprintf(e.err, "This is the embedded recording %s, not a live conversation.\n", name)
	return o.output.run(ctx, e, pcap.Stream(bytes.NewReader(b), name, pcap.Options{Ports: o.ports}), false)
}

// run shows a live conversation.
func (o *demo) run(ctx context.Context, e *env) (err error) {
	inspector := !o.text && onTerminal(e) && o.format == "text" && !o.quiet && !o.verbose && !o.stats
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := server.New(server.Options{Quirks: o.quirks, Delay: 2 * time.Millisecond})
	if err != nil {
		return usage("--quirk: %v", err)
	}
	upstream, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	serving, stop := context.WithCancel(context.Background())
	go func() { served <- s.Serve(serving, upstream) }()
	defer func() {
		stop()
		err = errors.Join(err, <-served)
	}()
	log := &tail{}
	r := &relay{e: e, figures: metrics.New(), proxy: &proxy.Proxy{
		Target: proxy.Fixed(upstream.Addr().String()),
		Log:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}}
	if r.listener, err = proxy.Listen(ctx, o.listen, false); err != nil {
		return err
	}
	addr := r.listener.Addr().String()
	talked := make(chan error, 1)
	go func() {
		talked <- converse(ctx, addr, inspector)
		if !o.serve && !inspector {
			cancel()
		}
	}()
	host, port, _ := net.SplitHostPort(addr)
	if inspector {
		in := inspected{filter: o.filter, showSecrets: o.showSecrets}
		return in.run(ctx, e, r, inspect.Options{
			Source: "demo " + addr,
			Hint:   []string{"A client is about to connect. You may, too: " + addr + ", user fred, password secret."},
			Live:   true,
		})
	}
	fmt.Fprintf(e.err, "A live conversation with a small IMAP2 server, through a proxy at %s.\n", addr)
	if o.serve {
		fmt.Fprintf(e.err, "Talk to it yourself: nc %s %s, then: a LOGIN fred secret. Ctrl-C ends it.\n", host, port)
	}
	show, w, err := o.show(e, true)
	if err != nil {
		cancel()
		return errors.Join(err, r.listener.Close())
	}
	err = r.Run(ctx, decode.NewDemux(decode.Options{Keep: o.keep()}, show))
	if o.stats {
		show.stats.Sort()
		err = errors.Join(err, o.closing(w, e, show.stats))
	}
	err = errors.Join(err, w.Flush(), log.writeTo(e.err))
	if ctx.Err() == nil || !o.serve {
		err = errors.Join(err, <-talked)
	}
	return err
}

// sayings is what the demo's client says: a line a command; one that begins with "+"
// goes out together with the one before it; "{}" is where a literal is sent once the
// server is ready for it.
var sayings = []string{
	"LOGIN fred secret",
	"SELECT INBOX",
	"FETCH 1:12 ALL",
	"FETCH 3 RFC822",
	"SEARCH SUBJECT {} \"lunch on\"",
	"FETCH 1 FLAGS",
	"+FETCH 2 FLAGS",
	"+STORE 1 +FLAGS (\\Flagged)",
	"FIND MAILBOXES *",
	"COPY 4 archive",
	"CAPABILITY",
	"FETCH 99 ALL",
	"EXPUNGE",
	"LOGOUT",
}

// converse is the demo's client. For a person who looks on it takes its time.
func converse(ctx context.Context, addr string, slowly bool) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })() // it is what ends Read
	in := bufio.NewReader(c)
	// A server with a quirk may never answer.
	until := func(prefix string) error {
		for {
			if err := c.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
				return err
			}
			line, err := in.ReadString('\n')
			if err != nil || strings.HasPrefix(line, prefix) {
				return err
			}
		}
	}
	err = until("* ")
	for i := 0; i < len(sayings) && !ended(err); i++ {
		if slowly {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(300 * time.Millisecond):
			}
		}
		first := i
		var text strings.Builder
		for ; ; i++ {
			command, literal, ok := strings.Cut(strings.TrimPrefix(sayings[i], "+"), "{} ")
			if literal = strings.Trim(literal, `"`); ok {
				fmt.Fprintf(c, "A%02d %s{%d}\r\n", i+1, command, len(literal))
				if err = until("+"); ended(err) {
					return nil
				}
				fmt.Fprintf(&text, "%s\r\n", literal)
			} else {
				fmt.Fprintf(&text, "A%02d %s\r\n", i+1, command)
			}
			if i+1 == len(sayings) || !strings.HasPrefix(sayings[i+1], "+") {
				break
			}
		}
		if _, err = io.WriteString(c, text.String()); err != nil {
			return nil
		}
		for k := first; k <= i && !ended(err); k++ {
			err = until(fmt.Sprintf("A%02d", k+1))
		}
	}
	return nil
}

// ended reports whether a read says that the conversation is over; waiting in vain
// does not.
func ended(err error) bool {
	var late net.Error
	return err != nil && !(errors.As(err, &late) && late.Timeout())
}

var _ capture.Source = (*relay)(nil)
