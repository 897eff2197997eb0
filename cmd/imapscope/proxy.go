package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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
)

// proxyFlags are the flags of the proxy verb.
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
		Use:   "proxy --listen ADDR --upstream ADDR",
		Short: "Stand between a client and a server, and show what they say",
		Long: `proxy passes everything between clients and a server on, and shows it as decode
would, live. It moves octets first: what is shown and recorded is a copy, and if
that cannot keep up, the copy is lost and said to be, never the traffic.

The first Ctrl-C takes no more connections and waits for those there are; the
second ends them.

-w records what is shown, also what was TLS on the way, as a pcapng file: see
'imapscope help privacy'. A disk that is full ends the recording aloud, and not
the session; the exit code is 2 then.

--client-tls and --upstream-tls are TLS on either leg, each as it needs to be: a
client that knows no TLS reaches a server that wants it, and a session in TLS can
be read. Clients have to trust the proxy's certificate authority: 'imapscope ca'.
What a server offers before login (STARTTLS, LOGINDISABLED) is edited to fit, and
each edit is shown. $SSLKEYLOGFILE takes the keys of both legs.

With --transparent it takes what the firewall sends its way (Linux): REDIRECT
rules with --transparent redirect, TPROXY rules with --transparent tproxy. The
rules, ready to paste: 'imapscope help transparent'.`,
		Example: `  imapscope proxy --listen 127.0.0.1:1143 --upstream mail.example:143 -w today.pcapng
  imapscope proxy --listen 127.0.0.1:1143 --upstream mail.example:993 --upstream-tls implicit
  imapscope proxy --listen 127.0.0.1:1143 --upstream [::1]:143 --format jsonl --metrics 127.0.0.1:9143`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.Context(), e) },
	}
	f := c.Flags()
	o.output.flags(c)
	o.legs.flags(f)
	o.recording.flags(f)
	f.BoolVar(&o.inspect, "inspect", false, "show it in the inspector (see 'imapscope inspect --help')")
	f.StringVar(&o.listen, "listen", "", "where clients connect, `host:port`")
	f.StringVar(&o.server, "upstream", "", "the server, `host:port`")
	f.StringVar(&o.transparent, "transparent", "", "take the address each client dialled for the server: redirect or tproxy (Linux)")
	f.StringVar(&o.metrics, "metrics", "", "serve Prometheus figures on /metrics of this `host:port`")
	f.DurationVar(&o.dial, "dial-timeout", proxy.DefaultDialTimeout, "how long connecting to the server may take")
	f.DurationVar(&o.idle, "idle-timeout", 0, "end connections that were silent for so long (0: never)")
	f.IntVar(&o.maxConns, "max-conns", 0, "take no more connections at once than this (0: any number)")
	f.BoolVar(&o.acceptHeader, "accept-proxy-header", false, "clients begin with a PROXY header (HAProxy's, v1 or v2)")
	f.IntVar(&o.mark, "mark", 0, "mark connections to the server, for firewall rules that leave them alone (Linux)")
	f.IntVar(&o.sendHeader, "send-proxy-header", 0, "begin with a PROXY header of this version, 1 or 2")
	return c
}

func (o *proxyFlags) target() (proxy.Target, error) {
	switch {
	case o.listen == "":
		return "", usage("proxy: where do clients connect? for example: --listen 127.0.0.1:1143")
	case o.transparent != "" && o.server != "":
		return "", usage("proxy: --transparent takes the server from each client; leave --upstream out")
	case o.transparent == "redirect", o.transparent == "tproxy":
		return proxy.Transparent, nil
	case o.transparent != "":
		return "", usage("proxy: --transparent %q is neither redirect nor tproxy", o.transparent)
	case o.server == "":
		return "", usage("proxy: which server? for example: --upstream mail.example:143")
	}
	return proxy.Fixed(o.server), nil
}

func (o *proxyFlags) run(ctx context.Context, e *env) (err error) {
	if o.inspect {
		return o.runInspector(ctx, e)
	}
	s, w, err := o.show(e, true)
	if err != nil {
		return err
	}
	r, err := o.relay(ctx, e, slog.New(slog.NewTextHandler(e.err, nil)))
	if err != nil {
		return err
	}
	var sink capture.Sink
	if s.printer != nil || o.stats || o.metrics != "" {
		sink = decode.NewDemux(decode.Options{Keep: o.keep()}, handlers{s, r.figures})
	}
	fmt.Fprintf(e.err, "imapscope: listening on %s for %s; Ctrl-C ends it\n", r.listener.Addr(), r.proxy.Target)
	err = r.Run(ctx, sink)
	if o.stats {
		s.stats.Sort()
		err = errors.Join(err, o.closing(w, e, s.stats))
	}
	return errors.Join(err, w.Flush())
}

// runInspector shows what passes in the inspector. Leaving it is the first Ctrl-C:
// the connections that there are end by themselves.
func (o *proxyFlags) runInspector(ctx context.Context, e *env) error {
	if o.format != "text" || o.stats || o.quiet || o.verbose {
		return usage("--inspect goes without --format, --stats, -q and -v")
	}
	log := &tail{}
	r, err := o.relay(ctx, e, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		return err
	}
	in := inspected{filter: o.filter, showSecrets: o.showSecrets, handler: r.figures}
	addr := r.listener.Addr().String()
	in.left = func() {
		if n := r.proxy.Stats().Open; n > 0 {
			fmt.Fprintf(e.err, "imapscope: waiting for %d connections to end; Ctrl-C ends them\n", n)
		}
	}
	err = in.run(ctx, e, r, inspect.Options{
		Source: fmt.Sprintf("proxy %s > %s", addr, r.proxy.Target),
		Hint:   []string{"No connection yet. Point your client at " + addr + "."},
		Live:   true,
	})
	if ctx.Err() == nil && !r.ran {
		err = errors.Join(err, r.listener.Close(), r.close())
	}
	return errors.Join(err, log.writeTo(e.err))
}

// relay is the proxy as a capture.Source.
type relay struct {
	e        *env
	proxy    *proxy.Proxy
	listener net.Listener
	figures  *metrics.Metrics
	record   *capture.Queue // nil: nothing is recorded
	closers  []func() error
	ran      bool
}

// relay makes ready what the flags ask for.
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
	r.record = record
	r.closers = append(r.closers, finishRecord)
	r.proxy = &proxy.Proxy{
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
		r.proxy.Opener = legs
	}
	if r.listener, err = proxy.Listen(ctx, o.listen, o.transparent == "tproxy"); err != nil {
		return nil, err
	}
	if o.metrics != "" {
		stop, err := serveMetrics(o.metrics, r.figures, log)
		if err != nil {
			return nil, errors.Join(err, r.listener.Close())
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

// Run implements capture.Source: it serves until ctx ends and the connections have.
// The sink, which may be nil, and the recording each have a queue that loses rather
// than waits.
func (r *relay) Run(ctx context.Context, sink capture.Sink) error {
	r.ran = true
	var taps capture.Tee
	var shown *capture.Queue
	if sink != nil {
		shown = capture.NewQueue(sink, 0)
		taps = append(taps, shown)
	}
	if r.record != nil {
		taps = append(taps, r.record)
	}
	if len(taps) > 0 {
		r.proxy.Sink = taps
	}
	defer onSecondSignal(ctx, r.proxy)()
	err := r.proxy.Serve(ctx, r.listener)
	if shown != nil {
		err = errors.Join(err, shown.Stop())
		if n := shown.Lost(); n > 0 {
			fmt.Fprintf(r.e.err, "imapscope: %d octets were passed on but not shown: showing them could not keep up\n", n)
		}
	}
	return errors.Join(err, r.close())
}

// onSecondSignal ends p at once when a signal comes after ctx is done.
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
			_ = p.Close() // Serve tells what there is to tell
		}
	}()
	return func() { close(over) }
}

// serveMetrics serves figures over HTTP until stop is called.
func serveMetrics(addr string, m *metrics.Metrics, log *slog.Logger) (stop func() error, err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	s := m.Server()
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer served", "error", err)
		}
	}()
	return s.Close, nil
}

// handlers tells several of everything.
type handlers []decode.Handler

// Open implements decode.Handler.
func (h handlers) Open(c capture.Conn) error {
	for _, x := range h {
		if err := x.Open(c); err != nil {
			return err
		}
	}
	return nil
}

// Events implements decode.Handler.
func (h handlers) Events(id capture.ConnID, events []decode.Event) error {
	for _, x := range h {
		if err := x.Events(id, events); err != nil {
			return err
		}
	}
	return nil
}
