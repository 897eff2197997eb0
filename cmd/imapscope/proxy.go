package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/proxy"
	"imapscope/proxy/metrics"
	"imapscope/ui/inspect"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// proxyFlags holds the flags of the proxy verb.
type proxyFlags struct {
	output
	legs
	recording
	listen, server string
	transparent    string
	metrics        string
	dial, idle     time.Duration
	maxConns       int
	acceptHeader   bool
	sendHeader     int
	mark           int
	inspect        bool
}

func newProxy(e *env) *cobra.Command {
	var o proxyFlags
	c := &cobra.Command{
		Use:  "proxy --listen ADDR --upstream ADDR",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.Context(), e) },
	}
	f := c.Flags()
	o.output.flags(c)
	o.legs.flags(f)
	o.recording.flags(f)
	f.BoolVar(&o.inspect, "inspect", false, "open the inspector (see 'imapscope inspect --help')")
	f.StringVar(&o.listen, "listen", "", "the address to listen on, `host:port`")
	f.StringVar(&o.server, "upstream", "", "the server, `host:port`")
	f.StringVar(&o.transparent, "transparent", "", "use the address each client dialled as the server: redirect or tproxy (Linux)")
	f.StringVar(&o.metrics, "metrics", "", "serve Prometheus metrics at /metrics of this `host:port`")
	f.DurationVar(&o.dial, "dial-timeout", proxy.DefaultDialTimeout, "the time limit for connecting to the server")
	f.DurationVar(&o.idle, "idle-timeout", 0, "close connections that are idle for this long (0: never)")
	f.IntVar(&o.maxConns, "max-conns", 0, "accept at most this many connections at once (0: any number)")
	f.BoolVar(&o.acceptHeader, "accept-proxy-header", false, "expect a PROXY header from clients (HAProxy's, v1 or v2)")
	f.IntVar(&o.mark, "mark", 0, "mark connections to the server, for firewall rules that leave them alone (Linux)")
	f.IntVar(&o.sendHeader, "send-proxy-header", 0, "send the server a PROXY header of this version, 1 or 2")
	return c
}

func (o *proxyFlags) target() (proxy.Target, error) {
	switch {
	case o.listen == "":
		return "", usage("proxy: no address to listen on; for example: --listen 127.0.0.1:1143")
	case o.transparent != "" && o.server != "":
		return "", usage("proxy: --transparent takes the server from each connection; omit --upstream")
	case o.transparent == "redirect", o.transparent == "tproxy":
		return proxy.Transparent, nil
	case o.transparent != "":
		return "", usage("proxy: --transparent %q is neither redirect nor tproxy", o.transparent)
	case o.server == "":
		return "", usage("proxy: no server; for example: --upstream mail.example:143")
	}
	return proxy.Fixed(o.server), nil
}

func (o *proxyFlags) run(ctx context.Context, e *env) (err error) {
	if o.inspect {
		return o.runInspector(ctx, e)
	}
	s, w, err := o.stream(e, true)
	if err != nil {
		return err
	}
	r, err := o.relay(ctx, e, slog.New(slog.NewTextHandler(e.err, nil)))
	if err != nil {
		return err
	}
	var sink capture.Sink
	if s.Printer != nil || o.stats || o.metrics != "" {
		sink = decode.NewDemux(decode.Options{Keep: o.keep()}, decode.Handlers{s, r.figures})
	}
	defer outliveReader()()
	fmt.Fprintf(e.err, "imapscope: listening on %s for %s; Ctrl-C ends it\n", r.source.Listener.Addr(), r.source.Proxy.Target)
	err = r.Run(ctx, sink)
	return errors.Join(err, o.finish(e, w, s))
}

// runInspector shows the traffic in the inspector. Quitting it acts as the first Ctrl-C:
// open connections continue until they end.
func (o *proxyFlags) runInspector(ctx context.Context, e *env) error {
	if o.format != "text" || o.stats || o.quiet || o.verbose {
		return usage("--inspect excludes --format, --stats, -q and -v")
	}
	log := new(print.Tail)
	r, err := o.relay(ctx, e, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		return err
	}
	in := inspected{filter: o.filter, showSecrets: o.showSecrets, handler: r.figures}
	addr := r.source.Listener.Addr().String()
	in.left = func() {
		if n := r.source.Proxy.Stats().Open; n > 0 {
			fmt.Fprintf(e.err, "imapscope: waiting for %s to end; Ctrl-C ends what is left\n", view.Count(int(n), "connection"))
		}
	}
	err = in.run(ctx, e, r, inspect.Options{
		Source: fmt.Sprintf("proxy %s > %s", addr, r.source.Proxy.Target),
		Hint:   []string{"No connection yet. Point your client at " + addr + "."},
		Live:   true,
	})
	if ctx.Err() == nil && !r.ran {
		err = errors.Join(err, r.source.Listener.Close(), r.close())
	}
	return errors.Join(err, log.Print(e.err))
}

// A relay is the proxy as a capture.Source.
type relay struct {
	source  proxy.Source
	e       *env
	figures *metrics.Metrics
	closers []func() error
	ran     bool
}

// relay returns the proxy that the flags describe.
func (o *proxyFlags) relay(ctx context.Context, e *env, log *slog.Logger) (_ *relay, err error) {
	target, err := o.target()
	if err != nil {
		return nil, err
	}
	r := &relay{e: e, figures: metrics.New()}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	legs, closeKeyLog, err := o.config(o.server, log)
	r.closers = append(r.closers, closeKeyLog)
	if err != nil {
		return nil, err
	}
	record, finishRecord, err := o.start(e)
	if err != nil {
		return nil, err
	}
	if record != nil {
		r.source.Record = record
	}
	r.closers = append(r.closers, finishRecord)
	r.source.Proxy = &proxy.Proxy{
		Target:              target,
		DialTimeout:         o.dial,
		IdleTimeout:         o.idle,
		MaxConns:            o.maxConns,
		AcceptProxyProtocol: o.acceptHeader,
		SendProxyProtocol:   o.sendHeader,
		Mark:                o.mark,
		Log:                 log,
	}
	if legs != nil {
		r.source.Proxy.Opener = legs
	}
	if r.source.Listener, err = proxy.Listen(ctx, o.listen, o.transparent == "tproxy"); err != nil {
		return nil, err
	}
	if o.metrics != "" {
		stop, err := r.figures.Serve(o.metrics, log)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("--metrics: %w", err), r.source.Listener.Close())
		}
		r.closers = append(r.closers, stop)
	}
	return r, nil
}

func (r *relay) close() error {
	var errs []error
	for _, f := range r.closers {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// Run implements capture.Source: it serves until ctx is done and all connections have ended.
func (r *relay) Run(ctx context.Context, sink capture.Sink) error {
	r.ran = true
	r.source.Lost = func(n int64) {
		fmt.Fprintf(r.e.err, "imapscope: %d bytes were forwarded but not shown: the display could not keep up\n", n)
	}
	defer onSecondSignal(ctx, r.source.Proxy)()
	err := r.source.Run(ctx, sink)
	return errors.Join(err, r.close())
}

// outliveReader lets the program go on when the reader of standard output leaves, as head
// does: clients depend on the relay, and the recording goes on. Writes fail from then on.
func outliveReader() (stop func()) {
	signals := make(chan os.Signal, 1) // nothing reads it: what counts is that the signal does not kill
	signal.Notify(signals, syscall.SIGPIPE)
	return func() { signal.Stop(signals) }
}

// onSecondSignal closes p if another signal arrives after ctx is done.
func onSecondSignal(ctx context.Context, p *proxy.Proxy) (done func()) {
	signals, over := make(chan os.Signal, 1), make(chan struct{})
	go func() {
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(signals)
		select {
		case <-over:
		case <-signals:
			_ = p.Close() // Serve returns the error
		}
	}()
	return func() { close(over) }
}
