package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/capture/keylog"
	"imapscope/decode"
	"imapscope/proxy"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/api"
	"imapscope/proxy/metrics"
	"imapscope/proxy/tls"
	"imapscope/ui/inspect"
	"imapscope/ui/print"
	"imapscope/ui/recorder"
	"imapscope/ui/service"
	"imapscope/ui/view"
	"imapscope/ui/web"
)

// proxyFlags holds the flags of the proxy verb.
type proxyFlags struct {
	output
	legs
	recording
	publishing
	rewriteFlags
	handFlags
	api  apiFlags
	page pageFlags
	otlp otlpFlags
	mirrorFlags
	walking
	themed
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
		Use: "proxy --listen ADDR --upstream ADDR",
		Args: func(c *cobra.Command, args []string) error {
			if o.report == "" || c.ArgsLenAtDash() != 0 {
				return cobra.NoArgs(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.unmirrored(c.Flags().Changed); err != nil {
				return err
			}
			if o.report != "" {
				return o.runWalk(c.Context(), e, args)
			}
			if err := o.unused(); err != nil {
				return err
			}
			if _, err := o.page.asked(); err != nil {
				return err
			}
			return o.run(c.Context(), e)
		},
	}
	f := c.Flags()
	o.output.flags(c)
	o.keylogFlag(f)
	o.legs.flags(f)
	o.recording.flags(f)
	o.publishing.flags(f)
	o.rewriteFlags.flags(f)
	o.handFlags.flags(f)
	o.api.flags(f)
	o.page.flagsBeside(f)
	o.otlp.flags(f)
	o.mirrorFlags.flags(f)
	o.walking.flags(f)
	f.BoolVar(&o.record.TLS, "record-tls", false, "record TLS with clients as it passes, with its keys, instead of what is in it")
	f.BoolVar(&o.inspect, "inspect", false, "open the inspector (see 'imapscope inspect --help')")
	o.themeFlag(f)
	f.StringVar(&o.listen, "listen", "", "the address to listen on, `host:port`")
	f.StringVar(&o.server, "upstream", "", "the server, `host:port`")
	f.StringVar(&o.transparent, "transparent", "", "use the address each client dialled as the server: redirect or tproxy (Linux)")
	f.StringVar(&o.metrics, "metrics", "", "serve Prometheus metrics at /metrics of this `host:port`, and a dashboard for Grafana (imapscope help metrics)")
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
	mirrored, err := o.startMirror(ctx, e, &o.output, w)
	if err != nil {
		return err
	}
	defer mirrored.quit()
	spans, err := o.otlp.start(ctx, e, &o.output, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spans.finish()) }()
	r, err := o.relay(ctx, e, log)
	if err != nil {
		return err
	}
	r.outlives(streams)
	r.mirrored(mirrored)
	page, err := o.servePage(ctx, e, r, log)
	if err != nil {
		return errors.Join(err, r.source.Listener.Close(), r.close())
	}
	defer func() {
		if ended := page.end(); ended != nil {
			err = errors.Join(err, ended)
		}
	}()
	var sink capture.Sink
	if s.Printer != nil || o.stats || o.metrics != "" || spans != nil {
		handlers := append(decode.Handlers{s, r.figures}, spans.handlers()...)
		sink = decode.NewDemux(decode.Options{Keep: o.keep(), Dialect: o.dialect}, mirrored.apart(handlers))
	}
	fmt.Fprintf(e.err, "imapscope: listening on %s for %s; Ctrl-C ends it\n", r.source.Listener.Addr(), r.source.Proxy.Target)
	src := capture.Source(r)
	if sink = page.sink(sink); sink != nil {
		src = o.keyed(r, true, e.err)
	}
	err = src.Run(ctx, sink)
	err = errors.Join(err, o.finish(e, w, s))
	if found := mirrored.finish(e, w); err == nil {
		return found
	}
	return err
}

// servePage serves the page of a relay, if the flags ask for it.
func (o *proxyFlags) servePage(ctx context.Context, e *env, r *relay, log *slog.Logger) (*livePage, error) {
	addr := r.source.Listener.Addr().String()
	return o.page.beside(ctx, e, log, web.Options{
		Source: fmt.Sprintf("proxy %s > %s", addr, r.source.Proxy.Target), Dialect: o.dialect, View: o.shown, Filter: o.filter,
		Hint: "No connection yet. Point your client at " + addr + ".",
	})
}

// runInspector shows the traffic in the inspector. Quitting it acts as the first Ctrl-C:
// open connections continue until they end.
func (o *proxyFlags) runInspector(ctx context.Context, e *env) (err error) {
	if o.format != "text" || o.stats || o.quiet || o.verbose || o.page.listen != "" {
		return usage("--inspect excludes --format, --stats, -q, -v and --web")
	}
	defer e.outlive(ctx, true).Close(&err)
	tail := new(print.Tail)
	log, flush := service.Log(tail, slog.LevelInfo)
	spans, err := o.otlp.start(ctx, &env{err: tail}, &o.output, false)
	if err != nil {
		return err
	}
	r, err := o.relay(ctx, e, log)
	if err != nil {
		return errors.Join(err, spans.finish())
	}
	in := inspected{themed: o.themed, filter: o.filter, shown: o.shown, reading: o.reading, handler: append(decode.Handlers{r.figures}, spans.handlers()...)}
	addr := r.source.Listener.Addr().String()
	in.left = func() {
		r.hands.release()
		if n := r.source.Proxy.Stats().Open; n > 0 {
			fmt.Fprintf(e.err, "imapscope: waiting for %s to end; Ctrl-C ends what is left\n", view.Count(int(n), "connection"))
		}
	}
	shown := inspect.Options{
		Source: fmt.Sprintf("proxy %s > %s", addr, r.source.Proxy.Target),
		Hint:   []string{"No connection yet. Point your client at " + addr + "."},
		Live:   true,
	}
	if r.source.Proxy.Hook != nil {
		r.hands.show(&shown)
	}
	err = in.run(ctx, e, o.keyed(r, true, tail), shown)
	if ctx.Err() == nil && !r.ran {
		err = errors.Join(err, r.source.Listener.Close(), r.close())
	}
	err = errors.Join(err, spans.finish())
	flush()
	return errors.Join(err, tail.Print(e.err))
}

// A relay is the proxy as a capture.Source.
type relay struct {
	source  proxy.Source
	e       *env
	figures *metrics.Metrics
	hands   *hands
	door    *api.Door   // nil without the API
	roster  *api.Roster // nil without the API
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
	o.sensor.Keyless = true
	published, err := o.startSensor(e)
	if err != nil {
		return nil, err
	}
	r.closers = append(r.closers, func() error { return published.Finish(ctx) })
	if published != nil {
		r.source.Copies = append(r.source.Copies, published)
		r.figures.Tap("hub", published)
	}
	r.source.Proxy = o.forwarder(target, log)
	if legs != nil {
		r.source.Proxy.Opener = legs
	}
	rewriting, err := o.rewriteFlags.stages(log)
	if err != nil {
		return nil, err
	}
	if err := r.act(&o.handFlags, &o.api, &o.output, o.inspect, false, rewriting...); err != nil {
		return nil, err
	}
	if err := r.accept(&o.api, o.listen, o.listener(ctx)); err != nil {
		return nil, err
	}
	if err := errors.Join(o.serveMetrics(ctx, r, record, log), o.api.serve(ctx, r, log)); err != nil {
		return nil, errors.Join(err, r.source.Listener.Close())
	}
	return r, nil
}

// forwarder returns the proxy that the flags describe, without TLS.
func (o *proxyFlags) forwarder(target proxy.Target, log *slog.Logger) *proxy.Proxy {
	return &proxy.Proxy{
		Target:              target,
		DialTimeout:         o.dial,
		IdleTimeout:         o.idle,
		MaxConns:            o.maxConns,
		AcceptProxyProtocol: o.acceptHeader,
		SendProxyProtocol:   o.sendHeader,
		Mark:                o.mark,
		Log:                 log,
	}
}

// listener returns what listens on an address as the flags ask for.
func (o *proxyFlags) listener(ctx context.Context) func(addr string) (net.Listener, error) {
	return func(addr string) (net.Listener, error) {
		if o.transparent == "redirect" {
			return proxy.ListenAll(ctx, addr)
		}
		return proxy.Listen(ctx, addr, o.transparent == "tproxy")
	}
}

// act gives the relay what acts on the traffic, if the flags ask for any, or the user may ask
// for it later, after any stages before that. What is held is logged, unless the inspector shows it.
func (r *relay) act(f *handFlags, a *apiFlags, o *output, inspector, later bool, stages ...intercept.Stage) (err error) {
	if err := a.check(); err != nil {
		return err
	}
	if r.hands, err = f.hands(a.listen != "" || later); err != nil {
		return err
	}
	log := r.source.Proxy.Log
	if r.hands.holds != nil && !inspector {
		r.hands.announce(log)
	}
	if a.listen != "" {
		r.roster = new(api.Roster)
		stages = append(stages, r.roster)
	}
	if r.hands.act() || len(stages) > 0 {
		r.source.Proxy.Hook = r.hands.hook(o.shown, o.dialect, r.figures, log, stages...)
	}
	return nil
}

// accept makes the relay listen on an address, with the API at a Door.
func (r *relay) accept(a *apiFlags, addr string, listen func(addr string) (net.Listener, error)) (err error) {
	if r.source.Listener, err = listen(addr); err == nil && a.listen != "" {
		r.door = api.NewDoor(r.source.Listener, listen)
		r.source.Listener = r.door
	}
	return err
}

// serveMetrics serves the metrics, if the flags ask for it.
func (o *proxyFlags) serveMetrics(ctx context.Context, r *relay, record *recorder.Recording, log *slog.Logger) error {
	if o.metrics == "" {
		return nil
	}
	l, err := proxy.Listen(ctx, o.metrics, false)
	if err != nil {
		return fmt.Errorf("--metrics: %w", err)
	}
	if record != nil {
		r.figures.Tap("recording", record)
	}
	r.source.Queued = func(q *capture.Queue) { r.figures.Tap("display", q) }
	p := r.source.Proxy
	r.figures.Traffic(func(d capture.Direction) int64 { return p.Stats().Octets[d] }, func() int64 { return p.Stats().Failed })
	r.closers = append(r.closers, r.figures.Serve(l, log))
	fmt.Fprintf(r.e.err, "imapscope: metrics at http://%s/metrics\n", l.Addr())
	return nil
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
	defer context.AfterFunc(ctx, r.hands.release)()                   // no one is left to release what is held
	err := r.source.Run(ctx, sink)
	return errors.Join(err, r.close())
}
