package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/proxy"
	"imapscope/proxy/metrics"
	"imapscope/samples"
	"imapscope/samples/client"
	"imapscope/samples/server"
	"imapscope/ui/inspect"
	"imapscope/ui/print"
	"imapscope/ui/service"
)

// demo holds the flags of demo.
type demo struct {
	output
	handFlags
	themed
	api    apiFlags
	serve  bool
	listen string
	quirks []string
	text   bool
}

func newDemo(e *env) *cobra.Command {
	var o demo
	c := &cobra.Command{
		Use:  "demo [SAMPLE]",
		Long: "  " + strings.Join(samples.Names(), "\n  ") + "\n\nThe server's quirks:\n\n" + server.QuirkList(),
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
	o.handFlags.flags(f)
	o.api.flags(f)
	f.BoolVar(&o.serve, "serve", false, "keep running until Ctrl-C, for clients of your own")
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "the proxy's address, `host:port`; port 0 means any free one")
	f.StringArrayVar(&o.quirks, "quirk", nil, "make the server break a rule (repeatable)")
	o.themeFlag(f)
	f.BoolVar(&o.text, "text", false, "print text, even on a terminal")
	return c
}

// demoConns is the number of clients that the demo's server answers. Each needs three of this
// process's descriptors: without a limit, the proxy could take those that the server needs.
const demoConns = 64

// recording decodes a recording that is part of the program.
func (o *demo) recording(ctx context.Context, e *env, name string) error {
	b, err := samples.Read(name)
	if err != nil {
		return usage("unknown sample %q; the samples are: %s", name, strings.Join(samples.Names(), ", "))
	}
	fmt.Fprintf(e.err, "This is the embedded recording %s, not a live conversation.\n", name)
	return o.output.run(ctx, e, pcap.Stream(bytes.NewReader(b), name, pcap.Options{Ports: o.ports}), false)
}

// run shows a live conversation.
func (o *demo) run(ctx context.Context, e *env) (err error) {
	inspector := !o.text && onTerminal(e) && o.format == "text" && !o.quiet && !o.verbose && !o.stats
	streams := e.outlive(ctx, o.serve)
	defer streams.Close(&err)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	srv, err := server.New(server.Options{Quirks: o.quirks, Delay: 2 * time.Millisecond, MaxConns: demoConns})
	if err != nil {
		return usage("--quirk: %v", err)
	}
	upstream, stop, err := srv.Start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	tail := new(print.Tail)
	log, flush := service.Log(tail, slog.LevelWarn)
	r := &relay{source: proxy.Source{Proxy: &proxy.Proxy{Target: proxy.Fixed(upstream), MaxConns: demoConns + 8, Log: log}}, e: e, figures: metrics.New()}
	r.outlives(streams)
	if err := o.act(ctx, r, inspector); err != nil {
		return errors.Join(err, r.close())
	}
	addr := r.source.Listener.Addr().String()
	conversed := make(chan error, 1)
	pause := time.Duration(0)
	if inspector {
		pause = 300 * time.Millisecond // slow enough to follow
	}
	go func() {
		conversed <- client.Converse(ctx, addr, pause)
		if !o.serve && !inspector {
			cancel()
		}
	}()
	host, port, _ := net.SplitHostPort(addr)
	if inspector {
		return o.inspect(ctx, e, r, addr)
	}
	fmt.Fprintf(e.err, "A live conversation with a small IMAP2 server, through a proxy at %s.\n", addr)
	if o.serve {
		fmt.Fprintf(e.err, "To talk to it yourself: nc %s %s, then: a LOGIN fred secret. Ctrl-C ends it.\n", host, port)
	}
	s, w, err := o.stream(e, true)
	if err != nil {
		cancel()
		return errors.Join(err, r.source.Listener.Close())
	}
	err = r.Run(ctx, decode.NewDemux(decode.Options{Keep: o.keep(), Dialect: o.dialect}, s))
	flush()
	err = errors.Join(err, o.finish(e, w, s), tail.Print(e.err))
	if ctx.Err() == nil || !o.serve {
		err = errors.Join(err, <-conversed)
	}
	return err
}

// inspect shows the conversation in the inspector.
func (o *demo) inspect(ctx context.Context, e *env, r *relay, addr string) error {
	in := inspected{themed: o.themed, filter: o.filter, shown: o.shown, reading: o.reading, left: r.hands.release}
	shown := inspect.Options{
		Source: "demo " + addr,
		Hint:   []string{"A client is about to connect. You can connect too: " + addr + ", user fred, password secret."},
		Live:   true,
	}
	r.hands.show(&shown)
	return in.run(ctx, e, r, shown)
}

// act makes the relay listen, with what acts on the traffic.
func (o *demo) act(ctx context.Context, r *relay, inspector bool) error {
	if err := r.act(&o.handFlags, &o.api, &o.output, inspector, inspector); err != nil {
		return err
	}
	listen := func(addr string) (net.Listener, error) { return proxy.Listen(ctx, addr, false) }
	if err := r.accept(&o.api, o.listen, listen); err != nil {
		return err
	}
	if err := o.api.serve(ctx, r, r.source.Proxy.Log); err != nil {
		return errors.Join(err, r.source.Listener.Close())
	}
	return nil
}
