package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/capture/keylog"
	"imapscope/decode"
	"imapscope/proxy"
	"imapscope/proxy/metrics"
	"imapscope/proxy/tls"
	"imapscope/ui/inspect"
	"imapscope/ui/print"
	"imapscope/ui/service"
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
	o.keylogFlag(f)
	o.legs.flags(f)
	o.recording.flags(f)
	f.BoolVar(&o.record.TLS, "record-tls", false, "record TLS with clients as it passes, with its keys, instead of what is in it")
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
	streams := e.outlive(ctx, true)
	defer streams.Close(&err)
	s, w, err := o.stream(e, true)
	if err != nil {
		return err
	}
	log, flush := service.Log(e.err, slog.LevelInfo)
	defer flush()
	r, err := o.relay(ctx, e, log)
	if err != nil {
		return err
	}
	r.outlives(streams)
	var sink capture.Sink
	if s.Printer != nil || o.stats || o.metrics != "" {
		sink = decode.NewDemux(decode.Options{Keep: o.keep(), Dialect: o.dialect}, decode.Handlers{s, r.figures})
	}
	fmt.Fprintf(e.err, "imapscope: listening on %s for %s; Ctrl-C ends it\n", r.source.Listener.Addr(), r.source.Proxy.Target)
	src := capture.Source(r)
	if sink != nil {
		src = o.keyed(r, true, e.err)
	}
	err = src.Run(ctx, sink)
	return errors.Join(err, o.finish(e, w, s))
}

// runInspector shows the traffic in the inspector. Quitting it acts as the first Ctrl-C:
// open connections continue until they end.
func (o *proxyFlags) runInspector(ctx context.Context, e *env) (err error) {
	if o.format != "text" || o.stats || o.quiet || o.verbose {
		return usage("--inspect excludes --format, --stats, -q and -v")
	}
	defer e.outlive(ctx, true).Close(&err)
	tail := new(print.Tail)
	log, flush := service.Log(tail, slog.LevelInfo)
	r, err := o.relay(ctx, e, log)
	if err != nil {
		return err
	}
	in := inspected{filter: o.filter, shown: o.shown, reading: o.reading, handler: r.figures}
	addr := r.source.Listener.Addr().String()
	in.left = func() {
		if n := r.source.Proxy.Stats().Open; n > 0 {
			fmt.Fprintf(e.err, "imapscope: waiting for %s to end; Ctrl-C ends what is left\n", view.Count(int(n), "connection"))
		}
	}
	err = in.run(ctx, e, o.keyed(r, true, tail), inspect.Options{
		Source: fmt.Sprintf("proxy %s > %s", addr, r.source.Proxy.Target),
		Hint:   []string{"No connection yet. Point your client at " + addr + "."},
		Live:   true,
	})
	if ctx.Err() == nil && !r.ran {
		err = errors.Join(err, r.source.Listener.Close(), r.close())
	}
	flush()
	return errors.Join(err, tail.Print(e.err))
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
	if o.record.TLS && (legs == nil || legs.Client == tls.Plain) {
		return nil, usage("proxy: --record-tls records TLS with clients; it goes with --client-tls starttls or implicit")
	}
	record, err := o.start(e)
	if err != nil {
		return nil, err
	}
	if record != nil {
		r.source.Record, r.source.RecordWire = record, o.record.TLS
	}
	if o.record.TLS {
		legs.ClientKeyLog = keylog.Writer(record)
	}
	r.closers = append(r.closers, record.Finish)
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
	if o.transparent == "redirect" {
		r.source.Listener, err = proxy.ListenAll(ctx, o.listen)
	} else {
		r.source.Listener, err = proxy.Listen(ctx, o.listen, o.transparent == "tproxy")
	}
	if err != nil || o.metrics == "" {
		return r, err
	}
	l, err := proxy.Listen(ctx, o.metrics, false)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--metrics: %w", err), r.source.Listener.Close())
	}
	if record != nil {
		r.figures.Tap("recording", record)
	}
	r.source.Queued = func(q *capture.Queue) { r.figures.Tap("display", q) }
	p := r.source.Proxy
	r.figures.Traffic(func(d capture.Direction) int64 { return p.Stats().Octets[d] }, func() int64 { return p.Stats().Failed })
	r.closers = append(r.closers, r.figures.Serve(l, log))
	fmt.Fprintf(e.err, "imapscope: metrics at http://%s/metrics\n", l.Addr())
	return r, nil
}

// outlives makes the relay go on when the readers of its output stall or leave: it is noted
// in the recording, and does not hold up the end.
func (r *relay) outlives(s *service.Streams) {
	s.Also(func(_ service.State, text string) { r.source.Proxy.Note(text) })
	r.source.Ending = s.Limit
	r.figures.Unshown(func() int64 { return s.Out.Lost().Lines })
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
	defer service.Again(ctx, func() { _ = r.source.Proxy.Close() })() // Serve returns the error
	err := r.source.Run(ctx, sink)
	return errors.Join(err, r.close())
}
